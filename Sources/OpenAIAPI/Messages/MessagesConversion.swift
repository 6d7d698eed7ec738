import JSON
import OrderedCollections

/// What the Messages API has in words of its own, in those of chat completions.
enum MessagesConversion {
    /// The `system` prompt as messages: one, or none.
    static func system(_ value: JSONValue?) throws(APIError) -> [JSONValue] {
        guard let value else { return [] }
        let text = try text(ofContent: value, at: "system")
        return text.isEmpty ? [] : [["role": "system", "content": .string(text)]]
    }

    /// The turns; of several turns of one speaker in a row one is made, as Anthropic does.
    static func messages(_ turns: [JSONValue]) throws(APIError) -> [JSONValue] {
        var messages: [JSONValue] = []
        for (position, turn) in turns.enumerated() {
            let place = "messages.\(position)"
            guard turn.objectValue != nil else { throw RequestFields.wrongType(place, "an object", turn) }
            let content = turn["content"] ?? nil
            let made: [JSONValue]
            switch turn["role"]?.stringValue {
            case "user": made = try user(content, at: "\(place).content")
            case "assistant": made = [try assistant(content, at: "\(place).content")]
            default:
                throw .invalid(
                    "\(place).role",
                    "\(place).role must be user or assistant, not "
                        + "\(APIError.quoted((turn["role"] ?? nil).serialized())); "
                        + "the system prompt is the parameter system")
            }
            for message in made { append(message, to: &messages) }
        }
        return messages
    }

    /// Joins a message to the last one where both are text of one speaker.
    private static func append(_ message: JSONValue, to messages: inout [JSONValue]) {
        guard let last = messages.last, last["role"] == message["role"],
            last.members.map(\.name) == ["role", "content"],
            message.members.map(\.name) == ["role", "content"],
            let before = last["content"]?.stringValue, let text = message["content"]?.stringValue
        else {
            messages.append(message)
            return
        }
        messages[messages.count - 1] = [
            "role": last["role"] ?? nil, "content": .string(before + "\n\n" + text),
        ]
    }

    // MARK: Turns

    /// A user's turn: the results of tools first, each a message of its own, then what the user says.
    private static func user(_ content: JSONValue, at place: String) throws(APIError) -> [JSONValue] {
        if content.stringValue != nil { return [["role": "user", "content": content]] }
        var messages: [JSONValue] = []
        var texts: [String] = []
        for (position, block) in try blocks(content, at: place).enumerated() {
            let place = "\(place).\(position)"
            switch block["type"]?.stringValue {
            case "text": texts.append(try text(of: block, at: place))
            case "tool_result": messages.append(try toolResult(block, at: place))
            default: throw unsupportedBlock(block, at: place)
            }
        }
        if !texts.isEmpty || messages.isEmpty {
            messages.append(["role": "user", "content": .string(texts.joined(separator: "\n"))])
        }
        return messages
    }

    private static func toolResult(_ block: JSONValue, at place: String) throws(APIError) -> JSONValue {
        guard let id = block["tool_use_id"]?.stringValue else {
            throw .invalid("\(place).tool_use_id", "\(place).tool_use_id must be a string")
        }
        var text = ""
        if let content = block["content"], !content.isNull {
            text = try Self.text(ofContent: content, at: "\(place).content")
        }
        // Chat templates know no flag for it: what the model is to know has to be said.
        if block["is_error"]?.boolValue == true { text = "Error: " + text }
        return ["role": "tool", "tool_call_id": .string(id), "content": .string(text)]
    }

    private static func assistant(_ content: JSONValue, at place: String) throws(APIError) -> JSONValue {
        if content.stringValue != nil { return ["role": "assistant", "content": content] }
        var texts: [String] = []
        var thoughts: [String] = []
        var calls: [JSONValue] = []
        for (position, block) in try blocks(content, at: place).enumerated() {
            let place = "\(place).\(position)"
            switch block["type"]?.stringValue {
            case "text": texts.append(try text(of: block, at: place))
            case "thinking": if let thought = block["thinking"]?.stringValue { thoughts.append(thought) }
            case "redacted_thinking": break
            case "tool_use": calls.append(try call(block, at: place))
            default: throw unsupportedBlock(block, at: place)
            }
        }
        var message: OrderedDictionary<String, JSONValue> = [
            "role": "assistant", "content": .string(texts.joined(separator: "\n")),
        ]
        if !thoughts.isEmpty { message["reasoning_content"] = .string(thoughts.joined(separator: "\n")) }
        if !calls.isEmpty { message["tool_calls"] = .array(calls) }
        return .object(message)
    }

    private static func call(_ block: JSONValue, at place: String) throws(APIError) -> JSONValue {
        guard let id = block["id"]?.stringValue, let name = block["name"]?.stringValue else {
            throw .invalid(place, "\(place) must have an id and a name, both strings")
        }
        guard let input = block["input"], input.objectValue != nil else {
            throw .invalid("\(place).input", "\(place).input must be an object")
        }
        let function: JSONValue = ["name": .string(name), "arguments": .string(input.serialized())]
        return ["id": .string(id), "type": "function", "function": function]
    }

    // MARK: Blocks

    private static func blocks(_ value: JSONValue, at place: String) throws(APIError) -> [JSONValue] {
        guard let blocks = value.arrayValue else {
            throw RequestFields.wrongType(place, "a string or an array of blocks", value)
        }
        return blocks
    }

    /// A string, or the texts of blocks that may be nothing else, one a line.
    private static func text(ofContent value: JSONValue, at place: String) throws(APIError) -> String {
        if let text = value.stringValue { return text }
        var texts: [String] = []
        for (position, block) in try blocks(value, at: place).enumerated() {
            let place = "\(place).\(position)"
            guard block["type"] == "text" else { throw unsupportedBlock(block, at: place) }
            texts.append(try text(of: block, at: place))
        }
        return texts.joined(separator: "\n")
    }

    private static func text(of block: JSONValue, at place: String) throws(APIError) -> String {
        guard let text = block["text"]?.stringValue else {
            throw .invalid("\(place).text", "\(place).text must be a string")
        }
        return text
    }

    private static func unsupportedBlock(_ block: JSONValue, at place: String) -> APIError {
        guard let type = block["type"]?.stringValue else {
            return .invalid("\(place).type", "\(place) must be an object with a type")
        }
        return .unsupported(
            "\(place).type", "\(place) is of type \(APIError.quoted(type)), which this model does not take")
    }

    // MARK: Other parameters

    /// `tools` and `tool_choice`; how many there may be is checked with the chat that they become.
    static func tools(
        _ fields: inout RequestFields, into chat: inout OrderedDictionary<String, JSONValue>
    ) throws(APIError) {
        if let tools = try fields.array("tools", maxCount: .max) {
            var functions: [JSONValue] = []
            for (position, tool) in tools.enumerated() {
                functions.append(try function(tool, "tools.\(position)"))
            }
            if !functions.isEmpty { chat["tools"] = .array(functions) }
        }
        guard let choice = fields.take("tool_choice") else { return }
        switch choice["type"]?.stringValue {
        case "auto": chat["tool_choice"] = "auto"
        case "any": chat["tool_choice"] = "required"
        case "none": chat["tool_choice"] = "none"
        case "tool":
            guard let name = choice["name"] else {
                throw .invalid("tool_choice.name", "tool_choice.name is required where its type is tool")
            }
            chat["tool_choice"] = ["type": "function", "function": ["name": name]]
        default:
            throw .invalid("tool_choice.type", "tool_choice.type must be auto, any, tool or none")
        }
        if let isDisabled = choice["disable_parallel_tool_use"]?.boolValue {
            chat["parallel_tool_calls"] = .bool(!isDisabled)
        }
    }

    private static func function(_ tool: JSONValue, _ place: String) throws(APIError) -> JSONValue {
        if let type = tool["type"]?.stringValue, type != "custom" {
            throw .unsupported(
                "\(place).type",
                "\(place) is of type \(APIError.quoted(type)): this server runs no tools itself; "
                    + "only the client's own are supported")
        }
        guard let name = tool["name"]?.stringValue else {
            throw .invalid("\(place).name", "\(place).name must be a string")
        }
        guard let schema = tool["input_schema"], schema.objectValue != nil else {
            throw .invalid("\(place).input_schema", "\(place).input_schema must be an object")
        }
        var function: OrderedDictionary<String, JSONValue> = ["name": .string(name)]
        if let description = tool["description"], !description.isNull {
            function["description"] = description
        }
        function["parameters"] = schema
        if let strict = tool["strict"], !strict.isNull { function["strict"] = strict }
        return ["type": "function", "function": .object(function)]
    }

    /// `thinking`, which chat completions know as well; here the thoughts must leave room for an answer.
    static func thinking(
        _ fields: inout RequestFields, maxTokens: Int?, into chat: inout OrderedDictionary<String, JSONValue>
    ) throws(APIError) {
        guard let thinking = fields.take("thinking") else { return }
        if thinking["type"] == "enabled", let budget = thinking["budget_tokens"], !budget.isNull {
            _ = try RequestFields.int(budget, "thinking.budget_tokens", 1...max(1, (maxTokens ?? .max) - 1))
        }
        chat["thinking"] = thinking
    }

    /// `output_config` and the older `output_format`: what the answer must look like, and the effort.
    static func output(
        _ fields: inout RequestFields, into chat: inout OrderedDictionary<String, JSONValue>
    ) throws(APIError) {
        let config = try fields.object("output_config")
        if let effort = config?["effort"], !effort.isNull { chat["reasoning_effort"] = effort }
        guard let format = fields.take("output_format") ?? config?["format"], !format.isNull else { return }
        guard format["type"] == "json_schema", let schema = format["schema"] else {
            throw .invalid(
                "output_config.format", "output_config.format must be of type json_schema with a schema")
        }
        chat["response_format"] = [
            "type": "json_schema", "json_schema": ["name": "output", "strict": true, "schema": schema],
        ]
    }
}
