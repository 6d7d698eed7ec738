package import Tokens

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
    /// The engine broke; the reason, for people.
    case engineFailed(String)
}

extension AdmissionError: CustomStringConvertible {
    /// One line for people: what is wrong, the limit and the value.
    package var description: String {
        switch self {
        case .emptyPrompt:
            "the prompt has no tokens; give one at least"
        case .unknownToken(let token, let vocabularySize):
            "token \(token) is not in the vocabulary, which has \(vocabularySize) tokens"
        case .promptTooLong(let tokens, let contextLength):
            "the prompt has \(tokens) tokens, and the context has room for \(contextLength - 1)"
        case .exceedsCapacity(let tokens, let capacity):
            "prompt and output may reach \(tokens) tokens, and the KV cache holds \(capacity)"
        case .overloaded(let waiting, let limit):
            "\(waiting) requests wait already, and at most \(limit) may; try again later"
        case .shuttingDown:
            "the engine is shutting down"
        case .engineFailed(let reason):
            "the engine failed: \(reason)"
        }
    }
}
