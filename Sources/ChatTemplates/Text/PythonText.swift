import OrderedCollections

/// How Python writes and orders texts and numbers.
enum PythonText {
    /// `repr` of a text.
    static func repr(_ text: String) -> String {
        let quote: Unicode.Scalar =
            text.utf8.contains(UInt8(ascii: "'")) && !text.utf8.contains(UInt8(ascii: "\"")) ? "\"" : "'"
        var result = String.UnicodeScalarView([quote])
        for scalar in text.unicodeScalars {
            switch scalar {
            case quote, "\\": result.append(contentsOf: ["\\", scalar])
            case "\n": result.append(contentsOf: ["\\", "n"])
            case "\r": result.append(contentsOf: ["\\", "r"])
            case "\t": result.append(contentsOf: ["\\", "t"])
            default:
                if isPrintable(scalar) {
                    result.append(scalar)
                } else {
                    result.append(contentsOf: escape(scalar))
                }
            }
        }
        result.append(quote)
        return String(result)
    }

    private static func escape(_ scalar: Unicode.Scalar) -> String.UnicodeScalarView {
        let (letter, width) = scalar.value < 0x100 ? ("x", 2) : scalar.value < 0x10000 ? ("u", 4) : ("U", 8)
        let digits = String(scalar.value, radix: 16)
        return ("\\" + letter + String(repeating: "0", count: width - digits.utf8.count) + digits)
            .unicodeScalars
    }

    /// Whether `str.isprintable` holds of the character.
    static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return scalar.value >= 0x20 && scalar.value < 0x7F }
        return switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator,
            .spaceSeparator:
            false
        default: true
        }
    }

    /// `repr` of a float: the fewest digits that read back as the same number.
    static func repr(_ number: Double) -> String {
        guard number.isFinite else { return number.isNaN ? "nan" : number < 0 ? "-inf" : "inf" }
        guard number != 0 else { return number.sign == .minus ? "-0.0" : "0.0" }
        let (digits, point) = decimal(number.magnitude)
        let sign = number < 0 ? "-" : ""
        guard point > -4, point <= 16 else {
            let fraction = digits.count > 1 ? "." + digits.dropFirst() : ""
            let exponent = point - 1
            let width = String(exponent.magnitude)
            return sign + digits.prefix(1) + fraction + (exponent < 0 ? "e-" : "e+")
                + (width.utf8.count < 2 ? "0" : "") + width
        }
        if point <= 0 { return sign + "0." + String(repeating: "0", count: -point) + digits }
        if digits.utf8.count <= point {
            return sign + digits + String(repeating: "0", count: point - digits.utf8.count) + ".0"
        }
        return sign + digits.prefix(point) + "." + digits.dropFirst(point)
    }

    /// The digits of a positive number and where among them the decimal point stands.
    private static func decimal(_ number: Double) -> (digits: String, point: Int) {
        let parts = number.description.split(separator: "e")
        let exponent = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
        let mantissa = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        let whole = mantissa[0]
        let all = whole + (mantissa.count > 1 ? mantissa[1] : "")
        let leading = all.prefix { $0 == "0" }.count
        var digits = all.dropFirst(leading)
        while digits.last == "0" { digits.removeLast() }
        return (String(digits), whole.count - leading + exponent)
    }

    /// A value as an error message may quote it, without walking into containers.
    static func summary(_ value: Value) -> String {
        switch value {
        case .none: "None"
        case .bool(let value): value ? "True" : "False"
        case .int(let value): value.description
        case .float(let value): repr(value)
        case .string(let text): repr(text)
        default: "<\(value.typeName)>"
        }
    }

    /// Below zero, zero or above zero as the first text sorts before, with or after the second, by code points.
    static func order(_ left: String, _ right: String) -> Int {
        var first = left.utf8.makeIterator()
        var second = right.utf8.makeIterator()
        while true {
            switch (first.next(), second.next()) {
            case (nil, nil): return 0
            case (nil, _): return -1
            case (_, nil): return 1
            case (let left?, let right?): if left != right { return left < right ? -1 : 1 }
            }
        }
    }
}

/// How Python's `str` and `repr` write values.
extension Interpreter {
    func text(of value: Value) throws(TemplateError) -> String {
        switch value {
        case .string(let text): text
        case .undefined: ""
        default: try repr(of: value)
        }
    }

    func repr(of value: Value) throws(TemplateError) -> String {
        var text = ""
        try writeRepr(value, to: &text)
        try charge(bytes: text.utf8.count)
        return text
    }

    private func writeRepr(_ value: Value, to text: inout String) throws(TemplateError) {
        try charge()
        switch value {
        case .undefined: text += "Undefined"
        case .list(let list): try writeRepr(list, to: &text)
        case .dict(let dict):
            text += "{"
            var separator = ""
            for (key, value) in dict.members {
                text += separator
                try writeRepr(key, to: &text)
                text += ": "
                try writeRepr(value, to: &text)
                separator = ", "
            }
            text += "}"
        case .iterator(let iterator): text += "<\(iterator.typeName) object>"
        case .object(let object): text += object.description
        case .none, .bool, .int, .float, .string: text += PythonText.summary(value)
        }
        guard text.utf8.count <= limits.outputBytesMax else { return try charge(bytes: text.utf8.count) }
    }

    private func writeRepr(_ list: ListValue, to text: inout String) throws(TemplateError) {
        let (open, close) =
            switch list.kind {
            case .list: ("[", "]")
            case .tuple, .group: ("(", list.elements.count == 1 ? ",)" : ")")
            case .keys, .values, .items: (list.kind.typeName + "([", "])")
            case .range(let start, let stop, let step):
                ("range(\(start), \(stop)" + (step == 1 ? "" : ", \(step)"), ")")
            }
        text += open
        if case .range = list.kind {
            text += close
            return
        }
        var separator = ""
        for element in list.elements {
            text += separator
            try writeRepr(element, to: &text)
            separator = ", "
        }
        text += close
    }
}
