package import JSON
package import OrderedCollections
import Tokens

/// How answers look on the wire: the one thing in which chat and plain completions differ.
package protocol CompletionFormat: Sendable {
    /// What every chunk and response starts with.
    var envelope: ResponseEnvelope { get }
    /// The whole response's `object`.
    var object: String { get }
    /// A chunk's `object`.
    var chunkObject: String { get }
    /// What the request wants to see beside the text.
    var details: AnswerDetails { get }
    /// One entry of a whole response's `choices`.
    func entry(_ index: Int, _ choice: Choice) -> JSONValue
    /// What a whole response tells beside its choices.
    func extras(_ choices: [Choice]) -> OrderedDictionary<String, JSONValue>
    /// The entries of `choices`, each for a chunk of its own, that tell a delta.
    func chunks(for delta: ChoiceDelta, isFirst: Bool) -> [JSONValue]
}

/// The members that all responses to one request share.
package struct ResponseEnvelope: Sendable {
    /// `chatcmpl-…` or `cmpl-…`.
    package let id: String
    /// In seconds since 1970.
    package let created: Int
    /// The model by the name that the caller used.
    package let model: String
    /// What a seed's answers depend on; absent where nil.
    package let fingerprint: String?
    /// Whether the tier is told: there is one, whatever was asked for.
    package let tellsServiceTier: Bool

    /// Makes an envelope.
    package init(
        id: String, created: Int, model: String, fingerprint: String? = nil, tellsServiceTier: Bool = false
    ) {
        self.id = id
        self.created = created
        self.model = model
        self.fingerprint = fingerprint
        self.tellsServiceTier = tellsServiceTier
    }
}

extension CompletionFormat {
    /// The response to a request that does not stream.
    package func response(_ choices: [Choice], _ usage: Usage) -> JSONValue {
        message(
            object, choices.enumerated().map { entry($0.offset, $0.element) }, usage: usage.json,
            extras: extras(choices))
    }

    /// One chunk of a stream; `usage` is `null` where the stream will end with one.
    package func chunk(_ choice: JSONValue, usage: JSONValue?) -> JSONValue {
        message(chunkObject, [choice], usage: usage)
    }

    /// The last chunk of a stream that tells the usage.
    package func chunk(_ usage: Usage) -> JSONValue {
        message(chunkObject, [], usage: usage.json)
    }

    private func message(
        _ object: String, _ choices: [JSONValue], usage: JSONValue?,
        extras: OrderedDictionary<String, JSONValue> = [:]
    ) -> JSONValue {
        var members: OrderedDictionary<String, JSONValue> = [
            "id": .string(envelope.id), "object": .string(object), "created": .int(envelope.created),
            "model": .string(envelope.model), "choices": .array(choices),
        ]
        members["usage"] = usage
        members["system_fingerprint"] = envelope.fingerprint.map { .string($0) }
        if envelope.tellsServiceTier { members["service_tier"] = "default" }
        members.merge(extras) { $1 }
        return .object(members)
    }
}

extension Usage {
    /// `{"prompt_tokens", "completion_tokens", "total_tokens"}`, and OpenAI's details.
    package var json: JSONValue {
        [
            "prompt_tokens": .int(promptTokens), "completion_tokens": .int(completionTokens),
            "total_tokens": .int(promptTokens + completionTokens),
            // Every prompt is computed whole, and no token is guessed.
            "prompt_tokens_details": ["cached_tokens": 0, "audio_tokens": 0],
            "completion_tokens_details": [
                "reasoning_tokens": .int(reasoningTokens ?? 0), "audio_tokens": 0,
                "accepted_prediction_tokens": 0,
                "rejected_prediction_tokens": 0,
            ],
        ]
    }
}

extension StopCause {
    /// vLLM's `stop_reason`: the string, or the token's id.
    fileprivate var json: JSONValue {
        switch self {
        case .text(let text): .string(text)
        case .token(let token): .int(token.index)
        }
    }
}

/// `chat.completion` and `chat.completion.chunk`.
package struct ChatCompletionFormat: CompletionFormat {
    package let envelope: ResponseEnvelope
    package let details: AnswerDetails
    package let object = "chat.completion"
    package let chunkObject = "chat.completion.chunk"
    private let style: ChatAnswerStyle

    /// Makes the format of one request's responses.
    package init(
        _ envelope: ResponseEnvelope, _ details: AnswerDetails, style: ChatAnswerStyle = ChatAnswerStyle()
    ) {
        self.envelope = envelope
        self.details = details
        self.style = style
    }

    package func entry(_ index: Int, _ choice: Choice) -> JSONValue {
        var members: OrderedDictionary<String, JSONValue> = [
            "index": .int(index),
            "message": style.message(choice, echo: details.echo(of: index)),
            "logprobs": details.chatLogprobs(choice.logprobs),
            "finish_reason": .string(style.word(choice.finish)),
        ]
        members["stop_reason"] = choice.stop?.json
        if details.showsTokenIDs { members["token_ids"] = details.ids(choice.tokens) }
        return .object(members)
    }

    package func extras(_ choices: [Choice]) -> OrderedDictionary<String, JSONValue> {
        var extras: OrderedDictionary<String, JSONValue> = [:]
        extras["prompt_logprobs"] = choices.first.flatMap { details.promptLogprobs($0.promptLogprobs) }
        if details.showsTokenIDs { extras["prompt_token_ids"] = details.ids(details.prompt(of: 0)) }
        return extras
    }

    /// The role first, then the text, then an empty delta with the reason of the end.
    package func chunks(for delta: ChoiceDelta, isFirst: Bool) -> [JSONValue] {
        var chunks: [JSONValue] = []
        if isFirst {
            chunks.append(chunk(delta.index, ["role": "assistant", "content": ""]))
            let echo = details.echo(of: delta.index)
            if !echo.isEmpty { chunks.append(chunk(delta.index, ["content": .string(echo)])) }
        }
        // Tokens without text yet are told where anything about them is.
        let tellsTokens = details.showsTokenIDs && !delta.tokens.isEmpty || !delta.logprobs.isEmpty
        var parts = delta.events?.compactMap(style.delta) ?? []
        if delta.events == nil, !delta.text.isEmpty { parts = [["content": .string(delta.text)]] }
        if parts.isEmpty, tellsTokens { parts = [["content": ""]] }
        // The tokens are told once, with the first part of what they say.
        for (place, part) in parts.enumerated() {
            chunks.append(chunk(delta.index, part, telling: place == 0 ? delta : nil))
        }
        if let finish = delta.finish {
            chunks.append(chunk(delta.index, [:], finish: finish, stop: delta.stop))
        }
        return chunks
    }

    private func chunk(
        _ index: Int, _ content: JSONValue, telling delta: ChoiceDelta? = nil, finish: ChoiceFinish? = nil,
        stop: StopCause? = nil
    ) -> JSONValue {
        var members: OrderedDictionary<String, JSONValue> = [
            "index": .int(index), "delta": content,
            "logprobs": delta.map { details.chatLogprobs($0.logprobs) } ?? nil,
            "finish_reason": finish.map { .string(style.word($0)) } ?? nil,
        ]
        members["stop_reason"] = stop?.json
        if details.showsTokenIDs, let delta { members["token_ids"] = details.ids(delta.tokens) }
        return .object(members)
    }
}

/// `text_completion`, whole and in chunks.
package struct TextCompletionFormat: CompletionFormat {
    package let envelope: ResponseEnvelope
    package let details: AnswerDetails
    package let object = "text_completion"
    package let chunkObject = "text_completion"

    /// Makes the format of one request's responses.
    package init(_ envelope: ResponseEnvelope, _ details: AnswerDetails) {
        self.envelope = envelope
        self.details = details
    }

    package func entry(_ index: Int, _ choice: Choice) -> JSONValue {
        let delta = ChoiceDelta(
            index: index, text: choice.text, tokens: choice.tokens, logprobs: choice.logprobs,
            promptLogprobs: choice.promptLogprobs, finish: choice.finish, stop: choice.stop)
        return entry(delta, isFirst: true)
    }

    package func extras(_ choices: [Choice]) -> OrderedDictionary<String, JSONValue> { [:] }

    package func chunks(for delta: ChoiceDelta, isFirst: Bool) -> [JSONValue] {
        let tellsTokens = details.showsTokenIDs && !delta.tokens.isEmpty || !delta.logprobs.isEmpty
        let isEmpty = delta.text.isEmpty && delta.finish == nil && !tellsTokens
        return isEmpty && !(isFirst && !details.echo(of: delta.index).isEmpty)
            ? [] : [entry(delta, isFirst: isFirst)]
    }

    private func entry(_ delta: ChoiceDelta, isFirst: Bool) -> JSONValue {
        let echo = isFirst ? details.echo(of: delta.index) : ""
        let prompt = details.prompt(of: delta.index)
        let echoed = echo.isEmpty ? nil : (tokens: prompt, logprobs: delta.promptLogprobs)
        var members: OrderedDictionary<String, JSONValue> = [
            "index": .int(delta.index), "text": .string(echo + delta.text),
            "logprobs": details.textLogprobs(
                delta.logprobs, offset: delta.textOffset, after: isFirst ? [] : prompt, echoed: echoed),
            "finish_reason": delta.finish.map { .string($0.rawValue) } ?? nil,
        ]
        members["stop_reason"] = delta.stop?.json
        if isFirst { members["prompt_logprobs"] = details.promptLogprobs(delta.promptLogprobs) }
        if details.showsTokenIDs {
            members["token_ids"] = details.ids(delta.tokens)
            if isFirst { members["prompt_token_ids"] = details.ids(prompt) }
        }
        return .object(members)
    }
}
