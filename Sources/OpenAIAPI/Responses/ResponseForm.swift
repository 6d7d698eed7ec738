package import JSON
import OrderedCollections
import Sampling

/// An answer as OpenAI's Responses API tells it: a `response` object, and the events that build it.
package struct ResponseForm: AnswerForm {
    /// An output item that is still growing.
    private enum Item {
        case message(id: String, text: String, logprobs: [JSONValue])
        case reasoning(id: String, text: String)
        case call(id: String, index: Int, callID: String, name: String, arguments: String)
    }

    private let head: OrderedDictionary<String, JSONValue>
    private let echoes: OrderedDictionary<String, JSONValue>
    private let makeID: @Sendable (String) -> String
    private let now: @Sendable () -> Int
    private var status: String
    private var output: [JSONValue] = []
    private var open: Item?
    private var usage: JSONValue = nil
    private var error: JSONValue = nil
    private var completedAt: JSONValue = nil
    /// The number of the next event.
    private var eventNumber: Int

    /// Makes the form of one answer.
    ///
    /// - Parameters:
    ///   - id: `resp_…`.
    ///   - created: Seconds since 1970.
    ///   - prepared: What is asked of the model: the values of parameters that the request leaves out.
    ///   - stores: Whether the response is kept.
    ///   - makeID: Makes an id with that prefix.
    ///   - now: The time, in seconds since 1970.
    ///   - firstEvent: The number of its first event.
    package init(
        _ request: ResponsesRequest, _ prepared: PreparedCompletion, id: String, created: Int, stores: Bool,
        makeID: @escaping @Sendable (String) -> String, now: @escaping @Sendable () -> Int,
        firstEvent: Int = 0
    ) {
        head = [
            "id": .string(id), "object": "response", "created_at": .int(created),
            "model": .string(prepared.format.envelope.model),
            "background": .bool(request.isBackground), "store": .bool(stores), "service_tier": "default",
        ]
        status = request.isBackground ? "queued" : "in_progress"
        eventNumber = firstEvent
        var echoes = request.echoes
        let sampling = prepared.options.sampling
        for (name, value) in [("temperature", sampling.temperature), ("top_p", sampling.topP)]
        where echoes[name]?.isNull ?? true {
            // By the shortest text that means the same: a Float widened has digits that nobody wrote.
            echoes[name] = Double("\(value)").map(JSONValue.double) ?? .null
        }
        self.echoes = echoes
        self.makeID = makeID
        self.now = now
    }

    package var whole: JSONValue {
        var members = head
        members["status"] = .string(status)
        members["completed_at"] = completedAt
        members["error"] = error
        members["incomplete_details"] = status == "incomplete" ? ["reason": "max_output_tokens"] : .null
        members["output"] = .array(output)
        members["usage"] = usage
        members.merge(echoes) { first, _ in first }
        return .object(members)
    }

    /// The request is kept, and run in the background.
    package mutating func queue() -> [AnswerEvent] {
        [event("response.created", ["response": whole]), event("response.queued", ["response": whole])]
    }

    package mutating func begin(_ usage: Usage) -> [AnswerEvent] {
        let isQueued = status == "queued"
        status = "in_progress"
        let created = isQueued ? [] : [event("response.created", ["response": whole])]
        return created + [event("response.in_progress", ["response": whole])]
    }

    /// Ends a background response from outside: one that is cancelled, or that fails with that error.
    ///
    /// - Parameter number: The number of the event that tells it.
    /// - Returns: The response as it is then, and the event.
    package static func ended(
        _ response: JSONValue, by error: APIError?, number: Int
    ) -> (response: JSONValue, event: AnswerEvent) {
        var members = response.objectValue ?? [:]
        members["status"] = error == nil ? "cancelled" : "failed"
        if let error { members["error"] = Self.error(error) }
        let response = JSONValue.object(members)
        let event = AnswerEvent(
            error == nil ? "response.cancelled" : "response.failed",
            ["response": response, "sequence_number": .int(number)])
        return (response, event)
    }

    package mutating func take(_ pieces: [AssistantPiece]) -> [AnswerEvent] {
        pieces.flatMap { piece in
            switch piece {
            case .text(let text, let logprobs): takeText(text, logprobs)
            case .reasoning(let text): takeReasoning(text)
            case .call(let index, let callID, let name):
                close()
                    + start(.call(id: makeID("fc_"), index: index, callID: callID, name: name, arguments: ""))
            case .arguments(let index, let text): takeArguments(text, of: index)
            }
        }
    }

    package mutating func end(_ ending: AnswerEnding, _ usage: Usage) -> [AnswerEvent] {
        let isCut = ending.reason == "length"
        // An answer without a token is a message without text, not nothing.
        var events = output.isEmpty && open == nil ? startMessage() : []
        events += close(isCut ? "incomplete" : "completed")
        status = isCut ? "incomplete" : "completed"
        if !isCut { completedAt = .int(now()) }
        self.usage = usage.responsesJSON
        return events + [event("response.\(status)", ["response": whole])]
    }

    package mutating func fail(_ error: APIError) -> [AnswerEvent] {
        let events = close("incomplete")
        status = "failed"
        self.error = Self.error(error)
        return events + [event("response.failed", ["response": whole])]
    }

    private static func error(_ error: APIError) -> JSONValue {
        let code: JSONValue = error.status < 500 ? "invalid_prompt" : "server_error"
        return ["code": code, "message": .string(error.message)]
    }

    private mutating func event(
        _ name: String, _ members: KeyValuePairs<String, JSONValue>
    ) -> AnswerEvent {
        var event = AnswerEvent(name, members)
        if case .object(var object) = event.data {
            object["sequence_number"] = .int(eventNumber)
            event.data = .object(object)
        }
        eventNumber += 1
        return event
    }
}

// MARK: - Items

extension ResponseForm {
    private mutating func takeText(_ text: String, _ logprobs: [JSONValue]) -> [AnswerEvent] {
        var events: [AnswerEvent] = []
        if case .message = open {} else { events = close() + startMessage() }
        let id = openID
        extend(by: text, logprobs)
        return events + [
            event(
                "response.output_text.delta",
                [
                    "item_id": .string(id), "output_index": .int(output.count), "content_index": 0,
                    "delta": .string(text), "logprobs": .array(logprobs),
                ])
        ]
    }

    private mutating func takeReasoning(_ text: String) -> [AnswerEvent] {
        var events: [AnswerEvent] = []
        if case .reasoning = open {
        } else {
            events = close() + start(.reasoning(id: makeID("rs_"), text: ""))
            events.append(part("added", Self.reasoningPart("")))
        }
        let id = openID
        extend(by: text)
        return events + [
            event(
                "response.reasoning_text.delta",
                [
                    "item_id": .string(id), "output_index": .int(output.count), "content_index": 0,
                    "delta": .string(text),
                ])
        ]
    }

    private mutating func takeArguments(_ text: String, of index: Int) -> [AnswerEvent] {
        guard case .call(let id, index, _, _, _) = open else { return [] }
        extend(by: text)
        return [
            event(
                "response.function_call_arguments.delta",
                ["item_id": .string(id), "output_index": .int(output.count), "delta": .string(text)])
        ]
    }

    /// Adds to the open item. It is taken out first: a text that somebody else holds, too, would be copied for each token.
    private mutating func extend(by piece: String, _ newLogprobs: [JSONValue] = []) {
        switch open.take() {
        case .message(let id, var text, var logprobs):
            text += piece
            logprobs += newLogprobs
            open = .message(id: id, text: text, logprobs: logprobs)
        case .reasoning(let id, var text):
            text += piece
            open = .reasoning(id: id, text: text)
        case .call(let id, let index, let callID, let name, var arguments):
            arguments += piece
            open = .call(id: id, index: index, callID: callID, name: name, arguments: arguments)
        case nil: break
        }
    }

    private mutating func startMessage() -> [AnswerEvent] {
        let events = start(.message(id: makeID("msg_"), text: "", logprobs: []))
        return events + [part("added", Self.textPart("", []))]
    }

    private mutating func start(_ item: Item) -> [AnswerEvent] {
        open = item
        var shown = Self.json(item, "in_progress")
        // What it holds is told by the events that follow.
        if case .object(var members) = shown, members["content"] != nil {
            members["content"] = []
            shown = .object(members)
        }
        return [event("response.output_item.added", ["output_index": .int(output.count), "item": shown])]
    }

    private mutating func part(_ what: String, _ part: JSONValue) -> AnswerEvent {
        event(
            "response.content_part.\(what)",
            [
                "item_id": .string(openID), "output_index": .int(output.count), "content_index": 0,
                "part": part,
            ])
    }

    /// Ends the item that is growing.
    private mutating func close(_ status: String = "completed") -> [AnswerEvent] {
        guard let item = open else { return [] }
        let place: OrderedDictionary<String, JSONValue> = [
            "item_id": .string(openID), "output_index": .int(output.count),
        ]
        var events: [AnswerEvent] = []
        switch item {
        case .message(_, let text, let logprobs):
            events.append(
                done(
                    "response.output_text.done", place,
                    ["content_index": 0, "text": .string(text), "logprobs": .array(logprobs)]))
            events.append(part("done", Self.textPart(text, logprobs)))
        case .reasoning(_, let text):
            events.append(
                done("response.reasoning_text.done", place, ["content_index": 0, "text": .string(text)]))
            events.append(part("done", Self.reasoningPart(text)))
        case .call(_, _, _, let name, let arguments):
            events.append(
                done(
                    "response.function_call_arguments.done", place,
                    ["name": .string(name), "arguments": .string(arguments)]))
        }
        let json = Self.json(item, status)
        events.append(
            event("response.output_item.done", ["output_index": .int(output.count), "item": json]))
        output.append(json)
        open = nil
        return events
    }

    private mutating func done(
        _ name: String, _ place: OrderedDictionary<String, JSONValue>,
        _ members: OrderedDictionary<String, JSONValue>
    ) -> AnswerEvent {
        var event = event(name, [:])
        if case .object(let object) = event.data {
            event.data = .object(object.merging(place) { $1 }.merging(members) { $1 })
        }
        return event
    }

    private var openID: String {
        switch open {
        case .message(let id, _, _), .reasoning(let id, _), .call(let id, _, _, _, _): id
        case nil: ""
        }
    }

    private static func json(_ item: Item, _ status: String) -> JSONValue {
        switch item {
        case .message(let id, let text, let logprobs):
            [
                "id": .string(id), "type": "message", "status": .string(status), "role": "assistant",
                "content": [textPart(text, logprobs)],
            ]
        case .reasoning(let id, let text):
            [
                "id": .string(id), "type": "reasoning", "summary": [], "content": [reasoningPart(text)],
                "status": .string(status),
            ]
        case .call(let id, _, let callID, let name, let arguments):
            [
                "id": .string(id), "type": "function_call", "status": .string(status),
                "call_id": .string(callID), "name": .string(name), "arguments": .string(arguments),
            ]
        }
    }

    private static func textPart(_ text: String, _ logprobs: [JSONValue]) -> JSONValue {
        ["type": "output_text", "text": .string(text), "annotations": [], "logprobs": .array(logprobs)]
    }

    private static func reasoningPart(_ text: String) -> JSONValue {
        ["type": "reasoning_text", "text": .string(text)]
    }
}

extension Usage {
    /// The Responses API's usage.
    var responsesJSON: JSONValue {
        let reasoningTokens = json["completion_tokens_details"]?["reasoning_tokens"]?.intValue ?? 0
        return [
            "input_tokens": .int(promptTokens),
            "input_tokens_details": ["cached_tokens": .int(cachedTokens), "cache_write_tokens": 0],
            "output_tokens": .int(completionTokens),
            "output_tokens_details": ["reasoning_tokens": .int(reasoningTokens)],
            "total_tokens": .int(promptTokens + completionTokens),
        ]
    }
}
