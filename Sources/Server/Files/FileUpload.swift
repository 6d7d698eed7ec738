import Store

/// A file on its way into the store.
struct FileUpload {
    /// Bytes that go into the store at once.
    private static let pieceBytes = 1 << 20

    private let store: Store
    /// The file's id.
    let id: String
    private var fileName = ""
    private var pending: [UInt8] = []
    /// Whether the form had a file.
    private(set) var hasBegun = false

    init(_ store: Store, id: String) {
        self.store = store
        self.id = id
    }

    /// The form's file begins.
    mutating func begin(_ header: MultipartHeader, owner: String?) async throws {
        fileName = FileName.clean(header.fileName ?? "", bytesMax: store.limits.fileNameBytesMax)
        try await store.beginFile(
            StoredFile(
                id: id, owner: owner, purpose: "", name: fileName, created: SystemClock.secondsSince1970))
        hasBegun = true
    }

    /// The file goes on.
    mutating func append(_ bytes: [UInt8]) async throws {
        pending += bytes
        if pending.count >= Self.pieceBytes { try await flush() }
    }

    /// The form is complete.
    mutating func finish(purpose: String, expires: Int?) async throws -> StoredFile {
        if !pending.isEmpty { try await flush() }
        return try await store.finishFile(id, name: fileName, purpose: purpose, expires: expires)
    }

    private mutating func flush() async throws {
        try await store.append(pending, to: id)
        pending.removeAll(keepingCapacity: true)
    }
}

/// What callers call files: shown to them again, and never a path to anything.
enum FileName {
    /// The name without folders and control characters, cut to the length that is kept.
    static func clean(_ name: String, bytesMax: Int) -> String {
        var cleaned = String.UnicodeScalarView()
        var byteCount = 0
        let last = name.unicodeScalars.split { $0 == "/" || $0 == "\\" }.last ?? ""[...].unicodeScalars
        for scalar in last where scalar.properties.generalCategory != .control {
            byteCount += UTF8.width(scalar)
            guard byteCount <= bytesMax else { break }
            cleaned.append(scalar)
        }
        let text = String(cleaned)
        return text.isEmpty || text == "." || text == ".." ? "file" : text
    }
}
