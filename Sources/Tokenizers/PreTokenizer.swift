/// Cuts normalised text into the words that merges stay within.
package struct PreTokenizer: Sendable {
    /// One pass over the words that the passes before it made.
    enum Stage: Sendable {
        /// The hand-written patterns.
        case words(WordPattern)
        /// Cuts at the matches of a pattern.
        case split(Delimiter, SplitBehavior)
        /// Puts a space before each word that does not start with one.
        case prefixSpace
        /// Spells spaces with another string (SentencePiece's U+2581).
        case metaspace(replacement: [UInt8], prefix: MetaspacePrefix)
    }

    /// What a split looks for.
    enum Delimiter: Sendable {
        case pattern(Pattern)
        case literal([UInt8])
        /// One scalar of this set.
        case scalar(ScalarSet)
        /// A run of scalars of this set.
        case run(ScalarSet)
    }

    /// What becomes of the matches, in the words of Hugging Face's tokenizers.
    enum SplitBehavior: Sendable {
        case isolated, removed, mergedWithPrevious, mergedWithNext, contiguous
        /// Keeps the matches and drops what lies between.
        case keptMatches
    }

    /// Which segments a Metaspace stage starts with its replacement.
    enum MetaspacePrefix: Sendable {
        case always, first, never
    }

    let stages: [Stage]

    /// The text that words lie in, and the words in order.
    struct Words {
        var text: [UInt8]
        var ranges: [Range<Int>]
    }

    /// The words of a text.
    package func words(of text: String) -> [[UInt8]] {
        let bytes = Array(text.utf8)
        let words = split(bytes, 0..<bytes.count, isFirst: true)
        return words.ranges.map { Array(words.text[$0]) }
    }

    /// Cuts one range of a text.
    ///
    /// - Parameter isFirst: whether the range starts where the whole text starts.
    func split(_ text: [UInt8], _ range: Range<Int>, isFirst: Bool) -> Words {
        var words = Words(text: text, ranges: range.isEmpty ? [] : [range])
        for stage in stages {
            switch stage {
            case .words(let pattern):
                var ranges: [Range<Int>] = []
                ranges.reserveCapacity(range.count / 4)
                for word in words.ranges { pattern.split(words.text, word, into: &ranges) }
                words.ranges = ranges
            case .split(let delimiter, let behavior):
                var ranges: [Range<Int>] = []
                ranges.reserveCapacity(words.ranges.count)
                for word in words.ranges {
                    Self.cut(word, at: delimiter.matches(in: words.text, word), behavior, into: &ranges)
                }
                words.ranges = ranges
            case .prefixSpace:
                words.rewrite { text, word, output in
                    if text[word.lowerBound] != 0x20 { output.append(0x20) }
                    output.append(contentsOf: text[word])
                }
            case .metaspace(let replacement, let prefix):
                var isPrefixed = prefix == .always || (prefix == .first && isFirst)
                words.rewrite { text, word, output in
                    let start = output.count
                    for byte in text[word] {
                        if byte == 0x20 {
                            output.append(contentsOf: replacement)
                        } else {
                            output.append(byte)
                        }
                    }
                    if isPrefixed, !output[start...].starts(with: replacement) {
                        output.insert(contentsOf: replacement, at: start)
                    }
                    if prefix == .first { isPrefixed = false }
                }
            }
        }
        return words
    }

    /// Appends what a word falls into, given the matches in it in order.
    private static func cut(
        _ word: Range<Int>, at matches: [Range<Int>], _ behavior: SplitBehavior,
        into ranges: inout [Range<Int>]
    ) {
        var parts: [(range: Range<Int>, isMatch: Bool)] = []
        var position = word.lowerBound
        for match in matches {
            if match.lowerBound > position { parts.append((position..<match.lowerBound, false)) }
            parts.append((match, true))
            position = match.upperBound
        }
        if position < word.upperBound { parts.append((position..<word.upperBound, false)) }
        var previousIsMatch: Bool?
        for (range, isMatch) in parts {
            let joins: Bool
            switch behavior {
            case .isolated: joins = false
            case .removed:
                if isMatch { continue }
                joins = false
            case .keptMatches:
                if !isMatch { continue }
                joins = false
            case .mergedWithPrevious: joins = isMatch && previousIsMatch == false
            case .mergedWithNext: joins = !isMatch && previousIsMatch == true
            case .contiguous: joins = isMatch == previousIsMatch
            }
            if joins, let last = ranges.popLast() {
                ranges.append(last.lowerBound..<range.upperBound)
            } else {
                ranges.append(range)
            }
            previousIsMatch = isMatch
        }
    }
}

extension PreTokenizer.Words {
    /// Writes the text anew, word by word.
    fileprivate mutating func rewrite(_ write: ([UInt8], Range<Int>, inout [UInt8]) -> Void) {
        var output: [UInt8] = []
        // Of the words alone: the text may be a long one of which they are a small part.
        output.reserveCapacity(ranges.reduce(0) { $0 + $1.count } * 5 / 4)
        for index in ranges.indices {
            let start = output.count
            write(text, ranges[index], &output)
            ranges[index] = start..<output.count
        }
        text = output
    }
}

extension PreTokenizer.Delimiter {
    /// The matches in that range, from left to right, none empty.
    func matches(in text: [UInt8], _ range: Range<Int>) -> [Range<Int>] {
        var matches: [Range<Int>] = []
        var position = range.lowerBound
        var matcher: PatternMatcher?
        if case .pattern(let pattern) = self { matcher = PatternMatcher(pattern, text, range) }
        while position < range.upperBound {
            let end =
                switch self {
                case .pattern: matcher?.matchEnd(from: position) ?? position
                case .literal(let literal):
                    text[position..<range.upperBound].starts(with: literal)
                        ? position + literal.count : position
                case .scalar(let set): Self.scalarEnd(set, text, position, range.upperBound)
                case .run(let set): Self.runEnd(set, text, position, range.upperBound)
                }
            if end > position {
                matches.append(position..<end)
                position = end
            } else {
                position += text.scalar(at: position, to: range.upperBound).length
            }
        }
        return matches
    }

    private static func scalarEnd(_ set: ScalarSet, _ text: [UInt8], _ position: Int, _ end: Int) -> Int {
        let (value, length) = text.scalar(at: position, to: end)
        return set.contains(value, ScalarTable.shared) ? position + length : position
    }

    private static func runEnd(_ set: ScalarSet, _ text: [UInt8], _ start: Int, _ end: Int) -> Int {
        var position = start
        while position < end {
            let next = scalarEnd(set, text, position, end)
            guard next > position else { break }
            position = next
        }
        return position
    }
}
