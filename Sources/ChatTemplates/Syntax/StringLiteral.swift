/// The text that a string literal of a template stands for, by the escapes of Python's `unicode-escape` codec.
enum StringLiteral {
    static func unescaped(_ bytes: ArraySlice<UInt8>) throws(TemplateError) -> String {
        guard bytes.contains(UInt8(ascii: "\\")) else { return String(decoding: bytes, as: UTF8.self) }
        var scalars = String.UnicodeScalarView()
        var rest = Substring(decoding: bytes, as: UTF8.self).unicodeScalars
        while let scalar = rest.popFirst() {
            guard scalar == "\\", let escape = rest.popFirst() else {
                scalars.append(scalar)
                continue
            }
            switch escape {
            case "\n": break
            case "\\", "'", "\"": scalars.append(escape)
            case "a": scalars.append("\u{7}")
            case "b": scalars.append("\u{8}")
            case "f": scalars.append("\u{C}")
            case "n": scalars.append("\n")
            case "r": scalars.append("\r")
            case "t": scalars.append("\t")
            case "v": scalars.append("\u{B}")
            case "x": scalars.append(try hexadecimal(2, of: &rest, after: "\\x"))
            case "u": scalars.append(try hexadecimal(4, of: &rest, after: "\\u"))
            case "U": scalars.append(try hexadecimal(8, of: &rest, after: "\\U"))
            case "N": throw TemplateError(.unsupported, "characters by name (\\N{…}) are not supported")
            case "0"..."7": scalars.append(octal(escape, of: &rest))
            default:
                scalars.append("\\")
                if escape.isASCII { scalars.append(escape) } else { spell(escape, into: &scalars) }
            }
        }
        return String(scalars)
    }

    private static func hexadecimal(
        _ count: Int, of rest: inout Substring.UnicodeScalarView, after escape: String
    )
        throws(TemplateError) -> Unicode.Scalar
    {
        var code: UInt32 = 0
        for _ in 0..<count {
            guard let digit = rest.popFirst().flatMap({ Character($0).hexDigitValue }) else {
                throw TemplateError(
                    .syntax, "truncated escape: \(count) hexadecimal digits must follow \(escape)")
            }
            code = code << 4 | UInt32(digit)
        }
        guard let scalar = Unicode.Scalar(code) else {
            throw TemplateError(.syntax, "illegal Unicode character in a \(escape) escape")
        }
        return scalar
    }

    private static func octal(
        _ first: Unicode.Scalar, of rest: inout Substring.UnicodeScalarView
    ) -> Unicode.Scalar {
        var code = first.value - 0x30
        for _ in 0..<2 {
            guard let digit = rest.first, ("0"..."7").contains(digit) else { break }
            code = code * 8 + digit.value - 0x30
            rest.removeFirst()
        }
        return Unicode.Scalar(code) ?? "\u{FFFD}"
    }

    /// Jinja2 spells characters beyond ASCII as escapes before it decodes, so that a backslash before one escapes
    /// that escape and leaves its spelling.
    private static func spell(_ scalar: Unicode.Scalar, into scalars: inout String.UnicodeScalarView) {
        let digits = String(scalar.value, radix: 16)
        let (letter, width) = scalar.value < 0x100 ? ("x", 2) : scalar.value < 0x10000 ? ("u", 4) : ("U", 8)
        scalars.append(contentsOf: letter.unicodeScalars)
        scalars.append(contentsOf: repeatElement("0", count: width - digits.utf8.count))
        scalars.append(contentsOf: digits.unicodeScalars)
    }
}
