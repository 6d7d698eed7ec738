import HTTPTypes
import Hummingbird
import JSON
import Logging
import OpenAIAPI

extension APIResponder {
    /// Runs a completion and answers with all of it, or with a stream.
    ///
    /// A client that goes away takes its request out of the engine. So does a response that is dropped before
    /// it was sent: nothing but its body holds the run and its place.
    @concurrent
    func complete(
        _ prepared: PreparedCompletion, _ place: Gate.Place, _ call: Call, _ connection: Connection
    ) async throws -> Response {
        let watch = try await ConnectionWatch.on(connection.channel)
        let run = try caller.start(prepared)
        guard prepared.options.streams else {
            defer { withExtendedLifetime(place) {} }
            let (choices, usage) = try await whileConnected(watch, run) {
                try await run.collect(spent: caller.charge)
            }
            return .json(prepared.format.response(choices, usage))
        }
        let body = ResponseBody { writer in
            defer {
                call.finish(
                    status: watch.isGone ? APIError.clientGone.status : 200, counts: counts, logger: logger)
                withExtendedLifetime(place) {}
            }
            try await whileConnected(watch, run) { try await stream(prepared, run, to: &writer) }
            try await writer.finish(nil)
        }
        return Response(status: .ok, headers: EventStream.headers, body: body)
    }

    /// Aborts the run as soon as the client goes away.
    @concurrent
    func whileConnected<Value>(
        _ watch: ConnectionWatch, _ run: CompletionRun, _ operation: @concurrent () async throws -> Value
    ) async throws -> Value {
        watch.onGone { run.abort() }
        defer { watch.onGone(nil) }
        do {
            return try await operation()
        } catch let error as APIError {
            throw watch.isGone ? APIError.clientGone : error
        }
    }

    /// Writes the run's deltas as they come; what fails on the way becomes the stream's last event.
    @concurrent
    private func stream(
        _ prepared: PreparedCompletion, _ run: CompletionRun, to writer: inout any ResponseBodyWriter
    ) async throws {
        let format = prepared.format
        let includesUsage = prepared.options.includesUsage
        let isContinuous = prepared.options.includesContinuousUsage
        var events = EventStream()
        var usage = run.initialUsage
        defer { caller.charge(answerTokens: usage.completionTokens) }
        var begun: Set<Int> = []
        do {
            try await run.forEachDelta { delta in
                usage.count(delta)
                let shownUsage: JSONValue? = isContinuous ? usage.json : includesUsage ? .null : .none
                let isFirst = begun.insert(delta.index).inserted
                for choice in format.chunks(for: delta, isFirst: isFirst) {
                    events.add(format.chunk(choice, usage: shownUsage))
                }
                try await events.flush(to: &writer)
            }
            if includesUsage { events.add(format.chunk(usage)) }
        } catch let error as APIError {
            events.add(error.json)
        }
        events.addDone()
        try await events.flush(to: &writer)
    }
}

extension APIError {
    /// 499: for the log; nobody is there to read it.
    static var clientGone: APIError {
        APIError(status: 499, "The client closed the connection", code: "client_closed_request")
    }
}
