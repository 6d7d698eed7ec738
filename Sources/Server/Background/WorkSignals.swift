import Synchronization

/// Between the routes, which tell that work came or is to end, and those who do it.
final class WorkSignals: Sendable {
    private struct State {
        var isWoken = false
        var waiter: CheckedContinuation<Void, Never>?
        var tasks: [String: Task<Void, any Error>] = [:]
    }

    private let state = Mutex(State())

    /// What is worked on.
    var atWork: Set<String> { state.withLock { Set($0.tasks.keys) } }

    /// Tells that there is something to do.
    func wake() {
        let waiter = state.withLock { state in
            state.isWoken = state.waiter == nil
            return state.waiter.take()
        }
        waiter?.resume()
    }

    /// Returns when there is, or may be, something to do; at once where the task is cancelled.
    func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { waiter in
                let isWoken = state.withLock { state in
                    if !state.isWoken { state.waiter = waiter }
                    defer { state.isWoken = false }
                    return state.isWoken
                }
                if isWoken { waiter.resume() }
            }
        } onCancel: {
            wake()
        }
    }

    /// Begins to work on something.
    func begin(_ id: String, _ work: @escaping @Sendable () async throws -> Void) -> Task<Void, any Error> {
        state.withLock { state in
            // Begun under the lock: whoever stops it finds the task, or has stopped it before its first step.
            let task = Task { try await work() }
            state.tasks[id] = task
            return task
        }
    }

    /// Notes that nobody works on it any more.
    func end(_ id: String) {
        state.withLock { $0.tasks[id] = nil }
        wake()
    }

    /// Stops the work on something, where it is worked on.
    func stop(_ id: String) {
        state.withLock { $0.tasks[id] }?.cancel()
        wake()
    }
}
