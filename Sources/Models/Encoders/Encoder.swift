package import Compute
package import ModelFiles

/// BERT (Devlin et al., 2019) and its relatives: embeddings, blocks of attention and feed-forward with LayerNorm
/// behind each (Vaswani et al., 2017), and a head.
package final class Encoder: SequenceEncoder {
    /// LayerNorm, `[hidden]` each.
    struct Norm {
        let weight: VectorID
        let bias: VectorID
    }

    /// A product and its bias.
    struct Dense {
        /// `[outputs, inputs]`.
        let weight: MatrixID
        /// `[outputs]`.
        let bias: VectorID
    }

    /// One transformer block.
    struct Block {
        /// Queries, keys and values as one product: `[3 * hidden, hidden]`.
        let queryKeyValue: Dense
        let attentionOutput: Dense
        let attentionNorm: Norm
        /// `[width, hidden]`.
        let up: Dense
        /// `[hidden, width]`.
        let down: Dense
        let feedForwardNorm: Norm
    }

    /// What turns the rows into the answer.
    enum Head {
        case embedding(EmbeddingHead)
        /// The first row through a dense layer and a classifier.
        case classification(dense: (Dense, ActivationFunction), classifier: Dense)
    }

    package let vocabularySize: Int
    package let outputSize: Int
    private let config: EncoderConfig
    private let compute: any EncoderCompute
    private let heads: AttentionShape
    private let activation: ActivationFunction
    /// `[vocabulary, hidden]`.
    private let words: MatrixID
    /// `[positions, hidden]`.
    private let positions: MatrixID
    /// `[types, hidden]`.
    private let types: MatrixID?
    private let embeddingNorm: Norm
    private let blocks: [Block]
    private let head: Head

    /// `[tokens, hidden]`: what the layers add to.
    private let residual: ActivationID
    /// `[tokens, 3 * hidden]`.
    private let queryKeyValue: ActivationID
    /// `[tokens, hidden]`.
    private let attended: ActivationID
    /// `[tokens, width]`.
    private let inner: ActivationID
    /// `[sequences, hidden]`: what pooling leaves.
    private let pooled: ActivationID
    /// `[sequences, hidden]`: the head's dense layer.
    private let dense: ActivationID
    /// `[sequences, labels]`.
    private let scores: ActivationID

    private var step = StepLayout()
    private var positionRows: [Int32] = []
    private var typeRows: [Int32] = []

    /// Loads a checkpoint's weights.
    ///
    /// - Throws: ``ModelFileError`` where a tensor is missing or misshapen, ``ComputeError`` where its type has no
    ///   kernel.
    package init(
        _ checkpoint: EncoderCheckpoint, compute: any EncoderCompute,
        progress: @escaping (_ loaded: Int, _ total: Int) -> Void = { _, _ in }
    ) throws {
        let config = checkpoint.config
        let loader = EncoderLoader(checkpoint: checkpoint, compute: compute, progress: progress)
        self.config = config
        self.compute = compute
        vocabularySize = config.vocabularySize
        heads = AttentionShape(
            headCount: config.headCount, keyValueHeadCount: config.headCount,
            headDimension: config.headDimension)
        activation = ActivationFunction(config.activation)
        words = try loader.table("token_embd", rows: config.vocabularySize)
        positions = try loader.table("position_embd", rows: config.positionCount)
        types = config.typeCount == 0 ? nil : try loader.table("token_types", rows: config.typeCount)
        embeddingNorm = try loader.norm("token_embd_norm")
        blocks = try (0..<config.layerCount).map(loader.block)
        head = try loader.head()
        residual = compute.makeActivation(columns: config.hiddenSize)
        queryKeyValue = compute.makeActivation(columns: heads.columns)
        attended = compute.makeActivation(columns: config.hiddenSize)
        inner = compute.makeActivation(columns: config.feedForwardSize)
        pooled = compute.makeActivation(columns: config.hiddenSize)
        dense = compute.makeActivation(columns: config.hiddenSize)
        if case .classification(let head) = config.head {
            outputSize = head.labelCount
        } else {
            outputSize = config.hiddenSize
        }
        scores = compute.makeActivation(columns: outputSize)
    }

    package func encode(_ batch: SequenceBatch) -> UnsafeMutableBufferPointer<Float> {
        step.load(batch)
        compute.begin(step)
        compute.embed(words, into: residual)
        loadPositions(batch)
        compute.addRows(positionRows, of: positions, to: residual)
        if let types {
            // A model that knows one type is given it for both texts of a pair, as Transformers does.
            typeRows.removeAll(keepingCapacity: true)
            for type in batch.types { typeRows.append((0..<config.typeCount).contains(Int(type)) ? type : 0) }
            compute.addRows(typeRows, of: types, to: residual)
        }
        normalize(residual, embeddingNorm)
        for block in blocks { add(block) }
        return answer()
    }

    private func add(_ block: Block) {
        compute.multiply(
            residual, block.queryKeyValue.weight, bias: block.queryKeyValue.bias, into: queryKeyValue)
        compute.attendWithinRuns(
            queryKeyValue, heads: heads, scale: 1 / Float(config.headDimension).squareRoot(),
            isCausal: false, into: attended)
        compute.multiplyAdding(
            attended, block.attentionOutput.weight, bias: block.attentionOutput.bias, to: residual)
        normalize(residual, block.attentionNorm)
        compute.multiply(residual, block.up.weight, bias: block.up.bias, into: inner)
        compute.activate(inner, activation)
        compute.multiplyAdding(inner, block.down.weight, bias: block.down.bias, to: residual)
        normalize(residual, block.feedForwardNorm)
    }

    private func answer() -> UnsafeMutableBufferPointer<Float> {
        switch head {
        case .embedding(let head):
            compute.pool(residual, Pooling(head.pooling), into: pooled)
            step.keepOneRowARun()
            compute.begin(step)
            let rows = compute.rows(of: pooled)
            if head.isNormalized { normalizeRows(rows, columns: outputSize) }
            return rows
        case .classification(let layer, let classifier):
            compute.pool(residual, .first, into: pooled)
            step.keepOneRowARun()
            compute.begin(step)
            let (layer, activation) = layer
            compute.multiply(pooled, layer.weight, bias: layer.bias, into: dense)
            compute.activate(dense, activation)
            compute.multiply(dense, classifier.weight, bias: classifier.bias, into: scores)
            return compute.rows(of: scores)
        }
    }

    private func normalize(_ rows: ActivationID, _ norm: Norm) {
        compute.layerNorm(
            rows, weight: norm.weight, bias: norm.bias, epsilon: config.normEpsilon, into: rows)
    }

    /// RoBERTa counts from behind the padding token, and passes over tokens that are one.
    private func loadPositions(_ batch: SequenceBatch) {
        guard config.family == .roberta else {
            positionRows.removeAll(keepingCapacity: true)
            positionRows.append(contentsOf: step.positions)
            return
        }
        positionRows.removeAll(keepingCapacity: true)
        let padding = Int32(config.paddingToken)
        for run in step.runs {
            var next = padding + 1
            for token in batch.tokens[run.firstRow..<(run.firstRow + run.rowCount)] {
                positionRows.append(token == padding ? padding : next)
                if token != padding { next += 1 }
            }
        }
    }
}

extension ActivationFunction {
    /// The backend's name of what a checkpoint asks for.
    fileprivate init(_ activation: EncoderActivation) {
        switch activation {
        case .gelu: self = .gelu
        case .geluTanh: self = .geluTanh
        case .relu: self = .relu
        case .silu: self = .silu
        }
    }
}
