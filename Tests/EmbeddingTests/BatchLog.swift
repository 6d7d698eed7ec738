import Synchronization

/// The lengths of the sequences of every batch that was computed.
final class BatchLog: Sendable {
    private let lengths = Mutex<[[Int]]>([])

    func append(_ batch: [Int]) { lengths.withLock { $0.append(batch) } }

    var all: [[Int]] { lengths.withLock { $0 } }
}
