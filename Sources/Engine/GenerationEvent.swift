package import Sampling
package import Tokens

/// Why a sequence ended.
package enum FinishReason: Sendable, Equatable {
    /// The model's end token, or one of the request's stop tokens, which is named; it is not among the
    /// tokens.
    case stop(TokenID)
    /// The most tokens asked for, or the context length, was reached.
    case length
    /// Somebody called ``Generation/abort()``, or the engine was shut down before it was done.
    case aborted
    /// The engine broke; the reason, for people.
    case failed(String)
}

/// What the engine delivers: at most one a step and sequence.
package struct GenerationEvent: Sendable, Equatable {
    /// The tokens since the last event, the ending token left out.
    package var tokens: [TokenID]
    /// One for each of the tokens where the request asks for them, otherwise empty.
    package var logprobs: [TokenLogprobs]
    /// Those of the prompt's second token and all after it, with the first event, where the request asks for them.
    package var promptLogprobs: [TokenLogprobs]
    /// Set on the last event only.
    package var finishReason: FinishReason?

    /// Makes an event.
    package init(
        tokens: [TokenID], logprobs: [TokenLogprobs] = [], promptLogprobs: [TokenLogprobs] = [],
        finishReason: FinishReason? = nil
    ) {
        self.tokens = tokens
        self.logprobs = logprobs
        self.promptLogprobs = promptLogprobs
        self.finishReason = finishReason
    }
}
