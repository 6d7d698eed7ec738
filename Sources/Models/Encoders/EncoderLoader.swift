import Compute
import ModelFiles
import Tensors

/// Hands an encoder's tensors to a backend, each checked against the shape that the config implies.
struct EncoderLoader {
    let checkpoint: EncoderCheckpoint
    let compute: any EncoderCompute
    let progress: (_ loaded: Int, _ total: Int) -> Void
    private let loaded = Counter()

    init(
        checkpoint: EncoderCheckpoint, compute: any EncoderCompute,
        progress: @escaping (_ loaded: Int, _ total: Int) -> Void
    ) {
        self.checkpoint = checkpoint
        self.compute = compute
        self.progress = progress
    }

    private var hidden: Int { checkpoint.config.hiddenSize }

    /// `[rows, hidden]`.
    func table(_ name: String, rows: Int) throws -> MatrixID {
        try matrix([(name, rows)], columns: hidden)
    }

    /// `[hidden]`, twice.
    func norm(_ name: String) throws -> Encoder.Norm {
        Encoder.Norm(
            weight: try vector([(name, hidden)], kind: "weight"),
            bias: try vector([(name, hidden)], kind: "bias"))
    }

    /// The named layers, stacked along their outputs.
    private func dense(_ parts: [(name: String, rows: Int)], columns: Int) throws -> Encoder.Dense {
        Encoder.Dense(
            weight: try matrix(parts, columns: columns), bias: try vector(parts, kind: "bias"))
    }

    /// The block of a layer.
    func block(_ layer: Int) throws -> Encoder.Block {
        let (prefix, width) = ("blk.\(layer)", checkpoint.config.feedForwardSize)
        let parts = ["attn_q", "attn_k", "attn_v"].map { (name: "\(prefix).\($0)", rows: hidden) }
        return Encoder.Block(
            queryKeyValue: try dense(parts, columns: hidden),
            attentionOutput: try dense([("\(prefix).attn_output", hidden)], columns: hidden),
            attentionNorm: try norm("\(prefix).attn_output_norm"),
            up: try dense([("\(prefix).ffn_up", width)], columns: hidden),
            down: try dense([("\(prefix).ffn_down", hidden)], columns: width),
            feedForwardNorm: try norm("\(prefix).layer_output_norm"))
    }

    /// What the config says the rows become.
    func head() throws -> Encoder.Head {
        switch checkpoint.config.head {
        case .embedding(let head): return .embedding(head)
        case .classification(let head):
            let activation: ActivationFunction = checkpoint.config.family == .distilbert ? .relu : .tanh
            return .classification(
                dense: (try dense([("pooler", hidden)], columns: hidden), activation),
                classifier: try dense([("classifier", head.labelCount)], columns: hidden))
        }
    }

    private func matrix(_ parts: [(name: String, rows: Int)], columns: Int) throws -> MatrixID {
        let views = try parts.map { try checkpoint.tensor("\($0.name).weight", shape: [$0.rows, columns]) }
        defer { report(views.reduce(0) { $0 + $1.byteCount }) }
        return try compute.makeMatrix(views)
    }

    private func vector(_ parts: [(name: String, rows: Int)], kind: String) throws -> VectorID {
        let views = try parts.map { try checkpoint.tensor("\($0.name).\(kind)", shape: [$0.rows]) }
        defer { report(views.reduce(0) { $0 + $1.byteCount }) }
        return try compute.makeVector(views)
    }

    private func report(_ bytes: Int) {
        loaded.value += bytes
        progress(loaded.value, checkpoint.weightBytes)
    }

    private final class Counter {
        var value = 0
    }
}
