import JSON
import OrderedCollections

/// A JSON Schema (draft 2020-12) as OpenAPI 3.1 holds it.
struct Schema: Sendable {
    /// Its members, in the order in which they are read.
    private(set) var members: OrderedDictionary<String, JSONValue>

    var json: JSONValue { .object(members) }

    private init(_ members: OrderedDictionary<String, JSONValue>, _ description: String?) {
        self.members = members
        self.members["description"] = description.map(JSONValue.string)
    }

    // MARK: Kinds

    /// Text, of a fixed set where there are `values`.
    static func string(
        _ description: String? = nil, values: [String] = [], length: ClosedRange<Int>? = nil
    ) -> Schema {
        var members: OrderedDictionary<String, JSONValue> = ["type": "string"]
        if !values.isEmpty { members["enum"] = .array(values.map(JSONValue.string)) }
        if let length {
            if length.lowerBound > 0 { members["minLength"] = .int(length.lowerBound) }
            if length.upperBound < .max { members["maxLength"] = .int(length.upperBound) }
        }
        return Schema(members, description)
    }

    /// One text, always the same.
    static func constant(_ text: String) -> Schema {
        Schema(["type": "string", "const": .string(text)], nil)
    }

    /// A whole number.
    static func integer(_ description: String? = nil, _ range: ClosedRange<Int> = (.min)...(.max)) -> Schema {
        var members: OrderedDictionary<String, JSONValue> = ["type": "integer"]
        if range.lowerBound > .min { members["minimum"] = .int(range.lowerBound) }
        if range.upperBound < .max { members["maximum"] = .int(range.upperBound) }
        return Schema(members, description)
    }

    /// A number.
    static func number(
        _ description: String? = nil, _ range: ClosedRange<Double>? = nil, above: Int? = nil
    ) -> Schema {
        var members: OrderedDictionary<String, JSONValue> = ["type": "number"]
        if let range {
            func bound(_ value: Double) -> JSONValue {
                Int(exactly: value).map(JSONValue.int) ?? .double(value)
            }
            if above == nil { members["minimum"] = bound(range.lowerBound) }
            members["maximum"] = bound(range.upperBound)
        }
        members["exclusiveMinimum"] = above.map(JSONValue.int)
        return Schema(members, description)
    }

    /// True or false.
    static func boolean(_ description: String? = nil) -> Schema { Schema(["type": "boolean"], description) }

    /// Anything at all.
    static func anything(_ description: String? = nil) -> Schema { Schema([:], description) }

    /// Entries of one kind.
    static func array(
        _ element: Schema, _ description: String? = nil, count: ClosedRange<Int> = 0...(.max)
    ) -> Schema {
        var members: OrderedDictionary<String, JSONValue> = ["type": "array", "items": element.json]
        if count.lowerBound > 0 { members["minItems"] = .int(count.lowerBound) }
        if count.upperBound < .max { members["maxItems"] = .int(count.upperBound) }
        return Schema(members, description)
    }

    /// Named members; others are taken, and without effect.
    static func object(_ description: String? = nil, _ properties: [Property]) -> Schema {
        var members: OrderedDictionary<String, JSONValue> = ["type": "object"]
        members["properties"] = .object(
            OrderedDictionary(properties.map { ($0.name, $0.schema.json) }, uniquingKeysWith: { $1 }))
        let required = properties.filter(\.isRequired).map { JSONValue.string($0.name) }
        if !required.isEmpty { members["required"] = .array(required) }
        return Schema(members, description)
    }

    /// Members of any name and one kind.
    static func map(_ value: Schema, _ description: String? = nil) -> Schema {
        Schema(["type": "object", "additionalProperties": value.json], description)
    }

    /// Any of these.
    static func any(_ description: String? = nil, of schemas: [Schema]) -> Schema {
        Schema(["anyOf": .array(schemas.map(\.json))], description)
    }

    /// The component of that name.
    static func reference(_ name: String, _ description: String? = nil) -> Schema {
        Schema(["$ref": .string("#/components/schemas/\(name)")], description)
    }

    // MARK: Changes

    /// The same, or `null`.
    var orNull: Schema {
        var copy = self
        guard let type = members["type"], members["const"] == nil else {
            if members.isEmpty || members.keys.elementsEqual(["description"]) { return self }
            var inner = self
            inner.members["description"] = nil
            return Schema(["anyOf": [inner.json, ["type": "null"]]], members["description"]?.stringValue)
        }
        copy.members["type"] = [type, "null"]
        if let values = members["enum"]?.arrayValue { copy.members["enum"] = .array(values + [nil]) }
        return copy
    }

    /// The same, with what holds where it is left out.
    func byDefault(_ value: JSONValue) -> Schema {
        var copy = self
        copy.members["default"] = value
        return copy
    }
}

/// A member of an object.
struct Property: Sendable {
    let name: String
    let schema: Schema
    let isRequired: Bool

    /// A member that must be there.
    static func required(_ name: String, _ schema: Schema) -> Property {
        Property(name: name, schema: schema, isRequired: true)
    }

    /// A member that may be left out, or be `null`, which means the same.
    static func optional(_ name: String, _ schema: Schema) -> Property {
        Property(name: name, schema: schema.orNull, isRequired: false)
    }
}
