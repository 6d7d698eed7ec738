import Synchronization

/// What the embedder did since its start.
package struct EmbeddingStatistics: Sendable, Equatable {
    /// Batches computed.
    package internal(set) var batchCount = 0
    /// Sequences computed.
    package internal(set) var sequenceCount = 0
    /// Tokens computed.
    package internal(set) var tokenCount = 0
    /// Seconds of computing.
    package internal(set) var busySeconds = 0.0
    /// Tokens that wait or run now.
    package internal(set) var pendingTokens = 0
}

/// The statistics, behind a lock.
final class EmbeddingRecorder: Sendable {
    private let statistics = Mutex(EmbeddingStatistics())

    func update(_ body: (inout EmbeddingStatistics) -> Void) {
        statistics.withLock { body(&$0) }
    }

    func snapshot() -> EmbeddingStatistics {
        statistics.withLock { $0 }
    }
}
