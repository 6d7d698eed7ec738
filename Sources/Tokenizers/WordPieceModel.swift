import Tokens

/// WordPiece as BERT has it: the longest entry that starts a word, then the longest that continues it, and so on
/// (Wu et al., 2016; Devlin et al., 2019).
struct WordPieceModel: Sendable {
    /// The entries as the file spells them, continuing ones with their prefix.
    let vocabulary: Vocabulary
    /// What an entry begins with that continues a word: `##`.
    let continuation: [UInt8]
    /// What stands for a word that entries cannot spell.
    let unknown: Int32
    /// Words of more scalars than that are unknown.
    let wordScalarsMax: Int
    /// Bytes of the longest entry.
    let pieceBytesMax: Int

    /// Appends the tokens of the word in that range; its pieces are found within so many bytes that the time is
    /// linear in the word's length.
    func encode(_ text: [UInt8], _ word: Range<Int>, into tokens: inout [TokenID]) {
        guard scalarCount(text, word) <= wordScalarsMax else {
            tokens.append(TokenID(rawValue: unknown))
            return
        }
        let first = tokens.count
        // A word that continues another one is looked up with the prefix before it.
        var continued = continuation
        var start = word.lowerBound
        while start < word.upperBound {
            var end = min(word.upperBound, start + pieceBytesMax)
            while end < word.upperBound, end > start, text[end] & 0xC0 == 0x80 { end -= 1 }
            var found: Int32?
            while end > start {
                if start == word.lowerBound {
                    found = vocabulary.id(of: text, start..<end)
                } else {
                    continued.removeLast(continued.count - continuation.count)
                    continued.append(contentsOf: text[start..<end])
                    found = vocabulary.id(of: continued, 0..<continued.count)
                }
                if found != nil { break }
                end = text.scalarStart(before: end, from: start)
            }
            guard let found else {
                tokens.removeLast(tokens.count - first)
                tokens.append(TokenID(rawValue: unknown))
                return
            }
            tokens.append(TokenID(rawValue: found))
            start = end
        }
    }

    private func scalarCount(_ text: [UInt8], _ word: Range<Int>) -> Int {
        var count = 0
        for index in word where text[index] & 0xC0 != 0x80 { count += 1 }
        return count
    }
}
