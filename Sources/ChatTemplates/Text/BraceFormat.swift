/// Python's `format.format(…)`, with the sandbox's way to look up attributes.
enum BraceFormat {
    static func format(
        _ format: String, _ arguments: Arguments, _ interpreter: Interpreter
    ) throws(TemplateError) -> String {
        try interpreter.charge(bytes: format.utf8.count)
        var formatter = Formatter(arguments: arguments, interpreter: interpreter)
        return try formatter.format(format, depth: 2)
    }

    private struct Formatter {
        let arguments: Arguments
        let interpreter: Interpreter
        /// The number of the next field without a name; nil once fields are numbered by hand.
        var automatic: Int? = 0

        mutating func format(_ format: String, depth: Int) throws(TemplateError) -> String {
            guard depth > 0 else { throw TemplateError(.value, "Max string recursion exceeded") }
            var rest = Array(format.unicodeScalars)[...]
            var result = ""
            while let scalar = rest.popFirst() {
                if scalar == "{", rest.first != "{" {
                    result += try replacement(try field(&rest), depth: depth)
                    try interpreter.charge(bytes: result.utf8.count)
                } else if scalar == "{" || scalar == "}" {
                    guard rest.first == scalar else {
                        throw TemplateError(.value, "Single '\(scalar)' encountered in format string")
                    }
                    rest.removeFirst()
                    result.unicodeScalars.append(scalar)
                } else {
                    result.unicodeScalars.append(scalar)
                }
            }
            return result
        }

        /// What stands between a brace and the one that closes it.
        private func field(_ rest: inout ArraySlice<Unicode.Scalar>) throws(TemplateError) -> [Unicode.Scalar]
        {
            var field: [Unicode.Scalar] = []
            var open = 1
            while let scalar = rest.popFirst() {
                if scalar == "{" { open += 1 }
                if scalar == "}" { open -= 1 }
                if open == 0 { return field }
                field.append(scalar)
            }
            throw TemplateError(
                .value,
                field.isEmpty
                    ? "Single '{' encountered in format string" : "expected '}' before end of string")
        }

        private mutating func replacement(
            _ field: [Unicode.Scalar], depth: Int
        ) throws(TemplateError) -> String {
            let colon = field.firstIndex(of: ":") ?? field.endIndex
            var head = field[..<colon]
            var conversion: Unicode.Scalar?
            if let mark = head.firstIndex(of: "!") {
                guard head[mark...].count == 2 else {
                    throw TemplateError(.value, "expected ':' after conversion specifier")
                }
                conversion = head[mark + 1]
                head = head[..<mark]
            }
            let value = try value(of: head)
            let specification = try format(text(field[colon...].dropFirst()), depth: depth - 1)
            switch conversion {
            case nil: return try formatted(value, specification)
            case "s": return try formatted(.string(try interpreter.text(of: value)), specification)
            case "r": return try formatted(.string(try interpreter.repr(of: value)), specification)
            default: throw TemplateError(.value, "Unknown conversion specifier")
            }
        }

        private func text(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
            String(String.UnicodeScalarView(scalars))
        }

        /// `name.attribute[item]`
        private mutating func value(of path: ArraySlice<Unicode.Scalar>) throws(TemplateError) -> Value {
            let end = path.firstIndex { $0 == "." || $0 == "[" } ?? path.endIndex
            var value = try argument(text(path[..<end]))
            var rest = path[end...]
            while let mark = rest.popFirst() {
                if mark == "." {
                    let end = rest.firstIndex { $0 == "." || $0 == "[" } ?? rest.endIndex
                    value = try interpreter.attribute(text(rest[..<end]), of: value)
                    rest = rest[end...]
                } else {
                    guard mark == "[", let end = rest.firstIndex(of: "]"), end > rest.startIndex else {
                        throw TemplateError(.value, "Missing ']' in format string")
                    }
                    let key = text(rest[..<end])
                    value = try interpreter.item(Int(key).map(Value.int) ?? .string(key), of: value)
                    rest = rest[(end + 1)...]
                }
            }
            return value
        }

        private mutating func argument(_ name: String) throws(TemplateError) -> Value {
            var index = Int(name)
            if name.isEmpty {
                guard let next = automatic else {
                    throw TemplateError(
                        .value, "cannot switch from manual field specification to automatic field numbering")
                }
                index = next
                automatic = next + 1
            } else if index != nil {
                guard automatic == nil || automatic == 0 else {
                    throw TemplateError(
                        .value, "cannot switch from automatic field numbering to manual field specification")
                }
                automatic = nil
            }
            if let index {
                guard arguments.positional.indices.contains(index) else {
                    throw TemplateError(
                        .value, "Replacement index \(index) out of range for positional args tuple")
                }
                return arguments.positional[index]
            }
            guard let named = arguments.named.first(where: { $0.name.isIdentical(to: name) }) else {
                throw TemplateError(.value, PythonText.repr(name))
            }
            return named.value
        }

        private func formatted(_ value: Value, _ specification: String) throws(TemplateError) -> String {
            if specification.isEmpty { return try interpreter.text(of: value) }
            let parsed = try FormatSpecification(specification)
            switch value {
            case .string(let text):
                guard parsed.type == nil || parsed.type == "s" else {
                    throw TemplateError(.value, "Unknown format code for object of type 'str'")
                }
                return parsed.format(text: text)
            case .int(let integer):
                guard parsed.type != "s" else {
                    throw TemplateError(.value, "Unknown format code 's' for object of type 'int'")
                }
                return try parsed.format(integer: integer)
            case .bool(let flag):
                return parsed.type == nil
                    ? parsed.format(text: flag ? "True" : "False") : try parsed.format(integer: flag ? 1 : 0)
            case .float(let number): return try parsed.format(float: number)
            default:
                throw TemplateError(.type, "unsupported format string passed to \(value.typeName).__format__")
            }
        }
    }
}
