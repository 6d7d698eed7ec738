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
    /// The request's body where the response is open: asked for in the background, and not ended.
    package var request: JSONValue?
    /// Whether its events are kept, too.
    package var isStreamed: Bool
    /// How often it was begun.
    package var runs = 0

    /// Describes a response.
    package init(
        id: String, owner: String?, previous: String?, created: Int, input: [JSONValue], body: JSONValue,
        request: JSONValue? = nil, isStreamed: Bool = false
    ) {
        self.id = id
        self.owner = owner
        self.previous = previous
        self.created = created
        self.input = input
        self.body = body
        self.request = request
        self.isStreamed = isStreamed
    }

    init(_ row: Row) throws {
        let request: String? = row["request"]
        self.init(
            id: row["id"], owner: row["owner"], previous: row["previous"], created: row["created"],
            input: try JSONValue(parsing: row["input"] as String).arrayValue ?? [],
            body: try JSONValue(parsing: row["body"] as String),
            request: try request.map { try JSONValue(parsing: $0) }, isStreamed: row["isStreamed"])
        runs = row["runs"]
    }

    /// Whether there is still something to do.
    package var isOpen: Bool { request != nil }
}

/// An event of a response's stream.
package struct StoredEvent: Sendable, Hashable {
    /// Its `sequence_number`.
    package var number: Int
    /// The event as it is sent.
    package var bytes: [UInt8]

    /// Makes an event.
    package init(number: Int, bytes: [UInt8]) {
        self.number = number
        self.bytes = bytes
    }
}
