/// A text's tokens cut into windows that do not overlap, as llama.cpp's `llama-perplexity` cuts them.
///
/// A window is `context` tokens; what is left at the end is not looked at. Where the model wants a token that begins
/// a sequence, that token stands in the place of each window's first one.
package struct TextWindows: Sendable {
    /// The whole text's tokens.
    private let tokens: [Int32]
    /// Tokens of a window.
    package let context: Int
    /// What each window begins with, where the model wants that.
    private let beginning: Int32?

    /// Cuts the text.
    ///
    /// - Throws: ``EvaluationError`` where a window is too small to score a token, or the text to fill one.
    package init(tokens: [Int32], context: Int, beginning: Int32?) throws(EvaluationError) {
        guard context >= Self.contextMin else {
            throw EvaluationError(
                "a window of \(context) tokens scores nothing; the least is \(Self.contextMin)")
        }
        guard tokens.count >= context else {
            throw EvaluationError(
                "the text has \(tokens.count) tokens, and one window takes \(context); "
                    + "give a longer text or a smaller --context")
        }
        self.tokens = tokens
        self.context = context
        self.beginning = beginning
    }

    /// The smallest window: one token before the scored half's first prediction, and one predicted.
    package static let contextMin = 4

    /// How many windows.
    package var count: Int { tokens.count / context }

    /// The first position whose prediction counts: everything scored has half a window before it.
    package var firstScored: Int { context / 2 }

    /// How many predictions of a window count: each position of the second half but the last predicts the next.
    package var scoredCount: Int { context - firstScored - 1 }

    /// What the model reads of a window, `[context - 1]`: the last token is predicted and not read.
    package func input(_ index: Int) -> [Int32] {
        var window = Array(tokens[(index * context)..<((index + 1) * context - 1)])
        if let beginning { window[0] = beginning }
        return window
    }

    /// What is to be predicted, `[scoredCount]`: the tokens after the positions from ``firstScored`` on.
    package func targets(_ index: Int) -> ArraySlice<Int32> {
        tokens[(index * context + firstScored + 1)..<((index + 1) * context)]
    }
}

/// Why a text cannot be evaluated.
package struct EvaluationError: Error, Sendable, CustomStringConvertible {
    /// One line for people: the limit, the value, and what to do.
    package let description: String

    init(_ description: String) { self.description = description }
}
