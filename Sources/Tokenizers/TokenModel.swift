import Tokens

/// What makes tokens of a word.
enum TokenModel: Sendable {
    case bytePair(BytePairModel)
    case wordPiece(WordPieceModel)
    case unigram(UnigramModel)

    /// Appends the tokens of the word in that range.
    func encode(_ text: [UInt8], _ word: Range<Int>, loop: inout MergeLoop, into tokens: inout [TokenID]) {
        switch self {
        case .bytePair(let model): model.encode(text, word, loop: &loop, into: &tokens)
        case .wordPiece(let model): model.encode(text, word, into: &tokens)
        case .unigram(let model): model.encode(text, word, into: &tokens)
        }
    }
}
