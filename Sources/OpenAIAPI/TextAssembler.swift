import Sampling
import Tokenizers
import Tokens

/// One answer's way from token ids to text: detokeniser, then stop strings.
struct TextAssembler {
    private var detokenizer: StreamingDetokenizer
    private var matcher: StopMatcher
    private let tokensMin: Int
    private let includesStop: Bool
    private let stopTokens: [TokenID]
    /// The tokens so far, up to the one that completed a stop string.
    private(set) var tokenCount = 0

    /// - Parameter kept: special tokens that leave text whatever the request says: markup that is taken apart later.
    init(_ tokenizer: Tokenizer, _ options: GenerationOptions, keeping kept: Set<TokenID> = []) {
        detokenizer = StreamingDetokenizer(
            tokenizer, skipSpecialTokens: options.skipsSpecialTokens, keeping: kept)
        matcher = StopMatcher(stops: options.stopStrings, keepsStop: options.includesStop)
        tokensMin = options.sampling.minTokens
        includesStop = options.includesStop
        stopTokens = options.sampling.stopTokens
    }

    /// Whether a stop string has ended the answer.
    var isStopped: Bool { matcher.isStopped }

    /// The stop string that has ended the answer.
    var stop: StopCause? { matcher.found.map(StopCause.text) }

    /// What in the request a token that ended the answer is; nil for the model's own end.
    func cause(_ token: TokenID) -> StopCause? { stopTokens.contains(token) ? .token(token) : nil }

    /// The text that these tokens complete; tokens after a stop string are not looked at.
    mutating func append(_ tokens: [TokenID]) -> String {
        var text = ""
        for token in tokens where !isStopped {
            tokenCount += 1
            let piece = detokenizer.append(token)
            text += tokenCount <= tokensMin ? matcher.pass(piece) : matcher.append(piece)
        }
        return text
    }

    /// The rest of the text, when the engine has ended the answer.
    ///
    /// - Parameter stopToken: the token that ended it; it counts, and is text only if the request wants that.
    mutating func finish(stopToken: TokenID?) -> String {
        var text = ""
        if let stopToken, !isStopped {
            tokenCount += 1
            if includesStop { text += matcher.append(detokenizer.append(stopToken)) }
        }
        text += matcher.append(detokenizer.finish())
        return text + matcher.finish()
    }
}
