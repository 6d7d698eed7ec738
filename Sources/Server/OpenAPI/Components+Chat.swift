import JSON
import OpenAIAPI

extension Components {
    /// `/v1/chat/completions`.
    static func chat(_ limits: APILimits) -> [Component] {
        [
            Component("ChatCompletionRequest", chatRequest(limits)), chatMessage,
            Component("TextContent", textContent),
            Component(
                "Tool",
                .object([
                    .required("type", .constant("function")),
                    .required("function", .reference("FunctionDefinition")),
                ])),
            Component(
                "FunctionDefinition",
                .object([
                    .required("name", .string(nil, length: 1...64)), .optional("description", .string()),
                    .optional("parameters", .map(.anything(), "A JSON Schema of the arguments")),
                    .optional("strict", .boolean()),
                ])),
            Component(
                "ToolCall",
                .object([
                    .required("id", .string()), .required("type", .constant("function")),
                    .required(
                        "function",
                        .object([
                            .required("name", .string()), .required("arguments", .string("JSON as text")),
                        ])),
                ])),
            Component(
                "ToolChoice",
                .any(of: [
                    .string(values: ["none", "auto", "required"]),
                    .object([
                        .required("type", .constant("function")),
                        .required("function", .object([.required("name", .string())])),
                    ]),
                ])),
            Component("ChatCompletion", chatCompletion), Component("ChatCompletionChunk", chatChunk),
            Component("ChatLogprobs", chatLogprobs),
        ]
    }

    private static func chatRequest(_ limits: APILimits) -> Schema {
        .object(
            [
                modelName,
                .required("messages", .array(.reference("ChatMessage"), count: 1...limits.messagesMax)),
                .optional(
                    "max_completion_tokens",
                    .integer(
                        "The most tokens of an answer; left out, as many as the context holds", 1...(.max))),
                .optional("max_tokens", .integer("The older name of max_completion_tokens", 1...(.max))),
                .optional("tools", .array(.reference("Tool"))),
                .optional("tool_choice", .reference("ToolChoice")),
                .optional("parallel_tool_calls", .boolean()),
                .optional("response_format", .reference("ResponseFormat")),
                .optional("reasoning_effort", .string("Handed to the chat template")),
                .optional("logprobs", .boolean("Shows how probable each token was").byDefault(false)),
                .optional(
                    "top_logprobs",
                    .integer("Probable tokens shown beside each; needs logprobs", 0...limits.logprobsMax)),
                .optional("add_generation_prompt", .boolean("Ends the prompt where the assistant speaks")),
                .optional("continue_final_message", .boolean("Lets the model go on with the last message")),
                .optional(
                    "add_special_tokens", .boolean("Adds the tokenizer's own to what the template wrote")),
                .optional("documents", .array(.map(.anything()), "For templates that ground their answers")),
                .optional("chat_template", .string("A Jinja template in place of the model's")),
                .optional("chat_template_kwargs", .map(.anything(), "Variables for the template")),
            ] + options(limits))
    }

    private static let textContent = Schema.any(of: [
        .string(),
        .array(
            .any(of: [
                .string(),
                .object([.required("type", .constant("text")), .required("text", .string())]),
                .object([.required("type", .constant("refusal")), .required("refusal", .string())]),
            ]), count: 0...(.max)),
    ])

    private static let chatMessage = Component(
        "ChatMessage",
        .any(of: [
            .object(
                "What the system, its developer or the user says",
                [
                    .required("role", .string(values: ["system", "developer", "user"])),
                    .required("content", .reference("TextContent")), .optional("name", .string()),
                ]),
            .object(
                "What the assistant said",
                [
                    .required("role", .constant("assistant")),
                    .required("content", .reference("TextContent")),
                    .optional("reasoning_content", .string()),
                    .optional("tool_calls", .array(.reference("ToolCall"))),
                ]),
            .object(
                "What the assistant called",
                [
                    .required("role", .constant("assistant")),
                    .required("tool_calls", .array(.reference("ToolCall"), count: 1...(.max))),
                    .optional("content", .reference("TextContent")),
                ]),
            .object(
                "What a tool answered",
                [
                    .required("role", .constant("tool")), .required("content", .reference("TextContent")),
                    .optional("tool_call_id", .string()),
                ]),
        ]))

    private static let chatCompletion = Schema.object([
        .required("id", .string()), .required("object", .constant("chat.completion")),
        .required("created", .integer("In seconds since 1970")), .required("model", .string()),
        .required(
            "choices",
            .array(
                .object([
                    .required("index", .integer(nil, 0...(.max))),
                    .required(
                        "message",
                        .object([
                            .required("role", .constant("assistant")), .required("content", .string().orNull),
                            .optional("reasoning_content", .string()), .optional("refusal", .string()),
                            .optional("tool_calls", .array(.reference("ToolCall"))),
                        ])),
                    .optional("logprobs", .reference("ChatLogprobs")),
                    .required("finish_reason", .reference("FinishReason")),
                    .optional("token_ids", .array(.integer())),
                ]))),
        .required("usage", .reference("Usage")),
        .optional("prompt_logprobs", .reference("PromptLogprobs")),
        .optional("prompt_token_ids", .array(.integer())),
    ])

    private static let chatChunk = Schema.object(
        "An event's data; after the last one comes [DONE]",
        [
            .required("id", .string()), .required("object", .constant("chat.completion.chunk")),
            .required("created", .integer()), .required("model", .string()),
            .required(
                "choices",
                .array(
                    .object([
                        .required("index", .integer(nil, 0...(.max))),
                        .required(
                            "delta",
                            .object([
                                .optional("role", .string()), .optional("content", .string()),
                                .optional("reasoning_content", .string()),
                                .optional("tool_calls", .array(.map(.anything()))),
                            ])),
                        .optional("logprobs", .reference("ChatLogprobs")),
                        .optional("finish_reason", .reference("FinishReason")),
                        .optional("token_ids", .array(.integer())),
                    ]))),
            .optional("usage", .reference("Usage")),
        ])

    private static let chatLogprobs: Schema = {
        let token: [Property] = [
            .required("token", .string()), .required("logprob", .number()),
            .required("bytes", .array(.integer(nil, 0...255)).orNull),
        ]
        let tokens = Schema.array(.object(token + [.required("top_logprobs", .array(.object(token)))]))
        return .object([.required("content", tokens.orNull), .optional("refusal", tokens)])
    }()
}

extension Operation {
    static let chatCompletion = Operation(
        id: "createChatCompletion", topic: .generation, summary: "Answers a conversation",
        request: .json(
            "ChatCompletionRequest",
            example: ["messages": [["role": "user", "content": "Name three birds."]], "max_tokens": 64]),
        response: .json("ChatCompletion"), events: "ChatCompletionChunk", errors: [404])
}
