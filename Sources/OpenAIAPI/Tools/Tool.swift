package import JSON
import OrderedCollections

/// A function that the model may call, as the request describes it.
package struct Tool: Sendable, Equatable {
    /// The name that calls it.
    package let name: String
    /// A JSON Schema of its arguments.
    package private(set) var parameters: JSONValue
    /// Whether the arguments must follow the schema to the letter.
    package let isStrict: Bool
    /// What chat templates write for the model: `{"type": "function", "function": {…}}`.
    package let description: JSONValue

    /// Reads an entry of `tools`.
    ///
    /// - Parameter place: where it stands in the request, `tools[2]`.
    /// - Throws: ``APIError`` 400 that names the place.
    init(_ value: JSONValue, at place: String, limits: APILimits) throws(APIError) {
        guard value.objectValue != nil else { throw RequestFields.wrongType(place, "an object", value) }
        guard let type = value["type"]?.stringValue else {
            throw .invalid("\(place).type", "\(place).type must be \"function\"")
        }
        guard type == "function" else {
            throw .unsupported(
                "\(place).type",
                "\(place).type must be \"function\", not \(APIError.quoted(type)): no other tools are supported"
            )
        }
        guard let function = value["function"] else {
            throw .invalid("\(place).function", "\(place).function is required")
        }
        try self.init(function: function, at: "\(place).function", limits: limits)
    }

    /// Reads an entry of the old `functions`, or the `function` of a tool.
    init(function: JSONValue, at place: String, limits: APILimits) throws(APIError) {
        guard var members = function.objectValue else {
            throw RequestFields.wrongType(place, "an object", function)
        }
        guard let name = members["name"]?.stringValue else {
            throw .invalid("\(place).name", "\(place).name must be a string")
        }
        try Self.check(name: name, at: "\(place).name", limits: limits)
        let size = function.serializedBytes().count
        guard size <= limits.toolBytesMax else {
            throw .invalid(
                place, "\(place) may have at most \(limits.toolBytesMax) bytes of JSON, not \(size)")
        }
        for key in ["description", "parameters", "strict"] where members[key] == .some(.null) {
            members.removeValue(forKey: key)
        }
        if let text = members["description"], text.stringValue == nil {
            throw RequestFields.wrongType("\(place).description", "a string", text)
        }
        let schema = members["parameters"] ?? ["type": "object", "properties": [:]]
        guard schema.objectValue != nil else {
            throw RequestFields.wrongType("\(place).parameters", "an object, a JSON Schema", schema)
        }
        if let strict = members["strict"], strict.boolValue == nil {
            throw RequestFields.wrongType("\(place).strict", "a boolean", strict)
        }
        self.name = name
        isStrict = members["strict"]?.boolValue ?? false
        // Templates index `parameters`, and models were never shown `strict`.
        members["parameters"] = schema
        members.removeValue(forKey: "strict")
        parameters = schema
        description = ["type": "function", "function": .object(members)]
    }

    /// The tool with what its schema demands left out: its parameters by name, with those that are texts told apart.
    var loosened: Tool {
        var tool = self
        let properties = (parameters["properties"]?.members ?? []).map { name, schema in
            (name, schema["type"] == "string" ? ["type": "string"] : JSONValue.bool(true))
        }
        tool.parameters = [
            "type": "object", "additionalProperties": true,
            "properties": .object(OrderedDictionary(properties) { first, _ in first }),
        ]
        return tool
    }

    private static func check(name: String, at place: String, limits: APILimits) throws(APIError) {
        let isAllowed = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"),
                UInt8(ascii: "."):
                true
            default: false
            }
        }
        guard isAllowed, 1...limits.toolNameBytesMax ~= name.utf8.count else {
            throw .invalid(
                place,
                "\(place) must be 1 to \(limits.toolNameBytesMax) letters, digits, `_`, `-` or `.`, "
                    + "not \(APIError.quoted(name))")
        }
    }
}
