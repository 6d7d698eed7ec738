/// Follows a JSON text (RFC 8259) byte by byte: whether it can still become one, and where it ends.
///
/// Models write line breaks into strings as they are, which JSON forbids: such bytes come out escaped.
struct JSONScanner: Sendable {
    /// How far the text is after a byte.
    enum Progress {
        case more
        /// The value ends with this byte.
        case done
        /// The value, a number, ended before this byte.
        case doneBefore
        /// No JSON text goes on like this.
        case invalid
    }

    /// The most objects and arrays within each other.
    private static let depthMax = 256

    private enum State {
        case value, valueOrEnd, key, keyOrEnd, colon, afterValue
        case string(isKey: Bool), escape(isKey: Bool), digits(isKey: Bool, missing: Int)
        case literal([UInt8])
        case number(Number)
    }

    private enum Number { case minus, zero, integer, point, fraction, exponent, sign, power }

    private var state = State.value
    /// What is open, from the outside in: true for an object, false for an array.
    private var open: [Bool] = []

    /// Reads a byte and writes it, or its escape, to the output.
    mutating func read(_ byte: UInt8, to output: inout [UInt8]) -> Progress {
        let progress = advance(byte)
        guard progress == .more || progress == .done else { return progress }
        if case .string = state, byte < 0x20, progress == .more {
            Self.escape(byte, to: &output)
        } else {
            output.append(byte)
        }
        return progress
    }

    /// Writes a byte as it stands in a string of JSON.
    static func escape(_ byte: UInt8, to output: inout [UInt8]) {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): output += [UInt8(ascii: "\\"), byte]
        case 0x0A: output += [UInt8](#"\n"#)
        case 0x0D: output += [UInt8](#"\r"#)
        case 0x09: output += [UInt8](#"\t"#)
        case 0..<0x20:
            let digits = Array("0123456789abcdef".utf8)
            output += [UInt8](#"\u00"#) + [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
        default: output.append(byte)
        }
    }

    private mutating func advance(_ byte: UInt8) -> Progress {
        switch state {
        case .value: return begin(byte)
        case .valueOrEnd: return byte == UInt8(ascii: "]") ? close() : begin(byte)
        case .key, .keyOrEnd: return beginKey(byte)
        case .colon:
            if byte.isSpace { return .more }
            guard byte == UInt8(ascii: ":") else { return .invalid }
            state = .value
            return .more
        case .afterValue: return separate(byte)
        case .string(let isKey): return readString(byte, isKey: isKey)
        case .escape(let isKey):
            switch byte {
            case UInt8(ascii: "u"): state = .digits(isKey: isKey, missing: 4)
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"),
                UInt8(ascii: "f"), UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
                state = .string(isKey: isKey)
            default: return .invalid
            }
            return .more
        case .digits(let isKey, let missing):
            guard byte.isHexDigit else { return .invalid }
            state = missing == 1 ? .string(isKey: isKey) : .digits(isKey: isKey, missing: missing - 1)
            return .more
        case .literal(let rest):
            guard byte == rest.first else { return .invalid }
            state = .literal(Array(rest.dropFirst()))
            return rest.count == 1 ? endValue() : .more
        case .number(let number): return readNumber(byte, number)
        }
    }

    private mutating func begin(_ byte: UInt8) -> Progress {
        switch byte {
        case 0x20, 0x0A, 0x0D, 0x09: return .more
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            guard open.count < Self.depthMax else { return .invalid }
            let isObject = byte == UInt8(ascii: "{")
            open.append(isObject)
            state = isObject ? .keyOrEnd : .valueOrEnd
        case UInt8(ascii: "\""): state = .string(isKey: false)
        case UInt8(ascii: "t"): state = .literal([UInt8]("rue"))
        case UInt8(ascii: "f"): state = .literal([UInt8]("alse"))
        case UInt8(ascii: "n"): state = .literal([UInt8]("ull"))
        case UInt8(ascii: "-"): state = .number(.minus)
        case UInt8(ascii: "0"): state = .number(.zero)
        case UInt8(ascii: "1")...UInt8(ascii: "9"): state = .number(.integer)
        default: return .invalid
        }
        return .more
    }

    private mutating func beginKey(_ byte: UInt8) -> Progress {
        if byte.isSpace { return .more }
        if case .keyOrEnd = state, byte == UInt8(ascii: "}") { return close() }
        guard byte == UInt8(ascii: "\"") else { return .invalid }
        state = .string(isKey: true)
        return .more
    }

    private mutating func readString(_ byte: UInt8, isKey: Bool) -> Progress {
        switch byte {
        case UInt8(ascii: "\\"): state = .escape(isKey: isKey)
        case UInt8(ascii: "\""):
            guard isKey else { return endValue() }
            state = .colon
        default: break
        }
        return .more
    }

    private mutating func separate(_ byte: UInt8) -> Progress {
        let isObject = open.last ?? false
        switch byte {
        case 0x20, 0x0A, 0x0D, 0x09: return .more
        case UInt8(ascii: ","):
            state = isObject ? .key : .value
            return .more
        case UInt8(ascii: "}"): return isObject ? close() : .invalid
        case UInt8(ascii: "]"): return isObject ? .invalid : close()
        default: return .invalid
        }
    }

    private mutating func close() -> Progress {
        open.removeLast()
        return endValue()
    }

    private mutating func endValue() -> Progress {
        state = .afterValue
        return open.isEmpty ? .done : .more
    }

    private mutating func readNumber(_ byte: UInt8, _ number: Number) -> Progress {
        let isDigit = UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
        let isExponent = byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E")
        switch number {
        case .minus where isDigit: state = .number(byte == UInt8(ascii: "0") ? .zero : .integer)
        case .integer where isDigit, .fraction where isDigit, .power where isDigit: break
        case .zero where byte == UInt8(ascii: "."), .integer where byte == UInt8(ascii: "."):
            state = .number(.point)
        case .point where isDigit: state = .number(.fraction)
        case .zero where isExponent, .integer where isExponent, .fraction where isExponent:
            state = .number(.exponent)
        case .exponent where byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-"): state = .number(.sign)
        case .exponent where isDigit, .sign where isDigit: state = .number(.power)
        case .zero, .integer, .fraction, .power:
            guard endValue() == .more else { return .doneBefore }
            return separate(byte)
        case .minus, .point, .exponent, .sign: return .invalid
        }
        return .more
    }
}

extension UInt8 {
    /// Whether this is a hexadecimal digit.
    var isHexDigit: Bool { hexValue != nil }

    /// What this hexadecimal digit stands for.
    var hexValue: UInt32? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(self - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(self - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(self - UInt8(ascii: "A") + 10)
        default: nil
        }
    }
}
