/// The filters of Jinja2 by name.
enum Filters {
    typealias Filter = @Sendable (Interpreter, Value, Arguments) throws(TemplateError) -> Value

    static let table: [String: Filter] = {
        var table: [String: Filter] = [:]
        for part in [texts, numbers, sequences, selections] { table.merge(part) { first, _ in first } }
        table["tojson"] = JSONWriter.filter
        return table
    }()

    /// An undefined value cannot be used, and anything else is its text.
    static func soft(_ value: Value, _ interpreter: Interpreter) throws(TemplateError) -> String {
        try interpreter.text(of: value)
    }

    /// Reads an attribute path: names and positions between dots.
    struct AttributePath {
        let parts: [Value]

        init(_ attribute: Value?) {
            switch attribute {
            case nil, .some(.none): parts = []
            case .some(.string(let path)):
                parts = path.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).map {
                    part in
                    let text = String(part) ?? ""
                    let isNumber = !text.isEmpty && text.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 }
                    return isNumber ? Int(text).map(Value.int) ?? .string(text) : .string(text)
                }
            case .some(let key): parts = [key]
            }
        }

        func value(
            of owner: Value, default fallback: Value? = nil, _ interpreter: Interpreter
        ) throws(TemplateError) -> Value {
            var value = owner
            for part in parts {
                value = try interpreter.item(part, of: value)
                if value.isUndefined, let fallback, !fallback.isNone { value = fallback }
            }
            return value
        }
    }

    /// The value to compare by: texts in lower case unless case matters.
    static func comparable(_ value: Value, caseSensitive: Bool) -> Value {
        if !caseSensitive, case .string(let text) = value { .string(text.lowercased()) } else { value }
    }
}
