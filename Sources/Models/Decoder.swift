package import Compute
package import ModelFiles

/// The pre-norm decoder that most families share: embedding, blocks of attention and feed-forward, norm, head.
///
/// A family's own file says which tensors make it up.
package final class Decoder: LanguageModel {
    /// One transformer block.
    struct Block {
        /// RMSNorm before attention, `[hidden]`.
        let attentionNorm: VectorID
        let attention: Attention
        /// RMSNorm before the feed-forward network, `[hidden]`.
        let feedForwardNorm: VectorID
        let feedForward: FeedForward
    }

    package let config: ModelConfig
    private let compute: any Compute
    private let workspace: Workspace
    /// `[vocabulary, hidden]`.
    private let embedding: MatrixID
    private let blocks: [Block]
    /// The last RMSNorm, `[hidden]`.
    private let norm: VectorID
    /// `[vocabulary, hidden]`: the embedding itself where the model ties them.
    private let head: MatrixID

    /// Loads the parts outside the blocks; `makeBlock` loads the block of a layer.
    init(_ loader: WeightLoader, contextLength: Int, makeBlock: (_ layer: Int) throws -> Block) throws {
        config = loader.checkpoint.config
        compute = loader.compute
        embedding = try loader.matrix(
            "token_embd.weight", rows: config.vocabularySize, columns: config.hiddenSize)
        blocks = try (0..<config.layerCount).map(makeBlock)
        norm = try loader.vector("output_norm.weight", count: config.hiddenSize)
        head =
            config.tiesEmbeddings
            ? embedding
            : try loader.matrix("output.weight", rows: config.vocabularySize, columns: config.hiddenSize)
        workspace = Workspace(config, contextLength: contextLength, compute: compute)
    }

    package func forward(_ step: StepLayout) -> UnsafeMutableBufferPointer<Float> {
        compute.begin(step)
        compute.embed(embedding, into: workspace.residual)
        for (layer, block) in blocks.enumerated() {
            normalize(block.attentionNorm)
            block.attention.forward(workspace.normed, layer: layer, workspace: workspace, compute: compute)
            normalize(block.feedForwardNorm)
            block.feedForward.forward(workspace.normed, workspace: workspace, compute: compute)
        }
        return compute.logits(workspace.residual, norm: norm, epsilon: config.normEpsilon, head: head)
    }

    private func normalize(_ weight: VectorID) {
        compute.rmsNorm(
            workspace.residual, weight: weight, epsilon: config.normEpsilon, into: workspace.normed)
    }
}
