/// Reads a string of JSON byte by byte, from behind its opening quote, and gives the text that it stands for.
struct JSONStringDecoder: Sendable {
    private enum State { case text, escape, digits(value: UInt32, missing: Int) }

    private var state = State.text
    /// The first half of a pair that stands for one character beyond U+FFFF.
    private var highSurrogate: UInt32?

    /// Reads a byte; `done` is the closing quote.
    mutating func read(_ byte: UInt8, to output: inout [UInt8]) -> JSONScanner.Progress {
        switch state {
        case .text:
            if byte == UInt8(ascii: "\\") {
                state = .escape
                return .more
            }
            endPair(&output)
            if byte == UInt8(ascii: "\"") { return .done }
            output.append(byte)
        case .escape:
            state = .text
            if byte == UInt8(ascii: "u") {
                state = .digits(value: 0, missing: 4)
                return .more
            }
            endPair(&output)
            guard let meant = Self.meaning(of: byte) else { return .invalid }
            output.append(meant)
        case .digits(let value, let missing):
            guard let digit = byte.hexValue else { return .invalid }
            let value = value << 4 | digit
            state = missing == 1 ? .text : .digits(value: value, missing: missing - 1)
            if missing == 1 { append(value, to: &output) }
        }
        return .more
    }

    private static func meaning(of byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): byte
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0C
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "t"): 0x09
        default: nil
        }
    }

    private mutating func append(_ unit: UInt32, to output: inout [UInt8]) {
        switch unit {
        case 0xD800..<0xDC00:
            endPair(&output)
            highSurrogate = unit
        case 0xDC00..<0xE000:
            if let high = highSurrogate.take() {
                append(scalar: 0x10000 + (high - 0xD800) << 10 + (unit - 0xDC00), to: &output)
            } else {
                append(scalar: 0xFFFD, to: &output)
            }
        default:
            endPair(&output)
            append(scalar: unit, to: &output)
        }
    }

    /// A first half without its second is no character.
    private mutating func endPair(_ output: inout [UInt8]) {
        if highSurrogate.take() != nil { append(scalar: 0xFFFD, to: &output) }
    }

    private func append(scalar: UInt32, to output: inout [UInt8]) {
        guard let scalar = Unicode.Scalar(scalar) else { return }
        output += Array(String(Character(scalar)).utf8)
    }
}
