import JSON
import OrderedCollections

/// Values as Python writes them: `'text'`, `True`, `None`, `[1, 2]`, `{'a': 1}`, `(1, 2)`, and JSON's words for them.
///
/// Nothing is ever evaluated; what is no literal has no value.
struct PythonLiteral {
    private static let depthMax = 64

    private let bytes: [UInt8]
    private var position = 0

    private init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// The value of a whole text; nil where it is no literal.
    static func value(of bytes: [UInt8]) -> JSONValue? {
        var literal = PythonLiteral(bytes)
        guard let value = literal.value(depth: 0) else { return nil }
        literal.skipSpace()
        // Not `… : nil`, which would be JSON's null.
        guard literal.position == bytes.count else { return nil }
        return value
    }

    /// The beginning of a string that is cut off, as far as it goes; nil where the bytes are none.
    static func string(begunBy bytes: [UInt8]) -> String? {
        guard let quote = bytes.first, quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else {
            return nil
        }
        // What is missing may be the rest of an escape, too.
        for dropped in 0...min(9, bytes.count - 1) {
            var literal = PythonLiteral(bytes.dropLast(dropped) + [quote, quote, quote])
            if let text = literal.string() { return text }
        }
        return nil
    }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipSpace() {
        while next?.isSpace == true { position += 1 }
    }

    private mutating func skip(_ byte: UInt8) -> Bool {
        skipSpace()
        guard next == byte else { return false }
        position += 1
        return true
    }

    private mutating func value(depth: Int) -> JSONValue? {
        guard depth < Self.depthMax else { return nil }
        skipSpace()
        switch next {
        case UInt8(ascii: "'"), UInt8(ascii: "\""): return strings()
        case UInt8(ascii: "["): return elements(closing: UInt8(ascii: "]"), depth: depth)
        case UInt8(ascii: "("): return elements(closing: UInt8(ascii: ")"), depth: depth)
        case UInt8(ascii: "{"): return members(depth: depth)
        default: return word()
        }
    }

    private mutating func elements(closing: UInt8, depth: Int) -> JSONValue? {
        position += 1
        var elements: [JSONValue] = []
        while !skip(closing) {
            guard elements.isEmpty || skip(UInt8(ascii: ",")) else { return nil }
            if !elements.isEmpty, skip(closing) { break }
            guard let element = value(depth: depth + 1) else { return nil }
            elements.append(element)
        }
        return .array(elements)
    }

    private mutating func members(depth: Int) -> JSONValue? {
        position += 1
        var members: [(String, JSONValue)] = []
        while !skip(UInt8(ascii: "}")) {
            guard members.isEmpty || skip(UInt8(ascii: ",")) else { return nil }
            if !members.isEmpty, skip(UInt8(ascii: "}")) { break }
            guard let key = value(depth: depth + 1), skip(UInt8(ascii: ":")),
                let value = value(depth: depth + 1)
            else { return nil }
            members.append((key.stringValue ?? key.serialized(), value))
        }
        return .object(.init(members, uniquingKeysWith: { _, last in last }))
    }

    private mutating func word() -> JSONValue? {
        let start = position
        while let byte = next, byte.isNameByte || byte == UInt8(ascii: "+") { position += 1 }
        let word = bytes[start..<position].text
        switch word {
        case "True", "true": return .bool(true)
        case "False", "false": return .bool(false)
        case "None", "null": return .null
        default: return Self.number(word)
        }
    }

    /// Decimal, or `0x`, `0o` and `0b`, with `_` between digits.
    private static func number(_ word: String) -> JSONValue? {
        guard let first = word.utf8.first, first < UInt8(ascii: "A") else { return nil }
        let digits = word.replacing("_", with: "").lowercased()
        if let integer = Int(digits) { return .int(integer) }
        for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] where digits.hasPrefix(prefix) {
            guard let integer = Int(digits.dropFirst(2), radix: radix) else { return nil }
            return .int(integer)
        }
        guard let number = Double(digits), number.isFinite else { return nil }
        return .double(number)
    }

    /// A string, or several, which are one.
    private mutating func strings() -> JSONValue? {
        var text = ""
        repeat {
            guard let part = string() else { return nil }
            text += part
            skipSpace()
        } while next == UInt8(ascii: "'") || next == UInt8(ascii: "\"")
        return .string(text)
    }

    private mutating func string() -> String? {
        guard let quote = next else { return nil }
        let isTriple = bytes[position...].starts(with: [quote, quote, quote])
        let end = isTriple ? [quote, quote, quote] : [quote]
        position += end.count
        var text: [UInt8] = []
        while let byte = next {
            if bytes[position...].starts(with: end) {
                position += end.count
                return text.text
            }
            position += 1
            guard byte == UInt8(ascii: "\\") else {
                text.append(byte)
                continue
            }
            guard appendEscape(to: &text) else { return nil }
        }
        return nil
    }

    private mutating func appendEscape(to text: inout [UInt8]) -> Bool {
        guard let byte = next else { return false }
        position += 1
        switch byte {
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case 0x0A: break
        case UInt8(ascii: "'"), UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "x"): return appendScalar(digits: 2, to: &text)
        case UInt8(ascii: "u"): return appendScalar(digits: 4, to: &text)
        case UInt8(ascii: "U"): return appendScalar(digits: 8, to: &text)
        // Python keeps the backslash before what it does not know.
        default: text += [UInt8(ascii: "\\"), byte]
        }
        return true
    }

    private mutating func appendScalar(digits: Int, to text: inout [UInt8]) -> Bool {
        guard var unit = number(digits: digits) else { return false }
        // JSON's way of writing characters beyond U+FFFF.
        if digits == 4, 0xD800..<0xDC00 ~= unit, position + 6 <= bytes.count,
            bytes[position..<(position + 2)].elementsEqual([UInt8](#"\u"#))
        {
            position += 2
            guard let low = number(digits: 4), 0xDC00..<0xE000 ~= low else { return false }
            unit = 0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00)
        }
        guard let scalar = Unicode.Scalar(unit) else { return false }
        text += Array(String(Character(scalar)).utf8)
        return true
    }

    private mutating func number(digits: Int) -> UInt32? {
        guard position + digits <= bytes.count else { return nil }
        var number: UInt32 = 0
        for byte in bytes[position..<(position + digits)] {
            guard let digit = byte.hexValue, number < 1 << 27 else { return nil }
            number = number << 4 | digit
        }
        position += digits
        return number
    }
}
