import JSON
import OpenAIAPI

extension Components {
    /// `/v1/completions`.
    static func completions(_ limits: APILimits) -> [Component] {
        [
            Component("CompletionRequest", completionRequest(limits)),
            Component("Completion", completion("Usage")),
            Component("CompletionChunk", completion(nil)),
        ]
    }

    private static func completionRequest(_ limits: APILimits) -> Schema {
        let token = Schema.integer(nil, 0...(.max))
        return .object(
            [
                modelName,
                .required(
                    "prompt",
                    .any(
                        "Texts or token ids; each prompt has its own answers",
                        of: [
                            .string(), .array(.string(), count: 1...limits.promptsMax),
                            .array(token, count: 1...(.max)),
                            .array(.array(token, count: 1...(.max)), count: 1...limits.promptsMax),
                        ])),
                .optional("suffix", .string("What stands behind the gap that the answer fills")),
                .optional("max_tokens", .integer("The most tokens of an answer", 0...(.max)).byDefault(16)),
                .optional(
                    "logprobs", .integer("Probable tokens shown beside each token", 0...limits.logprobsMax)),
                .optional(
                    "add_special_tokens", .boolean("Adds the tokenizer's own to texts").byDefault(true)),
                .optional("response_format", .reference("ResponseFormat")),
            ] + options(limits))
    }

    private static func completion(_ usage: String?) -> Schema {
        .object([
            .required("id", .string()), .required("object", .constant("text_completion")),
            .required("created", .integer("In seconds since 1970")), .required("model", .string()),
            .required(
                "choices",
                .array(
                    .object([
                        .required("index", .integer(nil, 0...(.max))), .required("text", .string()),
                        .optional("logprobs", textLogprobs),
                        usage == nil
                            ? .optional("finish_reason", .reference("FinishReason"))
                            : .required("finish_reason", .reference("FinishReason")),
                        .optional("prompt_logprobs", .reference("PromptLogprobs")),
                        .optional("token_ids", .array(.integer())),
                        .optional("prompt_token_ids", .array(.integer())),
                    ]))),
            usage == nil ? .optional("usage", .reference("Usage")) : .required("usage", .reference("Usage")),
        ])
    }

    private static let textLogprobs = Schema.object([
        .required("text_offset", .array(.integer())),
        .required("token_logprobs", .array(.number().orNull)), .required("tokens", .array(.string())),
        .required("top_logprobs", .array(.map(.number()).orNull)),
    ])
}

extension Operation {
    static let completion = Operation(
        id: "createCompletion", topic: .generation, summary: "Goes on with a text",
        request: .json("CompletionRequest", example: ["prompt": "Once upon a time", "max_tokens": 32]),
        response: .json("Completion"), events: "CompletionChunk", errors: [404])
}
