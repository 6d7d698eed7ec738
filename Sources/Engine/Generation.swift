package import Sampling
package import Tokens

/// One sequence for the engine to continue: ids in, ids out.
package struct GenerationRequest: Sendable {
    /// The prompt, never empty.
    package var prompt: [TokenID]
    /// How to choose tokens and when to stop.
    package var sampling: SamplingParameters

    /// Makes a request.
    package init(prompt: [TokenID], sampling: SamplingParameters) {
        self.prompt = prompt
        self.sampling = sampling
    }
}

/// Why a sequence ended.
package enum FinishReason: Sendable, Equatable {
    /// The model's end token, or one of the request's stop tokens, which is named; it is not among the tokens.
    case stop(TokenID)
    /// The most tokens asked for, or the context length, was reached.
    case length
    /// Somebody called ``Generation/abort()``, or the engine was shut down before it was done.
    case aborted
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

/// Why the engine does not take a request.
package enum AdmissionError: Error, Sendable, Equatable {
    /// The prompt has no token.
    case emptyPrompt
    /// A token lies outside the vocabulary.
    case unknownToken(TokenID, vocabularySize: Int)
    /// The prompt leaves no room for one token of output within the context length.
    case promptTooLong(tokens: Int, contextLength: Int)
    /// Prompt and output together could never fit the KV cache.
    case exceedsCapacity(tokens: Int, capacity: Int)
    /// As many requests wait as may; try again later.
    case overloaded(waiting: Int, limit: Int)
    /// The engine is shutting down.
    case shuttingDown
}
