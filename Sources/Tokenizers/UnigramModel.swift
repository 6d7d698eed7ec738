import Tokens

/// The unigram model of SentencePiece: of all ways to spell a word with entries, the likeliest (Kudo, 2018), found by
/// Viterbi's algorithm over the places between scalars.
struct UnigramModel: Sendable {
    let vocabulary: Vocabulary
    /// The logarithm of each entry's probability.
    let scores: [Double]
    /// What stands for a scalar that is no entry.
    let unknown: Int32?
    /// The tokens of single bytes, where unknown text is spelt by them.
    let byteTokens: [Int32]?
    /// Bytes of the longest entry that begins with two bytes, by these.
    private let longest: [Int32]
    /// What a scalar that is no entry counts: the least of all scores and 10 less.
    let unknownScore: Double

    /// The likeliest way to reach a place: the last entry on it, and where that one starts.
    private struct Step {
        var score = 0.0
        var start = -1
        var token: Int32 = -1
    }

    /// Takes the entries, of which some stand for no text.
    init(
        vocabulary: Vocabulary, scores: [Double], leastScore: Double, unknown: Int32?, byteTokens: [Int32]?
    ) {
        self.vocabulary = vocabulary
        self.scores = scores
        self.unknown = unknown
        self.byteTokens = byteTokens
        var longest = [Int32](repeating: 1, count: 1 << 16)
        for index in 0..<vocabulary.pieces.count {
            let piece = vocabulary.pieces[index]
            guard let first = piece.first, let second = piece.dropFirst().first else { continue }
            let place = Int(first) << 8 | Int(second)
            longest[place] = max(longest[place], Int32(clamping: piece.count))
        }
        self.longest = longest
        unknownScore = leastScore - 10
    }

    /// Appends the tokens of the word in that range.
    func encode(_ text: [UInt8], _ word: Range<Int>, into tokens: inout [TokenID]) {
        guard !word.isEmpty else { return }
        var steps = [Step](repeating: Step(), count: word.count + 1)
        var start = word.lowerBound
        while start < word.upperBound {
            let reached = steps[start - word.lowerBound].score
            let scalarEnd = start + text.scalar(at: start, to: word.upperBound).length
            let limit = min(word.upperBound, start + longestEntry(at: start, of: text, word))
            var hash = Vocabulary.emptyHash
            var hashed = start
            var end = scalarEnd
            var isSpelt = false
            while end <= limit {
                while hashed < end {
                    hash = vocabulary.hash(hash, adding: text[hashed])
                    hashed += 1
                }
                if let token = vocabulary.id(of: text, start..<end, hash: hash),
                    scores[Int(token)] > -.infinity
                {
                    if end == scalarEnd { isSpelt = true }
                    Self.offer(
                        token, scores[Int(token)] + reached, from: start, to: &steps[end - word.lowerBound])
                }
                guard end < word.upperBound else { break }
                end += text.scalar(at: end, to: word.upperBound).length
            }
            if !isSpelt {
                Self.offer(-1, unknownScore + reached, from: start, to: &steps[scalarEnd - word.lowerBound])
            }
            start = scalarEnd
        }
        append(steps, text, word, to: &tokens)
    }

    /// Bytes of the longest entry that might start there.
    private func longestEntry(at start: Int, of text: [UInt8], _ word: Range<Int>) -> Int {
        guard start + 1 < word.upperBound else { return 1 }
        return Int(longest[Int(text[start]) << 8 | Int(text[start + 1])])
    }

    private static func offer(_ token: Int32, _ score: Double, from start: Int, to step: inout Step) {
        guard step.start < 0 || score > step.score else { return }
        step = Step(score: score, start: start, token: token)
    }

    /// Walks the path back, and joins neighbouring scalars that are no entries.
    private func append(
        _ steps: [Step], _ text: [UInt8], _ word: Range<Int>, to tokens: inout [TokenID]
    ) {
        var path: [(token: Int32, range: Range<Int>)] = []
        var end = word.upperBound
        while end > word.lowerBound {
            let step = steps[end - word.lowerBound]
            if step.token < 0 || step.token == unknown, let last = path.last, last.token < 0 {
                path[path.count - 1].range = step.start..<last.range.upperBound
            } else {
                path.append((step.token == unknown ? -1 : step.token, step.start..<end))
            }
            end = step.start
        }
        for (token, range) in path.reversed() {
            if token >= 0 {
                tokens.append(TokenID(rawValue: token))
            } else if let byteTokens, range.allSatisfy({ byteTokens[Int(text[$0])] >= 0 }) {
                for index in range { tokens.append(TokenID(rawValue: byteTokens[Int(text[index])])) }
            } else if let unknown {
                tokens.append(TokenID(rawValue: unknown))
            }
        }
    }
}
