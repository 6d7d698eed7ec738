import Foundation

/// The release binary, and how tests run it.
enum Binary {
    /// The root of the repository.
    static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// `$NEEDLETAIL_BINARY`, or what `make build` made.
    static let path =
        ProcessInfo.processInfo.environment["NEEDLETAIL_BINARY"]
        ?? root.appending(path: ".build/release/needletail").path

    /// What a command left behind.
    struct Result {
        let status: Int32
        let output: String
        let errors: String
    }

    /// Runs a command to its end.
    ///
    /// - Parameter input: What it reads on standard input.
    static func run(_ arguments: [String], input: String = "") async throws -> Result {
        try await run(path, arguments, input: input)
    }

    /// Runs some other program to its end.
    static func run(_ executable: String, _ arguments: [String], input: String = "") async throws -> Result {
        try await Scratch.with { scratch in
            // Files and no pipes: a pipe that nobody empties stops whoever writes.
            let process = Process()
            process.executableURL = URL(filePath: executable)
            process.arguments = arguments
            process.standardInput = try FileHandle(forReadingFrom: scratch.file("input", input))
            process.standardOutput = try FileHandle(forWritingTo: scratch.file("output"))
            process.standardError = try FileHandle(forWritingTo: scratch.file("errors"))
            try await run(process)
            return try Result(
                status: process.terminationStatus, output: scratch.text("output"),
                errors: scratch.text("errors"))
        }
    }

    private static func run(_ process: Process) async throws {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            process.terminationHandler = { _ in continuation.resume() }
            do {
                try process.run()
            } catch {
                process.terminationHandler = nil
                continuation.resume(throwing: error)
            }
        }
    }
}

/// A folder of one test's own, gone when the test is done.
struct Scratch {
    let folder: URL

    static func with<R>(_ body: (Scratch) async throws -> R) async throws -> R {
        let folder = FileManager.default.temporaryDirectory.appending(path: "needletail-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        return try await body(Scratch(folder: folder))
    }

    /// Writes a file and returns where it is.
    func file(_ name: String, _ text: String = "") throws -> URL {
        try file(name, Data(text.utf8))
    }

    /// Writes a file and returns where it is.
    func file(_ name: String, _ data: Data) throws -> URL {
        let url = folder.appending(path: name)
        try data.write(to: url)
        return url
    }

    /// What a file holds.
    func text(_ name: String) throws -> String {
        String(decoding: try Data(contentsOf: folder.appending(path: name)), as: UTF8.self)
    }
}
