import Tokens

/// Byte pair encoding of single words.
struct BytePairModel: Sendable {
    /// What a word's symbols are before any merge.
    enum Symbols: Sendable {
        /// Its bytes, by value; -1 where the vocabulary has no entry for one (Radford et al., 2019).
        case bytes([Int32])
        /// Its scalars; one that is no entry becomes its bytes, by value, where the vocabulary has them (Kudo
        /// and Richardson, 2018).
        case scalars(fallback: [Int32]?)
    }

    let vocabulary: Vocabulary
    let merges: MergeTable
    let symbols: Symbols
    /// Whether a word that is an entry is that token, whatever the merges make of it.
    let ignoresMerges: Bool
    /// What stands for text that the vocabulary cannot spell; nil drops such text.
    let unknown: Int32?
    /// Whether neighbouring unknown symbols become one.
    let fusesUnknown: Bool

    /// Appends the tokens of the word in that range.
    func encode(_ text: [UInt8], _ word: Range<Int>, loop: inout MergeLoop, into tokens: inout [TokenID]) {
        var start = word.lowerBound
        while word.upperBound - start > TokenizerLimits.wordBytesMax {
            let cut = text.scalarStart(before: start + TokenizerLimits.wordBytesMax, from: start)
            encodeShort(text, start..<cut, loop: &loop, into: &tokens)
            start = cut
        }
        encodeShort(text, start..<word.upperBound, loop: &loop, into: &tokens)
    }

    private func encodeShort(
        _ text: [UInt8], _ word: Range<Int>, loop: inout MergeLoop, into tokens: inout [TokenID]
    ) {
        if ignoresMerges, let id = vocabulary.id(of: text, word) {
            tokens.append(TokenID(rawValue: id))
            return
        }
        loop.symbols.removeAll(keepingCapacity: true)
        switch symbols {
        case .bytes(let ids):
            for index in word { appendSymbol(ids[Int(text[index])], to: &loop.symbols) }
        case .scalars(let fallback):
            var position = word.lowerBound
            while position < word.upperBound {
                let scalar = position..<position + text.scalar(at: position, to: word.upperBound).length
                position = scalar.upperBound
                if let id = vocabulary.id(of: text, scalar) {
                    loop.symbols.append(id)
                } else if let fallback, scalar.allSatisfy({ fallback[Int(text[$0])] >= 0 }) {
                    for index in scalar { loop.symbols.append(fallback[Int(text[index])]) }
                } else {
                    appendSymbol(-1, to: &loop.symbols)
                }
            }
        }
        loop.run(merges)
        for symbol in loop.symbols { tokens.append(TokenID(rawValue: symbol)) }
    }

    private func appendSymbol(_ id: Int32, to symbols: inout [Int32]) {
        if id >= 0 {
            symbols.append(id)
        } else if let unknown, !(fusesUnknown && symbols.last == unknown) {
            symbols.append(unknown)
        }
    }
}
