import OpenAIAPI
import Synchronization

/// Counts the requests at work, and closes for good at shutdown.
final class Gate: Sendable {
    /// One request's place; it is free again when the last reference to this goes.
    final class Place: Sendable {
        private let gate: Gate

        fileprivate init(_ gate: Gate) { self.gate = gate }

        deinit { gate.state.withLock { $0.taken -= 1 } }
    }

    private struct State {
        var taken = 0
        var isClosed = false
    }

    private let state = Mutex(State())
    private let placesMax: Int

    init(placesMax: Int) { self.placesMax = placesMax }

    /// The requests at work.
    var taken: Int { state.withLock { $0.taken } }

    /// Whether the server is shutting down.
    var isClosed: Bool { state.withLock { $0.isClosed } }

    /// Lets nobody in any more.
    func close() { state.withLock { $0.isClosed = true } }

    /// - Throws: ``APIError`` 429 where all places are taken, 503 where the gate is closed.
    func enter() throws(APIError) -> Place {
        let refusal: APIError? = state.withLock { state in
            if state.isClosed { return .shuttingDown }
            if state.taken >= placesMax {
                return .overloaded(
                    "\(state.taken) requests are at work, and \(placesMax) may; try again later")
            }
            state.taken += 1
            return nil
        }
        if let refusal { throw refusal }
        return Place(self)
    }
}
