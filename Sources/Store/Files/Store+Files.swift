// GRDB hands blobs over as Foundation's Data.
import Foundation
import GRDB

extension Store {
    /// Begins a file that nobody sees until ``finishFile(_:name:purpose:expires:)``.
    package func beginFile(_ file: StoredFile) async throws(StoreError) {
        let limits = limits
        try await write { database in
            try Self.checkRoom(database, limits)
            try Self.insert(file, isWhole: false, batch: nil, database)
        }
    }

    /// Adds the next bytes to a file that was begun.
    ///
    /// - Throws: ``StoreError/full(_:)`` where the file, or all files together, would become too large.
    package func append(_ bytes: [UInt8], to file: String) async throws(StoreError) {
        let limits = limits
        try await write { database in
            guard
                let count = try Int.fetchOne(
                    database, sql: "SELECT bytes FROM file WHERE id = ? AND NOT isWhole", arguments: [file])
            else { throw StoreError.notFound(kind: "file", id: file) }
            guard count + bytes.count <= limits.fileBytesMax else {
                throw StoreError.full("A file may have at most \(limits.fileBytesMax) bytes")
            }
            try Self.checkRoom(database, limits, for: bytes.count)
            try database.execute(
                sql: """
                    INSERT INTO piece (file, place, bytes)
                    VALUES (?, (SELECT COALESCE(MAX(place) + 1, 0) FROM piece WHERE file = ?), ?)
                    """,
                arguments: [file, file, Data(bytes)])
            try database.execute(
                sql: "UPDATE file SET bytes = bytes + ? WHERE id = ?", arguments: [bytes.count, file])
        }
    }

    /// Ends a file: from now on it can be seen, and does not change.
    package func finishFile(
        _ id: String, name: String, purpose: String, expires: Int?
    ) async throws(StoreError) -> StoredFile {
        try await write { database in
            try database.execute(
                sql: "UPDATE file SET isWhole = 1, name = ?, purpose = ?, expires = ? WHERE id = ?",
                arguments: [name, purpose, expires, id])
            guard
                let row = try Row.fetchOne(database, sql: "SELECT * FROM file WHERE id = ?", arguments: [id])
            else { throw StoreError.notFound(kind: "file", id: id) }
            return StoredFile(row)
        }
    }

    /// Drops a file that was begun and will not be finished.
    package func abandonFile(_ id: String) async throws(StoreError) {
        try await write { database in
            try database.execute(sql: "DELETE FROM file WHERE id = ? AND NOT isWhole", arguments: [id])
        }
    }

    /// A whole file; one whose time is over is gone.
    ///
    /// - Throws: ``StoreError/notFound(kind:id:)``.
    package func file(_ id: String, owner: String?, now: Int) async throws(StoreError) -> StoredFile {
        try await read { try Self.file(id, owner: owner, now: now, $0) }
    }

    /// The whole files of an owner.
    ///
    /// - Throws: ``StoreError/notFound(kind:id:)`` where the file to begin after is none.
    package func files(
        owner: String?, purpose: String?, _ range: ListRange, now: Int
    ) async throws(StoreError) -> ListPage<StoredFile> {
        try await read { database in
            let sign = range.isDescending ? "<" : ">"
            let bound = try Self.number(of: range.after, in: "file", owner: owner, database)
            let rows = try Row.fetchAll(
                database,
                sql: """
                    SELECT * FROM file
                    WHERE owner IS ? AND isWhole AND (expires IS NULL OR expires > ?)
                        AND (? IS NULL OR purpose = ?) AND (? IS NULL OR number \(sign) ?)
                    ORDER BY number \(range.isDescending ? "DESC" : "ASC") LIMIT ?
                    """,
                arguments: [owner, now, purpose, purpose, bound, bound, range.limit + 1])
            return ListPage(fetched: rows.map(StoredFile.init), limit: range.limit)
        }
    }

    /// Deletes a file and its bytes.
    ///
    /// - Throws: ``StoreError/notFound(kind:id:)``, or ``StoreError/conflict(_:)`` while a batch reads it.
    package func deleteFile(_ id: String, owner: String?, now: Int) async throws(StoreError) {
        try await write { database in
            _ = try Self.file(id, owner: owner, now: now, database)
            let reader = try String.fetchOne(
                database,
                sql: "SELECT id FROM batch WHERE inputFile = ? AND status IN (\(BatchStatus.openList))",
                arguments: [id])
            if let reader {
                throw StoreError.conflict(
                    "The file is the input of \(reader), which is at work; cancel it first")
            }
            try database.execute(sql: "DELETE FROM file WHERE id = ?", arguments: [id])
        }
        try await shrink()
    }

    /// Deletes the files whose time is over and that no batch reads.
    package func deleteExpiredFiles(now: Int) async throws(StoreError) {
        let count = try await write { database in
            try database.execute(
                sql: """
                    DELETE FROM file WHERE isWhole AND expires <= ? AND id NOT IN
                        (SELECT inputFile FROM batch WHERE status IN (\(BatchStatus.openList)))
                    """,
                arguments: [now])
            return database.changesCount
        }
        if count > 0 { try await shrink() }
    }

    /// The piece of a file at the first place after that one; nil past the end.
    package func piece(
        of file: String, after place: Int
    ) async throws(StoreError) -> (place: Int, bytes: [UInt8])? {
        let piece: Piece? = try await read { database in
            try Row.fetchOne(
                database,
                sql: "SELECT place, bytes FROM piece WHERE file = ? AND place > ? ORDER BY place LIMIT 1",
                arguments: [file, place]
            ).map { Piece(place: $0["place"], bytes: [UInt8]($0["bytes"] as Data)) }
        }
        return piece.map { ($0.place, $0.bytes) }
    }

    /// All bytes of a file, where these are not too many.
    ///
    /// - Throws: ``StoreError/full(_:)`` where there are more than `bytesMax`.
    package func contents(of file: StoredFile, bytesMax: Int) async throws(StoreError) -> [UInt8] {
        guard file.byteCount <= bytesMax else {
            throw .full("The file has \(file.byteCount) bytes, and at most \(bytesMax) can be read at once")
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(file.byteCount)
        var place = -1
        while let piece = try await piece(of: file.id, after: place) {
            bytes += piece.bytes
            place = piece.place
        }
        return bytes
    }
}

/// Some bytes of a file, and where they belong.
private struct Piece: Sendable {
    let place: Int
    let bytes: [UInt8]
}

// MARK: - Inside a transaction

extension Store {
    static func removeUnfinishedUploads(_ database: Database) throws {
        try database.execute(sql: "DELETE FROM file WHERE NOT isWhole AND batch IS NULL")
    }

    static func insert(_ file: StoredFile, isWhole: Bool, batch: String?, _ database: Database) throws {
        try database.execute(
            sql: """
                INSERT INTO file (id, owner, purpose, name, bytes, created, expires, isWhole, batch)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                file.id, file.owner, file.purpose, file.name, file.byteCount, file.created, file.expires,
                isWhole, batch,
            ])
    }

    static func file(_ id: String, owner: String?, now: Int, _ database: Database) throws -> StoredFile {
        let row = try Row.fetchOne(
            database,
            sql: """
                SELECT * FROM file
                WHERE id = ? AND owner IS ? AND isWhole AND (expires IS NULL OR expires > ?)
                """,
            arguments: [id, owner, now])
        guard let row else { throw StoreError.notFound(kind: "file", id: id) }
        return StoredFile(row)
    }

    /// The place in the order of coming of an entry that a list goes on after.
    static func number(
        of id: String?, in table: String, owner: String?, _ database: Database
    ) throws -> Int? {
        guard let id else { return nil }
        let number = try Int.fetchOne(
            database, sql: "SELECT number FROM \(table) WHERE id = ? AND owner IS ?", arguments: [id, owner])
        guard let number else { throw StoreError.notFound(kind: table, id: id) }
        return number
    }

    private static func checkRoom(_ database: Database, _ limits: StoreLimits, for bytes: Int = 0) throws {
        let row = try Row.fetchOne(
            database, sql: "SELECT COUNT(*) AS files, COALESCE(SUM(bytes), 0) AS bytes FROM file")
        guard let row else { return }
        let (files, stored): (Int, Int) = (row["files"], row["bytes"])
        // A file that is begun is counted already when bytes are added to it.
        guard files + (bytes == 0 ? 1 : 0) <= limits.filesMax else {
            throw StoreError.full("There are \(files) files, and \(limits.filesMax) may be kept; delete some")
        }
        guard stored + bytes <= limits.storageBytesMax else {
            throw StoreError.full(
                "The files have \(stored) bytes, and \(limits.storageBytesMax) may be kept; delete some")
        }
    }
}
