/// Makes up prompts of a length in tokens.
package enum PromptMaker: Sendable {
    /// Ids drawn from a range.
    case ids(Range<Int>)
    /// Common English words, each of which is one token in most vocabularies when a space stands before it.
    case words

    /// Ids that are ordinary tokens in nearly every vocabulary: control tokens lie before or behind them, and the
    /// smallest vocabularies in use have 32,000 entries.
    package static let commonIDs = 1000..<30_000

    /// A prompt of that many tokens: exactly for ids, about that many for words.
    func make(tokens count: Int, _ random: inout SeededRandom) -> BenchmarkRequest.Prompt {
        join([draw(count, &random)])
    }

    /// What a prompt is put together from: indices of words, or ids.
    func draw(_ count: Int, _ random: inout SeededRandom) -> [Int] {
        let range =
            switch self {
            case .ids(let range): range
            case .words: Self.wordList.indices
            }
        return (0..<count).map { _ in random.integer(in: range.lowerBound...(range.upperBound - 1)) }
    }

    /// A prompt of these parts, one after another.
    func join(_ parts: [[Int]]) -> BenchmarkRequest.Prompt {
        switch self {
        case .ids: .tokens(parts.flatMap(\.self))
        case .words: .text(parts.joined().map { Self.wordList[$0] }.joined(separator: " "))
        }
    }

    private static let wordList = [
        "the", "of", "and", "to", "in", "is", "that", "for", "it", "as", "was", "with", "be", "by", "on",
        "not",
        "he", "this", "are", "or", "his", "from", "at", "which", "but", "have", "an", "had", "they", "you",
        "were",
        "their", "one", "all", "we", "can", "her", "has", "there", "been", "if", "more", "when", "will",
        "would",
        "who", "so", "no", "time", "people", "water", "house", "world", "year", "day", "light", "city",
        "book",
        "music", "river", "paper", "story", "morning", "number",
    ]
}
