import Tokens

/// Everything that makes a tokenizer, whichever file it comes from.
struct TokenizerDefinition: Sendable {
    var model: TokenModel
    var normalizer = Normalizer(steps: [])
    var preTokenizer = PreTokenizer(stages: [])
    var addedTokens: [AddedToken] = []
    /// What each token reads as, by id.
    var outputs: PieceTable
    /// Tokens that are no text, by id, where added tokens do not say so already.
    var controlTokens: Set<Int32> = []
    /// What surrounds a text when special tokens are asked for.
    var prefix: [TokenID] = []
    var suffix: [TokenID] = []
    /// How two texts stand together.
    var pair: [PairItem] = [.first(type: 0), .second(type: 1)]
    var beginningOfSequence: TokenID?
    var endOfSequence: TokenID?
    /// How many spaces the decoded text loses at its start.
    var strippedSpaces = 0
}

/// A part of two texts that stand together, with the type of its tokens.
enum PairItem: Sendable, Hashable {
    case token(TokenID, type: Int32)
    case first(type: Int32)
    case second(type: Int32)
}
