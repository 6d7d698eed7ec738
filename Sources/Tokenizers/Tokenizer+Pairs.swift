package import Tokens

extension Tokenizer {
    /// Tokens, and of each which text of a pair it belongs to.
    package struct Typed: Sendable, Equatable {
        package var tokens: [TokenID]
        package var types: [Int32]
    }

    /// A text's tokens with those around it that the files ask for, cut behind the text's so many tokens that all
    /// together are `countMax` at most.
    package func encode(_ text: String, countMax: Int?) -> [TokenID] {
        let tokens = encode(text, addSpecialTokens: false)
        let room = max(0, (countMax ?? .max) - frameCount)
        return prefixTokens + tokens.prefix(room) + suffixTokens
    }

    /// Two texts' tokens, with those around them that the files ask for.
    ///
    /// - Parameter countMax: The most tokens of all together; the longer text loses its end first, as Transformers'
    ///   `longest_first` has it.
    package func encodePair(_ first: String, _ second: String, countMax: Int? = nil) -> Typed {
        pair(
            encode(first, addSpecialTokens: false), encode(second, addSpecialTokens: false),
            countMax: countMax)
    }

    /// The same of two texts whose tokens are known, without those around them.
    package func pair(_ first: [TokenID], _ second: [TokenID], countMax: Int? = nil) -> Typed {
        var texts = (first[...], second[...])
        if let countMax {
            let framing = pairItems.count { if case .token = $0 { true } else { false } }
            let kept = Self.longestFirst(first.count, second.count, countMax: max(0, countMax - framing))
            texts = (first.prefix(kept.0), second.prefix(kept.1))
        }
        var pair = Typed(tokens: [], types: [])
        for item in pairItems {
            switch item {
            case .token(let token, let type):
                pair.tokens.append(token)
                pair.types.append(type)
            case .first(let type): pair.append(texts.0, type)
            case .second(let type): pair.append(texts.1, type)
            }
        }
        return pair
    }

    /// How many tokens of each are kept.
    private static func longestFirst(_ first: Int, _ second: Int, countMax: Int) -> (Int, Int) {
        guard first + second > countMax else { return (first, second) }
        let short = min(first, second)
        // The shorter one stays whole while the longer one is cut down to it; then both get half.
        var kept = (short, max(short, countMax - short))
        if short > countMax || kept.0 + kept.1 > countMax {
            kept = (countMax / 2, countMax / 2 + countMax % 2)
        }
        return first > second ? (kept.1, kept.0) : kept
    }
}

extension Tokenizer.Typed {
    fileprivate mutating func append(_ more: ArraySlice<TokenID>, _ type: Int32) {
        tokens += more
        types.append(contentsOf: repeatElement(type, count: more.count))
    }
}
