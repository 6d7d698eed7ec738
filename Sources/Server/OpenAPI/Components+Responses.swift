import JSON

extension Components {
    /// `/v1/responses`.
    static let responses = [
        Component(
            "ResponseRequest",
            .object([
                modelName,
                .required(
                    "input",
                    .any(
                        "A text, or messages, calls and their outputs",
                        of: [
                            .string(), .array(.map(.anything()), count: 1...(.max)),
                        ])),
                .optional("instructions", .string("A system message before the input")),
                .optional("max_output_tokens", .integer(nil, 1...(.max))),
                .optional("previous_response_id", .string("The stored response that this one goes on from")),
                .optional("store", .boolean("Keeps the response for /v1/responses/{id}")),
                .optional("stream", .boolean().byDefault(false)),
                .optional(
                    "background",
                    .boolean("Answers at once, and runs on; needs store to be true").byDefault(false)),
                .optional("temperature", .number(nil, 0...2)),
                .optional("top_p", .number(nil, 0...1, above: 0)),
                .optional("tools", .array(.map(.anything()))),
                .optional("tool_choice", .any(of: [.string(), .map(.anything())])),
                .optional("parallel_tool_calls", .boolean()),
                .optional("text", .object([.optional("format", .map(.anything()))])),
                .optional("reasoning", .map(.anything())), .optional("metadata", .map(.anything())),
            ])),
        Component(
            "Response",
            .object([
                .required("id", .string()), .required("object", .constant("response")),
                .required("created_at", .number("In seconds since 1970")),
                .required(
                    "status",
                    .string(values: [
                        "queued", "in_progress", "completed", "incomplete", "failed", "cancelled",
                    ])),
                .required("model", .string()),
                .required(
                    "output",
                    .array(.object([.required("type", .string()), .optional("id", .string())]))),
                .optional("usage", .map(.anything())), .optional("error", .map(.anything())),
                .optional("incomplete_details", .map(.anything())),
                .optional("previous_response_id", .string()), .optional("metadata", .map(.anything())),
                .optional("background", .boolean("Whether it was answered before it was run")),
            ])),
        Component("ResponseEvent", .object([.required("type", .string())])),
        Component("ResponseInputItems", list(of: .map(.anything()))),
    ]

    /// A list as OpenAI pages it.
    static func list(of element: Schema) -> Schema {
        .object([
            .required("object", .constant("list")), .required("data", .array(element)),
            .optional("first_id", .string()), .optional("last_id", .string()),
            .optional("has_more", .boolean()),
        ])
    }

    /// What is left of a thing that was deleted.
    static let deleted = Component(
        "Deleted",
        .object([
            .required("id", .string()), .required("object", .string()), .required("deleted", .boolean()),
        ]))
}

extension Operation {
    static let createResponse = Operation(
        id: "createResponse", topic: .generation, summary: "Answers, and keeps the answer to go on from",
        request: .json("ResponseRequest", example: ["input": "Name three birds.", "max_output_tokens": 64]),
        response: .json("Response"), events: "ResponseEvent", errors: [404])

    static let retrieveResponse = Operation(
        id: "retrieveResponse", topic: .generation, summary: "Shows a stored response",
        details:
            "One that was asked for with background and stream can be read as a stream again, from any event on.",
        argument: "The response's id",
        query: [
            .optional("stream", .boolean("Sends the events of a background response")),
            .optional(
                "starting_after", .integer("The sequence_number behind which the events begin", 0...(.max))),
        ],
        response: .json("Response"), events: "ResponseEvent", errors: [400, 404, 429])

    static let deleteResponse = Operation(
        id: "deleteResponse", topic: .generation, summary: "Forgets a stored response",
        argument: "The response's id", response: .json("Deleted"), errors: [404])

    static let cancelResponse = Operation(
        id: "cancelResponse", topic: .generation, summary: "Ends a background response that has not ended",
        argument: "The response's id", response: .json("Response"), errors: [400, 404])

    static let responseInputItems = Operation(
        id: "listResponseInputItems", topic: .generation, summary: "Shows what a stored response answers",
        argument: "The response's id", response: .json("ResponseInputItems"), errors: [404])
}
