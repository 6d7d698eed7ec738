import Compute
import ModelFiles

/// The activations that every layer of a step uses in turn, one row a token.
struct Workspace {
    /// `[tokens, hidden]`: what the layers add to.
    let residual: ActivationID
    /// `[tokens, hidden]`: the residual stream after a norm.
    let normed: ActivationID
    /// `[tokens, (heads + 2 * keyValueHeads) * headDimension]`.
    let queryKeyValue: ActivationID
    /// `[tokens, heads * headDimension]`.
    let attended: ActivationID
    /// `[tokens, width]`.
    let gated: ActivationID
    /// The rotary angles of every position that may be served.
    let rope: RopeTable

    init(_ config: ModelConfig, contextLength: Int, compute: any Compute) {
        let queries = config.headCount * config.headDimension
        let keysAndValues = 2 * config.keyValueHeadCount * config.headDimension
        residual = compute.makeActivation(columns: config.hiddenSize)
        normed = compute.makeActivation(columns: config.hiddenSize)
        queryKeyValue = compute.makeActivation(columns: queries + keysAndValues)
        attended = compute.makeActivation(columns: queries)
        gated = compute.makeActivation(columns: config.feedForwardSize)
        rope = config.rope.makeTable(positions: contextLength, compute: compute)
    }
}
