import JSON

extension Components {
    /// `/v1/messages`, in Anthropic's shape, errors included.
    static let messages = [
        Component(
            "MessagesRequest",
            .object(
                conversation + [
                    .required("max_tokens", .integer("The most tokens of the answer", 1...(.max))),
                    .optional("stream", .boolean().byDefault(false)),
                    .optional("temperature", .number(nil, 0...2)),
                    .optional("top_p", .number(nil, 0...1, above: 0)),
                    .optional("top_k", .integer(nil, 0...(.max))),
                    .optional("stop_sequences", .array(.string(nil, length: 1...(.max)))),
                    .optional("metadata", .map(.anything())), .optional("thinking", .map(.anything())),
                ])),
        Component(
            "MessagesError",
            .object([
                .required("type", .constant("error")),
                .required(
                    "error", .object([.required("type", .string()), .required("message", .string())])),
            ])),
        Component("CountTokensRequest", .object(conversation)),
        Component("TokenCount", .object([.required("input_tokens", .integer(nil, 0...(.max)))])),
        Component(
            "Message",
            .object([
                .required("id", .string()), .required("type", .constant("message")),
                .required("role", .constant("assistant")), .required("model", .string()),
                .required("content", .array(.object([.required("type", .string())]))),
                .required("stop_reason", .string().orNull), .optional("stop_sequence", .string()),
                .required(
                    "usage",
                    .object([
                        .required("input_tokens", .integer()), .required("output_tokens", .integer()),
                    ])),
            ])),
        Component("MessageEvent", .object([.required("type", .string())])),
    ]

    private static let conversation: [Property] = {
        let content = Schema.any(of: [.string(), .array(.object([.required("type", .string())]))])
        return [
            modelName,
            .required(
                "messages",
                .array(
                    .object([
                        .required("role", .string(values: ["user", "assistant"])),
                        .required("content", content),
                    ]), count: 1...(.max))),
            .optional("system", content),
            .optional("tools", .array(.map(.anything()))), .optional("tool_choice", .map(.anything())),
        ]
    }()
}

extension Operation {
    static let messages = Operation(
        id: "createMessage", topic: .generation, summary: "Answers a conversation in Anthropic's shape",
        request: .json(
            "MessagesRequest",
            example: ["messages": [["role": "user", "content": "Name three birds."]], "max_tokens": 64]),
        response: .json("Message"), events: "MessageEvent", errors: [404])

    static let countTokens = Operation(
        id: "countMessageTokens", topic: .tokens, summary: "Counts a conversation's tokens",
        request: .json(
            "CountTokensRequest", example: ["messages": [["role": "user", "content": "Name three birds."]]]),
        response: .json("TokenCount"), errors: [404])
}
