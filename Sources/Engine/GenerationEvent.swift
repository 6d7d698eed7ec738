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
    /// Set on the last event only.
    package var finishReason: FinishReason?

    /// Makes an event.
    package init(tokens: [TokenID], finishReason: FinishReason? = nil) {
        self.tokens = tokens
        self.finishReason = finishReason
    }
}
