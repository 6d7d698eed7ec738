package import JSON

/// A tool that the model is offered: what parsers need to know of it.
package struct ToolDescription: Sendable, Hashable {
    /// The name that calls it.
    package let name: String
    /// A JSON Schema of its arguments.
    package let parameters: JSONValue

    /// Describes a tool.
    package init(name: String, parameters: JSONValue) {
        self.name = name
        self.parameters = parameters
    }

    /// The parameters' names, in the schema's order.
    var parameterNames: [String] { parameters["properties"]?.members.map(\.name) ?? [] }

    /// Whether the parameter is a text and nothing else, so that its value can go out as it comes.
    func isText(_ parameter: String) -> Bool { kinds(of: parameter) == ["string"] }

    /// A parameter's value as JSON, from what stands between tags, which tell no type.
    ///
    /// What the schema wants decides: a text stays a text though it reads like a number. Where the schema leaves it
    /// open, JSON and Python's literals are what they are, and everything else is text.
    func json(of text: String, for parameter: String) -> String {
        let kinds = kinds(of: parameter)
        guard kinds != ["string"] else { return JSONValue.string(text).serialized() }
        let trimmed = Array(text.utf8)[...].trimmed
        let parsed = try? JSONValue(parsing: trimmed, limits: JSONLimits(depthMax: 64))
        let value = parsed ?? PythonLiteral.value(of: Array(trimmed))
        guard let value, kinds.isEmpty || !kinds.contains("string") || value.isOne(of: kinds) else {
            return JSONValue.string(text).serialized()
        }
        return parsed == nil ? value.serialized(.python) : trimmed.text
    }

    private func kinds(of parameter: String) -> Set<String> {
        guard let schema = parameters["properties"]?[parameter] else { return [] }
        return kinds(of: schema, depth: 8)
    }

    /// The types that a schema allows; empty where it says nothing about them.
    private func kinds(of schema: JSONValue, depth: Int) -> Set<String> {
        guard depth > 0 else { return [] }
        if let type = schema["type"]?.stringValue { return [type] }
        if let types = schema["type"]?.arrayValue { return Set(types.compactMap(\.stringValue)) }
        if let constant = schema["const"] { return [constant.schemaKind] }
        if let values = schema["enum"]?.arrayValue { return Set(values.map(\.schemaKind)) }
        for name in ["anyOf", "oneOf", "allOf"] {
            guard let schemas = schema[name]?.arrayValue else { continue }
            let kinds = schemas.map { self.kinds(of: $0, depth: depth - 1) }
            // One that says nothing allows everything.
            return name != "allOf" && kinds.contains([]) ? [] : kinds.reduce([]) { $0.union($1) }
        }
        if let reference = schema["$ref"]?.stringValue, reference.hasPrefix("#/") {
            let path = reference.dropFirst(2).split(separator: "/")
            let target = path.reduce(Optional(parameters)) { $0?[String($1)] }
            return target.map { kinds(of: $0, depth: depth - 1) } ?? []
        }
        if schema["properties"] != nil { return ["object"] }
        return schema["items"] != nil ? ["array"] : []
    }
}

extension JSONValue {
    /// What JSON Schema calls this kind of value, integers apart from other numbers.
    fileprivate var schemaKind: String {
        if case .int = self { "integer" } else { kind }
    }

    fileprivate func isOne(of kinds: Set<String>) -> Bool {
        kinds.contains(kind) || kinds.contains(schemaKind)
    }
}
