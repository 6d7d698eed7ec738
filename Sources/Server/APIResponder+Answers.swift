import Hummingbird
import JSON
import Logging
import OpenAIAPI
import Store

/// `/v1/messages` and `/v1/responses`: chat completions in other words.
extension APIResponder {
    // MARK: Messages

    /// `POST /v1/messages`.
    @concurrent
    func messages(
        _ request: Request, _ place: Gate.Place, _ call: Call, _ connection: Connection
    ) async throws -> Response {
        let asked = try MessagesRequest(
            parsing: try await json(of: request), counts: false, limits: configuration.limits.api)
        var prepared = try prepare(.chatCompletions, asked.chat)
        note(asked.unknownParameters, call)
        let form = MessageForm(
            id: Identifier.make("msg_"), model: prepared.format.envelope.model,
            maxTokens: prepared.options.maxTokens)
        // Agents ask for more tokens than small models have room for: the answer then ends where the context
        // does.
        prepared.fitMaxTokens()
        return try await answer(prepared, as: form, place, call, connection)
    }

    /// `POST /v1/messages/count_tokens`.
    func countTokens(_ request: Request, _ call: Call) async throws -> Response {
        let asked = try MessagesRequest(
            parsing: try await json(of: request), counts: true, limits: configuration.limits.api)
        note(asked.unknownParameters, call)
        return .json(["input_tokens": .int(try prepare(.chatCompletions, asked.chat).promptTokens)])
    }

    // MARK: Responses

    /// `POST /v1/responses`.
    @concurrent
    func responses(
        _ request: Request, _ place: Gate.Place, _ call: Call, _ connection: Connection
    ) async throws -> Response {
        let body = try await json(of: request)
        let asked = try await prepareResponse(body)
        note(asked.unknownParameters, call)
        if asked.request.isBackground {
            return try await startInBackground(asked, body, place, call, connection)
        }
        return try await answer(asked.prepared, as: asked.form, place, call, connection, keep: asked.keep)
    }

    /// A request to the Responses API, ready to run.
    struct PreparedResponse: Sendable {
        let id: String
        let created: Int
        let request: ResponsesRequest
        let prepared: PreparedCompletion
        let form: ResponseForm
        /// Parameters that nobody here knows; they change nothing.
        var unknownParameters: [String] { request.unknownParameters + prepared.unknownParameters }
        /// Keeps the finished response where it is to be kept.
        let keep: @Sendable (JSONValue) async throws -> Void
    }

    /// Parses a request's body, and finds what it goes on from.
    ///
    /// - Parameter firstEvent: The number of the answer's first event.
    func prepareResponse(
        _ body: JSONValue, id: String = Identifier.make("resp_"), created: Int = SystemClock.secondsSince1970,
        firstEvent: Int = 0
    ) async throws -> PreparedResponse {
        let asked = try ResponsesRequest(
            parsing: body, limits: configuration.limits.api, makeID: Identifier.make)
        var history: [JSONValue] = []
        if let previous = asked.previousID { history = try await self.history(previous, now: created) }
        let prepared = try prepareChat(asked, history)
        let keeper = asked.stores == true || asked.isBackground ? try storage.required() : storage.store
        let stores = asked.stores ?? (keeper != nil)
        let form = ResponseForm(
            asked, prepared, id: id, created: created, stores: stores, makeID: Identifier.make,
            now: { SystemClock.secondsSince1970 }, firstEvent: firstEvent)
        return PreparedResponse(
            id: id, created: created, request: asked, prepared: prepared, form: form
        ) { whole in
            guard stores, let keeper else { return }
            try await keeper.addResponse(
                StoredResponse(
                    id: id, owner: caller.owner, previous: asked.previousID, created: created,
                    input: asked.input,
                    body: whole))
        }
    }

    /// The items of the conversation that ended with a response.
    private func history(_ previous: String, now: Int) async throws -> [JSONValue] {
        let store = try storage.required()
        do {
            let conversation = try await store.conversation(
                endingWith: previous, owner: caller.owner, now: now)
            return conversation.flatMap { $0.input + ($0.body["output"]?.arrayValue ?? []) }
        } catch {
            if case .conflict(let reason) = error { throw APIError.invalid("previous_response_id", reason) }
            guard let id = error.missingID else { throw error }
            throw APIError(
                status: 400, "Previous response with id `\(id.prefix(80))` not found",
                parameter: "previous_response_id", code: "previous_response_not_found")
        }
    }

    /// The chat completion that is asked for; where the request allows it, without the first messages of a
    /// conversation that is too long, and as few of these as possible.
    private func prepareChat(
        _ asked: ResponsesRequest, _ history: [JSONValue]
    ) throws(APIError) -> PreparedCompletion {
        let whole = try prepare(.chatCompletions, asked.chat(history: history))
        let wanted = max(1, whole.options.maxTokens ?? 1)
        guard asked.truncates, whole.roomTokens < wanted else { return whole }
        var (low, high) = (0, try asked.messageCount(history: history) - 1)
        var best = whole
        while low < high {
            let middle = low + (high - low) / 2
            let dropped = try prepare(
                .chatCompletions, asked.chat(history: history, dropping: middle + 1))
            if dropped.roomTokens >= wanted {
                best = dropped
                high = middle
            } else {
                low = middle + 1
            }
        }
        return best
    }

    /// `GET` shows, `DELETE` deletes.
    func response(
        _ id: String, _ request: Request, _ call: Call, _ connection: Connection
    ) async throws -> Response {
        let store = try storage.required()
        if request.method == .delete {
            try await store.deleteResponse(id, owner: caller.owner)
            responseSignals.stop(id)
            responseStreams.end(id)
            return .json(["id": .string(id), "object": "response", "deleted": true])
        }
        let query = query(of: request)
        if query["stream"] == "true" { return try await streamResponse(id, query, call, connection) }
        return .json(
            try await store.response(id, owner: caller.owner, now: SystemClock.secondsSince1970).body)
    }

    /// `GET …/input_items`.
    func responseItems(_ id: String, _ request: Request) async throws -> Response {
        let range = try ListRange(query: query(of: request), limit: 20, limitMax: 100)
        let store = try storage.required()
        let stored = try await store.response(id, owner: caller.owner, now: SystemClock.secondsSince1970)
        var items = range.isDescending ? stored.input.reversed() : stored.input
        if let after = range.after {
            guard let place = items.firstIndex(where: { $0["id"] == .string(after) }) else {
                throw APIError.invalid("after", "after must be the id of an item of the response")
            }
            items.removeFirst(place + 1)
        }
        return .json(ListPage(fetched: items, limit: range.limit).json { $0 })
    }

    // MARK: Answering

    /// Runs a prompt, and answers with all of it, or with a stream of named events.
    ///
    /// - Parameter keep: Is given the whole answer before its end is told.
    @concurrent
    func answer(
        _ prepared: PreparedCompletion, as form: some AnswerForm, _ place: Gate.Place, _ call: Call,
        _ connection: Connection, keep: @escaping @Sendable (JSONValue) async throws -> Void = { _ in }
    ) async throws -> Response {
        let watch = try await ConnectionWatch.on(connection.channel)
        let run = try caller.start(prepared)
        guard prepared.options.streams else {
            defer { withExtendedLifetime(place) {} }
            let whole = try await whileConnected(watch, run) {
                try await prepared.whole(run, as: form, spent: caller.charge)
            }
            try await keep(whole)
            return .json(whole)
        }
        let body = ResponseBody { writer in
            defer {
                call.finish(
                    status: watch.isGone ? APIError.clientGone.status : 200, counts: counts, logger: logger)
                withExtendedLifetime(place) {}
            }
            try await whileConnected(watch, run) {
                try await stream(prepared, run, as: form, keep: keep, to: &writer)
            }
            try await writer.finish(nil)
        }
        return Response(status: .ok, headers: EventStream.headers, body: body)
    }

    @concurrent
    private func stream(
        _ prepared: PreparedCompletion, _ run: CompletionRun, as form: some AnswerForm,
        keep: @Sendable (JSONValue) async throws -> Void, to writer: inout any ResponseBodyWriter
    ) async throws {
        var form = form
        var stream = EventStream()
        var usage = run.initialUsage
        defer { caller.charge(answerTokens: usage.completionTokens) }
        do {
            let last = try await prepared.tell(run, as: &form, &usage) { events in
                stream.add(events)
                try await stream.flush(to: &writer)
            }
            try await keep(form.whole)
            stream.add(last)
        } catch let error as APIError {
            stream.add(form.fail(error))
        } catch let error as StoreError {
            logger.error("An answer was not kept", metadata: ["error": "\(error)"])
            stream.add(form.fail(APIError(error)))
        }
        try await stream.flush(to: &writer)
    }

    private func note(_ names: [String], _ call: Call) {
        warnings.note(names, route: call.route, logger: logger)
    }
}

extension PreparedCompletion {
    /// Tells an answer in another form while it comes.
    ///
    /// - Parameter usage: What it has cost until then.
    /// - Returns: The events of its end, which are told when it is kept.
    @concurrent
    func tell<Form: AnswerForm>(
        _ run: CompletionRun, as form: inout Form, _ usage: inout Usage,
        _ tell: @concurrent ([AnswerEvent]) async throws -> Void
    ) async throws -> [AnswerEvent] {
        try await tell(form.begin(usage))
        var isFirst = true
        var ending = AnswerEnding(reason: "stop")
        try await run.forEachDelta { delta in
            usage.count(delta)
            let (pieces, end) = self.pieces(of: delta, isFirst: isFirst)
            isFirst = false
            if let end { ending = end }
            try await tell(form.take(pieces))
        }
        return form.end(ending, usage)
    }

    /// The whole answer in another form.
    ///
    /// - Parameter spent: Is told of its tokens as they are made.
    @concurrent
    func whole(
        _ run: CompletionRun, as form: any AnswerForm, spent: @Sendable (_ tokens: Int) -> Void
    ) async throws -> JSONValue {
        var form = form
        let (choices, usage) = try await run.collect(spent: spent)
        guard let choice = choices.first else { throw APIError.internalError }
        let (pieces, ending) = pieces(of: choice)
        _ = form.begin(Usage(promptTokens: usage.promptTokens))
        _ = form.take(pieces)
        _ = form.end(ending, usage)
        return form.whole
    }
}
