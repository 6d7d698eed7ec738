import Foundation
import JSON
import OrderedCollections
import Store

/// A store on a real file in a folder of one test's own, gone when the test is done.
struct TemporaryStore {
    let folder: String

    static func with<R>(_ body: (TemporaryStore) async throws -> R) async throws -> R {
        let url = FileManager.default.temporaryDirectory.appending(
            path: "needletail-store-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: url) }
        return try await body(TemporaryStore(folder: url.path))
    }

    /// Opens it; let go of the last one first.
    func open(limits: StoreLimits = StoreLimits()) throws -> Store {
        try Store(folder: folder, limits: limits)
    }
}

extension Store {
    /// Keeps a file with these pieces.
    @discardableResult
    func keep(
        _ id: String, owner: String? = nil, purpose: String = "batch", _ pieces: [String],
        created: Int = 1000,
        expires: Int? = nil
    ) async throws -> StoredFile {
        try await beginFile(
            StoredFile(id: id, owner: owner, purpose: "", name: "\(id).txt", created: created))
        for piece in pieces { try await append(Array(piece.utf8), to: id) }
        return try await finishFile(id, name: "\(id).txt", purpose: purpose, expires: expires)
    }

    /// What a file holds.
    func text(of id: String, now: Int = 1000) async throws -> String {
        let file = try await file(id, owner: nil, now: now)
        return String(decoding: try await contents(of: file, bytesMax: 1 << 20), as: UTF8.self)
    }
}

extension StoredBatch {
    /// A batch over a file.
    static func of(_ file: String, id: String = "batch_1") -> StoredBatch {
        StoredBatch(
            id: id, owner: nil, endpoint: "/v1/completions", inputFile: file, window: "24h",
            metadata: ["a": "b"], created: 1000, expires: 2000)
    }
}
