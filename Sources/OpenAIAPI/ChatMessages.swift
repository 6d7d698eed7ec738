import JSON
import OrderedCollections

/// A conversation as chat templates take it: `role`, `content` as one text, and what else was given.
enum ChatMessages {
    private static let roles = ["system", "developer", "user", "assistant", "tool", "function"]

    /// Checks the messages and joins content parts to one text.
    ///
    /// Other members (`name`, `tool_call_id`, `tool_calls`, `reasoning_content` …) go to the template as they
    /// are.
    /// - Throws: ``APIError`` 400 that names the place, `messages[2].content[0].type` for instance.
    static func parse(_ values: [JSONValue]) throws(APIError) -> [JSONValue] {
        guard !values.isEmpty else { throw .invalid("messages", "messages must have at least one entry") }
        var messages: [JSONValue] = []
        for (position, value) in values.enumerated() {
            messages.append(try message(value, at: "messages[\(position)]", position: position))
        }
        connectAnswers(&messages)
        return messages
    }

    private static func message(
        _ value: JSONValue, at place: String, position: Int
    ) throws(APIError) -> JSONValue {
        guard var members = value.objectValue else {
            throw RequestFields.wrongType(place, "an object", value)
        }
        guard let role = members["role"]?.stringValue, roles.contains(role) else {
            throw .invalid(
                "\(place).role",
                "\(place).role must be one of \(roles.joined(separator: ", ")), "
                    + "not \(members["role"].map { APIError.quoted($0.serialized()) } ?? "absent")")
        }
        if members["audio"].map({ !$0.isNull }) ?? false {
            throw .unsupported("\(place).audio", "\(place).audio is not supported by this server")
        }
        // Templates know of tools only.
        if role == "function" { members["role"] = "tool" }
        try normalizeCalls(&members, at: place, position: position)
        switch members["content"] {
        case .string: break
        case .array(let parts): members["content"] = .string(try text(of: parts, at: "\(place).content"))
        case nil, .null:
            guard role == "assistant", members["tool_calls"]?.arrayValue?.isEmpty == false else {
                throw .invalid(
                    "\(place).content", "\(place).content must be a string or an array of text parts")
            }
            members["content"] = .null
        case .some(let other):
            throw RequestFields.wrongType("\(place).content", "a string or an array of text parts", other)
        }
        return .object(members)
    }

    /// The texts of the parts, one a line, as vLLM joins them for templates that take plain text.
    private static func text(of parts: [JSONValue], at place: String) throws(APIError) -> String {
        var texts: [String] = []
        for (position, part) in parts.enumerated() {
            let place = "\(place)[\(position)]"
            if let text = part.stringValue {
                texts.append(text)
                continue
            }
            guard let type = part["type"]?.stringValue else {
                throw .invalid("\(place).type", "\(place) must be an object with a type")
            }
            guard type == "text" || type == "refusal" else {
                throw .unsupported(
                    "\(place).type",
                    "\(place) is of type \(APIError.quoted(type)); this model takes text only")
            }
            guard let text = part[type]?.stringValue else {
                throw .invalid("\(place).\(type)", "\(place).\(type) must be a string")
            }
            texts.append(text)
        }
        return texts.joined(separator: "\n")
    }
}
