import GRDB
import Glibc

/// What must outlive the process: files, batches and stored responses, in one SQLite database.
///
/// Whatever a method has returned from survives the end of the process at any point: every change is one
/// transaction, written ahead (WAL) and synced. The folder belongs to one process at a time.
package final class Store: Sendable {
    /// The most that is kept.
    package let limits: StoreLimits
    /// Where it lies.
    package let folder: String
    let database: DatabasePool
    /// Held for as long as the store is open.
    private let lock: FolderLock

    /// Opens the database in that folder, and makes both where they are not there yet.
    ///
    /// What an upload left behind that never ended is removed.
    /// - Throws: ``StoreError`` where the folder cannot be used, another process has it, or the database is
    ///   none.
    package init(folder: String, limits: StoreLimits = StoreLimits()) throws(StoreError) {
        self.limits = limits
        self.folder = folder
        try Folder.make(folder)
        lock = try FolderLock(folder)
        let path = folder + "/needletail.sqlite"
        // SQLite gives the files beside the database the mode that it has.
        try Folder.makeFile(path)
        var configuration = Configuration()
        configuration.label = "needletail-store"
        configuration.busyMode = .timeout(5)
        // Takes effect where the database is new: deleted pages can be given back.
        configuration.prepareDatabase { database in
            guard !database.configuration.readonly else { return }
            try database.execute(sql: "PRAGMA auto_vacuum = INCREMENTAL")
        }
        do {
            database = try DatabasePool(path: path, configuration: configuration)
            // Also the end of the machine loses nothing that was acknowledged.
            try database.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
            try Schema.migrator.migrate(database)
            try database.write { try Self.removeUnfinishedUploads($0) }
        } catch {
            throw .database(path, "\(error)")
        }
    }

    /// Reads in one snapshot.
    func read<Value: Sendable>(
        _ body: @Sendable (Database) throws -> Value
    ) async throws(StoreError) -> Value {
        do {
            return try await database.read(body)
        } catch {
            throw StoreError(error)
        }
    }

    /// Changes in one transaction: all of it, or nothing where this throws.
    func write<Value: Sendable>(
        _ body: @Sendable (Database) throws -> Value
    ) async throws(StoreError) -> Value {
        do {
            return try await database.write(body)
        } catch {
            throw StoreError(error)
        }
    }

    /// Gives the pages of what was deleted back to the file system.
    func shrink() async throws(StoreError) {
        do {
            try await database.writeWithoutTransaction { try $0.execute(sql: "PRAGMA incremental_vacuum") }
        } catch {
            throw StoreError(error)
        }
    }
}

/// The most that a store keeps, all in one place.
package struct StoreLimits: Sendable {
    /// Bytes of one file.
    package var fileBytesMax = 512 << 20
    /// Bytes of all files together.
    package var storageBytesMax = 16 << 30
    /// Files, the outputs of batches included.
    package var filesMax = 100_000
    /// Bytes of a file's name that are kept.
    package var fileNameBytesMax = 255
    /// Responses that are kept; the eldest go first, but none that is open.
    package var responsesMax = 10_000
    /// Bytes of all responses together; the eldest go first, but none that is open.
    package var responsesBytesMax = 4 << 30
    /// Responses that were asked for in the background and have not ended.
    package var openResponsesMax = 1000
    /// How long a response is kept.
    package var responseSecondsMax = 30 * 86_400
    /// Responses that a conversation goes back.
    package var conversationResponsesMax = 1000
    /// Bytes of these together.
    package var conversationBytesMax = 64 << 20
    /// Batches that are kept; the eldest go first, but none that has not ended. Their files stay.
    package var batchesMax = 10_000
    /// Batches that have not ended.
    package var openBatchesMax = 100

    /// The limits by default.
    package init() {}
}

/// Why the store did not do what it was asked.
package enum StoreError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The folder cannot be made or used.
    case folder(String, reason: String)
    /// Another process has the folder.
    case inUse(String)
    /// SQLite said no.
    case database(String, String)
    /// There is no such thing, or it belongs to somebody else.
    case notFound(kind: String, id: String)
    /// It cannot be done in the state that it is in.
    case conflict(String)
    /// It would pass a limit.
    case full(String)

    /// Wraps what a transaction threw.
    init(_ error: any Error) {
        self = error as? StoreError ?? .database("", "\(error)")
    }

    /// One line for people.
    package var description: String {
        switch self {
        case .folder(let path, let reason):
            "cannot keep data in \(path): \(reason); choose another folder with --data-dir"
        case .inUse(let path):
            "another server keeps its data in \(path); give this one a folder of its own with --data-dir"
        case .database(let path, let reason): "the database \(path) cannot be used: \(reason)"
        case .notFound(let kind, let id): "No \(kind) with the id \(id)"
        case .conflict(let reason), .full(let reason): reason
        }
    }
}
