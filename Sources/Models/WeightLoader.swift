package import Compute
package import ModelFiles
import Tensors

/// Hands a checkpoint's tensors to a backend, each checked against the shape that the config implies.
package struct WeightLoader {
    /// The opened model.
    package let checkpoint: Checkpoint
    /// Where the weights go.
    package let compute: any Compute

    private let progress: (_ loaded: Int, _ total: Int) -> Void
    private let loaded = Counter()

    /// Makes a loader; `progress` hears of bytes loaded and bytes in all after each tensor.
    package init(
        checkpoint: Checkpoint, compute: any Compute,
        progress: @escaping (_ loaded: Int, _ total: Int) -> Void = { _, _ in }
    ) {
        self.checkpoint = checkpoint
        self.compute = compute
        self.progress = progress
    }

    /// A weight matrix `[outputs, columns]`: the named tensors, stacked along their outputs.
    package func matrix(_ parts: [(name: String, rows: Int)], columns: Int) throws -> MatrixID {
        let views = try parts.map { try checkpoint.tensor($0.name, shape: [$0.rows, columns]) }
        defer { report(views.reduce(0) { $0 + $1.byteCount }) }
        return try compute.makeMatrix(views)
    }

    /// A weight matrix `[rows, columns]`.
    package func matrix(_ name: String, rows: Int, columns: Int) throws -> MatrixID {
        try matrix([(name, rows)], columns: columns)
    }

    /// A vector: the named tensors, one after another.
    package func vector(_ parts: [(name: String, count: Int)]) throws -> VectorID {
        let views = try parts.map { try checkpoint.tensor($0.name, shape: [$0.count]) }
        defer { report(views.reduce(0) { $0 + $1.byteCount }) }
        return try compute.makeVector(views)
    }

    /// A vector of `count` numbers.
    package func vector(_ name: String, count: Int) throws -> VectorID {
        try vector([(name, count)])
    }

    private func report(_ bytes: Int) {
        loaded.value += bytes
        progress(loaded.value, checkpoint.weightBytes)
    }

    private final class Counter {
        var value = 0
    }
}
