package import Tokens

/// Why the embedder does not take a request, or does not answer it.
package enum EmbeddingError: Error, Sendable, Equatable {
    /// A sequence has no token.
    case empty
    /// A token lies outside the vocabulary.
    case unknownToken(TokenID, vocabularySize: Int)
    /// A sequence is longer than the model takes.
    case tooLong(tokens: Int, contextLength: Int)
    /// As many tokens wait as may; try again later.
    case overloaded(waiting: Int, limit: Int)
    /// Nobody waits for the answer anymore.
    case aborted
    /// The embedder is shutting down.
    case shuttingDown
    /// The embedder broke; the reason, for people.
    case failed(String)
}

extension EmbeddingError: CustomStringConvertible {
    /// One line for people: what is wrong, the limit and the value.
    package var description: String {
        switch self {
        case .empty: "a text has no tokens; give one at least"
        case .unknownToken(let token, let vocabularySize):
            "token \(token) is not in the vocabulary, which has \(vocabularySize) tokens"
        case .tooLong(let tokens, let contextLength):
            "a text has \(tokens) tokens, and the model takes \(contextLength)"
        case .overloaded(let waiting, let limit):
            "\(waiting) tokens wait already, and at most \(limit) may; try again later"
        case .aborted: "the request was aborted"
        case .shuttingDown: "the embedder is shutting down"
        case .failed(let reason): "the embedder failed: \(reason)"
        }
    }
}
