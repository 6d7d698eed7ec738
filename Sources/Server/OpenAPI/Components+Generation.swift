import JSON
import OpenAIAPI

extension Components {
    /// What chat and plain completions share.
    static func generation(_ limits: APILimits) -> [Component] {
        [
            usage,
            Component(
                "StreamOptions",
                .object(
                    "For streams",
                    [
                        .optional(
                            "include_usage", .boolean("Ends the stream with an event that tells the usage")),
                        .optional(
                            "continuous_usage_stats", .boolean("Tells the usage so far in every event")),
                    ])),
            Component(
                "FinishReason", .string("Why the answer ended", values: ["stop", "length", "tool_calls"])),
            Component(
                "PromptLogprobs",
                .array(
                    .map(
                        .object([
                            .required("logprob", .number()), .required("rank", .integer()),
                            .required("decoded_token", .string()),
                        ])
                    ).orNull,
                    "For each token of the prompt, null for the first: what might have stood there, by id")),
            Component(
                "StructuredOutputs",
                .object(
                    "One way in which answers are constrained",
                    [
                        .optional("json", .anything("A JSON Schema, as an object or as text")),
                        .optional("regex", .string("A regular expression")),
                        .optional(
                            "choice", .array(.string(), "Texts of which the answer is one", count: 1...(.max))
                        ),
                        .optional("grammar", .string("A grammar in EBNF or GBNF")),
                        .optional("json_object", .boolean("Any JSON object")),
                    ])),
            Component(
                "ResponseFormat",
                .any(of: [
                    .object([.required("type", .string(values: ["text", "json_object"]))]),
                    .object([
                        .required("type", .constant("json_schema")),
                        .required(
                            "json_schema",
                            .object([
                                .required("name", .string()), .optional("description", .string()),
                                .optional("schema", .map(.anything(), "A JSON Schema")),
                                .optional("strict", .boolean()),
                            ])),
                    ]),
                ])),
        ]
    }

    /// The parameters that chat and plain completions share.
    static func options(_ limits: APILimits) -> [Property] {
        length(limits) + sampling + adjustments(limits) + [
            .optional("n", .integer("Answers to each prompt", 1...limits.choicesMax).byDefault(1)),
            .optional(
                "best_of",
                .integer("Answers made, of which the n most probable are shown", 1...limits.choicesMax)),
            .optional("stream", .boolean("Sends the answer as server-sent events").byDefault(false)),
            .optional("stream_options", .reference("StreamOptions")),
            .optional(
                "prompt_logprobs",
                .integer("Probable tokens shown beside each token of the prompt", 0...limits.logprobsMax)),
            .optional("return_token_ids", .boolean("Shows the ids of prompt and answer")),
            .optional(
                "return_tokens_as_token_ids", .boolean("Shows tokens as token_id:123 beside probabilities")),
            .optional("echo", .boolean("Begins the answer with what it answers")),
            .optional("use_beam_search", .boolean("Searches for probable answers rather than drawing them")),
            .optional("length_penalty", .number("For beam search only", -10...10)),
            .optional(
                "priority",
                .integer(
                    "Who comes first while requests wait: the lower", -limits.priorityMax...limits.priorityMax
                )),
            .optional("structured_outputs", .reference("StructuredOutputs")),
            .optional("guided_json", .anything("As structured_outputs.json")),
            .optional("guided_regex", .string("As structured_outputs.regex")),
            .optional("guided_choice", .array(.string(), "As structured_outputs.choice")),
            .optional("guided_grammar", .string("As structured_outputs.grammar")),
            .optional("user", .string("Has no effect")),
        ]
    }

    private static func length(_ limits: APILimits) -> [Property] {
        [
            .optional("min_tokens", .integer("Tokens before which no answer ends", 0...(.max)).byDefault(0)),
            .optional(
                "stop",
                .any(
                    "Texts that end the answer",
                    of: [
                        .string(nil, length: 1...limits.stopStringBytesMax),
                        .array(
                            .string(nil, length: 1...limits.stopStringBytesMax),
                            count: 0...limits.stopStringsMax),
                    ])),
            .optional(
                "stop_token_ids",
                .array(
                    .integer(nil, 0...(.max)), "Tokens that end the answer", count: 0...limits.stopTokensMax)),
            .optional("include_stop_str_in_output", .boolean("Keeps what ended the answer").byDefault(false)),
            .optional("ignore_eos", .boolean("Goes on where the model would end").byDefault(false)),
            .optional(
                "skip_special_tokens", .boolean("Leaves special tokens out of the text").byDefault(true)),
            .optional(
                "truncate_prompt_tokens",
                .integer("The prompt's last tokens to keep; -1 for as many as fit", -1...(.max))),
        ]
    }

    private static let sampling: [Property] = [
        .optional("temperature", .number("0 takes the most probable token", 0...2)),
        .optional("top_p", .number("Share of probability to draw from", 0...1, above: 0)),
        .optional("top_k", .integer("Tokens to draw from; 0 and -1 for all", -1...(.max))),
        .optional("min_p", .number("Least probability, relative to the greatest", 0...1)),
        .optional("typical_p", .number("Share of typical tokens to draw from", 0...1, above: 0)),
        .optional("seed", .integer("The same seed draws the same answer")),
        .optional("presence_penalty", .number(nil, -2...2)),
        .optional("frequency_penalty", .number(nil, -2...2)),
        .optional("repetition_penalty", .number(nil, 0...100, above: 0)),
    ]

    private static func adjustments(_ limits: APILimits) -> [Property] {
        [
            .optional("logit_bias", .map(.number(nil, -100...100), "What is added to logits, by token id")),
            .optional("allowed_token_ids", .array(.integer(nil, 0...(.max)), count: 1...(.max))),
            .optional(
                "bad_words",
                .array(.string(nil, length: 1...limits.stopStringBytesMax), count: 0...limits.badWordsMax)),
        ]
    }
}
