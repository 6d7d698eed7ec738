package import OrderedCollections

/// A JSON value (RFC 8259) that keeps the order of an object's members, as Python's dictionaries do.
package enum JSONValue: Sendable, Hashable {
    case null
    case bool(Bool)
    /// A number written without fraction or exponent that fits 64 bits.
    case int(Int)
    /// Any other number.
    case double(Double)
    case string(String)
    case array([JSONValue])
    case object(OrderedDictionary<String, JSONValue>)
}

extension JSONValue {
    /// The member of that name, or nil where this is no object or has none.
    package subscript(name: String) -> JSONValue? {
        if case .object(let members) = self { members[name] } else { nil }
    }

    /// The element at that position, or nil where this is no array or is shorter.
    package subscript(position: Int) -> JSONValue? {
        if case .array(let elements) = self, elements.indices.contains(position) {
            elements[position]
        } else {
            nil
        }
    }

    /// Whether this is `null`.
    package var isNull: Bool { self == .null }

    /// The truth value, or nil where this is something else.
    package var boolValue: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    /// The integer, also where it was written with a zero fraction, or nil where this is something else.
    package var intValue: Int? {
        switch self {
        case .int(let value): value
        case .double(let value): Int(exactly: value)
        default: nil
        }
    }

    /// The number, or nil where this is something else.
    package var doubleValue: Double? {
        switch self {
        case .int(let value): Double(value)
        case .double(let value): value
        default: nil
        }
    }

    /// The text, or nil where this is something else.
    package var stringValue: String? {
        if case .string(let value) = self { value } else { nil }
    }

    /// The elements, or nil where this is something else.
    package var arrayValue: [JSONValue]? {
        if case .array(let value) = self { value } else { nil }
    }

    /// The members in the order they were written, or nil where this is something else.
    package var objectValue: OrderedDictionary<String, JSONValue>? {
        if case .object(let value) = self { value } else { nil }
    }

    /// The members in the order they were written; none where this is something else.
    package var members: [(name: String, value: JSONValue)] {
        objectValue?.elements.map { (name: $0.key, value: $0.value) } ?? []
    }

    /// What the specification calls this kind of value, such as `null`, `boolean` or `number`.
    package var kind: String {
        switch self {
        case .null: "null"
        case .bool: "boolean"
        case .int, .double: "number"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral,
    ExpressibleByNilLiteral
{
    package init(stringLiteral value: String) { self = .string(value) }
    package init(integerLiteral value: Int) { self = .int(value) }
    package init(floatLiteral value: Double) { self = .double(value) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    package init(nilLiteral: ()) { self = .null }

    /// An object with these members in this order; of members with one name the last counts.
    package init(dictionaryLiteral members: (String, JSONValue)...) {
        self = .object(OrderedDictionary(members, uniquingKeysWith: { _, last in last }))
    }
}
