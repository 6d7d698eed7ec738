import Sampling
import Scheduling
import Synchronization
import Tokens

/// What lies between the engine thread, which delivers, and the task that reads.
final class GenerationStream: Sendable {
    private struct State {
        /// Delivered and not yet read.
        var tokens: [TokenID] = []
        var logprobs: [TokenLogprobs] = []
        var promptLogprobs: [TokenLogprobs] = []
        /// Set once; nothing is delivered after it.
        var finishReason: FinishReason?
        /// Whether the event with the finish reason was read.
        var isRead = false
        /// Who waits for the next event.
        var reader: CheckedContinuation<GenerationEvent?, Never>?

        /// The next event where there is one: none at all if one has to be waited for, `.some(nil)` past the
        /// end.
        mutating func takeEvent() -> GenerationEvent?? {
            if isRead { return .some(nil) }
            // What is known of the prompt comes in pieces and waits for the first token, so that it is whole.
            if tokens.isEmpty && finishReason == nil { return nil }
            isRead = finishReason != nil
            defer { (tokens, logprobs, promptLogprobs) = ([], [], []) }
            return GenerationEvent(
                tokens: tokens, logprobs: logprobs, promptLogprobs: promptLogprobs, finishReason: finishReason
            )
        }
    }

    /// The engine's number for the sequence while it has one. Only the engine thread touches it.
    nonisolated(unsafe) var sequence: SequenceID?

    private let mailbox: Mailbox
    private let state = Mutex(State())

    init(mailbox: Mailbox) {
        self.mailbox = mailbox
    }

    /// Adds what is known of the prompt's probabilities.
    func deliver(promptLogprobs: [TokenLogprobs]) {
        update { $0.promptLogprobs += promptLogprobs }
    }

    /// Adds a token, or ends the stream, or both. Without effect after the end.
    func deliver(_ sample: Sample?, finishReason: FinishReason?) {
        update { state in
            if let sample {
                state.tokens.append(sample.token)
                if let logprobs = sample.logprobs { state.logprobs.append(logprobs) }
            }
            state.finishReason = finishReason
        }
    }

    /// Ends the stream at once for its reader, and tells the engine.
    func abort() {
        if update({ $0.finishReason = .aborted }) { mailbox.abort(self) }
    }

    /// The next event, or none past the end. One task at a time may ask.
    func next() async -> GenerationEvent? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { reader in
                let event: GenerationEvent?? = state.withLock { state in
                    if let event = state.takeEvent() { return event }
                    precondition(state.reader == nil, "two tasks read one generation")
                    state.reader = reader
                    return nil
                }
                if let event { reader.resume(returning: event) }
            }
        } onCancel: {
            abort()
        }
    }

    /// Changes the state and wakes the reader. Returns false, and does nothing, after the end.
    @discardableResult
    private func update(_ body: (inout State) -> Void) -> Bool {
        let woken: (reader: CheckedContinuation<GenerationEvent?, Never>?, event: GenerationEvent?)? =
            state.withLock {
                guard $0.finishReason == nil else { return nil }
                body(&$0)
                guard let reader = $0.reader, let event = $0.takeEvent() else { return (nil, nil) }
                $0.reader = nil
                return (reader, event)
            }
        guard let woken else { return false }
        woken.reader?.resume(returning: woken.event)
        return true
    }
}
