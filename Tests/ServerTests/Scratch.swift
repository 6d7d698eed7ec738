import Foundation

/// A folder of one test's own, gone when the test is done.
struct Scratch {
    let folder: URL

    static func with<R>(_ body: (Scratch) async throws -> R) async throws -> R {
        let folder = FileManager.default.temporaryDirectory.appending(path: "needletail-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        return try await body(Scratch(folder: folder))
    }

    /// Where a file of that name lies or would lie.
    func path(_ name: String) -> String { folder.appending(path: name).path }

    /// Writes a file and returns where it is.
    @discardableResult
    func file(_ name: String, _ text: String) throws -> String {
        try Data(text.utf8).write(to: folder.appending(path: name))
        return path(name)
    }

    /// Makes a self-signed certificate and its key with openssl.
    func makeCertificate(_ name: String, options: [String] = ["-nodes"]) async throws {
        try await run(
            "openssl",
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-days", "30",
                "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
                "-keyout", path("\(name).key"), "-out", path("\(name).crt"),
            ] + options)
    }

    private func run(_ command: String, _ arguments: [String]) async throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [command] + arguments
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            process.terminationHandler = { process in
                let status = process.terminationStatus
                continuation.resume(with: status == 0 ? .success(()) : .failure(Failed(status: status)))
            }
            do {
                try process.run()
            } catch {
                process.terminationHandler = nil
                continuation.resume(throwing: error)
            }
        }
    }

    private struct Failed: Error { let status: Int32 }
}
