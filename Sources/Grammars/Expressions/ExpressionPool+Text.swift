/// How the characters of a text are written.
enum TextForm: Sendable {
    /// In UTF-8.
    case plain
    /// Within a JSON string (RFC 8259, section 7), escaped only where that is needed.
    case json
}

extension ExpressionPool {
    /// One character of a set.
    mutating func character(_ set: ScalarRanges, _ form: TextForm) -> ExpressionID {
        guard form == .json else { return utf8(set) }
        let bare = ScalarRanges([0x20...0x21, 0x23...0x5B, 0x5D...0x10FFFF])
        var options = [utf8(set.intersection(bare))]
        for (value, letter) in Self.shortEscapes where set.contains(value) {
            options.append(literal([UInt8(ascii: "\\"), letter]))
        }
        for value in UInt8(0)..<0x20 where set.contains(UInt32(value)) {
            options.append(literal(Self.unicodeEscape(value)))
        }
        return anyOf(options)
    }

    /// One character as JSON may write it in a string, an escaped slash and escapes by number included; no half of a surrogate pair.
    mutating func anyJSONCharacter() -> ExpressionID {
        let hex = bytes(Self.hexDigits)
        let any = loop(hex, 2, 2)
        let d = bytes(ByteSet("dD".utf8))
        let first = bytes(Self.hexDigits.subtracting(ByteSet("dD".utf8)))
        let start = literal(#"\u"#)
        let single = sequence([
            start, anyOf([sequence(first, hex), sequence(d, bytes(ByteSet("01234567".utf8)))]), any,
        ])
        let pair = sequence([
            start, d, bytes(ByteSet("89abAB".utf8)), any, start, d, bytes(ByteSet("cdefCDEF".utf8)), any,
        ])
        let short = sequence(literal(#"\"#), bytes(ByteSet(#""\/bfnrt"#.utf8)))
        let bare = utf8(ScalarRanges([0x20...0x21, 0x23...0x5B, 0x5D...0x10FFFF]))
        return anyOf([bare, short, single, pair])
    }

    /// Exactly this text.
    mutating func text(_ text: String, _ form: TextForm) -> ExpressionID {
        literal(form == .json ? Self.jsonText(text) : Array(text.utf8))
    }

    /// A text as it stands within a JSON string, escaped only where that is needed.
    static func jsonText(_ text: String) -> [UInt8] {
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            if let (_, letter) = shortEscapes.first(where: { $0.0 == UInt32(byte) }) {
                bytes += [UInt8(ascii: "\\"), letter]
            } else if byte < 0x20 {
                bytes += unicodeEscape(byte)
            } else {
                bytes.append(byte)
            }
        }
        return bytes
    }

    /// One of these texts; those that begin alike share their beginnings.
    mutating func choice(of texts: [[UInt8]]) -> ExpressionID {
        choice(of: texts.sorted { $0.lexicographicallyPrecedes($1) }[...], from: 0, depth: 0)
    }

    private static let choiceDepthMax = 200

    private mutating func choice(of texts: ArraySlice<[UInt8]>, from index: Int, depth: Int) -> ExpressionID {
        guard depth < Self.choiceDepthMax, let first = texts.first, let last = texts.last else {
            return anyOf(texts.map { literal($0.dropFirst(index)) })
        }
        // What the first and the last one of sorted texts share, all of them do.
        var end = index
        while end < first.count, end < last.count, first[end] == last[end] { end += 1 }
        var options: [ExpressionID] = []
        var start = texts.startIndex
        while start < texts.endIndex, texts[start].count == end {
            options = [.empty]
            start += 1
        }
        while start < texts.endIndex {
            var next = start + 1
            while next < texts.endIndex, texts[next][end] == texts[start][end] { next += 1 }
            options.append(choice(of: texts[start..<next], from: end, depth: depth + 1))
            start = next
        }
        return sequence(literal(first[index..<end]), anyOf(options))
    }

    private static let shortEscapes: [(UInt32, UInt8)] = [
        (0x22, UInt8(ascii: "\"")), (0x5C, UInt8(ascii: "\\")), (0x08, UInt8(ascii: "b")),
        (0x0C, UInt8(ascii: "f")), (0x0A, UInt8(ascii: "n")), (0x0D, UInt8(ascii: "r")),
        (0x09, UInt8(ascii: "t")),
    ]
    private static let hexDigits = ByteSet("0123456789abcdefABCDEF".utf8)

    /// `\u00xx` of a control character.
    private static func unicodeEscape(_ value: UInt8) -> [UInt8] {
        let digits = Array("0123456789abcdef".utf8)
        return Array(#"\u00"#.utf8) + [digits[Int(value >> 4)], digits[Int(value & 15)]]
    }

    // MARK: UTF-8

    /// One character of a set in UTF-8 (RFC 3629).
    mutating func utf8(_ set: ScalarRanges) -> ExpressionID {
        var sequences: [[ClosedRange<UInt8>]] = []
        for range in set.ranges { Self.split(range, into: &sequences) }
        return trie(sequences[...], from: 0)
    }

    /// The sequences share their bytes before `index`; those with one range there stand side by side.
    private mutating func trie(_ sequences: ArraySlice<[ClosedRange<UInt8>]>, from index: Int) -> ExpressionID
    {
        var heads: [(bytes: ByteSet, rest: ExpressionID)] = []
        var start = sequences.startIndex
        while start < sequences.endIndex {
            let range = sequences[start][index]
            var end = start + 1
            while end < sequences.endIndex, sequences[end][index] == range { end += 1 }
            let isLast = index + 1 == sequences[start].count
            let rest = isLast ? .empty : trie(sequences[start..<end], from: index + 1)
            if let same = heads.firstIndex(where: { $0.rest == rest }) {
                heads[same].bytes = heads[same].bytes.union(ByteSet(range))
            } else {
                heads.append((ByteSet(range), rest))
            }
            start = end
        }
        var options: [ExpressionID] = []
        for head in heads { options.append(sequence(bytes(head.bytes), head.rest)) }
        return anyOf(options)
    }

    /// Cuts a range of scalars where the bytes of their encodings are ranges, one for each byte.
    private static func split(_ range: ClosedRange<UInt32>, into sequences: inout [[ClosedRange<UInt8>]]) {
        let (low, high) = (range.lowerBound, range.upperBound)
        for border in [0x7F, 0x7FF, 0xFFFF] as [UInt32] where low <= border && border < high {
            split(low...border, into: &sequences)
            split((border + 1)...high, into: &sequences)
            return
        }
        if high > 0x7F {
            for shift in [6, 12, 18] as [UInt32] {
                let mask = UInt32(1) << shift - 1
                guard low & ~mask != high & ~mask else { continue }
                if low & mask != 0 {
                    split(low...(low | mask), into: &sequences)
                    split(((low | mask) + 1)...high, into: &sequences)
                    return
                }
                if high & mask != mask {
                    split(low...((high & ~mask) - 1), into: &sequences)
                    split((high & ~mask)...high, into: &sequences)
                    return
                }
            }
        }
        sequences.append(zip(encoded(low), encoded(high)).map { $0...$1 })
    }

    private static func encoded(_ value: UInt32) -> [UInt8] {
        let tail = { (shift: UInt32) in UInt8(truncatingIfNeeded: 0x80 | (value >> shift) & 0x3F) }
        return switch value {
        case ..<0x80: [UInt8(truncatingIfNeeded: value)]
        case ..<0x800: [UInt8(truncatingIfNeeded: 0xC0 | value >> 6), tail(0)]
        case ..<0x10000: [UInt8(truncatingIfNeeded: 0xE0 | value >> 12), tail(6), tail(0)]
        default: [UInt8(truncatingIfNeeded: 0xF0 | value >> 18), tail(12), tail(6), tail(0)]
        }
    }
}
