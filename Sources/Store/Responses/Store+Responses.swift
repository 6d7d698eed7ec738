// GRDB hands blobs over as Foundation's Data.
import Foundation
import GRDB
package import JSON
import OrderedCollections

extension Store {
    /// Keeps a response, and lets go of those that are too old or too many.
    ///
    /// - Throws: ``StoreError/full(_:)`` where it is open and too many are.
    package func addResponse(_ response: StoredResponse) async throws(StoreError) {
        let limits = limits
        let (input, body) = (JSONValue.array(response.input).serialized(), response.body.serialized())
        let request = response.request?.serialized()
        let bytes = input.utf8.count + body.utf8.count + (request?.utf8.count ?? 0)
        try await write { database in
            if request != nil { try Self.checkOpenResponses(database, limits) }
            try database.execute(
                sql: """
                    INSERT INTO response
                        (id, owner, previous, created, input, body, request, isOpen, isStreamed, bytes)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    response.id, response.owner, response.previous, response.created, input, body, request,
                    request != nil, response.isStreamed, bytes,
                ])
            try Self.dropOldResponses(database, limits, now: response.created)
        }
    }

    /// - Throws: ``StoreError/notFound(kind:id:)``, also where it is too old.
    package func response(_ id: String, owner: String?, now: Int) async throws(StoreError) -> StoredResponse {
        let oldest = now - limits.responseSecondsMax
        return try await read { try Self.response(id, owner: owner, oldest: oldest, $0) }
    }

    /// A response and all that it went on from, the eldest first.
    ///
    /// - Throws: ``StoreError/notFound(kind:id:)`` for the first of them that is not there any more,
    ///   ``StoreError/conflict(_:)`` for one that has not ended, ``StoreError/full(_:)`` where they are too many.
    package func conversation(
        endingWith id: String, owner: String?, now: Int
    ) async throws(StoreError) -> [StoredResponse] {
        let oldest = now - limits.responseSecondsMax
        let limits = limits
        return try await read { database in
            var conversation: [StoredResponse] = []
            var byteCount = 0
            var next: String? = id
            while let id = next {
                guard conversation.count < limits.conversationResponsesMax else {
                    throw StoreError.full(
                        "A conversation may go back at most \(limits.conversationResponsesMax) responses")
                }
                byteCount +=
                    try Int.fetchOne(
                        database, sql: "SELECT bytes FROM response WHERE id = ?", arguments: [id]) ?? 0
                guard byteCount <= limits.conversationBytesMax else {
                    throw StoreError.full(
                        "A conversation may have at most \(limits.conversationBytesMax) bytes; "
                            + "begin a new one without previous_response_id")
                }
                let response = try Self.response(id, owner: owner, oldest: oldest, database)
                guard !response.isOpen else {
                    throw StoreError.conflict(
                        "The response \(id) is still at work; wait for its end before going on from it")
                }
                next = response.previous
                conversation.append(response)
            }
            return conversation.reversed()
        }
    }

    /// - Throws: ``StoreError/notFound(kind:id:)``.
    package func deleteResponse(_ id: String, owner: String?) async throws(StoreError) {
        try await write { database in
            try database.execute(
                sql: "DELETE FROM response WHERE id = ? AND owner IS ?", arguments: [id, owner])
            guard database.changesCount > 0 else { throw StoreError.notFound(kind: "response", id: id) }
        }
    }

    // MARK: In the background

    /// The eldest responses with something left to do, at most that many, whoever owns them.
    package func openResponses(count: Int) async throws(StoreError) -> [String] {
        try await read { database in
            try String.fetchAll(
                database, sql: "SELECT id FROM response WHERE isOpen ORDER BY number LIMIT ?",
                arguments: [count])
        }
    }

    /// Begins with an open response: it is in progress from now on.
    ///
    /// - Returns: The response as it is then; nil where it has ended or is gone.
    package func beginResponse(_ id: String) async throws(StoreError) -> StoredResponse? {
        try await write { database in
            guard
                let row = try Row.fetchOne(
                    database, sql: "SELECT * FROM response WHERE id = ? AND isOpen", arguments: [id])
            else { return nil }
            var response = try StoredResponse(row)
            response.runs += 1
            if case .object(var members) = response.body {
                members["status"] = "in_progress"
                response.body = .object(members)
            }
            try database.execute(
                sql: "UPDATE response SET body = ?, runs = ? WHERE id = ?",
                arguments: [response.body.serialized(), response.runs, id])
            return response
        }
    }

    /// Ends an open response with what it is at the end, and keeps its events.
    ///
    /// - Returns: False where it had ended before, or is gone; then nothing changes.
    package func endResponse(
        _ id: String, body: JSONValue, events: [StoredEvent] = []
    ) async throws(StoreError) -> Bool {
        let limits = limits
        let text = body.serialized()
        let bytes = events.reduce(text.utf8.count) { $0 + $1.bytes.count }
        return try await write { database in
            try database.execute(
                sql: """
                    UPDATE response SET isOpen = 0, request = NULL, body = ?, bytes = LENGTH(input) + ?
                    WHERE id = ? AND isOpen
                    """,
                arguments: [text, bytes, id])
            guard database.changesCount > 0 else { return false }
            let insert = try database.makeStatement(
                sql: "INSERT INTO event (response, number, bytes) VALUES (?, ?, ?)")
            for event in events { try insert.execute(arguments: [id, event.number, Data(event.bytes)]) }
            try Self.dropOldResponses(database, limits, now: nil)
            return true
        }
    }

    /// The kept events of a response behind that number, at most that many.
    package func events(
        of response: String, after number: Int, count: Int
    ) async throws(StoreError) -> [StoredEvent] {
        try await read { database in
            try Row.fetchAll(
                database,
                sql:
                    "SELECT number, bytes FROM event WHERE response = ? AND number > ? ORDER BY number LIMIT ?",
                arguments: [response, number, count]
            ).map { StoredEvent(number: $0["number"], bytes: [UInt8]($0["bytes"] as Data)) }
        }
    }
}

// MARK: - Inside a transaction

extension Store {
    private static func response(
        _ id: String, owner: String?, oldest: Int, _ database: Database
    ) throws -> StoredResponse {
        let row = try Row.fetchOne(
            database, sql: "SELECT * FROM response WHERE id = ? AND owner IS ? AND created >= ?",
            arguments: [id, owner, oldest])
        guard let row else { throw StoreError.notFound(kind: "response", id: id) }
        return try StoredResponse(row)
    }

    private static func checkOpenResponses(_ database: Database, _ limits: StoreLimits) throws {
        let open = try Int.fetchOne(database, sql: "SELECT COUNT(*) FROM response WHERE isOpen")
        guard (open ?? 0) < limits.openResponsesMax else {
            throw StoreError.full(
                "\(limits.openResponsesMax) background responses are open, and no more may be; try again later"
            )
        }
    }

    /// Deletes what is too old, and of the rest the eldest until the others are few and small enough.
    ///
    /// - Parameter now: nil where no time has passed that matters.
    private static func dropOldResponses(_ database: Database, _ limits: StoreLimits, now: Int?) throws {
        if let now {
            try database.execute(
                sql: """
                    DELETE FROM response WHERE NOT isOpen AND (created < ? OR number <=
                        (SELECT number FROM response ORDER BY number DESC LIMIT 1 OFFSET ?))
                    """,
                arguments: [now - limits.responseSecondsMax, limits.responsesMax])
        }
        let total = try Int.fetchOne(database, sql: "SELECT SUM(bytes) FROM response") ?? 0
        guard total > limits.responsesBytesMax else { return }
        // The newest stays, however large it is: it has just been acknowledged.
        try database.execute(
            sql: """
                DELETE FROM response WHERE NOT isOpen AND number IN (
                    SELECT number FROM (
                        SELECT number, SUM(bytes) OVER (ORDER BY number DESC) AS total,
                            ROW_NUMBER() OVER (ORDER BY number DESC) AS place
                        FROM response
                    ) WHERE total > ? AND place > 1
                )
                """,
            arguments: [limits.responsesBytesMax])
    }
}
