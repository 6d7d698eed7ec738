import Glibc

/// How to write one value: Python's format specification `[[fill]align][sign][#][0][width][,][.precision][type]`, of
/// which the `%` formats use a part.
struct FormatSpecification {
    var fill: Unicode.Scalar = " "
    var alignment: Unicode.Scalar?
    var sign: Unicode.Scalar = "-"
    var isAlternate = false
    var padsWithZeros = false
    var width = 0
    var grouping: Unicode.Scalar?
    var precision: Int?
    var type: Unicode.Scalar?

    static let sizeMax = 1 << 16

    init() {}

    /// Reads what stands after the colon of a replacement field.
    init(_ text: String) throws(TemplateError) {
        var rest = Array(text.unicodeScalars)[...]
        let isAlignment: (Unicode.Scalar?) -> Bool = {
            $0.map { "<>=^".unicodeScalars.contains($0) } ?? false
        }
        if isAlignment(rest.dropFirst().first), let first = rest.popFirst() { fill = first }
        if isAlignment(rest.first) { alignment = rest.popFirst() }
        if let first = rest.first, "+- ".unicodeScalars.contains(first) { sign = rest.removeFirst() }
        if rest.first == "#" {
            isAlternate = true
            rest.removeFirst()
        }
        if rest.first == "0" {
            padsWithZeros = true
            rest.removeFirst()
        }
        width = try FormatSpecification.number(&rest) ?? 0
        if rest.first == "," || rest.first == "_" { grouping = rest.removeFirst() }
        if rest.first == "." {
            rest.removeFirst()
            precision = try FormatSpecification.number(&rest)
            guard precision != nil else { throw TemplateError(.value, "Format specifier missing precision") }
        }
        type = rest.popFirst()
        guard rest.isEmpty else { throw TemplateError(.value, "Invalid format specifier") }
    }

    /// Reads the digits at the front.
    static func number(_ rest: inout ArraySlice<Unicode.Scalar>) throws(TemplateError) -> Int? {
        var number: Int?
        while let digit = rest.first, ("0"..."9").contains(digit) {
            number = (number ?? 0) * 10 + Int(digit.value - 0x30)
            guard number ?? 0 <= sizeMax else {
                throw TemplateError(.limit, "a format asks for more than \(sizeMax) characters")
            }
            rest.removeFirst()
        }
        return number
    }

    // MARK: Writing

    func format(text: String) -> String {
        let text = precision.map { String(String.UnicodeScalarView(text.unicodeScalars.prefix($0))) } ?? text
        return padded(text, prefix: "", defaultAlignment: "<")
    }

    func format(integer: Int) throws(TemplateError) -> String {
        let radix: (Int, prefix: String)
        switch type {
        case nil, "d", "i", "u", "n": radix = (10, "")
        case "x": radix = (16, "0x")
        case "X": radix = (16, "0X")
        case "o": radix = (8, "0o")
        case "b": radix = (2, "0b")
        case "c":
            guard let scalar = UInt32(exactly: integer).flatMap(Unicode.Scalar.init) else {
                throw TemplateError(.arithmetic, "%c arg not in range(0x110000)")
            }
            return padded(String(Character(scalar)), prefix: "", defaultAlignment: "<")
        default: return try format(float: Double(integer))
        }
        var digits = String(integer.magnitude, radix: radix.0, uppercase: type == "X")
        if let precision {
            digits = String(repeating: "0", count: max(0, precision - digits.utf8.count)) + digits
        }
        let prefix = signText(isNegative: integer < 0) + (isAlternate ? radix.prefix : "")
        return padded(grouped(digits, size: radix.0 == 10 ? 3 : 4), prefix: prefix, defaultAlignment: ">")
    }

    func format(float: Double) throws(TemplateError) -> String {
        let prefix = signText(isNegative: float.sign == .minus && !float.isNaN)
        var digits: String
        switch type {
        case nil where precision == nil: digits = PythonText.repr(float.magnitude)
        case "f", "F", "e", "E", "g", "G":
            digits = printed(float.magnitude, type?.description ?? "g", precision ?? 6)
        case nil, "n": digits = printed(float.magnitude, "g", precision ?? 6)
        case "%": digits = printed(float.magnitude * 100, "f", precision ?? 6) + "%"
        default: throw TemplateError(.value, "Unknown format code for object of type 'float'")
        }
        if let point = digits.firstIndex(of: "."), grouping != nil {
            digits = grouped(String(digits[..<point]), size: 3) + digits[point...]
        } else {
            digits = grouped(digits, size: 3)
        }
        return padded(digits, prefix: prefix, defaultAlignment: ">")
    }

    private func printed(_ number: Double, _ letter: String, _ precision: Int) -> String {
        guard number.isFinite else { return number.isNaN ? "nan" : "inf" }
        let format = "%" + (isAlternate ? "#" : "") + ".*" + letter
        let size = precision + 512
        return String(unsafeUninitializedCapacity: size) { buffer in
            buffer.withMemoryRebound(to: CChar.self) { characters in
                let arguments: [any CVarArg] = [CInt(precision), number]
                // The buffer holds `size` bytes: vsnprintf writes no more, and returns how many it wanted.
                return Int(withVaList(arguments) { vsnprintf(characters.baseAddress, size, format, $0) })
            }
        }
    }

    private func signText(isNegative: Bool) -> String {
        isNegative ? "-" : sign == "-" ? "" : String(Character(sign))
    }

    private func grouped(_ digits: String, size: Int) -> String {
        guard let grouping, digits.utf8.count > size else { return digits }
        var result = String.UnicodeScalarView()
        for (index, scalar) in digits.unicodeScalars.enumerated() {
            if index > 0, (digits.utf8.count - index) % size == 0 { result.append(grouping) }
            result.append(scalar)
        }
        return String(result)
    }

    private func padded(_ text: String, prefix: String, defaultAlignment: Unicode.Scalar) -> String {
        let missing = width - text.unicodeScalars.count - prefix.unicodeScalars.count
        guard missing > 0 else { return prefix + text }
        let zeros = padsWithZeros && alignment == nil
        let padding = String(repeating: String(Character(zeros ? "0" : fill)), count: missing)
        switch zeros && defaultAlignment == ">" ? "=" : alignment ?? defaultAlignment {
        case "<": return prefix + text + padding
        case "=": return prefix + padding + text
        case "^":
            let front = String(repeating: String(Character(fill)), count: missing / 2)
            return front + prefix + text
                + String(repeating: String(Character(fill)), count: missing - missing / 2)
        default: return padding + prefix + text
        }
    }
}
