import Compute

/// Grouped-query attention (Ainslie et al., 2023) with rotary positions over the paged KV cache.
struct Attention {
    /// Queries, keys and values as one product: `[(heads + 2 * keyValueHeads) * headDimension, hidden]`.
    let queryKeyValue: MatrixID
    /// `[(heads + 2 * keyValueHeads) * headDimension]`, where the family has one.
    let bias: VectorID?
    /// `[hidden, heads * headDimension]`.
    let output: MatrixID
    /// What scores are multiplied by.
    let scale: Float
    /// How many tokens back a token sees, itself included.
    let window: Int?

    /// Adds the attention of `input` to `residual`.
    func forward(_ input: ActivationID, layer: Int, workspace: Workspace, compute: any Compute) {
        compute.multiply(input, queryKeyValue, bias: bias, into: workspace.queryKeyValue)
        compute.rotateAndStore(workspace.queryKeyValue, rope: workspace.rope, layer: layer)
        compute.attend(
            workspace.queryKeyValue, layer: layer, scale: scale, window: window, into: workspace.attended)
        compute.multiplyAdding(workspace.attended, output, to: workspace.residual)
    }
}
