import Hummingbird
import JSON
import OpenAIAPI
import OrderedCollections
import Store

/// `/v1/responses` with `background`: acknowledged when it is kept, run when there is time, looked at in between.
///
/// A response that the end of the process interrupted is begun anew by the next one, its events included: their numbers
/// then go on from the next multiple of ``eventsOfARunMax``.
extension APIResponder {
    /// The numbers that one run's events have room in.
    private static let eventsOfARunMax = 1 << 24
    /// Events of an ended response that are read at once.
    private static let eventsReadMax = 1024

    // MARK: Asking

    /// Keeps a request, and answers before it is run.
    ///
    /// - Throws: ``APIError``: 400 for what could never be run, 429 where too many are open.
    @concurrent
    func startInBackground(
        _ asked: PreparedResponse, _ body: JSONValue, _ place: Gate.Place, _ call: Call,
        _ connection: Connection
    ) async throws -> Response {
        let store = try storage.required()
        try asked.prepared.check()
        try caller.take(promptTokens: asked.prepared.promptTokens)
        var form = asked.form
        let events = form.queue()
        let stream = asked.request.streams ? responseStreams.open(asked.id) : nil
        stream?.append(events)
        var request = body.objectValue ?? [:]
        // Items keep the ids that they have now, however often the response is begun.
        request["input"] = .array(asked.request.input)
        do {
            try await store.addResponse(
                StoredResponse(
                    id: asked.id, owner: caller.owner, previous: asked.request.previousID,
                    created: asked.created, input: asked.request.input, body: form.whole,
                    request: .object(request), isStreamed: asked.request.streams))
        } catch {
            responseStreams.end(asked.id)
            throw error.isFull ? APIError.overloaded(error.description) : APIError(error)
        }
        responseSignals.wake()
        guard let stream else { return .json(form.whole) }
        return try await follow(stream, after: -1, place, call, connection)
    }

    /// `POST …/cancel`: ends a response that is open; one that has ended stays as it is.
    func cancelResponse(_ id: String) async throws -> Response {
        let store = try storage.required()
        let now = SystemClock.secondsSince1970
        let stored = try await store.response(id, owner: caller.owner, now: now)
        guard stored.body["background"] == true else {
            throw APIError(
                status: 400, "Only responses that were made with background set to true can be cancelled",
                parameter: "id", code: "invalid_request")
        }
        guard stored.isOpen else { return .json(stored.body) }
        let body = try await end(stored, by: nil, store)
        responseSignals.stop(id)
        if let body { return .json(body) }
        return .json(try await store.response(id, owner: caller.owner, now: now).body)
    }

    // MARK: Running

    /// Runs what is open in the store until the task is cancelled.
    func runInBackground() async {
        guard let store = storage.store else { return }
        let limits = configuration.limits.background
        await OpenWork(
            signals: responseSignals, atWorkMax: limits.atWorkMax, faultSeconds: limits.faultSeconds,
            logger: logger, open: { try await store.openResponses(count: $0) },
            work: { try await run($0, store) }
        ).run()
        responseStreams.endAll()
    }

    /// Runs one response, to its end or to where somebody stops it.
    @concurrent
    private func run(_ id: String, _ store: Store) async throws {
        guard let stored = try await store.beginResponse(id), let request = stored.request else { return }
        let runsMax = configuration.limits.background.runsMax
        do {
            guard stored.runs <= runsMax else {
                throw APIError(status: 400, "The response was begun \(runsMax) times, and never ended")
            }
            // What its owner's key allows today.
            try await acting(for: try access.keys.caller(owning: stored.owner)).run(stored, request, store)
        } catch let error as APIError where error.status < 500 {
            _ = try await end(stored, by: error, store)
        } catch let error as StoreError where !error.isFault {
            _ = try await end(stored, by: APIError(error), store)
        }
    }

    @concurrent
    private func run(_ stored: StoredResponse, _ request: JSONValue, _ store: Store) async throws {
        let asked = try await prepareResponse(
            request, id: stored.id, created: stored.created,
            firstEvent: (stored.runs - 1) * Self.eventsOfARunMax)
        let stream = stored.isStreamed ? responseStreams.open(stored.id) : nil
        var form = asked.form
        stream?.append(form.queue())
        let retrySeconds = configuration.limits.background.retrySeconds
        let run = try await OpenWork.whenThereIsRoom(everySeconds: retrySeconds) {
            try asked.prepared.start()
        }
        var usage = run.initialUsage
        defer { caller.charge(answerTokens: usage.completionTokens) }
        let last = try await asked.prepared.tell(run, as: &form, &usage) { stream?.append($0) }
        try await end(stored, with: form.whole, stream?.seal() ?? [], last, store)
    }

    // MARK: Ending

    /// Ends a response that is cancelled, or that fails with that error.
    ///
    /// - Returns: What it is then; nil where it had ended before.
    private func end(_ stored: StoredResponse, by error: APIError?, _ store: Store) async throws -> JSONValue?
    {
        let told = stored.isStreamed ? responseStreams.open(stored.id).seal() : []
        let number = (told.last?.number ?? -1) + 1
        let (body, event) = ResponseForm.ended(stored.body, by: error, number: number)
        return try await end(stored, with: body, told, [event], store) ? body : nil
    }

    /// Keeps what a response is at its end, and tells it then.
    ///
    /// - Parameters:
    ///   - told: Its events until now.
    ///   - last: Those of its end.
    /// - Returns: False where it had ended before.
    @discardableResult
    private func end(
        _ stored: StoredResponse, with body: JSONValue, _ told: [StoredEvent], _ last: [AnswerEvent],
        _ store: Store
    ) async throws -> Bool {
        let last = ResponseEvents.stored(last)
        var hasEnded = false
        // Also where it cannot be kept: the next run tells its events anew.
        defer { responseStreams.end(stored.id, with: hasEnded ? last : []) }
        hasEnded = try await store.endResponse(
            stored.id, body: body, events: stored.isStreamed ? told + last : [])
        return hasEnded
    }

    // MARK: Looking

    /// `GET …?stream=true`: the events of a response that was asked for as a stream in the background.
    func streamResponse(
        _ id: String, _ query: [String: String], _ call: Call, _ connection: Connection
    ) async throws -> Response {
        let number: Int
        if let text = query["starting_after"] {
            guard let given = Int(text), given >= 0 else {
                throw APIError.invalid(
                    "starting_after",
                    "starting_after must be the sequence_number of an event, not \(text.prefix(40))")
            }
            number = given
        } else {
            number = -1
        }
        let store = try storage.required()
        let now = SystemClock.secondsSince1970
        guard try await store.response(id, owner: caller.owner, now: now).isStreamed else {
            throw APIError.invalid(
                "stream",
                "Only responses that were made with background and stream set to true are shown as a stream")
        }
        let place = try gate.enter()
        let stream = responseStreams.open(id)
        // Opened first: whoever ends the response from here on ends this stream, too.
        let stored = try? await store.response(id, owner: caller.owner, now: now)
        if stored?.isOpen == true { return try await follow(stream, after: number, place, call, connection) }
        responseStreams.end(id)
        return replay(id, after: number, store, place, call)
    }

    /// Sends events as they come.
    private func follow(
        _ stream: ResponseEvents, after number: Int, _ place: Gate.Place, _ call: Call,
        _ connection: Connection
    ) async throws -> Response {
        let watch = try await ConnectionWatch.on(connection.channel)
        let body = ResponseBody { writer in
            defer {
                call.finish(
                    status: watch.isGone ? APIError.clientGone.status : 200, counts: counts, logger: logger)
                withExtendedLifetime(place) {}
            }
            let stopper = ReaderStopper()
            watch.onGone { stopper.stop() }
            defer { watch.onGone(nil) }
            var events = EventStream()
            try await stream.forEach(after: number, until: stopper) {
                events.add($0)
                try await events.flush(to: &writer)
            }
            try await writer.finish(nil)
        }
        return Response(status: .ok, headers: EventStream.headers, body: body)
    }

    /// Sends the kept events of a response that has ended.
    private func replay(
        _ id: String, after number: Int, _ store: Store, _ place: Gate.Place, _ call: Call
    ) -> Response {
        let body = ResponseBody { writer in
            defer {
                call.finish(status: 200, counts: counts, logger: logger)
                withExtendedLifetime(place) {}
            }
            var stream = EventStream()
            var number = number
            while true {
                let events = try await store.events(of: id, after: number, count: Self.eventsReadMax)
                guard let last = events.last else { break }
                stream.add(events)
                try await stream.flush(to: &writer)
                number = last.number
            }
            try await writer.finish(nil)
        }
        return Response(status: .ok, headers: EventStream.headers, body: body)
    }
}
