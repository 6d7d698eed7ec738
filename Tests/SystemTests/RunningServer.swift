import Foundation
import TestSupport
import Testing

/// `needletail serve` as a process of its own, on a free port of the loopback interface.
struct RunningServer {
    /// The key that it asks for.
    static let apiKey = "a-key-of-the-tests"

    let process: Process
    let port: UInt16
    /// What it wrote until it was ready.
    let firstScreen: String

    /// Whether it speaks HTTPS.
    var isEncrypted: Bool { firstScreen.contains("https://127.0.0.1:\(port)") }

    var url: String { "\(isEncrypted ? "https" : "http")://127.0.0.1:\(port)" }

    /// Starts a server, runs the body, and ends the server whatever happens.
    static func with<R>(
        _ model: FetchedModel, _ options: [String] = [], apiKey: String? = apiKey,
        _ body: (RunningServer) async throws -> R
    ) async throws -> R {
        try await with(path: model.path, options, apiKey: apiKey, body)
    }

    /// The same for any file or folder.
    static func with<R>(
        path: String, _ options: [String] = [], apiKey: String? = apiKey,
        _ body: (RunningServer) async throws -> R
    ) async throws -> R {
        try await Scratch.with { scratch in
            let process = Process()
            process.executableURL = URL(filePath: Binary.path)
            process.arguments =
                ["serve", path, "--host", "127.0.0.1", "--port", "0"]
                + (apiKey.map { ["--api-key", $0] } ?? []) + options
            if !options.contains("--data-dir") {
                // Nothing of the tests' goes to the user's own folder, and no two servers share one.
                process.arguments? += ["--data-dir", scratch.folder.appending(path: "data").path]
            }
            let log = try FileHandle(forWritingTo: scratch.file("log"))
            process.standardInput = FileHandle.nullDevice
            process.standardOutput = log
            process.standardError = log
            try process.run()
            defer { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }
            let (port, screen) = try await ready(process) { try scratch.text("log") }
            return try await body(RunningServer(process: process, port: port, firstScreen: screen))
        }
    }

    /// Waits for the line with the URL; the server answers from then on.
    private static func ready(_ process: Process, log: () throws -> String) async throws -> (UInt16, String) {
        let url = /https?:\/\/127\.0\.0\.1:([0-9]+)/
        try await eventually("the server is ready") {
            let written = try log()
            try #require(process.isRunning, "the server ended: \(written)")
            return written.contains(url)
        }
        // The screen is written at once or line by line; the answer to /health comes after all of it.
        let port = try #require(UInt16(log().firstMatch(of: url)?.1 ?? ""))
        if try !log().contains("https://127.0.0.1") { _ = try await HTTPExchange.get("/health", port: port) }
        try await eventually("the whole screen is there") { try log().contains("Try it:") }
        return (port, try log())
    }

    /// Asks the server to end, as a service manager does.
    func terminate() {
        process.terminate()
    }

    /// Waits for the server's end.
    ///
    /// - Returns: Its exit status.
    func exitStatus() async throws -> Int32 {
        try await eventually("the server ends") { !process.isRunning }
        #expect(process.terminationReason == .exit)
        return process.terminationStatus
    }

    /// The most bytes that were ever resident (`VmHWM`).
    var residentPeak: Int? {
        let status = try? String(contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)
        let line = status?.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        return line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) }.map {
            $0 << 10
        }
    }

    /// The value of a metric, labels aside; nil where there is none of that name.
    func metric(endingIn suffix: String) async throws -> Double? {
        let body = try await HTTPExchange.get("/metrics", port: port).body
        return body.split(separator: "\n").first { line in
            guard !line.hasPrefix("#"),
                let name = line.split(whereSeparator: { $0 == "{" || $0 == " " }).first
            else { return false }
            return name.hasSuffix(suffix)
        }
        .flatMap { $0.split(separator: " ").last }.flatMap { Double($0) }
    }
}

/// Waits until the condition holds, for at most two minutes: the tests share their cores with other tests.
func eventually(
    _ what: Comment, sourceLocation: SourceLocation = #_sourceLocation, _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + .seconds(120)
    while try await !condition() {
        try #require(ContinuousClock.now < deadline, what, sourceLocation: sourceLocation)
        try await Task.sleep(for: .milliseconds(20))
    }
}
