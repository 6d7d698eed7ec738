import Compute
import ModelFiles

/// A model that is loaded and ready to run: sequences in, a row of numbers for each of them out.
///
/// One thread at a time calls it.
package protocol SequenceEncoder: AnyObject {
    /// How many tokens the model knows.
    var vocabularySize: Int { get }
    /// How many numbers a sequence's row has.
    var outputSize: Int { get }

    /// Computes a batch. The result is `[sequences, outputSize]`, valid until the next call.
    func encode(_ batch: SequenceBatch) -> UnsafeMutableBufferPointer<Float>
}

extension StepLayout {
    /// Replaces the step by whole sequences, one run each.
    mutating func load(_ batch: SequenceBatch) {
        removeAll()
        tokens.append(contentsOf: batch.tokens)
        for length in batch.lengths {
            runs.append(Run(firstRow: positions.count, rowCount: length, firstPosition: 0, firstBlock: 0))
            for position in 0..<length { positions.append(Int32(position)) }
        }
    }

    /// Replaces the step by one row for each run that it has.
    mutating func keepOneRowARun() {
        let count = runs.count
        removeAll()
        for row in 0..<count {
            tokens.append(0)
            positions.append(0)
            runs.append(Run(firstRow: row, rowCount: 1, firstPosition: 0, firstBlock: 0))
        }
    }
}

extension Pooling {
    /// The backend's name of what a checkpoint asks for.
    init(_ pooling: EmbeddingHead.Pooling) {
        switch pooling {
        case .mean: self = .mean
        case .first: self = .first
        case .last: self = .last
        case .max: self = .max
        case .meanBySquareRoot: self = .meanBySquareRoot
        }
    }
}

/// Scales rows to length 1 (as PyTorch does: a length below 1e-12 counts as that).
func normalizeRows(_ rows: UnsafeMutableBufferPointer<Float>, columns: Int) {
    for first in stride(from: 0, to: rows.count, by: columns) {
        var squares = 0.0
        for index in first..<(first + columns) { squares += Double(rows[index]) * Double(rows[index]) }
        let scale = Float(1 / max(squares.squareRoot(), 1e-12))
        for index in first..<(first + columns) { rows[index] *= scale }
    }
}
