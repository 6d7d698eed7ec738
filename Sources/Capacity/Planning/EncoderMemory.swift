package import ModelFiles
import Tensors

/// The memory that a model of vectors or scores takes beside those that generate: it has no KV cache.
///
/// What is planned is what the processor's backend allocates: weights in tiles of 16 rows, and activations for a batch.
package struct EncoderMemory: Sendable, Equatable {
    /// Bytes of weights in the backend's layout.
    package let weightBytes: Int
    /// Bytes of activations for a batch.
    package let activationBytes: Int
    /// The most tokens of a batch.
    package let batchTokensMax: Int

    private static let tileRows = 16
    /// The fewest tokens that a batch has room for.
    private static let batchTokensMin = 512
    private static let floatBytes = 4
    /// Tokens that are packed at once for a product.
    private static let packedTokens = 384

    /// Plans a checkpoint.
    package init(_ checkpoint: EmbeddingCheckpoint) {
        batchTokensMax = max(Self.batchTokensMin, checkpoint.contextLength)
        weightBytes = checkpoint.tensors.values.reduce(0) { sum, view in
            guard view.shape.count > 1 else { return sum + view.elementCount * Self.floatBytes }
            let rows = (view.rows + Self.tileRows - 1) / Self.tileRows * Self.tileRows
            return sum + view.byteCount / max(1, view.rows) * rows
        }
        let width: Int
        let columns: Int
        var angles = 0
        switch checkpoint {
        case .encoder(let encoder):
            let config = encoder.config
            width = config.feedForwardSize
            // Residual stream, attention's output, what is pooled and the head's layer; queries, keys and values.
            columns = 7 * config.hiddenSize + width + checkpoint.outputSize
        case .decoder(let decoder):
            let config = decoder.checkpoint.config
            width = config.feedForwardSize
            let queries = config.headCount * config.headDimension
            columns =
                3 * config.hiddenSize + 2 * queries + 2 * config.keyValueHeadCount * config.headDimension
                + width
            angles = checkpoint.contextLength * config.rope.dimension
        }
        let packed = Self.packedTokens * max(checkpoint.hiddenSize, width)
        activationBytes = (batchTokensMax * columns + packed + angles) * Self.floatBytes
    }

    /// Bytes of both.
    package var totalBytes: Int { weightBytes + activationBytes }
}

extension EmbeddingCheckpoint {
    /// How many numbers a row of the answer has.
    fileprivate var outputSize: Int {
        switch head {
        case .embedding: hiddenSize
        case .classification(let head): head.labelCount
        }
    }
}
