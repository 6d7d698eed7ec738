/// SentencePiece's compiled table of replacements: a double-array trie (Aoe, 1989) over the replaced text, and the
/// replacements behind it, each ended by a zero byte.
struct CharacterMap: Sendable {
    private let units: [UInt32]
    private let replacements: [UInt8]

    /// Reads a table as it stands in a tokenizer.json, in base 64.
    init(base64 text: String) throws(TokenizerError) {
        let place = "normalizer, precompiled_charsmap"
        guard let bytes = Base64Text.decode(text) else { throw .malformed(place, "it is no base 64") }
        guard bytes.count >= 4 else { throw .malformed(place, "it has \(bytes.count) bytes, and needs 4") }
        let size = Int(Self.unit(bytes, at: 0))
        guard size % 4 == 0, size > 0, size <= bytes.count - 4 else {
            throw .malformed(place, "a trie of \(size) bytes does not fit the \(bytes.count) that there are")
        }
        units = stride(from: 4, to: 4 + size, by: 4).map { Self.unit(bytes, at: $0) }
        replacements = Array(bytes[(4 + size)...])
        guard String(validating: replacements, as: UTF8.self) != nil else {
            throw .malformed(place, "a replacement is no UTF-8")
        }
    }

    /// The text with every replacement made: of a whole character where it is short, else of its scalars.
    ///
    /// The first match counts, which is the shortest one, even where it is only the beginning of the character: that is
    /// what the tokenizers of Hugging Face do.
    func rewrite(_ text: [UInt8], _ range: Range<Int>) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(range.count)
        for character in String(decoding: text[range], as: UTF8.self) {
            let bytes = Array(character.utf8)
            if bytes.count < Self.characterBytesMax, let replacement = replacement(bytes[...]) {
                output.append(contentsOf: replacement)
                continue
            }
            var position = 0
            while position < bytes.count {
                let end = position + bytes.scalar(at: position, to: bytes.count).length
                let scalar = bytes[position..<end]
                output.append(contentsOf: replacement(scalar) ?? scalar)
                position = end
            }
        }
        return output
    }

    private static let characterBytesMax = 6

    /// The replacement of the shortest entry that the text begins with.
    private func replacement(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        var node = Self.offset(units[0])
        for byte in text {
            guard byte != 0 else { return nil }
            node ^= Int(byte)
            guard units.indices.contains(node) else { return nil }
            let unit = units[node]
            guard unit & 0x8000_00FF == UInt32(byte) else { return nil }
            node ^= Self.offset(unit)
            if (unit >> 8) & 1 == 1 {
                guard units.indices.contains(node) else { return nil }
                let start = Int(units[node] & 0x7FFF_FFFF)
                guard start <= replacements.count else { return nil }
                return replacements[start...].prefix { $0 != 0 }
            }
        }
        return nil
    }

    private static func offset(_ unit: UInt32) -> Int { Int((unit >> 10) << ((unit >> 6) & 8)) }

    private static func unit(_ bytes: [UInt8], at index: Int) -> UInt32 {
        (0..<4).reduce(0) { $0 | UInt32(bytes[index + $1]) << UInt32(8 * $1) }
    }
}

/// Base 64 (RFC 4648, section 4).
enum Base64Text {
    /// The bytes that a text stands for; nil where it is no base 64. Padding may be left out.
    static func decode(_ text: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count / 4 * 3)
        var (buffer, bits): (UInt32, UInt32) = (0, 0)
        var characters = text.utf8[...]
        while characters.last == UInt8(ascii: "=") { characters.removeLast() }
        for character in characters {
            let value: UInt8
            switch character {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = character - UInt8(ascii: "A")
            case UInt8(ascii: "a")...UInt8(ascii: "z"): value = character - UInt8(ascii: "a") + 26
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = character - UInt8(ascii: "0") + 52
            case UInt8(ascii: "+"): value = 62
            case UInt8(ascii: "/"): value = 63
            default: return nil
            }
            buffer = buffer << 6 | UInt32(value)
            bits += 6
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: buffer >> bits))
            }
        }
        return bits < 6 ? bytes : nil
    }
}
