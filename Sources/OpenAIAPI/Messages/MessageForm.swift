package import JSON
import OrderedCollections

/// An answer as Anthropic's Messages API tells it.
package struct MessageForm: AnswerForm {
    /// A content block that is still growing.
    private enum Block {
        case text(String)
        case thinking(String)
        case call(index: Int, id: String, name: String, arguments: String)
    }

    private let id: String
    private let model: String
    private var blocks: [JSONValue] = []
    private var open: Block?
    private var hasCalls = false
    private var stopReason: JSONValue = nil
    private var stopSequence: JSONValue = nil
    private var usage = Usage(promptTokens: 0)
    /// The most tokens that were asked for.
    private let maxTokens: Int?

    /// Makes the form of one answer.
    ///
    /// - Parameters:
    ///   - id: `msg_…`.
    ///   - model: The model by the name that the caller used.
    ///   - maxTokens: The most tokens that were asked for, which may be more than the context holds.
    package init(id: String, model: String, maxTokens: Int?) {
        self.id = id
        self.model = model
        self.maxTokens = maxTokens
    }

    package var whole: JSONValue {
        [
            "id": .string(id), "type": "message", "role": "assistant", "model": .string(model),
            "content": .array(blocks), "stop_reason": stopReason, "stop_sequence": stopSequence,
            "usage": usage.messagesJSON,
        ]
    }

    package mutating func begin(_ usage: Usage) -> [AnswerEvent] {
        self.usage = usage
        return [AnswerEvent("message_start", ["message": whole]), AnswerEvent("ping", [:])]
    }

    package mutating func take(_ pieces: [AssistantPiece]) -> [AnswerEvent] {
        pieces.flatMap { piece in
            switch piece {
            case .text(let text, _): takeText(text)
            case .reasoning(let text): takeThinking(text)
            case .call(let index, let id, let name): beginCall(index, id, name)
            case .arguments(let index, let text): takeArguments(text, of: index)
            }
        }
    }

    package mutating func end(_ ending: AnswerEnding, _ usage: Usage) -> [AnswerEvent] {
        self.usage = usage
        switch ending.reason {
        case "length":
            let isContextFull = maxTokens.map { usage.completionTokens < $0 } ?? true
            stopReason = isContextFull ? "model_context_window_exceeded" : "max_tokens"
        case _ where hasCalls && ending.stopString == nil: stopReason = "tool_use"
        default: stopReason = ending.stopString == nil ? "end_turn" : "stop_sequence"
        }
        stopSequence = ending.stopString.map(JSONValue.string) ?? nil
        let delta: JSONValue = ["stop_reason": stopReason, "stop_sequence": stopSequence]
        return close() + [
            AnswerEvent("message_delta", ["delta": delta, "usage": usage.messagesJSON]),
            AnswerEvent("message_stop", [:]),
        ]
    }

    package mutating func fail(_ error: APIError) -> [AnswerEvent] {
        [AnswerEvent("error", ["error": error.messagesJSON["error"] ?? nil])]
    }

    // MARK: Blocks

    private mutating func takeText(_ text: String) -> [AnswerEvent] {
        guard !text.isEmpty else { return [] }
        var events: [AnswerEvent] = []
        if case .text = open {} else { events = close() + start(.text("")) }
        extend(by: text)
        return events + [delta(["type": "text_delta", "text": .string(text)])]
    }

    private mutating func takeThinking(_ text: String) -> [AnswerEvent] {
        var events: [AnswerEvent] = []
        if case .thinking = open {} else { events = close() + start(.thinking("")) }
        extend(by: text)
        return events + [delta(["type": "thinking_delta", "thinking": .string(text)])]
    }

    private mutating func beginCall(_ index: Int, _ id: String, _ name: String) -> [AnswerEvent] {
        hasCalls = true
        return close() + start(.call(index: index, id: id, name: name, arguments: ""))
    }

    private mutating func takeArguments(_ text: String, of index: Int) -> [AnswerEvent] {
        guard case .call(index, _, _, _) = open else { return [] }
        extend(by: text)
        return [delta(["type": "input_json_delta", "partial_json": .string(text)])]
    }

    /// Adds to the open block. It is taken out first: a text that somebody else holds, too, would be copied for each token.
    private mutating func extend(by piece: String) {
        switch open.take() {
        case .text(var text):
            text += piece
            open = .text(text)
        case .thinking(var text):
            text += piece
            open = .thinking(text)
        case .call(let index, let id, let name, var arguments):
            arguments += piece
            open = .call(index: index, id: id, name: name, arguments: arguments)
        case nil: break
        }
    }

    private func delta(_ delta: JSONValue) -> AnswerEvent {
        AnswerEvent("content_block_delta", ["index": .int(blocks.count), "delta": delta])
    }

    private mutating func start(_ block: Block) -> [AnswerEvent] {
        open = block
        let shown = Self.json(block)
        return [
            AnswerEvent("content_block_start", ["index": .int(blocks.count), "content_block": shown])
        ]
    }

    private mutating func close() -> [AnswerEvent] {
        guard let block = open.take() else { return [] }
        defer { blocks.append(Self.json(block)) }
        return [AnswerEvent("content_block_stop", ["index": .int(blocks.count)])]
    }

    private static func json(_ block: Block) -> JSONValue {
        switch block {
        case .text(let text): return ["type": "text", "text": .string(text)]
        // Nothing is signed: the thoughts are the client's to change.
        case .thinking(let text): return ["type": "thinking", "thinking": .string(text), "signature": ""]
        case .call(_, let id, let name, let arguments):
            let input = (try? JSONValue(parsing: arguments)) ?? [:]
            return ["type": "tool_use", "id": .string(id), "name": .string(name), "input": input]
        }
    }
}

extension Usage {
    /// Tokens of the prompt that were not computed because they were known, where chat completions tell it.
    var cachedTokens: Int { json["prompt_tokens_details"]?["cached_tokens"]?.intValue ?? 0 }

    /// Anthropic's usage, in which input tokens are those that were computed.
    var messagesJSON: JSONValue {
        [
            "input_tokens": .int(promptTokens - cachedTokens), "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": .int(cachedTokens), "output_tokens": .int(completionTokens),
        ]
    }
}

extension APIError {
    /// `{"type": "error", "error": {"type", "message"}}`, as Anthropic's API tells it.
    package var messagesJSON: JSONValue {
        let type =
            switch status {
            case 401: "authentication_error"
            case 403: "permission_error"
            case 404: "not_found_error"
            case 413: "request_too_large"
            case 429: "rate_limit_error"
            case 503: "overloaded_error"
            case 500...: "api_error"
            default: "invalid_request_error"
            }
        return ["type": "error", "error": ["type": .string(type), "message": .string(message)]]
    }
}
