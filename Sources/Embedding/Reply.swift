import Synchronization

/// The answer to one request: set once by the embedder's thread, awaited once by the task that asked.
final class Reply: Sendable {
    typealias Outcome = Result<[Float], EmbeddingError>

    private enum State {
        case open
        case awaited(CheckedContinuation<Outcome, Never>)
        case settled(Outcome)
    }

    private let state = Mutex(State.open)

    /// Settles the answer; the first outcome counts.
    func settle(_ outcome: Outcome) {
        let waiter = state.withLock { state -> CheckedContinuation<Outcome, Never>? in
            switch state {
            case .settled: return nil
            case .open:
                state = .settled(outcome)
                return nil
            case .awaited(let waiter):
                state = .settled(outcome)
                return waiter
            }
        }
        waiter?.resume(returning: outcome)
    }

    /// Whether there is an outcome, so that nothing more needs to be computed.
    var isSettled: Bool {
        state.withLock { if case .settled = $0 { true } else { false } }
    }

    /// Waits for the outcome.
    func outcome() async -> Outcome {
        await withCheckedContinuation { waiter in
            let settled = state.withLock { state -> Outcome? in
                if case .settled(let outcome) = state { return outcome }
                state = .awaited(waiter)
                return nil
            }
            if let settled { waiter.resume(returning: settled) }
        }
    }
}
