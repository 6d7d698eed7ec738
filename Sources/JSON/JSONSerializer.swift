import OrderedCollections

extension JSONValue {
    /// How to write a value.
    package struct Style: Sendable {
        /// Spaces a level, each element on a line of its own; nil writes one line.
        package var indent: Int?
        /// What stands between elements on one line.
        package var itemSeparator: String
        /// What stands between a member's name and its value.
        package var nameSeparator: String

        /// Makes a style; by default the shortest.
        package init(indent: Int? = nil, itemSeparator: String = ",", nameSeparator: String = ":") {
            self.indent = indent
            self.itemSeparator = itemSeparator
            self.nameSeparator = nameSeparator
        }

        /// No spaces at all.
        package static var compact: Style { Style() }
        /// What Python's `json.dumps` writes by default.
        package static var python: Style { Style(itemSeparator: ", ", nameSeparator: ": ") }
        /// For people: two spaces a level.
        package static var pretty: Style { Style(indent: 2, nameSeparator: ": ") }
    }

    /// The JSON text of this value; a number that JSON cannot write (infinite, not a number) becomes `null`.
    package func serialized(_ style: Style = .compact) -> String {
        String(decoding: serializedBytes(style), as: UTF8.self)
    }

    /// The JSON text of this value in UTF-8.
    package func serializedBytes(_ style: Style = .compact) -> [UInt8] {
        var serializer = JSONSerializer(style: style)
        serializer.write(self, level: 0)
        return serializer.output
    }
}

private struct JSONSerializer {
    let style: JSONValue.Style
    var output: [UInt8] = []

    mutating func write(_ value: JSONValue, level: Int) {
        switch value {
        case .null: append("null")
        case .bool(let value): append(value ? "true" : "false")
        case .int(let value): append(value.description)
        case .double(let value): append(value.isFinite ? value.description : "null")
        case .string(let value): write(value)
        case .array(let elements):
            bracket("[", "]", elements, level) { $0.write($1, level: level + 1) }
        case .object(let members):
            bracket("{", "}", members.elements, level) { serializer, member in
                serializer.write(member.key)
                serializer.append(serializer.style.nameSeparator)
                serializer.write(member.value, level: level + 1)
            }
        }
    }

    private mutating func bracket<Elements: Collection>(
        _ open: String, _ close: String, _ elements: Elements, _ level: Int,
        _ write: (inout JSONSerializer, Elements.Element) -> Void
    ) {
        append(open)
        var isFirst = true
        for element in elements {
            if !isFirst { append(style.itemSeparator) }
            isFirst = false
            breakLine(level + 1)
            write(&self, element)
        }
        if !isFirst { breakLine(level) }
        append(close)
    }

    private mutating func breakLine(_ level: Int) {
        guard let indent = style.indent else { return }
        output.append(UInt8(ascii: "\n"))
        output.append(contentsOf: repeatElement(UInt8(ascii: " "), count: indent * level))
    }

    private mutating func write(_ string: String) {
        output.append(UInt8(ascii: "\""))
        for byte in string.utf8 {
            switch byte {
            case UInt8(ascii: "\""): append("\\\"")
            case UInt8(ascii: "\\"): append("\\\\")
            case 0x08: append("\\b")
            case 0x0C: append("\\f")
            case 0x0A: append("\\n")
            case 0x0D: append("\\r")
            case 0x09: append("\\t")
            case 0..<0x20:
                append("\\u00")
                append(byte < 16 ? "0" : "1")
                append(String(byte & 15, radix: 16))
            default: output.append(byte)
            }
        }
        output.append(UInt8(ascii: "\""))
    }

    private mutating func append(_ text: String) { output.append(contentsOf: text.utf8) }
}
