/// Python's `format % values`.
enum PercentFormat {
    static func format(
        _ format: String, _ values: Value, _ interpreter: Interpreter
    ) throws(TemplateError) -> String {
        try interpreter.charge(bytes: format.utf8.count)
        var rest = Array(format.unicodeScalars)[...]
        var operands = Operands(values)
        var result = ""
        while let scalar = rest.popFirst() {
            guard scalar == "%" else {
                result.unicodeScalars.append(scalar)
                continue
            }
            if rest.first == "%" {
                rest.removeFirst()
                result += "%"
                continue
            }
            var key: String?
            if rest.first == "(" { key = try mappingKey(&rest) }
            let specification = try specification(&rest, &operands)
            let value = try operands.take(key)
            result += try text(value, specification, interpreter)
            try interpreter.charge(bytes: result.utf8.count)
        }
        try operands.finish()
        return result
    }

    private static func mappingKey(_ rest: inout ArraySlice<Unicode.Scalar>) throws(TemplateError) -> String {
        rest.removeFirst()
        var key = String.UnicodeScalarView()
        while let scalar = rest.popFirst() {
            if scalar == ")" { return String(key) }
            key.append(scalar)
        }
        throw TemplateError(.value, "incomplete format key")
    }

    private static func specification(
        _ rest: inout ArraySlice<Unicode.Scalar>, _ operands: inout Operands
    ) throws(TemplateError) -> FormatSpecification {
        var result = FormatSpecification()
        while let flag = rest.first, "-+ #0".unicodeScalars.contains(flag) {
            switch flag {
            case "-": result.alignment = "<"
            case "+": result.sign = "+"
            case " ": if result.sign != "+" { result.sign = " " }
            case "#": result.isAlternate = true
            default: result.padsWithZeros = true
            }
            rest.removeFirst()
        }
        result.width = try number(&rest, &operands) ?? 0
        if result.width < 0 {
            result.alignment = "<"
            result.width = -result.width
        }
        if rest.first == "." {
            rest.removeFirst()
            result.precision = max(0, try number(&rest, &operands) ?? 0)
        }
        while let modifier = rest.first, "hlL".unicodeScalars.contains(modifier) { rest.removeFirst() }
        guard let type = rest.popFirst() else { throw TemplateError(.value, "incomplete format") }
        guard "srdiufFeEgGxXoca".unicodeScalars.contains(type) else {
            throw TemplateError(.value, "unsupported format character '\(type)'")
        }
        result.type = type
        return result
    }

    private static func number(
        _ rest: inout ArraySlice<Unicode.Scalar>, _ operands: inout Operands
    ) throws(TemplateError) -> Int? {
        guard rest.first == "*" else { return try FormatSpecification.number(&rest) }
        rest.removeFirst()
        guard let size = try operands.take(nil).integer else { throw TemplateError(.type, "* wants int") }
        guard size.magnitude <= FormatSpecification.sizeMax else {
            throw TemplateError(
                .limit, "a format asks for more than \(FormatSpecification.sizeMax) characters")
        }
        return size
    }

    private static func text(
        _ value: Value, _ specification: FormatSpecification, _ interpreter: Interpreter
    ) throws(TemplateError) -> String {
        var specification = specification
        switch specification.type {
        case "s", "r", "a":
            let text =
                specification.type == "s" ? try interpreter.text(of: value) : try interpreter.repr(of: value)
            specification.padsWithZeros = false
            if specification.alignment == nil { specification.alignment = ">" }
            return specification.format(text: text)
        case "c":
            specification.padsWithZeros = false
            if specification.alignment == nil { specification.alignment = ">" }
            if let text = value.string {
                guard text.unicodeScalars.count == 1 else {
                    throw TemplateError(.type, "%c requires int or char")
                }
                return specification.format(text: text)
            }
            guard let integer = value.integer else { throw TemplateError(.type, "%c requires int or char") }
            return try specification.format(integer: integer)
        case "x", "X", "o":
            guard let integer = value.integer else { throw wrongType(specification, "an integer", value) }
            return try specification.format(integer: integer)
        case "d", "i", "u":
            if let integer = value.integer { return try specification.format(integer: integer) }
            guard case .float(let number) = value else {
                throw wrongType(specification, "a real number", value)
            }
            guard let integer = Int(exactly: number.rounded(.towardZero)) else {
                throw TemplateError(.arithmetic, "cannot convert float to a 64-bit integer")
            }
            return try specification.format(integer: integer)
        default:
            guard let number = value.number else {
                throw TemplateError(.type, "must be real number, not \(value.typeName)")
            }
            return try specification.format(float: number)
        }
    }

    private static func wrongType(
        _ specification: FormatSpecification, _ wanted: String, _ value: Value
    ) -> TemplateError {
        if case .undefined(let undefined) = value { return undefined.error }
        let type = specification.type.map(String.init) ?? ""
        return TemplateError(.type, "%\(type) format: \(wanted) is required, not \(value.typeName)")
    }

    /// What stands to the right of the `%`: a tuple's elements, or one value, or a mapping.
    private struct Operands {
        private let values: [Value]
        private let mapping: Value?
        /// A text, or a list, may be left over: to Python these could be mappings.
        private let mayRemain: Bool
        private var used = 0

        init(_ operand: Value) {
            if case .list(let list) = operand, list.kind.isTuple {
                values = list.elements
                mapping = nil
                mayRemain = false
                return
            }
            values = [operand]
            if case .dict = operand { mapping = operand } else { mapping = nil }
            switch operand {
            case .dict, .undefined: mayRemain = true
            case .list(let list): mayRemain = list.kind.isIndexed
            default: mayRemain = false
            }
        }

        mutating func take(_ key: String?) throws(TemplateError) -> Value {
            if let key {
                guard case .dict(let dict) = mapping else {
                    throw TemplateError(.type, "format requires a mapping")
                }
                guard let value = dict[key] else { throw TemplateError(.value, PythonText.repr(key)) }
                used = values.count
                return value
            }
            guard used < values.count else {
                throw TemplateError(.type, "not enough arguments for format string")
            }
            used += 1
            return values[used - 1]
        }

        func finish() throws(TemplateError) {
            guard used == values.count || mayRemain else {
                throw TemplateError(.type, "not all arguments converted during string formatting")
            }
        }
    }
}
