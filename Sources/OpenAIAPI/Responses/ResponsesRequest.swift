package import JSON
import OrderedCollections

/// `POST /v1/responses`, OpenAI's Responses API: what the request says, and the chat completion that asks the
/// same.
package struct ResponsesRequest: Sendable {
    /// The items of this request, each with an id, as they are kept.
    package let input: [JSONValue]
    /// The response that this one goes on from.
    package let previousID: String?
    /// Whether the response is to be kept; nil where the request does not say.
    package let stores: Bool?
    /// Whether the answer is sent piece by piece.
    package let streams: Bool
    /// Whether the request is answered before it is run.
    package let isBackground: Bool
    /// Whether old items are left out where the context is too small for all.
    package let truncates: Bool
    /// Parameters that nobody here knows; they change nothing.
    package let unknownParameters: [String]
    /// The members that the response repeats.
    let echoes: OrderedDictionary<String, JSONValue>
    /// The chat completion's body without its messages.
    private let chat: OrderedDictionary<String, JSONValue>
    private let instructions: String?

    /// Parameters that change no answer here, so that they need no word.
    private static let silent = [
        "service_tier", "prompt_cache_key", "prompt_cache_retention", "prompt_cache_options",
        "safety_identifier", "stream_options", "max_tool_calls", "background_options",
    ]

    /// Parses a request's body.
    ///
    /// - Parameter makeID: Makes an id with that prefix.
    /// - Throws: ``APIError`` 400 for what cannot be or is not done.
    package init(
        parsing body: JSONValue, limits: APILimits, makeID: (String) -> String
    ) throws(APIError) {
        var fields = try RequestFields(body)
        var chat: OrderedDictionary<String, JSONValue> = [:]
        var echoes: OrderedDictionary<String, JSONValue> = [:]
        if let model = try fields.string("model") { chat["model"] = .string(model) }
        instructions = try fields.string("instructions")
        echoes["instructions"] = instructions.map(JSONValue.string) ?? .null
        guard let given = fields.take("input") else { throw .invalid("input", "input is required") }
        input = try ResponsesConversation.items(given, maxCount: limits.messagesMax, makeID: makeID)
        previousID = try fields.string("previous_response_id")
        echoes["previous_response_id"] = previousID.map(JSONValue.string) ?? .null
        stores = try fields.bool("store")
        streams = try fields.bool("stream") ?? false
        chat["stream"] = .bool(streams)
        let truncation = try fields.string("truncation") ?? "disabled"
        guard ["auto", "disabled"].contains(truncation) else {
            throw .invalid(
                "truncation", "truncation must be auto or disabled, not \(APIError.quoted(truncation))")
        }
        truncates = truncation == "auto"
        echoes["truncation"] = .string(truncation)
        isBackground = try fields.bool("background") ?? false
        guard !isBackground || stores != false else {
            throw .invalid(
                "store", "store must be true where background is: a response that nobody keeps is lost")
        }
        try Self.refuse(&fields)
        let maxTokens = try fields.int("max_output_tokens", 1...(.max))
        if let maxTokens { chat["max_completion_tokens"] = .int(maxTokens) }
        echoes["max_output_tokens"] = maxTokens.map(JSONValue.int) ?? .null
        for name in ["temperature", "top_p", "user", "metadata"] {
            let value = fields.take(name)
            if let value { chat[name] = value }
            echoes[name] = value ?? (name == "metadata" ? [:] : .null)
        }
        try ResponsesConversation.check(metadata: echoes["metadata"] ?? nil)
        try ResponsesConversation.tools(&fields, chat: &chat, echoes: &echoes)
        try ResponsesConversation.output(&fields, chat: &chat, echoes: &echoes)
        for name in Self.silent { _ = fields.take(name) }
        for (name, value) in SharedParameters.take(&fields) { chat[name] = value }
        unknownParameters = fields.unread
        self.chat = chat
        self.echoes = echoes
    }

    /// The chat completion's body.
    ///
    /// - Parameters:
    ///   - history: The items of the conversation before this request.
    ///   - dropping: How many of the conversation's first messages are left out; instructions stay.
    package func chat(
        history: [JSONValue], dropping count: Int = 0
    ) throws(APIError) -> JSONValue {
        var messages = try ResponsesConversation.messages(history + input)
        let heads = messages.prefix { $0["role"] == "system" || $0["role"] == "developer" }.count
        messages.removeSubrange(heads..<min(messages.count, heads + count))
        // What a tool said is nothing without the call.
        while count > 0, heads < messages.count, messages[heads]["role"] == "tool" {
            messages.remove(at: heads)
        }
        if let instructions { messages.insert(["role": "system", "content": .string(instructions)], at: 0) }
        var body = chat
        body["messages"] = .array(messages)
        return .object(body)
    }

    /// Looks at what callers attach to responses and batches: a few short texts with names.
    ///
    /// - Throws: ``APIError`` 400.
    package static func check(metadata: JSONValue) throws(APIError) {
        try ResponsesConversation.check(metadata: metadata)
    }

    /// How many messages the conversation has.
    package func messageCount(history: [JSONValue]) throws(APIError) -> Int {
        try ResponsesConversation.messages(history + input).count
    }

    private static func refuse(_ fields: inout RequestFields) throws(APIError) {
        for name in ["conversation", "prompt", "context_management", "moderation", "image"] {
            guard let value = fields.take(name), value != [] else { continue }
            throw .unsupported(name, "\(name) is not supported by this server")
        }
    }
}
