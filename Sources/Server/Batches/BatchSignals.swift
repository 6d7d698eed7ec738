import Synchronization

/// Between the routes, which tell that a batch came or is to end, and the one worker.
final class BatchSignals: Sendable {
    private struct State {
        var isWoken = false
        var waiter: CheckedContinuation<Void, Never>?
        var current: (id: String, task: Task<Void, any Error>)?
    }

    private let state = Mutex(State())

    /// Tells the worker that there is something to do.
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

    /// Notes what the worker works on.
    func begin(_ id: String, _ task: Task<Void, any Error>) { state.withLock { $0.current = (id, task) } }

    /// Notes that the worker works on nothing.
    func end() { state.withLock { $0.current = nil } }

    /// Stops the work on a batch, if it is the one that is worked on.
    func stop(_ id: String) {
        state.withLock { $0.current?.id == id ? $0.current?.task : nil }?.cancel()
        wake()
    }
}
