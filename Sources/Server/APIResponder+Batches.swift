import Hummingbird
import JSON
import OpenAIAPI
import OrderedCollections
import Store

/// `/v1/batches`.
extension APIResponder {
    /// The paths that a batch's requests may go to.
    private static let batchEndpoints = [
        "/v1/chat/completions", "/v1/completions", "/v1/embeddings", "/v1/responses",
    ]

    /// `POST` makes a batch, `GET` lists them.
    func batches(_ request: Request) async throws -> Response {
        let store = try storage.required()
        guard request.method == .post else {
            let range = try ListRange(query: query(of: request), limit: 20, limitMax: 100)
            return .json(try await store.batches(owner: caller.owner, range).json(\.json))
        }
        let batch = try await newBatch(try await json(of: request), store)
        do {
            try await store.addBatch(batch)
        } catch {
            throw error.isFull ? APIError.overloaded(error.description) : APIError(error)
        }
        batchSignals.wake()
        return .json(batch.json)
    }

    private func newBatch(_ body: JSONValue, _ store: Store) async throws -> StoredBatch {
        func string(_ name: String) throws(APIError) -> String {
            guard let text = body[name]?.stringValue else {
                throw .invalid(name, "\(name) is required and must be a string")
            }
            return text
        }
        let now = SystemClock.secondsSince1970
        let input = try string("input_file_id")
        let endpoint = try string("endpoint")
        guard Self.batchEndpoints.contains(endpoint) else {
            throw APIError.invalid(
                "endpoint",
                "endpoint must be one of \(Self.batchEndpoints.joined(separator: ", ")), not "
                    + "`\(endpoint.prefix(80))`")
        }
        let window = try string("completion_window")
        let hoursMax = configuration.limits.batches.windowHoursMax
        guard window.hasSuffix("h"), let hours = Int(window.dropLast()), 1...hoursMax ~= hours else {
            throw APIError.invalid(
                "completion_window",
                "completion_window must be 24h, or 1h to \(hoursMax)h, not `\(window.prefix(40))`")
        }
        let file: StoredFile
        do {
            file = try await store.file(input, owner: caller.owner, now: now)
        } catch {
            guard error.missingID != nil else { throw error }
            throw APIError(
                status: 404, "No such file: `\(input.prefix(80))`", parameter: "input_file_id",
                code: "not_found")
        }
        guard file.purpose == "batch" else {
            throw APIError.invalid(
                "input_file_id", "The file's purpose must be batch, not \(file.purpose)")
        }
        let bytesMax = configuration.limits.batches.inputBytesMax
        guard file.byteCount <= bytesMax else {
            throw APIError.invalid(
                "input_file_id", "The file may have at most \(bytesMax) bytes, not \(file.byteCount)")
        }
        let metadata = body["metadata"] ?? nil
        try ResponsesRequest.check(metadata: metadata)
        return StoredBatch(
            id: Identifier.make("batch_"), owner: caller.owner, endpoint: endpoint, inputFile: input,
            window: window,
            metadata: metadata.objectValue, created: now, expires: now + hours * 3600)
    }

    /// `GET` of one batch.
    func batch(_ id: String) async throws -> Response {
        .json(try await storage.required().batch(id, owner: caller.owner).json)
    }

    /// `POST …/cancel`.
    func cancelBatch(_ id: String) async throws -> Response {
        let batch = try await storage.required().cancelBatch(
            id, owner: caller.owner, now: SystemClock.secondsSince1970)
        batchSignals.stop(id)
        return .json(batch.json)
    }

    /// The answer to a batch's request: what the route of that path answers, made the same way.
    ///
    /// - Parameter owner: whose batch it is: the line may what its owner's key may today.
    @Sendable @concurrent
    func answerLine(owner: String?, _ endpoint: String, _ body: JSONValue) async throws -> JSONValue {
        try await acting(for: try access.keys.caller(owning: owner)).answerLine(endpoint, body)
    }

    @concurrent
    private func answerLine(_ endpoint: String, _ body: JSONValue) async throws -> JSONValue {
        switch endpoint {
        case "/v1/responses":
            guard body["background"] != true else {
                throw APIError.invalid(
                    "background", "background must be false in a batch, which waits for it")
            }
            let asked = try await prepareResponse(body)
            let run = try caller.start(asked.prepared)
            let whole = try await asked.prepared.whole(run, as: asked.form, spent: caller.charge)
            try await asked.keep(whole)
            return whole
        case "/v1/chat/completions", "/v1/completions":
            let prepared = try prepare(
                endpoint == "/v1/completions" ? .completions : .chatCompletions, body)
            let (choices, usage) = try await caller.start(prepared).collect(spent: caller.charge)
            return prepared.format.response(choices, usage)
        case "/v1/embeddings":
            let bytes = try await embedding(.embeddings, body, route: endpoint, nil)
            return try JSONValue(parsing: bytes)
        default: throw APIError.unknownRoute("POST", endpoint)
        }
    }
}

extension StoredBatch {
    /// A batch object as OpenAI has it.
    var json: JSONValue {
        var members: OrderedDictionary<String, JSONValue> = [
            "id": .string(id), "object": "batch", "endpoint": .string(endpoint),
            "errors": errors.isEmpty ? nil : ["object": "list", "data": .array(errors)],
            "input_file_id": .string(inputFile), "completion_window": .string(window),
            "status": .string(status.rawValue),
            // The files can be got when they are whole.
            "output_file_id": status.isOpen ? nil : outputFile.map(JSONValue.string) ?? nil,
            "error_file_id": status.isOpen ? nil : errorFile.map(JSONValue.string) ?? nil,
            "created_at": .int(created), "expires_at": .int(expires),
        ]
        let moments: [BatchStatus] = [
            .inProgress, .finalizing, .completed, .failed, .expired, .cancelling, .cancelled,
        ]
        for moment in moments { members["\(moment.rawValue)_at"] = times["\(moment.rawValue)_at"] ?? .null }
        members["request_counts"] = [
            "total": .int(total), "completed": .int(completed), "failed": .int(failed),
        ]
        members["metadata"] = metadata.map(JSONValue.object) ?? .null
        return .object(members)
    }
}
