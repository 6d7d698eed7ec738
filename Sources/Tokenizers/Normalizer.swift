@_spi(_Unicode) import Swift

/// Rewrites text before it is cut into words.
struct Normalizer: Sendable {
    /// One pass over the whole text.
    enum Step: Sendable {
        /// Canonical composition (UAX #15).
        case nfc
        /// Canonical decomposition (UAX #15).
        case nfd
        /// Puts these bytes before text that is not empty.
        case prepend([UInt8])
        /// Replaces each match.
        case replace(PreTokenizer.Delimiter, with: [UInt8])
        /// Maps each scalar to lower case.
        case lowercase
        /// Drops marks of all kinds. Letters with accents stay as they are, unless they were decomposed before.
        case withoutMarks
        /// What BERT does.
        case bert(BertText)
        /// SentencePiece's table of replacements.
        case map(CharacterMap)
        /// Takes white space off the ends.
        case strip(left: Bool, right: Bool)
    }

    let steps: [Step]

    /// The normalised text of one range, and whether it still starts where the range starts.
    func normalize(
        _ text: [UInt8], _ range: Range<Int>
    ) -> (text: [UInt8], range: Range<Int>, keepsStart: Bool) {
        var text = text
        var range = range
        var keepsStart = true
        for step in steps {
            switch step {
            case .nfc:
                guard let composed = Self.compose(text, range) else { continue }
                (text, range) = (composed, 0..<composed.count)
            case .nfd:
                guard text[range].contains(where: { $0 >= 0x80 }) else { continue }
                // Decomposition has no public name in the standard library; its SPI has had this one since
                // Swift 5.9.
                let scalars = String(decoding: text[range], as: UTF8.self)._nfd
                text = []
                for scalar in scalars { text.append(scalar) }
                range = 0..<text.count
            case .prepend(let prefix):
                guard !range.isEmpty else { continue }
                text = prefix + text[range]
                range = 0..<text.count
            case .replace(let delimiter, let replacement):
                text = Self.replace(delimiter.matches(in: text, range), in: text, range, with: replacement)
                range = 0..<text.count
            case .lowercase:
                text = Self.lowercase(text, range)
                range = 0..<text.count
            case .withoutMarks:
                text = Self.withoutMarks(text, range)
                range = 0..<text.count
            case .bert(let bert):
                text = bert.rewrite(text, range)
                range = 0..<text.count
            case .map(let map):
                text = map.rewrite(text, range)
                range = 0..<text.count
            case .strip(let left, let right):
                let stripped = Self.strip(text, range, left: left, right: right)
                if stripped.lowerBound > range.lowerBound { keepsStart = false }
                range = stripped
            }
        }
        return (text, range, keepsStart)
    }

    /// The composed text, or nil where it is composed already.
    ///
    /// Only the neighbourhood of scalars that may change is composed: from the last inert scalar before them
    /// to the first one after, since inert scalars neither move nor join what stands before them.
    private static func compose(_ text: [UInt8], _ range: Range<Int>) -> [UInt8]? {
        let table = ScalarTable.shared
        var output: [UInt8] = []
        var copied = range.lowerBound
        var position = range.lowerBound
        var inert = range.lowerBound
        while position < range.upperBound {
            if text[position] < 0xCC {  // below U+0300
                inert = position
                position += text[position] < 0x80 ? 1 : 2
                continue
            }
            var (value, length) = text.scalar(at: position, to: range.upperBound)
            guard table[value].mayCompose else {
                inert = position
                position += length
                continue
            }
            var end = position + length
            while end < range.upperBound {
                (value, length) = text.scalar(at: end, to: range.upperBound)
                guard table[value].mayCompose else { break }
                end += length
            }
            // Composition has no public name in the standard library; its SPI has had this one since Swift
            // 5.9.
            let composed = String(decoding: text[inert..<end], as: UTF8.self)._nfc
            output.append(contentsOf: text[copied..<inert])
            for scalar in composed { output.append(scalar) }
            (copied, inert, position) = (end, end, end)
        }
        guard copied > range.lowerBound else { return nil }
        output.append(contentsOf: text[copied..<range.upperBound])
        return output
    }

    private static func replace(
        _ matches: [Range<Int>], in text: [UInt8], _ range: Range<Int>, with replacement: [UInt8]
    ) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(range.count + matches.count * replacement.count)
        var copied = range.lowerBound
        for match in matches {
            output.append(contentsOf: text[copied..<match.lowerBound])
            output.append(contentsOf: replacement)
            copied = match.upperBound
        }
        output.append(contentsOf: text[copied..<range.upperBound])
        return output
    }

    /// Maps each scalar to lower case.
    static func lowercase(_ text: [UInt8], _ range: Range<Int>) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(range.count)
        for scalar in String(decoding: text[range], as: UTF8.self).unicodeScalars {
            output.append(contentsOf: scalar.properties.lowercaseMapping.utf8)
        }
        return output
    }

    private static func withoutMarks(_ text: [UInt8], _ range: Range<Int>) -> [UInt8] {
        let table = ScalarTable.shared
        var output: [UInt8] = []
        output.reserveCapacity(range.count)
        var position = range.lowerBound
        while position < range.upperBound {
            let (value, length) = text.scalar(at: position, to: range.upperBound)
            if !table[value].isMark { output.append(contentsOf: text[position..<(position + length)]) }
            position += length
        }
        return output
    }

    /// Takes accents off as BERT does: decomposes, and drops the scalars of the category Mn.
    static func withoutAccents(_ text: [UInt8]) -> [UInt8] {
        guard text.contains(where: { $0 >= 0x80 }) else { return text }
        let table = ScalarTable.shared
        var output: [UInt8] = []
        output.reserveCapacity(text.count)
        // Decomposition has no public name in the standard library; its SPI has had this one since Swift 5.9.
        for scalar in String(decoding: text, as: UTF8.self)._nfd
        where table[scalar.value].earlyCategory(of: scalar.value) != ScalarCategory.nonspacingMark {
            output.append(scalar)
        }
        return output
    }

    private static func strip(_ text: [UInt8], _ range: Range<Int>, left: Bool, right: Bool) -> Range<Int> {
        let table = ScalarTable.shared
        var (start, end) = (range.lowerBound, range.upperBound)
        while left, start < end {
            let (value, length) = text.scalar(at: start, to: end)
            guard table[value].isWhitespace else { break }
            start += length
        }
        while right, start < end {
            let last = text.scalarStart(before: end, from: start)
            guard table[text.scalar(at: last, to: end).value].isWhitespace else { break }
            end = last
        }
        return start..<end
    }
}
