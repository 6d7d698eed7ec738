package import Tokens

/// The texts of all tokens that output may be made of, in a form that finds those that fit fast.
///
/// Special tokens have no text here: no grammar allows them, but for those that end an output.
package final class TokenVocabulary: Sendable {
    /// How many ids there are, those without text included.
    package let count: Int
    /// Words of 64 bits in a mask.
    package let wordCount: Int
    /// All tokens.
    let trie: TokenTrie
    /// The tokens that are not plain: those with quotes, backslashes, control characters or parts of characters, and
    /// those with more characters than ``plainMasks`` counts.
    let rest: TokenTrie
    /// The plain tokens, whole characters that a JSON string holds as they are, that have up to `index`
    /// characters.
    let plainMasks: [[UInt64]]
    private let bytes: [UInt8]
    private let ends: [Int]

    private let spell: (@Sendable ([UInt8]) -> [TokenID])?

    /// More characters than these make a token count among the rest.
    static let plainCharactersMax = 32

    /// Takes in a vocabulary.
    ///
    /// - Parameters:
    ///   - spell: The tokens that a text is made of, where a tokenizer is at hand; without one there are no jumps.
    ///   - piece: What a token reads as; empty for those that are no text.
    package init(
        count: Int, spell: (@Sendable ([UInt8]) -> [TokenID])? = nil, piece: (TokenID) -> [UInt8]
    ) {
        self.count = count
        self.spell = spell
        wordCount = (count + 63) / 64
        var bytes: [UInt8] = []
        var ends: [Int] = []
        ends.reserveCapacity(count)
        for id in 0..<count {
            bytes.append(contentsOf: piece(TokenID(id)))
            ends.append(bytes.count)
        }
        self.bytes = bytes
        self.ends = ends
        func text(_ id: Int32) -> ArraySlice<UInt8> {
            bytes[(id == 0 ? 0 : ends[Int(id) - 1])..<ends[Int(id)]]
        }
        let sorted = (0..<Int32(count)).filter { !text($0).isEmpty }.sorted { left, right in
            text(left).lexicographicallyPrecedes(text(right))
        }
        var masks = [[UInt64]](
            repeating: [UInt64](repeating: 0, count: wordCount), count: Self.plainCharactersMax + 1)
        var rest: [Int32] = []
        for id in sorted {
            guard let characters = Self.plainCharacters(in: text(id)), characters <= Self.plainCharactersMax
            else {
                rest.append(id)
                continue
            }
            masks[characters][Int(id) / 64] |= 1 << UInt64(Int(id) % 64)
        }
        for length in 1...Self.plainCharactersMax {
            for word in 0..<wordCount { masks[length][word] |= masks[length - 1][word] }
        }
        plainMasks = masks
        trie = TokenTrie(sorted, text: text)
        self.rest = TokenTrie(rest, text: text)
    }

    /// What a token reads as; empty where that is nothing.
    func text(of token: TokenID) -> ArraySlice<UInt8> {
        guard ends.indices.contains(token.index) else { return [] }
        return bytes[(token.index == 0 ? 0 : ends[token.index - 1])..<ends[token.index]]
    }

    /// Bytes of the output so far that a tokenizer is shown before what comes next.
    private static let contextBytes = 48

    /// The tokens of a text as the tokenizer spells it behind an output; where none of them begins with the text, those
    /// from the output's last token on, or else what it spells the text with alone. Nil where none of that is possible, as
    /// where the tokenizer would change the text.
    func spelling(of text: [UInt8], behind output: [UInt8], last: ArraySlice<UInt8>) -> GrammarJump? {
        guard let spell else { return nil }
        let near = output.suffix(Self.contextBytes + last.count).drop { $0 & 0xC0 == 0x80 }
        let whole = spell(near + text)
        if let tokens = ending(of: whole, that: text[...]) { return GrammarJump(tokens: tokens) }
        if let tokens = ending(of: whole, that: last + text) {
            return GrammarJump(replacesLast: true, tokens: tokens)
        }
        return ending(of: spell(text), that: text[...]).map { GrammarJump(tokens: $0) }
    }

    /// The last tokens, that read as the text; nil where the text begins within one.
    private func ending(of tokens: [TokenID], that reads: ArraySlice<UInt8>) -> [TokenID]? {
        var rest = reads
        var start = tokens.endIndex
        while !rest.isEmpty {
            guard start > 0 else { return nil }
            start -= 1
            let piece = text(of: tokens[start])
            guard !piece.isEmpty, rest.suffix(piece.count).elementsEqual(piece) else { return nil }
            rest = rest.dropLast(piece.count)
        }
        return Array(tokens[start...])
    }

    /// How many characters a plain text has; nil for one that is not plain.
    private static func plainCharacters(in text: ArraySlice<UInt8>) -> Int? {
        guard !text.contains(where: { $0 < 0x20 || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") }),
            let whole = String(validating: text, as: UTF8.self)
        else { return nil }
        return whole.unicodeScalars.count
    }
}

/// Texts as a tree of bytes, its nodes in the order of a walk: a node, all that is below it, its next sibling.
struct TokenTrie: Sendable {
    /// The byte that leads to each node.
    private(set) var bytes: [UInt8] = []
    /// How many bytes each node stands for.
    private(set) var depths: [Int32] = []
    /// The node after all that is below each node.
    private(set) var nexts: [Int32] = []
    /// The tokens that end at each node: `ids[firsts[node]..<firsts[node + 1]]`.
    private(set) var firsts: [Int32] = []
    private(set) var ids: [Int32] = []
    /// The most bytes of a token.
    private(set) var depthMax = 0

    var count: Int { bytes.count }

    /// - Parameter sorted: ids in the order of their texts, none of which is empty.
    init(_ sorted: [Int32], text: (Int32) -> ArraySlice<UInt8>) {
        var path: [(node: Int, byte: UInt8)] = []
        for id in sorted {
            let text = text(id)
            var common = 0
            for byte in text {
                guard common < path.count, path[common].byte == byte else { break }
                common += 1
            }
            close(path.dropFirst(common).map(\.node))
            path.removeLast(path.count - common)
            for byte in text.dropFirst(common) {
                path.append((bytes.count, byte))
                bytes.append(byte)
                depths.append(Int32(path.count))
                nexts.append(0)
                firsts.append(Int32(ids.count))
            }
            depthMax = max(depthMax, path.count)
            ids.append(id)
        }
        close(path.map(\.node))
        firsts.append(Int32(ids.count))
    }

    private mutating func close(_ nodes: [Int]) {
        for node in nodes { nexts[node] = Int32(bytes.count) }
    }

    /// The node that a text leads to; nil where no token begins with it.
    func node(of text: some Sequence<UInt8>) -> Int? {
        var found: Int?
        var (node, end) = (0, count)
        for byte in text {
            while node < end, bytes[node] != byte { node = Int(nexts[node]) }
            guard node < end else { return nil }
            found = node
            (node, end) = (node + 1, Int(nexts[node]))
        }
        return found
    }

    /// The tokens that end at a node.
    func tokens(at node: Int) -> ArraySlice<Int32> { ids[Int(firsts[node])..<Int(firsts[node + 1])] }
}
