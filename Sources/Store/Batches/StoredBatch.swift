import GRDB
package import JSON
package import OrderedCollections

/// How far a batch is, in OpenAI's words.
package enum BatchStatus: String, Sendable, CaseIterable {
    case validating, failed
    case inProgress = "in_progress"
    case finalizing, completed, expired, cancelling, cancelled

    /// Whether there is still something to do.
    package var isOpen: Bool {
        switch self {
        case .validating, .inProgress, .finalizing, .cancelling: true
        case .failed, .completed, .expired, .cancelled: false
        }
    }

    /// The open ones as a list in SQL.
    static let openList = allCases.filter(\.isOpen).map { "'\($0.rawValue)'" }.joined(separator: ", ")
}

/// Requests in a file that are answered one by one, their answers in another file.
package struct StoredBatch: Sendable, Hashable {
    /// `batch_…`.
    package var id: String
    /// Whose it is; nil where nobody has a name.
    package var owner: String?
    /// The path that every request goes to.
    package var endpoint: String
    /// The file with one request a line.
    package var inputFile: String
    /// The time it may take as its owner wrote it: `24h`.
    package var window: String
    /// What its owner attached to it.
    package var metadata: OrderedDictionary<String, JSONValue>?
    /// How far it is.
    package var status = BatchStatus.validating
    /// Why it failed.
    package var errors: [JSONValue] = []
    /// The answers, once there is one.
    package var outputFile: String?
    /// What went wrong, once something did.
    package var errorFile: String?
    /// Requests in the input.
    package var total = 0
    /// Requests that were answered.
    package var completed = 0
    /// Requests whose answer is an error.
    package var failed = 0
    /// In seconds since 1970.
    package var created: Int
    /// Until when it may run, in seconds since 1970.
    package var expires: Int
    /// When it came to each status, in seconds since 1970, by OpenAI's names: `in_progress_at` …
    package var times: OrderedDictionary<String, JSONValue> = [:]

    /// Describes a batch that nobody has looked at yet.
    package init(
        id: String, owner: String?, endpoint: String, inputFile: String, window: String,
        metadata: OrderedDictionary<String, JSONValue>?, created: Int, expires: Int
    ) {
        self.id = id
        self.owner = owner
        self.endpoint = endpoint
        self.inputFile = inputFile
        self.window = window
        self.metadata = metadata
        self.created = created
        self.expires = expires
    }

    init(_ row: Row) throws {
        self.init(
            id: row["id"], owner: row["owner"], endpoint: row["endpoint"], inputFile: row["inputFile"],
            window: row["window"], metadata: try Self.json(row["metadata"])?.objectValue,
            created: row["created"], expires: row["expires"])
        let name: String = row["status"]
        guard let status = BatchStatus(rawValue: name) else {
            throw StoreError.database("", "\(id) has the unknown status \(name)")
        }
        self.status = status
        errors = try Self.json(row["errors"])?.arrayValue ?? []
        outputFile = row["outputFile"]
        errorFile = row["errorFile"]
        total = row["total"]
        completed = row["completed"]
        failed = row["failed"]
        times = try Self.json(row["times"])?.objectValue ?? [:]
    }

    private static func json(_ text: String?) throws -> JSONValue? {
        try text.map { try JSONValue(parsing: $0) }
    }

    /// Comes to a status at a time.
    mutating func come(to status: BatchStatus, at now: Int) {
        self.status = status
        times["\(status.rawValue)_at"] = .int(now)
    }
}
