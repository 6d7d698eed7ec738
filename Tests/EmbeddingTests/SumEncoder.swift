import Glibc
import Models

/// An encoder without weights: a sequence's row is its length, its first token and the sums of tokens and types.
final class SumEncoder: SequenceEncoder {
    let vocabularySize = 1000
    let outputSize = 4
    private let stepMicroseconds: UInt32
    /// Sequences with this token get no number.
    private let brokenToken: Int32
    private let rows = UnsafeMutableBufferPointer<Float>.allocate(capacity: 4096)
    /// The tokens of each batch.
    let batches: BatchLog

    init(stepMicroseconds: UInt32 = 0, brokenToken: Int32 = -1, batches: BatchLog = BatchLog()) {
        self.stepMicroseconds = stepMicroseconds
        self.brokenToken = brokenToken
        self.batches = batches
    }

    deinit { rows.deallocate() }

    static func row(of tokens: [Int32], types: [Int32]) -> [Float] {
        [Float(tokens.count), Float(tokens[0]), Float(tokens.reduce(0, +)), Float(types.reduce(0, +))]
    }

    func encode(_ batch: SequenceBatch) -> UnsafeMutableBufferPointer<Float> {
        if stepMicroseconds > 0 { usleep(stepMicroseconds) }
        batches.append(batch.lengths)
        var start = 0
        for (index, length) in batch.lengths.enumerated() {
            let (tokens, types) = (
                batch.tokens[start..<(start + length)], batch.types[start..<(start + length)]
            )
            let row = Self.row(of: Array(tokens), types: Array(types))
            for (column, number) in row.enumerated() {
                rows[index * 4 + column] = tokens.contains(brokenToken) ? .nan : number
            }
            start += length
        }
        return UnsafeMutableBufferPointer(rebasing: rows[..<(4 * batch.lengths.count)])
    }
}
