package import Compute
package import ModelFiles

/// A decoder that makes vectors: its blocks over whole sequences, the last norm, and a row of those that come out.
package final class DecoderEmbedder: SequenceEncoder {
    package let vocabularySize: Int
    package let outputSize: Int
    private let config: ModelConfig
    private let head: EmbeddingHead
    private let isCausal: Bool
    private let compute: any EncoderCompute
    private let heads: AttentionShape
    private let workspace: Workspace
    /// `[vocabulary, hidden]`.
    private let embedding: MatrixID
    private let blocks: [Decoder.Block]
    /// The last RMSNorm, `[hidden]`.
    private let norm: VectorID
    /// `[sequences, hidden]`.
    private let pooled: ActivationID
    private var step = StepLayout()

    /// Loads a checkpoint's weights; the head that makes tokens of rows stays in the file.
    ///
    /// - Throws: ``ModelFileError`` where a tensor is missing or misshapen, ``ComputeError`` where its type has no
    ///   kernel.
    package init(
        _ decoder: EmbeddingCheckpoint.DecoderEmbedding, compute: any EncoderCompute,
        progress: @escaping (_ loaded: Int, _ total: Int) -> Void = { _, _ in }
    ) throws {
        let loader = WeightLoader(checkpoint: decoder.checkpoint, compute: compute, progress: progress)
        let config = decoder.checkpoint.config
        self.config = config
        self.compute = compute
        head = decoder.head
        isCausal = decoder.isCausal
        vocabularySize = config.vocabularySize
        outputSize = config.hiddenSize
        heads = AttentionShape(
            headCount: config.headCount, keyValueHeadCount: config.keyValueHeadCount,
            headDimension: config.headDimension)
        embedding = try loader.matrix(
            "token_embd.weight", rows: config.vocabularySize, columns: config.hiddenSize)
        blocks = try (0..<config.layerCount).map {
            try loader.block($0, hasAttentionBias: config.family == .qwen2)
        }
        norm = try loader.vector("output_norm.weight", count: config.hiddenSize)
        workspace = Workspace(config, contextLength: decoder.contextLength, compute: compute)
        pooled = compute.makeActivation(columns: config.hiddenSize)
    }

    package func encode(_ batch: SequenceBatch) -> UnsafeMutableBufferPointer<Float> {
        step.load(batch)
        compute.begin(step)
        compute.embed(embedding, into: workspace.residual)
        for block in blocks {
            normalize(block.attentionNorm)
            attend(block.attention)
            normalize(block.feedForwardNorm)
            block.feedForward.forward(workspace.normed, workspace: workspace, compute: compute)
        }
        normalize(norm)
        compute.pool(workspace.normed, Pooling(head.pooling), into: pooled)
        step.keepOneRowARun()
        compute.begin(step)
        let rows = compute.rows(of: pooled)
        if head.isNormalized { normalizeRows(rows, columns: outputSize) }
        return rows
    }

    private func attend(_ attention: Attention) {
        compute.multiply(
            workspace.normed, attention.queryKeyValue, bias: attention.bias, into: workspace.queryKeyValue)
        compute.rotate(workspace.queryKeyValue, rope: workspace.rope, heads: heads)
        compute.attendWithinRuns(
            workspace.queryKeyValue, heads: heads, scale: attention.scale, isCausal: isCausal,
            into: workspace.attended)
        compute.multiplyAdding(workspace.attended, attention.output, to: workspace.residual)
    }

    private func normalize(_ weight: VectorID) {
        compute.rmsNorm(
            workspace.residual, weight: weight, epsilon: config.normEpsilon, into: workspace.normed)
    }
}

extension EmbeddingCheckpoint {
    /// Loads the model into a backend.
    ///
    /// - Throws: ``ModelFileError`` where a tensor is missing or misshapen, ``ComputeError`` where its type has no
    ///   kernel.
    package func load(
        _ compute: any EncoderCompute,
        progress: @escaping (_ loaded: Int, _ total: Int) -> Void = { _, _ in }
    ) throws -> any SequenceEncoder {
        switch self {
        case .encoder(let checkpoint): try Encoder(checkpoint, compute: compute, progress: progress)
        case .decoder(let decoder): try DecoderEmbedder(decoder, compute: compute, progress: progress)
        }
    }
}
