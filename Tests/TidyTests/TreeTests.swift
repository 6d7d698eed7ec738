import Foundation
import Testing

/// The rules over the repository itself.
struct TreeTests {
    /// Folders that hold nothing of ours.
    private static let skipped: Set<String> = [".build", ".git", ".venv", "__pycache__"]

    private static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// The names in a folder of the repository, `""` for its root.
    private static func names(in folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: root.appending(path: folder).path).sorted()
    }

    /// The repository's text files: path from the root, and content.
    private static func textFiles() throws -> [(path: String, text: String)] {
        var files: [(path: String, text: String)] = []
        var folders = [""]
        while let folder = folders.popLast() {
            for name in try names(in: folder) where !skipped.contains(name) {
                let path = folder.isEmpty ? name : "\(folder)/\(name)"
                if let text = try? String(contentsOf: root.appending(path: path), encoding: .utf8) {
                    files.append((path, text))
                } else if (try? names(in: path)) != nil {
                    folders.append(path)
                }
            }
        }
        return files
    }

    @Test func `the whole repository is tidy`() throws {
        let files = try Self.textFiles()
        try #require(files.contains { $0.path == "Sources/Engine/Generation.swift" }, "the walk lost its way")
        for violation in files.flatMap({ violations(in: $0.path, $0.text) }) {
            Issue.record("\(violation)")
        }
    }

    @Test func `every room has tests, or the house says who tests it`() throws {
        let tests = Set(try Self.names(in: "Tests"))
        for room in house where roomsTestedThroughOthers[room.name] == nil {
            #expect(tests.contains(room.name + "Tests"), "\(room.name) has no tests")
        }
    }
}
