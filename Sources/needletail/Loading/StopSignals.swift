import ServiceLifecycle
import UnixSignals

/// SIGTERM and Ctrl-C: while the models load they end the process at once, as they do by themselves; afterwards what
/// runs is finished first.
struct StopSignals: Sendable {
    private let signals: AsyncStream<Void>
    private let signal: AsyncStream<Void>.Continuation

    init() { (signals, signal) = AsyncStream.makeStream() }

    /// From now on they ask for an end.
    func trap() async {
        let trapped = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        // Lives as long as the process, as the traps do.
        Task { [signal] in
            for await _ in trapped { signal.yield() }
        }
    }

    /// Runs the services until they end, or until an end is asked for and they have finished.
    func run(_ services: ServiceGroup) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for await _ in signals { await services.triggerGracefulShutdown() }
            }
            try await services.run()
            group.cancelAll()
        }
    }
}
