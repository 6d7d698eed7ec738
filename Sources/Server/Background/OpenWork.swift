import Logging
import OpenAIAPI

/// Works off what the store has open, the eldest first and a few at a time.
///
/// The store is the only memory: what has not ended there is begun again, in this process or the next one.
struct OpenWork: Sendable {
    let signals: WorkSignals
    /// How many are worked on at the same time.
    let atWorkMax: Int
    /// How long one waits that met a fault of ours.
    let faultSeconds: Int
    let logger: Logger
    /// The ids of what is open, the eldest first, at most that many.
    let open: @Sendable (_ count: Int) async throws -> [String]
    /// Brings one as far as it goes: to its end, or to where somebody stops it.
    let work: @Sendable (_ id: String) async throws -> Void

    /// Works until the task is cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            while !Task.isCancelled {
                do {
                    let atWork = signals.atWork
                    let waiting = try await open(atWorkMax).filter { !atWork.contains($0) }
                    for id in waiting.prefix(atWorkMax - atWork.count) {
                        // From here on whoever stops it stops this task; who did before is found in its status.
                        let task = signals.begin(id) { try await work(id) }
                        group.addTask { await finish(id, task) }
                    }
                } catch {
                    guard !Task.isCancelled else { break }
                    logger.error("Open work was not found; tried again", metadata: ["error": "\(error)"])
                    try? await Task.sleep(for: .seconds(faultSeconds))
                    continue
                }
                await signals.wait()
            }
        }
    }

    private func finish(_ id: String, _ task: Task<Void, any Error>) async {
        do {
            try await withTaskCancellationHandler {
                try await task.value
            } onCancel: {
                task.cancel()
            }
        } catch  where task.isCancelled {
            // Stopped: its status says what is next.
        } catch {
            logger.error("\(id) met an error; it is tried again", metadata: ["error": "\(error)"])
            try? await Task.sleep(for: .seconds(faultSeconds))
        }
        signals.end(id)
    }

    /// Does it, and waits while there is no room for it.
    static func whenThereIsRoom<Value: Sendable>(
        everySeconds seconds: Int, _ body: () async throws -> Value
    ) async throws -> Value {
        while true {
            do {
                return try await body()
            } catch let error as APIError where error.status == 429 && error.retryAfterSeconds != nil {
                try await Task.sleep(for: .seconds(seconds))
            }
        }
    }
}
