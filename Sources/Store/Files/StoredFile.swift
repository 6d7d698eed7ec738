import GRDB

/// What is known of a file beside its bytes.
package struct StoredFile: Sendable, Hashable {
    /// `file-…`.
    package var id: String
    /// Whose it is; nil where nobody has a name.
    package var owner: String?
    /// What it is for: `batch`, `assistants` …
    package var purpose: String
    /// What its owner calls it; never a path to anything.
    package var name: String
    /// How many bytes it has.
    package var byteCount: Int
    /// In seconds since 1970.
    package var created: Int
    /// When it goes, in seconds since 1970; nil where it stays.
    package var expires: Int?

    /// Describes a file.
    package init(
        id: String, owner: String?, purpose: String, name: String, byteCount: Int = 0, created: Int,
        expires: Int? = nil
    ) {
        self.id = id
        self.owner = owner
        self.purpose = purpose
        self.name = name
        self.byteCount = byteCount
        self.created = created
        self.expires = expires
    }

    init(_ row: Row) {
        self.init(
            id: row["id"], owner: row["owner"], purpose: row["purpose"], name: row["name"],
            byteCount: row["bytes"], created: row["created"], expires: row["expires"])
    }
}

/// Which part of a list is asked for.
package struct ListRange: Sendable {
    /// The entry before the first one; nil begins at the start.
    package var after: String?
    /// The most entries.
    package var limit: Int
    /// Whether the youngest come first.
    package var isDescending: Bool

    /// Makes a range.
    package init(after: String? = nil, limit: Int, isDescending: Bool = true) {
        self.after = after
        self.limit = limit
        self.isDescending = isDescending
    }
}

/// A part of a list, and whether something follows it.
package struct ListPage<Entry: Sendable>: Sendable {
    /// The entries.
    package var entries: [Entry]
    /// Whether there are more.
    package var hasMore: Bool

    /// Cuts what was fetched, more than wanted where there is more, to the page.
    package init(fetched: [Entry], limit: Int) {
        entries = Array(fetched.prefix(limit))
        hasMore = fetched.count > limit
    }
}
