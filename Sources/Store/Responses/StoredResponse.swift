import GRDB
package import JSON

/// An answer of the Responses API, kept so that later requests can go on from it.
package struct StoredResponse: Sendable, Hashable {
    /// `resp_…`.
    package var id: String
    /// Whose it is; nil where nobody has a name.
    package var owner: String?
    /// The response that its request went on from.
    package var previous: String?
    /// In seconds since 1970.
    package var created: Int
    /// The items of its own request.
    package var input: [JSONValue]
    /// The response as it was told.
    package var body: JSONValue

    /// Describes a response.
    package init(
        id: String, owner: String?, previous: String?, created: Int, input: [JSONValue], body: JSONValue
    ) {
        self.id = id
        self.owner = owner
        self.previous = previous
        self.created = created
        self.input = input
        self.body = body
    }

    init(_ row: Row) throws {
        self.init(
            id: row["id"], owner: row["owner"], previous: row["previous"], created: row["created"],
            input: try JSONValue(parsing: row["input"] as String).arrayValue ?? [],
            body: try JSONValue(parsing: row["body"] as String))
    }
}

extension Store {
    /// Keeps a response, and lets go of those that are too old or too many.
    package func addResponse(_ response: StoredResponse) async throws(StoreError) {
        let limits = limits
        try await write { database in
            try database.execute(
                sql:
                    "INSERT INTO response (id, owner, previous, created, input, body) VALUES (?, ?, ?, ?, ?, ?)",
                arguments: [
                    response.id, response.owner, response.previous, response.created,
                    JSONValue.array(response.input).serialized(), response.body.serialized(),
                ])
            try database.execute(
                sql: """
                    DELETE FROM response WHERE created < ? OR number <=
                        (SELECT number FROM response ORDER BY number DESC LIMIT 1 OFFSET ?)
                    """,
                arguments: [response.created - limits.responseSecondsMax, limits.responsesMax])
        }
    }

    /// - Throws: ``StoreError/notFound(kind:id:)``, also where it is too old.
    package func response(_ id: String, owner: String?, now: Int) async throws(StoreError) -> StoredResponse {
        let oldest = now - limits.responseSecondsMax
        return try await read { database in
            let row = try Row.fetchOne(
                database, sql: "SELECT * FROM response WHERE id = ? AND owner IS ? AND created >= ?",
                arguments: [id, owner, oldest])
            guard let row else { throw StoreError.notFound(kind: "response", id: id) }
            return try StoredResponse(row)
        }
    }

    /// A response and all that it went on from, the eldest first.
    ///
    /// - Throws: ``StoreError/notFound(kind:id:)`` for the first of them that is not there any more,
    ///   ``StoreError/full(_:)`` where they are too many.
    package func conversation(
        endingWith id: String, owner: String?, now: Int
    ) async throws(StoreError) -> [StoredResponse] {
        let oldest = now - limits.responseSecondsMax
        let limit = limits.conversationResponsesMax
        return try await read { database in
            var conversation: [StoredResponse] = []
            var next: String? = id
            while let id = next {
                guard conversation.count < limit else {
                    throw StoreError.full("A conversation may go back at most \(limit) responses")
                }
                let row = try Row.fetchOne(
                    database, sql: "SELECT * FROM response WHERE id = ? AND owner IS ? AND created >= ?",
                    arguments: [id, owner, oldest])
                guard let row else { throw StoreError.notFound(kind: "response", id: id) }
                let response = try StoredResponse(row)
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
}
