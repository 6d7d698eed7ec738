package import Models

/// An encoder without weights over the fixtures' bytes: a vector says how often each of the letters a to h occurs; a pair
/// of texts scores as many points as letters of the second occur in the first.
package final class LetterEncoder: SequenceEncoder {
    package let vocabularySize = 257
    package let outputSize: Int
    private let scoresPairs: Bool
    private let rows = UnsafeMutableBufferPointer<Float>.allocate(capacity: 1 << 16)

    /// - Parameter scoresPairs: Whether rows are one score rather than a vector.
    package init(scoresPairs: Bool) {
        self.scoresPairs = scoresPairs
        outputSize = scoresPairs ? 1 : 8
    }

    deinit { rows.deallocate() }

    package func encode(_ batch: SequenceBatch) -> UnsafeMutableBufferPointer<Float> {
        var start = 0
        for (index, length) in batch.lengths.enumerated() {
            let range = start..<(start + length)
            if scoresPairs {
                let first = Set(range.filter { batch.types[$0] == 0 }.map { batch.tokens[$0] })
                rows[index] = Float(range.count { batch.types[$0] == 1 && first.contains(batch.tokens[$0]) })
            } else {
                for column in 0..<8 {
                    rows[8 * index + column] = Float(
                        range.count { batch.tokens[$0] == Int32(0x61 + column) })
                }
            }
            start += length
        }
        return UnsafeMutableBufferPointer(rebasing: rows[..<(batch.lengths.count * outputSize)])
    }
}
