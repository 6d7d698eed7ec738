package import JSON
import OrderedCollections

/// How answers look on the wire: the one thing in which chat and plain completions differ.
package protocol CompletionFormat: Sendable {
    /// What every chunk and response starts with.
    var envelope: ResponseEnvelope { get }
    /// The whole response's `object`.
    var object: String { get }
    /// A chunk's `object`.
    var chunkObject: String { get }
    /// One entry of a whole response's `choices`.
    func choice(_ index: Int, _ text: String, _ finish: ChoiceFinish) -> JSONValue
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

    /// Makes an envelope.
    package init(id: String, created: Int, model: String) {
        self.id = id
        self.created = created
        self.model = model
    }
}

extension CompletionFormat {
    /// The response to a request that does not stream.
    package func response(_ choices: [(text: String, finish: ChoiceFinish)], _ usage: Usage) -> JSONValue {
        let entries = choices.enumerated().map { choice($0.offset, $0.element.text, $0.element.finish) }
        return message(object, entries, usage: usage.json)
    }

    /// One chunk of a stream; `usage` is there, as `null`, where the stream will end with one.
    package func chunk(_ choice: JSONValue, includesUsage: Bool) -> JSONValue {
        message(chunkObject, [choice], usage: includesUsage ? .null : nil)
    }

    /// The last chunk of a stream that tells the usage.
    package func chunk(_ usage: Usage) -> JSONValue {
        message(chunkObject, [], usage: usage.json)
    }

    private func message(_ object: String, _ choices: [JSONValue], usage: JSONValue?) -> JSONValue {
        var members: OrderedDictionary<String, JSONValue> = [
            "id": .string(envelope.id), "object": .string(object), "created": .int(envelope.created),
            "model": .string(envelope.model), "choices": .array(choices),
        ]
        members["usage"] = usage
        return .object(members)
    }
}

extension Usage {
    /// `{"prompt_tokens", "completion_tokens", "total_tokens"}`.
    package var json: JSONValue {
        [
            "prompt_tokens": .int(promptTokens), "completion_tokens": .int(completionTokens),
            "total_tokens": .int(promptTokens + completionTokens),
        ]
    }
}

/// `chat.completion` and `chat.completion.chunk`.
package struct ChatCompletionFormat: CompletionFormat {
    package let envelope: ResponseEnvelope
    package let object = "chat.completion"
    package let chunkObject = "chat.completion.chunk"

    /// Makes the format of one request's responses.
    package init(_ envelope: ResponseEnvelope) { self.envelope = envelope }

    package func choice(_ index: Int, _ text: String, _ finish: ChoiceFinish) -> JSONValue {
        [
            "index": .int(index), "message": ["role": "assistant", "content": .string(text), "refusal": nil],
            "logprobs": nil, "finish_reason": .string(finish.rawValue),
        ]
    }

    /// The role first, then the text, then an empty delta with the reason of the end.
    package func chunks(for delta: ChoiceDelta, isFirst: Bool) -> [JSONValue] {
        var chunks: [JSONValue] = []
        if isFirst { chunks.append(entry(delta.index, ["role": "assistant", "content": ""], nil)) }
        if !delta.text.isEmpty { chunks.append(entry(delta.index, ["content": .string(delta.text)], nil)) }
        if let finish = delta.finish { chunks.append(entry(delta.index, [:], finish)) }
        return chunks
    }

    private func entry(_ index: Int, _ delta: JSONValue, _ finish: ChoiceFinish?) -> JSONValue {
        [
            "index": .int(index), "delta": delta, "logprobs": nil,
            "finish_reason": finish.map { .string($0.rawValue) } ?? nil,
        ]
    }
}

/// `text_completion`, whole and in chunks.
package struct TextCompletionFormat: CompletionFormat {
    package let envelope: ResponseEnvelope
    package let object = "text_completion"
    package let chunkObject = "text_completion"

    /// Makes the format of one request's responses.
    package init(_ envelope: ResponseEnvelope) { self.envelope = envelope }

    package func choice(_ index: Int, _ text: String, _ finish: ChoiceFinish) -> JSONValue {
        entry(index, text, finish)
    }

    package func chunks(for delta: ChoiceDelta, isFirst: Bool) -> [JSONValue] {
        delta.text.isEmpty && delta.finish == nil ? [] : [entry(delta.index, delta.text, delta.finish)]
    }

    private func entry(_ index: Int, _ text: String, _ finish: ChoiceFinish?) -> JSONValue {
        [
            "index": .int(index), "text": .string(text), "logprobs": nil,
            "finish_reason": finish.map { .string($0.rawValue) } ?? nil,
        ]
    }
}
