package import JSON
import OrderedCollections

/// `POST /v1/messages` and `/v1/messages/count_tokens`, Anthropic's Messages API, as the chat completion that
/// asks the same.
package struct MessagesRequest: Sendable {
    /// The chat completion's body.
    package let chat: JSONValue
    /// Whether the answer is sent piece by piece.
    package let streams: Bool
    /// Parameters that nobody here knows; they change nothing.
    package let unknownParameters: [String]

    /// Parameters that change no answer here, so that they need no word.
    private static let silent = [
        "service_tier", "cache_control", "inference_geo", "speed", "context_management", "diagnostics",
        "user_profile_id", "workspace_id", "betas",
    ]
    /// Parameters that would have this server do what it does not.
    private static let unsupported = ["mcp_servers", "container"]

    /// Parses a request's body.
    ///
    /// - Parameter counts: Whether only tokens are counted, so that `max_tokens` may be missing.
    /// - Throws: ``APIError`` 400 for what cannot be or is not done.
    package init(parsing body: JSONValue, counts: Bool, limits: APILimits) throws(APIError) {
        var fields = try RequestFields(body)
        var chat: OrderedDictionary<String, JSONValue> = [:]
        if let model = try fields.string("model") { chat["model"] = .string(model) }
        let maxTokens = try fields.int("max_tokens", 1...(.max))
        guard maxTokens != nil || counts else { throw .invalid("max_tokens", "max_tokens is required") }
        if let maxTokens { chat["max_tokens"] = .int(maxTokens) }
        var messages = try MessagesConversion.system(fields.take("system"))
        guard let turns = try fields.array("messages", maxCount: limits.messagesMax), !turns.isEmpty else {
            throw .invalid("messages", "messages must have at least one entry")
        }
        messages += try MessagesConversion.messages(turns)
        chat["messages"] = .array(messages)
        if messages.last?["role"] == "assistant", messages.last?["tool_calls"] == nil {
            // The assistant's turn that is begun is to be gone on with.
            chat["continue_final_message"] = true
            chat["add_generation_prompt"] = false
        }
        if let temperature = fields.take("temperature") {
            chat["temperature"] = .double(Double(try RequestFields.number(temperature, "temperature", 0...1)))
        }
        if let topP = fields.take("top_p") { chat["top_p"] = topP }
        if let stops = try fields.array("stop_sequences", maxCount: limits.stopStringsMax) {
            chat["stop"] = .array(stops)
        }
        try MessagesConversion.tools(&fields, into: &chat)
        try MessagesConversion.thinking(&fields, maxTokens: maxTokens, into: &chat)
        try MessagesConversion.output(&fields, into: &chat)
        if let user = try fields.object("metadata")?["user_id"], !user.isNull { chat["user"] = user }
        streams = try fields.bool("stream") ?? false
        chat["stream"] = .bool(streams)
        for name in Self.unsupported {
            guard let value = fields.take(name), value != [] else { continue }
            throw .unsupported(name, "\(name) is not supported by this server")
        }
        for name in Self.silent { _ = fields.take(name) }
        for (name, value) in SharedParameters.take(&fields) { chat[name] = value }
        unknownParameters = fields.unread
        self.chat = .object(chat)
    }
}
