/// A token that is matched as a whole before anything else happens to the text.
struct AddedToken: Sendable {
    var id: Int32
    /// What is matched.
    var content: [UInt8]
    /// Whether the token steers the model and is no text.
    var isSpecial: Bool
    /// Whether the token swallows white space before it.
    var stripsLeft = false
    /// Whether the token swallows white space after it.
    var stripsRight = false
    /// Whether the token counts only between characters that belong to no word.
    var isSingleWord = false
    /// Whether the token is looked for in normalised text.
    var isNormalized = false
}

/// Finds added tokens in text: a trie over bytes, the longest match at the leftmost place.
struct AddedTokenMatcher: Sendable {
    private var tokens: [AddedToken] = []
    /// Children by `node << 8 | byte`; node 0 is the root.
    private var children: [Int: Int] = [:]
    /// The token that ends at each node, or -1.
    private var ends: [Int] = [-1]
    /// Whether a token starts with the byte.
    private var starts = [Bool](repeating: false, count: 256)

    /// A part of the text: one token, or text between tokens.
    struct Segment {
        /// Where it lies, white space that a token swallows included.
        var range: Range<Int>
        var token: Int32?
    }

    init(_ tokens: [AddedToken]) {
        for token in tokens where !token.content.isEmpty { insert(token) }
    }

    private mutating func insert(_ token: AddedToken) {
        var node = 0
        starts[Int(token.content[0])] = true
        for byte in token.content {
            let key = node << 8 | Int(byte)
            if let child = children[key] {
                node = child
            } else {
                node = ends.count
                ends.append(-1)
                children[key] = node
            }
        }
        ends[node] = tokens.count
        tokens.append(token)
    }

    /// Cuts a range of text at the tokens in it; text parts are never empty.
    ///
    /// - Parameter includesSpecial: whether special tokens are looked for at all.
    func segments(_ text: [UInt8], _ range: Range<Int>, includesSpecial: Bool) -> [Segment] {
        var segments: [Segment] = []
        var copied = range.lowerBound
        var position = range.lowerBound
        while position < range.upperBound {
            guard starts[Int(text[position])],
                let (token, end) = match(text, position, range, includesSpecial: includesSpecial)
            else {
                position += 1
                continue
            }
            var match = position..<end
            position = end
            if token.isSingleWord, !isSeparate(match, text, range) { continue }
            if token.stripsLeft {
                var start = match.lowerBound
                while start > copied {
                    let last = text.scalarStart(before: start, from: copied)
                    guard isWhitespace(text, last, range) else { break }
                    start = last
                }
                match = start..<match.upperBound
            }
            if token.stripsRight {
                while position < range.upperBound, isWhitespace(text, position, range) {
                    position += text.scalar(at: position, to: range.upperBound).length
                }
                match = match.lowerBound..<position
            }
            if match.lowerBound > copied { segments.append(Segment(range: copied..<match.lowerBound)) }
            segments.append(Segment(range: match, token: token.id))
            copied = position
        }
        if copied < range.upperBound { segments.append(Segment(range: copied..<range.upperBound)) }
        return segments
    }

    private func match(
        _ text: [UInt8], _ start: Int, _ range: Range<Int>, includesSpecial: Bool
    ) -> (AddedToken, Int)? {
        var best: (AddedToken, Int)?
        var node = 0
        var position = start
        while position < range.upperBound, let child = children[node << 8 | Int(text[position])] {
            node = child
            position += 1
            if ends[node] >= 0, includesSpecial || !tokens[ends[node]].isSpecial {
                best = (tokens[ends[node]], position)
            }
        }
        return best
    }

    private func isWhitespace(_ text: [UInt8], _ position: Int, _ range: Range<Int>) -> Bool {
        ScalarTable.shared[text.scalar(at: position, to: range.upperBound).value].isWhitespace
    }

    /// Whether no letter, digit or connector touches the match.
    private func isSeparate(_ match: Range<Int>, _ text: [UInt8], _ range: Range<Int>) -> Bool {
        let word = ScalarSet([.word])
        let isWord = { (position: Int) in
            word.contains(text.scalar(at: position, to: range.upperBound).value, ScalarTable.shared)
        }
        let touchesLeft =
            match.lowerBound > range.lowerBound
            && isWord(text.scalarStart(before: match.lowerBound, from: range.lowerBound))
        return !touchesLeft && !(match.upperBound < range.upperBound && isWord(match.upperBound))
    }
}
