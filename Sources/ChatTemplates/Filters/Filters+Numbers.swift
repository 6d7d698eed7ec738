import Glibc

/// Filters of numbers.
extension Filters {
    static let numbers: [String: Filter] = [
        "abs": { (_, value, arguments) throws(TemplateError) in
            _ = try arguments.bind("abs", [])
            switch value {
            case .float(let number): return .float(number.magnitude)
            default:
                guard let number = value.integer else {
                    throw TemplateError(.type, "bad operand type for abs(): '\(value.typeName)'")
                }
                guard number != .min else {
                    throw TemplateError(.arithmetic, "an integer does not fit 64 bits")
                }
                return .int(abs(number))
            }
        },
        "int": { (_, value, arguments) throws(TemplateError) in
            let values = try arguments.bind("int", ["default", "base"])
            let base = try values[1].integer("base", default: 10)
            return try integer(value, base: base) ?? values[0] ?? .int(0)
        },
        "float": { (_, value, arguments) throws(TemplateError) in
            let fallback = try arguments.bind("float", ["default"])[0] ?? .float(0)
            if case .undefined(let undefined) = value { throw undefined.error }
            return (value.string.map(PythonNumber.float) ?? value.number).map(Value.float) ?? fallback
        },
        "round": { (_, value, arguments) throws(TemplateError) in
            let values = try arguments.bind("round", ["precision", "method"])
            return try rounded(
                value, try values[0].integer("precision", default: 0),
                try values[1].text("method") ?? "common")
        },
        "sum": { (interpreter, value, arguments) throws(TemplateError) in
            let values = try arguments.bind("sum", ["attribute", "start"])
            let path = AttributePath(values[0])
            var sum = values[1] ?? .int(0)
            if sum.string != nil {
                throw TemplateError(.type, "sum() can't sum strings [use ''.join(seq) instead]")
            }
            for element in try interpreter.elements(of: value) {
                sum = try interpreter.apply(.add, sum, try path.value(of: element, interpreter))
            }
            return sum
        },
    ]

    private static func integer(_ value: Value, base: Int) throws(TemplateError) -> Value? {
        switch value {
        case .undefined(let undefined): throw undefined.error
        case .string(let text):
            if let number = try PythonNumber.integer(text, base: base) { return .int(number) }
            return try PythonNumber.float(text).flatMap { (number) throws(TemplateError) in
                try truncated(number)
            }
        case .float(let number): return try truncated(number)
        default: return value.integer.map(Value.int)
        }
    }

    private static func truncated(_ number: Double) throws(TemplateError) -> Value? {
        guard number.isFinite else { return nil }
        guard let integer = Int(exactly: number.rounded(.towardZero)) else {
            throw TemplateError(.arithmetic, "an integer does not fit 64 bits")
        }
        return .int(integer)
    }

    private static func rounded(
        _ value: Value, _ precision: Int, _ method: String
    ) throws(TemplateError) -> Value {
        guard ["common", "ceil", "floor"].contains(method) else {
            throw TemplateError(.runtime, "method must be common, ceil or floor")
        }
        if method != "common", case .undefined(let undefined) = value { throw undefined.error }
        guard let number = value.number else {
            throw TemplateError(.type, "type \(value.typeName) doesn't define __round__ method")
        }
        if method == "common" {
            if let integer = value.integer {
                return precision >= 0
                    ? .int(integer)
                    : .int(try roundedInteger(integer, digits: Int(clamping: precision.magnitude)))
            }
            return .float(PythonNumber.rounded(number, precision))
        }
        guard precision.magnitude <= 300 else {
            throw TemplateError(.arithmetic, "the precision is out of range")
        }
        let scale = pow(10, Double(precision))
        return .float((method == "ceil" ? ceil(number * scale) : floor(number * scale)) / scale)
    }

    /// Rounds to tens, hundreds and so on, half to even.
    private static func roundedInteger(_ integer: Int, digits: Int) throws(TemplateError) -> Int {
        guard digits < 19 else { return 0 }
        var unit = 1
        for _ in 0..<digits { unit *= 10 }
        let remainder = ((integer % unit) + unit) % unit
        let (low, overflows) = integer.subtractingReportingOverflow(remainder)
        guard !overflows else { throw TemplateError(.arithmetic, "an integer does not fit 64 bits") }
        let isUp = remainder > unit - remainder || (remainder == unit - remainder && (low / unit) % 2 != 0)
        let (high, overflow) = low.addingReportingOverflow(isUp ? unit : 0)
        guard !overflow else { throw TemplateError(.arithmetic, "an integer does not fit 64 bits") }
        return high
    }
}

/// Numbers from texts, and rounding, as Python does both.
enum PythonNumber {
    /// `int(text, base)`, or nil where the text is none.
    static func integer(_ text: String, base: Int) throws(TemplateError) -> Int? {
        guard base == 0 || (2...36).contains(base) else { return nil }
        var digits = trimmed(text)
        let isNegative = digits.first == UInt8(ascii: "-")
        if isNegative || digits.first == UInt8(ascii: "+") { digits.removeFirst() }
        var radix = base
        if digits.first == UInt8(ascii: "0"), digits.count > 1 {
            let prefixes: [UInt8: Int] = [UInt8(ascii: "x"): 16, UInt8(ascii: "o"): 8, UInt8(ascii: "b"): 2]
            if let prefix = prefixes[digits[1] | 0x20], base == 0 || base == prefix {
                radix = prefix
                digits.removeFirst(2)
                if digits.first == UInt8(ascii: "_") { digits.removeFirst() }
            }
        }
        if radix == 0 {
            radix = 10
            if digits.first == UInt8(ascii: "0"), digits.contains(where: { $0 != UInt8(ascii: "0") }) {
                return nil
            }
        }
        guard let plain = withoutSeparators(digits),
            plain.first.map({ $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: "+") }) ?? false
        else {
            return nil
        }
        let body = String(decoding: plain, as: UTF8.self)
        if let number = Int((isNegative ? "-" : "") + body, radix: radix) { return number }
        let isNumber = plain.allSatisfy { byte in
            Int(String(decoding: [byte], as: UTF8.self), radix: radix) != nil
        }
        guard !isNumber else {
            throw TemplateError(.arithmetic, "the integer \(body.prefix(40)) does not fit 64 bits")
        }
        return nil
    }

    /// `float(text)`, or nil where the text is none.
    static func float(_ text: String) -> Double? {
        guard let plain = withoutSeparators(trimmed(text)), let first = plain.first else { return nil }
        let body = String(decoding: plain, as: UTF8.self).lowercased()
        let unsigned =
            first == UInt8(ascii: "-") || first == UInt8(ascii: "+") ? String(body.dropFirst()) : body
        switch unsigned {
        case "inf", "infinity": return first == UInt8(ascii: "-") ? -.infinity : .infinity
        case "nan": return .nan
        default:
            guard unsigned.utf8.allSatisfy({ "0123456789.e+-".utf8.contains($0) }) else { return nil }
            return strtodWhole(body)
        }
    }

    private static func strtodWhole(_ text: String) -> Double? {
        text.withCString { start in
            var end: UnsafeMutablePointer<CChar>?
            let number = strtod(start, &end)
            // `end` points into the text, at most at the zero byte that ends it.
            guard let end, end.pointee == 0, UnsafePointer(end) != start else { return nil }
            return number
        }
    }

    private static func trimmed(_ text: String) -> [UInt8] {
        let bytes = Array(text.utf8)
        let end = PythonSpace.trimmedEnd(of: bytes, in: 0..<bytes.count)
        return Array(bytes[min(PythonSpace.skipped(in: bytes, from: 0), end)..<end])
    }

    /// Takes out underscores, each of which must stand between digits.
    private static func withoutSeparators(_ bytes: [UInt8]) -> [UInt8]? {
        let isWord: (UInt8) -> Bool = {
            Character(Unicode.Scalar($0)).isLetter || Character(Unicode.Scalar($0)).isNumber
        }
        for (index, byte) in bytes.enumerated() where byte == UInt8(ascii: "_") {
            guard index > 0, index + 1 < bytes.count, isWord(bytes[index - 1]), isWord(bytes[index + 1])
            else { return nil }
        }
        return bytes.filter { $0 != UInt8(ascii: "_") }
    }

    /// `round(number, digits)`: the decimal of that many digits that is nearest to the number's exact value.
    static func rounded(_ number: Double, _ digits: Int) -> Double {
        guard number.isFinite, digits < 324 else { return number }
        guard digits > -309 else { return copysign(0, number) }
        if digits >= 0 {
            var specification = FormatSpecification()
            specification.type = "f"
            specification.precision = digits
            return (try? specification.format(float: number)).flatMap { Double($0) } ?? number
        }
        let scale = pow(10, Double(-digits))
        return (number / scale).rounded(.toNearestOrEven) * scale
    }
}
