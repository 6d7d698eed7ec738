// GRDB hands blobs over as Foundation's Data.
import Foundation
import GRDB
package import JSON

extension Store {
    /// Takes a batch in.
    ///
    /// - Throws: ``StoreError/notFound(kind:id:)`` where its input is not there, ``StoreError/full(_:)``
    ///   where too many are open.
    package func addBatch(_ batch: StoredBatch) async throws(StoreError) {
        let (limit, keptMax) = (limits.openBatchesMax, limits.batchesMax)
        try await write { database in
            _ = try Self.file(batch.inputFile, owner: batch.owner, now: batch.created, database)
            let open = try Int.fetchOne(
                database, sql: "SELECT COUNT(*) FROM batch WHERE status IN (\(BatchStatus.openList))")
            guard (open ?? 0) < limit else {
                throw StoreError.full("\(limit) batches are at work, and no more may be; try again later")
            }
            try database.execute(
                sql: """
                    INSERT INTO batch (id, owner, endpoint, inputFile, window, metadata, status, total, completed,
                        failed, created, expires, times)
                    VALUES (?, ?, ?, ?, ?, ?, ?, 0, 0, 0, ?, ?, '{}')
                    """,
                arguments: [
                    batch.id, batch.owner, batch.endpoint, batch.inputFile, batch.window,
                    batch.metadata.map { JSONValue.object($0).serialized() }, batch.status.rawValue,
                    batch.created, batch.expires,
                ])
            try database.execute(
                sql: """
                    DELETE FROM batch WHERE status NOT IN (\(BatchStatus.openList)) AND number <=
                        (SELECT number FROM batch ORDER BY number DESC LIMIT 1 OFFSET ?)
                    """,
                arguments: [keptMax])
        }
    }

    /// - Throws: ``StoreError/notFound(kind:id:)``.
    package func batch(_ id: String, owner: String?) async throws(StoreError) -> StoredBatch {
        try await read { database in
            let row = try Row.fetchOne(
                database, sql: "SELECT * FROM batch WHERE id = ? AND owner IS ?", arguments: [id, owner])
            guard let row else { throw StoreError.notFound(kind: "batch", id: id) }
            return try StoredBatch(row)
        }
    }

    /// The batches of an owner.
    ///
    /// - Throws: ``StoreError/notFound(kind:id:)`` where the batch to begin after is none.
    package func batches(
        owner: String?, _ range: ListRange
    ) async throws(StoreError) -> ListPage<StoredBatch> {
        try await read { database in
            let bound = try Self.number(of: range.after, in: "batch", owner: owner, database)
            let rows = try Row.fetchAll(
                database,
                sql: """
                    SELECT * FROM batch
                    WHERE owner IS ? AND (? IS NULL OR number \(range.isDescending ? "<" : ">") ?)
                    ORDER BY number \(range.isDescending ? "DESC" : "ASC") LIMIT ?
                    """,
                arguments: [owner, bound, bound, range.limit + 1])
            return ListPage(fetched: try rows.map { try StoredBatch($0) }, limit: range.limit)
        }
    }

    /// The eldest batch with something left to do, whoever owns it.
    package func nextBatch() async throws(StoreError) -> StoredBatch? {
        try await read { database in
            try Row.fetchOne(
                database,
                sql: "SELECT * FROM batch WHERE status IN (\(BatchStatus.openList)) ORDER BY number LIMIT 1"
            ).map { try StoredBatch($0) }
        }
    }

    // MARK: Its way

    /// Asks for the end of a batch; the one who works on it ends it.
    ///
    /// - Throws: ``StoreError/notFound(kind:id:)``, or ``StoreError/conflict(_:)`` where it has ended.
    package func cancelBatch(_ id: String, owner: String?, now: Int) async throws(StoreError) -> StoredBatch {
        try await write { database in
            var batch = try Self.batch(id, database)
            guard batch.owner == owner else { throw StoreError.notFound(kind: "batch", id: id) }
            guard batch.status.isOpen else {
                throw StoreError.conflict(
                    "A batch with the status \(batch.status.rawValue) cannot be cancelled")
            }
            if batch.status == .validating || batch.status == .inProgress {
                batch.come(to: .cancelling, at: now)
                try Self.update(batch, database)
            }
            return batch
        }
    }

    /// Ends a batch whose input cannot be used.
    package func failBatch(_ id: String, errors: [JSONValue], now: Int) async throws(StoreError) {
        try await write { database in
            var batch = try Self.batch(id, database)
            guard batch.status == .validating else { return }
            batch.errors = errors
            batch.come(to: .failed, at: now)
            try Self.update(batch, database)
        }
    }

    /// Begins with the lines of a batch, and makes the files that their answers go to, unseen until the end.
    ///
    /// - Returns: The batch as it is then: begun, or about to be cancelled.
    package func beginBatch(
        _ id: String, total: Int, outputFile: String, errorFile: String, now: Int
    ) async throws(StoreError) -> StoredBatch {
        try await write { database in
            var batch = try Self.batch(id, database)
            guard batch.status == .validating else { return batch }
            batch.total = total
            batch.outputFile = outputFile
            batch.errorFile = errorFile
            batch.come(to: .inProgress, at: now)
            for (file, name) in [(outputFile, "output"), (errorFile, "error")] {
                let described = StoredFile(
                    id: file, owner: batch.owner, purpose: "batch_output", name: "\(id)_\(name).jsonl",
                    created: now)
                try Self.insert(described, isWhole: false, batch: id, database)
            }
            try Self.update(batch, database)
            return batch
        }
    }

    /// Keeps the answer to a line, in one transaction with the count of it.
    ///
    /// - Parameters:
    ///   - place: The line's, counted from 0.
    ///   - bytes: The answer's line, its line feed included.
    /// - Returns: False where the line had an answer already, which stays.
    @discardableResult
    package func record(
        _ bytes: [UInt8], at place: Int, isFailure: Bool, batch id: String
    ) async throws(StoreError) -> Bool {
        try await write { database in
            let batch = try Self.batch(id, database)
            guard let output = batch.outputFile, let error = batch.errorFile else {
                throw StoreError.conflict("\(id) has not begun")
            }
            let isThere = try Bool.fetchOne(
                database, sql: "SELECT EXISTS (SELECT 1 FROM piece WHERE file IN (?, ?) AND place = ?)",
                arguments: [output, error, place])
            guard isThere == false else { return false }
            let file = isFailure ? error : output
            try database.execute(
                sql: "INSERT INTO piece (file, place, bytes) VALUES (?, ?, ?)",
                arguments: [file, place, Data(bytes)])
            try database.execute(
                sql: "UPDATE file SET bytes = bytes + ? WHERE id = ?", arguments: [bytes.count, file])
            let column = isFailure ? "failed" : "completed"
            try database.execute(
                sql: "UPDATE batch SET \(column) = \(column) + 1 WHERE id = ?", arguments: [id])
            return true
        }
    }

    /// The places of the lines that have their answer.
    package func answeredPlaces(of batch: StoredBatch) async throws(StoreError) -> Set<Int> {
        try await read { database in
            try Int.fetchSet(
                database, sql: "SELECT place FROM piece WHERE file IN (?, ?)",
                arguments: [batch.outputFile, batch.errorFile])
        }
    }

    /// Marks that every line has its answer.
    package func finalizeBatch(_ id: String, now: Int) async throws(StoreError) {
        try await write { database in
            var batch = try Self.batch(id, database)
            guard batch.status == .inProgress else { return }
            batch.come(to: .finalizing, at: now)
            try Self.update(batch, database)
        }
    }

    /// Ends a batch: its files can be seen, those without a line are gone.
    package func endBatch(_ id: String, as status: BatchStatus, now: Int) async throws(StoreError) {
        try await write { database in
            var batch = try Self.batch(id, database)
            guard batch.status.isOpen else { return }
            batch.outputFile = try Self.show(batch.outputFile, now: now, database)
            batch.errorFile = try Self.show(batch.errorFile, now: now, database)
            batch.come(to: status, at: now)
            try Self.update(batch, database)
        }
    }
}

// MARK: - Inside a transaction

extension Store {
    private static func batch(_ id: String, _ database: Database) throws -> StoredBatch {
        guard let row = try Row.fetchOne(database, sql: "SELECT * FROM batch WHERE id = ?", arguments: [id])
        else { throw StoreError.notFound(kind: "batch", id: id) }
        return try StoredBatch(row)
    }

    private static func update(_ batch: StoredBatch, _ database: Database) throws {
        try database.execute(
            sql: """
                UPDATE batch SET status = ?, errors = ?, outputFile = ?, errorFile = ?, total = ?, times = ?
                WHERE id = ?
                """,
            arguments: [
                batch.status.rawValue, JSONValue.array(batch.errors).serialized(), batch.outputFile,
                batch.errorFile, batch.total, JSONValue.object(batch.times).serialized(), batch.id,
            ])
    }

    /// Lets a file be seen.
    ///
    /// - Returns: Its id; nil where it has no bytes and is dropped.
    private static func show(_ file: String?, now: Int, _ database: Database) throws -> String? {
        guard let file else { return nil }
        try database.execute(sql: "DELETE FROM file WHERE id = ? AND bytes = 0", arguments: [file])
        guard database.changesCount == 0 else { return nil }
        try database.execute(
            sql: "UPDATE file SET isWhole = 1, created = ? WHERE id = ?", arguments: [now, file])
        return file
    }
}
