package import JSON
package import Tokens

/// Text to token ids and back, as a checkpoint's files define it.
///
/// Encoding runs in five steps: added tokens are cut out, the text between them is normalised, cut into
/// words, each word is merged by byte pair encoding, and the result is framed by the tokens that start and
/// end a sequence.
package final class Tokenizer: Sendable {
    /// How many ids the tokenizer knows; the model's embedding may have more rows.
    package let vocabularySize: Int
    /// The token that starts a sequence, where the files name one.
    package let beginningOfSequence: TokenID?
    /// The token that ends a sequence, where the files name one.
    package let endOfSequence: TokenID?

    private let definition: TokenizerDefinition
    private let rawTokens: AddedTokenMatcher
    private let normalizedTokens: AddedTokenMatcher
    private let specials: [Bool]

    init(_ definition: TokenizerDefinition) {
        self.definition = definition
        vocabularySize = definition.outputs.count
        beginningOfSequence = definition.beginningOfSequence
        endOfSequence = definition.endOfSequence
        rawTokens = AddedTokenMatcher(definition.addedTokens.filter { !$0.isNormalized })
        normalizedTokens = AddedTokenMatcher(
            definition.addedTokens.filter(\.isNormalized).map { token in
                let (text, range, _) = definition.normalizer.normalize(token.content, 0..<token.content.count)
                var token = token
                token.content = Array(text[range])
                return token
            })
        var specials = [Bool](repeating: false, count: definition.outputs.count)
        for id in definition.controlTokens.union(definition.addedTokens.lazy.filter(\.isSpecial).map(\.id))
        where specials.indices.contains(Int(id)) {
            specials[Int(id)] = true
        }
        self.specials = specials
    }

    /// Reads a tokenizer.json and, for the tokens that start and end a sequence, the tokenizer_config.json
    /// beside it.
    ///
    /// - Throws: ``TokenizerError`` where the file is malformed or asks for what Needletail does not have.
    package convenience init(tokenizerJSON: [UInt8], config: JSONValue? = nil) throws(TokenizerError) {
        self.init(try TokenizerFile(tokenizerJSON).definition(config: config))
    }

    /// The text of the token that starts a sequence, for chat templates.
    package var beginningText: String? {
        beginningOfSequence.map { String(decoding: piece($0), as: UTF8.self) }
    }

    /// The text of the token that ends a sequence, for chat templates.
    package var endText: String? { endOfSequence.map { String(decoding: piece($0), as: UTF8.self) } }

    /// The tokens of a text.
    ///
    /// - Parameters:
    ///   - addSpecialTokens: whether to frame the text by the tokens that the files ask for, such as BOS.
    ///   - parseSpecialTokens: whether `<|im_start|>` in the text becomes that token; otherwise it is spelt
    /// out.
    /// - Complexity: O(n log n) for n bytes, whatever the text.
    package func encode(_ text: String, addSpecialTokens: Bool, parseSpecialTokens: Bool = true) -> [TokenID]
    {
        let bytes = Array(text.utf8)
        var tokens = addSpecialTokens ? definition.prefix : []
        tokens.reserveCapacity(tokens.count + bytes.count / 3)
        var loop = MergeLoop()
        for segment in rawTokens.segments(bytes, 0..<bytes.count, includesSpecial: parseSpecialTokens) {
            if let token = segment.token {
                tokens.append(TokenID(rawValue: token))
                continue
            }
            let (normal, range, keepsStart) = definition.normalizer.normalize(bytes, segment.range)
            var isFirst = keepsStart && segment.range.lowerBound == 0
            for part in normalizedTokens.segments(normal, range, includesSpecial: parseSpecialTokens) {
                if let token = part.token {
                    tokens.append(TokenID(rawValue: token))
                } else {
                    let words = definition.preTokenizer.split(normal, part.range, isFirst: isFirst)
                    for word in words.ranges {
                        definition.model.encode(words.text, word, loop: &loop, into: &tokens)
                    }
                }
                isFirst = false
            }
        }
        if addSpecialTokens { tokens.append(contentsOf: definition.suffix) }
        return tokens
    }

    /// The text of tokens; what is not valid UTF-8 becomes U+FFFD, and ids that are no token become nothing.
    package func decode(_ tokens: [TokenID], skipSpecialTokens: Bool) -> String {
        var bytes: [UInt8] = []
        var spaces = strippedSpaces
        for token in tokens where !(skipSpecialTokens && isSpecial(token)) {
            appendPiece(of: token, to: &bytes, strippingSpaces: &spaces)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The bytes that one token reads as: perhaps a part of a character, and empty for an id that is no
    /// token.
    package func piece(_ token: TokenID) -> [UInt8] {
        guard token.index >= 0, token.index < vocabularySize else { return [] }
        return Array(definition.outputs[token.index])
    }

    /// Whether the token steers the model and is no text.
    package func isSpecial(_ token: TokenID) -> Bool {
        specials.indices.contains(token.index) && specials[token.index]
    }

    /// How many tokens stand around a text.
    package var frameCount: Int { definition.prefix.count + definition.suffix.count }

    /// What stands before a text, behind it, and how two texts stand together.
    var prefixTokens: [TokenID] { definition.prefix }
    var suffixTokens: [TokenID] { definition.suffix }
    var pairItems: [PairItem] { definition.pair }

    /// How many spaces a decoded text loses at its start.
    var strippedSpaces: Int { definition.strippedSpaces }

    /// Appends what a token reads as, without the spaces that the start of the text loses.
    func appendPiece(of token: TokenID, to bytes: inout [UInt8], strippingSpaces spaces: inout Int) {
        guard token.index >= 0, token.index < vocabularySize else { return }
        var piece = definition.outputs[token.index]
        while spaces > 0, let first = piece.first {
            spaces = first == 0x20 ? spaces - 1 : 0
            if first == 0x20 { piece.removeFirst() }
        }
        bytes.append(contentsOf: piece)
    }
}
