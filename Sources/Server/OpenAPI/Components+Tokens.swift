import JSON
import OpenAIAPI

extension Components {
    /// `/tokenize` and `/detokenize`.
    static func tokens(_ limits: APILimits) -> [Component] {
        [
            Component(
                "TokenizeRequest",
                .any(
                    "A text, or a conversation that the chat template writes out",
                    of: [
                        .object([
                            modelName, .required("prompt", .string("The text")),
                            .optional(
                                "add_special_tokens",
                                .boolean("Whether the tokenizer adds its own").byDefault(true)),
                            .optional("return_token_strs", .boolean("Whether to show the tokens' texts")),
                        ]),
                        .object([
                            modelName,
                            .required(
                                "messages", .array(.reference("ChatMessage"), count: 1...limits.messagesMax)),
                            .optional("add_generation_prompt", .boolean().byDefault(true)),
                            .optional("continue_final_message", .boolean().byDefault(false)),
                            .optional("add_special_tokens", .boolean().byDefault(false)),
                            .optional("return_token_strs", .boolean()),
                        ]),
                    ])),
            Component(
                "Tokens",
                .object([
                    .required("count", .integer("How many", 0...(.max))),
                    .required("max_model_len", .integer("The model's context length", 1...(.max))),
                    .required("tokens", .array(.integer(nil, 0...(.max)))),
                    .required("token_strs", .array(.string()).orNull),
                ])),
            Component(
                "DetokenizeRequest",
                .object([modelName, .required("tokens", .array(.integer(nil, 0...(.max)), "Token ids"))])),
            Component("DetokenizedText", .object([.required("prompt", .string("The text"))])),
        ]
    }
}

extension Operation {
    static let tokenize = Operation(
        id: "tokenize", topic: .tokens, summary: "Cuts a text or a conversation into tokens",
        request: .json("TokenizeRequest", example: ["prompt": "Hello, world"]), response: .json("Tokens"),
        errors: [404])

    static let detokenize = Operation(
        id: "detokenize", topic: .tokens, summary: "Makes a text of tokens",
        request: .json("DetokenizeRequest", example: ["tokens": [19556, 28]]),
        response: .json("DetokenizedText"), errors: [404])
}
