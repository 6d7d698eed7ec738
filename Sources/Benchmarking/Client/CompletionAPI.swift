import JSON

/// The two routes of OpenAI's API that a load can go to: what a request says, and what an event of the answer means.
package enum CompletionAPI: Sendable, Equatable {
    /// Prompts as they are, tokens or text.
    case completions
    /// Prompts as a user's message; text only.
    case chat

    /// What every request of a load says beside its prompt.
    package struct Options: Sendable {
        package var model: String
        /// Whether the output goes on to its full length, whatever the model would end.
        package var ignoresEndOfSequence: Bool
        package var temperature: Double

        package init(model: String, ignoresEndOfSequence: Bool, temperature: Double) {
            self.model = model
            self.ignoresEndOfSequence = ignoresEndOfSequence
            self.temperature = temperature
        }
    }

    /// What one event of a stream brings.
    struct Event: Equatable {
        /// Whether tokens came with it, even if their text is held back.
        var bringsTokens = false
        /// Whether the output ends with it.
        var isLast = false
        var promptTokens: Int?
        var outputTokens: Int?
        /// What the server says went wrong.
        var failure: String?
    }

    /// The request's body; a prompt of ids goes to ``completions`` only.
    func body(_ request: BenchmarkRequest, _ options: Options) -> JSONValue {
        var members: [(name: String, value: JSONValue)] = [("model", .string(options.model))]
        switch (self, request.prompt) {
        case (.completions, .tokens(let tokens)):
            members.append(("prompt", .array(tokens.map(JSONValue.int))))
        case (.completions, .text(let text)):
            members.append(("prompt", .string(text)))
        case (.chat, .text(let text)):
            members.append(("messages", [["role": "user", "content": .string(text)]]))
        case (.chat, .tokens):
            preconditionFailure("a chat takes text")
        }
        members += [
            ("max_tokens", .int(request.outputTokens)), ("temperature", .double(options.temperature)),
            ("stream", true), ("stream_options", ["include_usage": true]),
        ]
        // Not one of OpenAI's own members, so it is sent where it is asked for only.
        if options.ignoresEndOfSequence { members.append(("ignore_eos", true)) }
        return JSONValue(members: members)
    }

    /// Reads an event's payload. The role that begins a chat and the event that ends an output bring no tokens.
    func event(_ value: JSONValue) -> Event {
        var event = Event()
        if let error = value["error"], !error.isNull {
            event.failure = error["message"]?.stringValue ?? error.serialized(.compact)
            return event
        }
        if let usage = value["usage"] {
            event.promptTokens = usage["prompt_tokens"]?.intValue
            event.outputTokens = usage["completion_tokens"]?.intValue
        }
        guard let choice = value["choices"]?[0] else { return event }
        event.isLast = choice["finish_reason"]?.stringValue != nil
        switch self {
        case .completions:
            let isEmpty = choice["text"]?.stringValue?.isEmpty ?? true
            event.bringsTokens = !isEmpty || !event.isLast
        case .chat:
            let texts = ["content", "reasoning_content", "reasoning"].map {
                choice["delta"]?[$0]?.stringValue
            }
            event.bringsTokens = texts.contains { $0?.isEmpty == false }
        }
        return event
    }
}
