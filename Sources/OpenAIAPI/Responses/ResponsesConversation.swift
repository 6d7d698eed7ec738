import JSON
import OrderedCollections

/// What the Responses API has in words of its own, in those of chat completions.
enum ResponsesConversation {
    private static let roles: Set<String> = ["user", "system", "developer", "assistant"]

    // MARK: Items

    /// The request's input as items that each have a type and an id, checked.
    static func items(
        _ value: JSONValue, maxCount: Int, makeID: (String) -> String
    ) throws(APIError) -> [JSONValue] {
        if let text = value.stringValue {
            return [
                [
                    "id": .string(makeID("msg_")), "type": "message", "status": "completed", "role": "user",
                    "content": [["type": "input_text", "text": .string(text)]],
                ]
            ]
        }
        guard let values = value.arrayValue else {
            throw RequestFields.wrongType("input", "a string or an array of items", value)
        }
        try RequestFields.check(count: values.count, of: "input", maxCount: maxCount)
        var items: [JSONValue] = []
        for (position, value) in values.enumerated() {
            items.append(try item(value, at: "input[\(position)]", makeID: makeID))
        }
        // What the items say must be sayable before anything is kept.
        _ = try messages(items)
        return items
    }

    private static func item(
        _ value: JSONValue, at place: String, makeID: (String) -> String
    ) throws(APIError) -> JSONValue {
        guard let members = value.objectValue else {
            throw RequestFields.wrongType(place, "an object", value)
        }
        let type = members["type"]?.stringValue ?? "message"
        let prefix =
            switch type {
            case "message": "msg_"
            case "function_call": "fc_"
            case "function_call_output": "fco_"
            case "reasoning": "rs_"
            default:
                throw APIError.unsupported(
                    "\(place).type",
                    "\(place) is of type \(APIError.quoted(type)), which this server does not take")
            }
        var item: OrderedDictionary<String, JSONValue> = [
            "id": .string(members["id"]?.stringValue ?? makeID(prefix)), "type": .string(type),
        ]
        if type != "reasoning" { item["status"] = "completed" }
        item.merge(members) { $0.isNull || !$1.isNull ? $1 : $0 }
        if type == "message", let text = members["content"]?.stringValue {
            let kind: JSONValue = members["role"] == "assistant" ? "output_text" : "input_text"
            var part: OrderedDictionary<String, JSONValue> = ["type": kind, "text": .string(text)]
            if kind == "output_text" { part["annotations"] = [] }
            item["content"] = [.object(part)]
        }
        return .object(item)
    }

    /// The items as messages; calls and thoughts belong to the assistant's message that they stand beside.
    static func messages(_ items: [JSONValue]) throws(APIError) -> [JSONValue] {
        var messages: [JSONValue] = []
        var thoughts: [String] = []
        for (position, item) in items.enumerated() {
            let place = "input[\(position)]"
            switch item["type"]?.stringValue {
            case "reasoning": thoughts += try texts(of: item, at: place)
            case "function_call":
                var last = messages.last?.objectValue
                if last?["role"] != "assistant" { last = nil } else { messages.removeLast() }
                var message = last ?? ["role": "assistant", "content": ""]
                take(&thoughts, into: &message)
                let calls = message["tool_calls"]?.arrayValue ?? []
                message["tool_calls"] = .array(calls + [try call(item, at: place)])
                messages.append(.object(message))
            case "function_call_output": messages.append(try callOutput(item, at: place))
            default:
                let text = try text(of: item["content"] ?? nil, at: "\(place).content")
                guard let role = item["role"]?.stringValue, roles.contains(role) else {
                    throw .invalid(
                        "\(place).role", "\(place).role must be user, assistant, system or developer")
                }
                var message: OrderedDictionary<String, JSONValue> = [
                    "role": .string(role), "content": .string(text),
                ]
                if role == "assistant" { take(&thoughts, into: &message) }
                messages.append(.object(message))
            }
        }
        return messages
    }

    private static func take(
        _ thoughts: inout [String], into message: inout OrderedDictionary<String, JSONValue>
    ) {
        guard !thoughts.isEmpty else { return }
        message["reasoning_content"] = .string(thoughts.joined(separator: "\n"))
        thoughts = []
    }

    private static func call(_ item: JSONValue, at place: String) throws(APIError) -> JSONValue {
        guard let id = item["call_id"]?.stringValue, let name = item["name"]?.stringValue,
            let arguments = item["arguments"]?.stringValue
        else {
            throw .invalid(place, "\(place) must have call_id, name and arguments, all strings")
        }
        return [
            "id": .string(id), "type": "function",
            "function": ["name": .string(name), "arguments": .string(arguments)],
        ]
    }

    private static func callOutput(_ item: JSONValue, at place: String) throws(APIError) -> JSONValue {
        guard let id = item["call_id"]?.stringValue else {
            throw .invalid("\(place).call_id", "\(place).call_id must be a string")
        }
        let text = try text(of: item["output"] ?? nil, at: "\(place).output")
        return ["role": "tool", "tool_call_id": .string(id), "content": .string(text)]
    }

    /// A string, or parts that are texts.
    private static func text(of value: JSONValue, at place: String) throws(APIError) -> String {
        if let text = value.stringValue { return text }
        guard let parts = value.arrayValue else {
            throw RequestFields.wrongType(place, "a string or an array of parts", value)
        }
        var texts: [String] = []
        for (position, part) in parts.enumerated() {
            let place = "\(place)[\(position)]"
            guard let type = part["type"]?.stringValue else {
                throw .invalid("\(place).type", "\(place) must be an object with a type")
            }
            guard ["input_text", "output_text", "text", "refusal"].contains(type) else {
                throw .unsupported(
                    "\(place).type",
                    "\(place) is of type \(APIError.quoted(type)); this model takes text only")
            }
            guard let text = part[type == "refusal" ? "refusal" : "text"]?.stringValue else {
                throw .invalid("\(place).text", "\(place).text must be a string")
            }
            texts.append(text)
        }
        return texts.joined(separator: "\n")
    }

    private static func texts(of item: JSONValue, at place: String) throws(APIError) -> [String] {
        guard let content = item["content"], !content.isNull else { return [] }
        guard let parts = content.arrayValue else {
            throw RequestFields.wrongType("\(place).content", "an array of parts", content)
        }
        return parts.compactMap { $0["text"]?.stringValue }
    }

    // MARK: Other parameters

    static func check(metadata: JSONValue) throws(APIError) {
        guard !metadata.isNull else { return }
        guard let entries = metadata.objectValue else {
            throw RequestFields.wrongType("metadata", "an object", metadata)
        }
        try RequestFields.check(count: entries.count, of: "metadata", maxCount: 16)
        for (key, value) in entries {
            guard key.count <= 64, let text = value.stringValue, text.count <= 512 else {
                throw .invalid(
                    "metadata", "metadata must have keys of at most 64 characters and strings of at most 512")
            }
        }
    }

    /// `tools`, `tool_choice` and `parallel_tool_calls`.
    static func tools(
        _ fields: inout RequestFields, chat: inout OrderedDictionary<String, JSONValue>,
        echoes: inout OrderedDictionary<String, JSONValue>
    ) throws(APIError) {
        let tools = try fields.array("tools", maxCount: .max) ?? []
        var functions: [JSONValue] = []
        for (position, tool) in tools.enumerated() {
            let place = "tools[\(position)]"
            guard var function = tool.objectValue,
                let type = function.removeValue(forKey: "type")?.stringValue
            else { throw .invalid("\(place).type", "\(place) must be an object with a type") }
            guard type == "function" else {
                throw .unsupported(
                    "\(place).type",
                    "\(place) is of type \(APIError.quoted(type)): this server runs no tools itself; "
                        + "only functions are supported")
            }
            guard function["name"]?.stringValue != nil else {
                throw .invalid("\(place).name", "\(place).name must be a string")
            }
            function = function.filter { !$0.value.isNull }
            functions.append(["type": "function", "function": .object(function)])
        }
        if !functions.isEmpty { chat["tools"] = .array(functions) }
        echoes["tools"] = .array(tools)
        let choice = fields.take("tool_choice")
        if let choice { chat["tool_choice"] = try toolChoice(choice) }
        echoes["tool_choice"] = choice ?? "auto"
        let isParallel = try fields.bool("parallel_tool_calls")
        if let isParallel { chat["parallel_tool_calls"] = .bool(isParallel) }
        echoes["parallel_tool_calls"] = .bool(isParallel ?? true)
    }

    private static func toolChoice(_ choice: JSONValue) throws(APIError) -> JSONValue {
        if let name = choice.stringValue, ["none", "auto", "required"].contains(name) { return choice }
        if choice["type"] == "allowed_tools" { return choice }
        guard choice["type"] == "function", let name = choice["name"] else {
            throw .invalid(
                "tool_choice",
                "tool_choice must be none, auto, required or an object of type function, with "
                    + "a name, or allowed_tools")
        }
        return ["type": "function", "function": ["name": name]]
    }

    /// `text`, `reasoning`, `include` and `top_logprobs`.
    static func output(
        _ fields: inout RequestFields, chat: inout OrderedDictionary<String, JSONValue>,
        echoes: inout OrderedDictionary<String, JSONValue>
    ) throws(APIError) {
        let text = try fields.object("text") ?? [:]
        let format = text["format"].flatMap { $0.isNull ? nil : $0 } ?? ["type": "text"]
        chat["response_format"] = try responseFormat(format)
        if let verbosity = text["verbosity"], !verbosity.isNull { chat["verbosity"] = verbosity }
        var shown: OrderedDictionary<String, JSONValue> = ["format": format]
        shown.merge(text.filter { !$0.value.isNull }) { $1 }
        echoes["text"] = .object(shown)
        let reasoning = try fields.object("reasoning")
        if let effort = reasoning?["effort"], !effort.isNull { chat["reasoning_effort"] = effort }
        echoes["reasoning"] = [
            "effort": reasoning?["effort"] ?? nil, "summary": reasoning?["summary"] ?? nil,
        ]
        let included = try fields.array("include", maxCount: 64) ?? []
        let topLogprobs = try fields.int("top_logprobs", 0...20)
        if included.contains("message.output_text.logprobs") || (topLogprobs ?? 0) > 0 {
            chat["logprobs"] = true
            if let topLogprobs { chat["top_logprobs"] = .int(topLogprobs) }
        }
        echoes["top_logprobs"] = .int(topLogprobs ?? 0)
    }

    private static func responseFormat(_ format: JSONValue) throws(APIError) -> JSONValue? {
        switch format["type"]?.stringValue {
        case "text": return nil
        case "json_object": return ["type": "json_object"]
        case "json_schema":
            var members = format.objectValue ?? [:]
            members["type"] = nil
            return ["type": "json_schema", "json_schema": .object(members)]
        default:
            throw .invalid("text.format.type", "text.format.type must be text, json_object or json_schema")
        }
    }
}
