/// `tojson` as Transformers defines it: Python's `json.dumps`, which by default keeps characters beyond ASCII and
/// writes a space after commas and colons.
struct JSONWriter {
    private let interpreter: Interpreter
    private let asciiOnly: Bool
    private let sortsKeys: Bool
    /// What one level of nesting is indented by; nil writes one line.
    private let indent: String?
    private let itemSeparator: String
    private let keySeparator: String
    private var text = ""

    static let filter: Filters.Filter = { (interpreter, value, arguments) throws(TemplateError) in
        let values = try arguments.bind("tojson", ["ensure_ascii", "indent", "separators", "sort_keys"])
        var writer = try JSONWriter(interpreter, values)
        try writer.write(value, level: 0)
        try interpreter.charge(bytes: writer.text.utf8.count)
        return .string(writer.text)
    }

    private init(_ interpreter: Interpreter, _ values: [Value?]) throws(TemplateError) {
        self.interpreter = interpreter
        asciiOnly = values[0].isTrue
        sortsKeys = values[3].isTrue
        switch values[1] {
        case nil, .some(.none): indent = nil
        case .some(.string(let text)): indent = text
        default: indent = try interpreter.spaces(try values[1].integer("indent", default: 0))
        }
        guard let separators = values[2], !separators.isNone else {
            itemSeparator = indent == nil ? ", " : ","
            keySeparator = ": "
            return
        }
        let pair = try interpreter.elements(of: separators)
        guard pair.count == 2 else { throw TemplateError(.value, "separators must be a pair") }
        guard let item = pair[0].string, let key = pair[1].string else {
            throw TemplateError(.type, "separators must be texts")
        }
        itemSeparator = item
        keySeparator = key
    }

    private mutating func write(_ value: Value, level: Int) throws(TemplateError) {
        try interpreter.charge()
        switch value {
        case .none: text += "null"
        case .bool(let value): text += value ? "true" : "false"
        case .int(let value): text += value.description
        case .float(let value): text += JSONWriter.number(value)
        case .string(let value): quote(value)
        case .list(let list) where list.kind.isList || list.kind.isTuple: try write(list, level: level)
        case .dict(let dict): try write(dict, level: level)
        default:
            throw TemplateError(.type, "Object of type \(value.typeName) is not JSON serializable")
        }
        guard text.utf8.count <= interpreter.limits.outputBytesMax else {
            return try interpreter.charge(bytes: text.utf8.count)
        }
    }

    private static func number(_ value: Double) -> String {
        value.isFinite ? PythonText.repr(value) : value.isNaN ? "NaN" : value < 0 ? "-Infinity" : "Infinity"
    }

    private mutating func write(_ list: ListValue, level: Int) throws(TemplateError) {
        text += "["
        for (index, element) in list.elements.enumerated() {
            if index > 0 { text += itemSeparator }
            breakLine(level + 1)
            try write(element, level: level + 1)
        }
        if !list.elements.isEmpty { breakLine(level) }
        text += "]"
    }

    private mutating func write(_ dict: DictValue, level: Int) throws(TemplateError) {
        var items = dict.items
        if sortsKeys {
            items = try interpreter.sorted(items) { (pair) throws(TemplateError) in
                try interpreter.item(.int(0), of: pair)
            }
        }
        text += "{"
        for (index, item) in items.enumerated() {
            guard case .list(let pair) = item else { continue }
            if index > 0 { text += itemSeparator }
            breakLine(level + 1)
            quote(try key(pair.elements[0]))
            text += keySeparator
            try write(pair.elements[1], level: level + 1)
        }
        if !items.isEmpty { breakLine(level) }
        text += "}"
    }

    private func key(_ value: Value) throws(TemplateError) -> String {
        switch value {
        case .string(let text): text
        case .none: "null"
        case .bool(let value): value ? "true" : "false"
        case .int(let value): value.description
        case .float(let value): JSONWriter.number(value)
        default:
            throw TemplateError(.type, "keys must be str, int, float, bool or None, not \(value.typeName)")
        }
    }

    private mutating func breakLine(_ level: Int) {
        guard let indent else { return }
        text += "\n"
        for _ in 0..<level { text += indent }
    }

    private mutating func quote(_ value: String) {
        text += "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case "\u{8}": text += "\\b"
            case "\u{C}": text += "\\f"
            default:
                if scalar.value < 0x20 || (asciiOnly && scalar.value > 0x7E) {
                    for unit in String(scalar).utf16 { escape(unit) }
                } else {
                    text.unicodeScalars.append(scalar)
                }
            }
        }
        text += "\""
    }

    private mutating func escape(_ unit: UInt16) {
        let digits = String(unit, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
    }
}
