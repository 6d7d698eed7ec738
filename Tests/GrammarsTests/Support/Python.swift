import Foundation

/// The Python environment of the tests, for reference implementations.
enum Python {
    private static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// Runs a script that lies beside the tests.
    ///
    /// - Returns: What it printed, errors included, and its exit status.
    static func run(_ script: String, input: Data) throws -> (output: String, status: Int32) {
        let environment = try run(root.appending(path: "Scripts/python-env"), [], input: Data())
        let interpreter = environment.output.split(separator: "\n").last.map(String.init) ?? ""
        return try run(
            URL(filePath: interpreter), [root.appending(path: "Tests/GrammarsTests/Golden/\(script)").path],
            input: input)
    }

    private static func run(
        _ executable: URL, _ arguments: [String], input: Data
    ) throws -> (output: String, status: Int32) {
        let folder = FileManager.default.temporaryDirectory.appending(path: "grammars-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (source, sink) = (folder.appending(path: "input"), folder.appending(path: "output"))
        try input.write(to: source)
        try Data().write(to: sink)
        let process = Process()
        process.executableURL = executable
        process.arguments = arguments
        process.standardInput = try FileHandle(forReadingFrom: source)
        process.standardOutput = try FileHandle(forWritingTo: sink)
        process.standardError = try FileHandle(forWritingTo: sink)
        try process.run()
        process.waitUntilExit()
        return (String(decoding: try Data(contentsOf: sink), as: UTF8.self), process.terminationStatus)
    }
}
