import Synchronization

/// The statistics, where the engine thread writes and anybody reads.
final class StatisticsRecorder: Sendable {
    private let statistics: Mutex<EngineStatistics>

    init(_ statistics: EngineStatistics) {
        self.statistics = Mutex(statistics)
    }

    /// A copy of what was recorded so far.
    func snapshot() -> EngineStatistics {
        statistics.withLock { $0 }
    }

    /// Changes the statistics under the lock, once a step.
    func update(_ body: (inout EngineStatistics) -> Void) {
        statistics.withLock { body(&$0) }
    }
}
