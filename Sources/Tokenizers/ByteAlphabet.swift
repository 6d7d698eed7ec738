/// The printable characters by which GPT-2's vocabulary files spell bytes (Radford et al., 2019,
/// `bytes_to_unicode`).
///
/// Printable Latin-1 bytes stand for themselves; the other 68 take the scalars from U+0100 on, in order.
enum ByteAlphabet {
    /// The byte that each scalar below U+0144 spells, or -1.
    private static let bytes: [Int16] = {
        var bytes = [Int16](repeating: -1, count: 0x144)
        var substitute = 0x100
        for byte in 0..<0x100 {
            if (0x21...0x7E).contains(byte) || (0xA1...0xAC).contains(byte) || byte >= 0xAE {
                bytes[byte] = Int16(byte)
            } else {
                bytes[substitute] = Int16(byte)
                substitute += 1
            }
        }
        return bytes
    }()

    /// Appends the bytes that UTF-8 text in this alphabet spells; returns false, with `output` as it was,
    /// where the text holds anything else. The text is valid UTF-8.
    static func decode(_ text: some Collection<UInt8>, into output: inout [UInt8]) -> Bool {
        let count = output.count
        var lead: UInt32?
        for byte in text {
            var scalar = UInt32(byte)
            if let first = lead {
                scalar = (first & 0x1F) << 6 | (scalar & 0x3F)
                lead = nil
            } else if (0xC2...0xC5).contains(byte) {
                lead = scalar
                continue
            } else if byte >= 0x80 {
                scalar = 0x144
            }
            guard scalar < 0x144, bytes[Int(scalar)] >= 0 else {
                output.removeLast(output.count - count)
                return false
            }
            output.append(UInt8(truncatingIfNeeded: bytes[Int(scalar)]))
        }
        return true
    }
}
