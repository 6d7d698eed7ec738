import JSON
import Logging
import OpenAIAPI
import OrderedCollections
import Store

/// Works the batches off: one after the other, a few lines at a time, behind everybody else's requests.
///
/// The store is the only memory. Each line's answer is one transaction, so that wherever the process ends,
/// the lines that have an answer keep it, and the others are asked again after the next start.
struct BatchWorker: Sendable {
    /// Answers a request's body at an endpoint, as the route of that path would answer whoever owns the batch.
    typealias Answer =
        @Sendable (_ owner: String?, _ endpoint: String, _ body: JSONValue) async throws -> JSONValue

    let store: Store
    let signals: WorkSignals
    let limits: BatchLimits
    let jsonLimits: JSONLimits
    let logger: Logger
    let answer: Answer

    /// Works until the task is cancelled.
    func run() async {
        async let ticking: Void = tick()
        await OpenWork(
            signals: signals, atWorkMax: 1, faultSeconds: limits.faultSeconds, logger: logger,
            open: { [store] _ in try await store.nextBatch().map { [$0.id] } ?? [] }, work: advance
        ).run()
        await ticking
    }

    /// Looks for what has expired every now and then.
    private func tick() async {
        while !Task.isCancelled {
            do {
                try await store.deleteExpiredFiles(now: SystemClock.secondsSince1970)
            } catch {
                logger.error("Expired files were not deleted", metadata: ["error": "\(error)"])
            }
            try? await Task.sleep(for: .seconds(limits.tickSeconds))
            signals.wake()
        }
    }

    @Sendable
    private func advance(_ id: String) async throws {
        // The store knows better than whoever found the batch.
        guard var batch = try await store.nextBatch(), batch.id == id else { return }
        if batch.status == .validating {
            guard let begun = try await begin(batch) else { return }
            batch = begun
        }
        switch batch.status {
        case .inProgress:
            let isExpired = try await answerLines(of: batch)
            try Task.checkCancellation()
            if isExpired {
                try await expireLines(of: batch)
                try await end(batch, as: .expired)
            } else {
                try await store.finalizeBatch(id, now: SystemClock.secondsSince1970)
                try await end(batch, as: .completed)
            }
        case .finalizing: try await end(batch, as: .completed)
        case .cancelling: try await end(batch, as: .cancelled)
        case .validating, .failed, .completed, .expired, .cancelled: break
        }
    }

    private func end(_ batch: StoredBatch, as status: BatchStatus) async throws {
        try await store.endBatch(batch.id, as: status, now: SystemClock.secondsSince1970)
        logger.info("Batch \(status.rawValue)", metadata: ["batch": "\(batch.id)"])
    }

    // MARK: Validating

    /// Looks at every line before the first one is answered.
    ///
    /// - Returns: The batch as it is then; nil where it failed.
    private func begin(_ batch: StoredBatch) async throws -> StoredBatch? {
        let (count, errors) = try await validate(batch)
        let now = SystemClock.secondsSince1970
        guard errors.isEmpty else {
            try await store.failBatch(batch.id, errors: errors, now: now)
            return nil
        }
        return try await store.beginBatch(
            batch.id, total: count, outputFile: Identifier.make("file-"), errorFile: Identifier.make("file-"),
            now: now)
    }

    private func validate(_ batch: StoredBatch) async throws -> (count: Int, errors: [JSONValue]) {
        var lines = StoredLines(store, file: batch.inputFile, lineBytesMax: limits.lineBytesMax)
        var customIDs: Set<String> = []
        var errors: [JSONValue] = []
        var count = 0
        do {
            while let line = try await lines.next(), errors.count < limits.errorsMax {
                count += 1
                guard count <= limits.linesMax else {
                    throw BatchLineError(
                        "too_many_lines", "A batch may have at most \(limits.linesMax) requests")
                }
                do {
                    let parsed = try parse(line, batch)
                    guard customIDs.insert(parsed.customID).inserted else {
                        throw BatchLineError(
                            "duplicate_custom_id", "The custom_id stands in an earlier line, too",
                            parameter: "custom_id")
                    }
                } catch let error as BatchLineError {
                    errors.append(error.json(line: line.number))
                }
            }
            if count == 0 { throw BatchLineError("empty_file", "The input file has no requests") }
        } catch let error as BatchLineError {
            errors.append(error.json(line: nil))
        }
        return (count, errors)
    }

    private func parse(_ line: StoredLines.Line, _ batch: StoredBatch) throws(BatchLineError) -> BatchLine {
        try BatchLine(line.bytes, endpoint: batch.endpoint, limits: jsonLimits)
    }

    // MARK: Answering

    /// Answers the lines that have no answer yet.
    ///
    /// - Returns: Whether the time was over before all had one.
    private func answerLines(of batch: StoredBatch) async throws -> Bool {
        let answered = try await store.answeredPlaces(of: batch)
        var lines = StoredLines(store, file: batch.inputFile, lineBytesMax: limits.lineBytesMax)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            var atWork = 0
            while let line = try await lines.next() {
                guard !answered.contains(line.place) else { continue }
                guard SystemClock.secondsSince1970 < batch.expires else {
                    try await group.waitForAll()
                    return true
                }
                if atWork >= limits.linesAtWorkMax {
                    try await group.next()
                    atWork -= 1
                }
                try Task.checkCancellation()
                group.addTask { try await answer(line, of: batch) }
                atWork += 1
            }
            try await group.waitForAll()
            return false
        }
    }

    private func answer(_ line: StoredLines.Line, of batch: StoredBatch) async throws {
        let parsed = try parse(line, batch)
        let (status, body) = try await answer(parsed.body, of: batch)
        let bytes = BatchLine.answer(to: parsed.customID, (status, body), error: nil)
        try await store.record(bytes, at: line.place, isFailure: status != 200, batch: batch.id)
    }

    /// The answer to one request; waits while the engine has no room.
    ///
    /// - Throws: where nobody can answer now: the server stops, or the engine broke.
    private func answer(
        _ body: JSONValue, of batch: StoredBatch
    ) async throws -> (status: Int, body: JSONValue) {
        var body = body
        if case .object(var members) = body {
            members["priority"] = .int(max(members["priority"]?.intValue ?? 0, limits.priority))
            body = .object(members)
        }
        do {
            let answered = try await OpenWork.whenThereIsRoom(everySeconds: limits.retrySeconds) {
                try await answer(batch.owner, batch.endpoint, body)
            }
            return (200, answered)
        } catch let error as APIError where error.status < 500 {
            return (error.status, error.json)
        }
    }

    /// Says of the lines without an answer that there will be none.
    private func expireLines(of batch: StoredBatch) async throws {
        let answered = try await store.answeredPlaces(of: batch)
        var lines = StoredLines(store, file: batch.inputFile, lineBytesMax: limits.lineBytesMax)
        while let line = try await lines.next() {
            guard !answered.contains(line.place) else { continue }
            let bytes = BatchLine.answer(
                to: try parse(line, batch).customID, nil,
                error: ("batch_expired", "The request was not answered before the completion window ended"))
            try await store.record(bytes, at: line.place, isFailure: true, batch: batch.id)
        }
    }
}
