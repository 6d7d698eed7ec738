/// What one request gave, and when. Times are seconds from when it was sent.
package struct RequestRecord: Sendable, Equatable {
    /// Tokens of its prompt.
    package var promptTokens: Int
    /// Tokens of its output.
    package var outputTokens = 0
    /// When the first token came; nil where none did.
    package var timeToFirstToken: Double?
    /// Between each two events that brought tokens.
    package var interTokenLatencies: [Double] = []
    /// When the last token came.
    package var latency = 0.0
    /// Why it did not succeed, for people; nil where it did.
    package var failure: String?

    package init(promptTokens: Int) {
        self.promptTokens = promptTokens
    }

    /// Notes that tokens came.
    package mutating func noteTokens(at time: Double) {
        if timeToFirstToken == nil {
            timeToFirstToken = time
        } else {
            interTokenLatencies.append(time - latency)
        }
        latency = time
    }

    /// The time of a token after the first, on average; nil where there is none.
    package var timePerOutputToken: Double? {
        guard let timeToFirstToken, outputTokens > 1 else { return nil }
        return (latency - timeToFirstToken) / Double(outputTokens - 1)
    }
}
