import Foundation
import Glibc
import TestSupport
import Testing

extension SystemTests {
    /// `needletail serve` as a person or a service manager sees it.
    @Suite(.needs(.smollm2)) struct ServeTests {
        /// A request whose answer takes so many tokens, however soon the model would end it.
        private static func endlessChat(tokens: Int) -> String {
            """
            {"messages": [{"role": "user", "content": "Tell me a story."}], "stream": true, "temperature": 0, \
            "max_tokens": \(tokens), "ignore_eos": true}
            """
        }

        @Test func `the first screen names the model, its family, memory, CPU and a line to copy`()
            async throws
        {
            try await RunningServer.with(.smollm2, ["--served-model-name", "tiny"]) { server in
                for expected in ["tiny", "llama", "Q4_1", "KV", "tokens", "CPU", server.url, "curl"] {
                    #expect(
                        server.firstScreen.localizedCaseInsensitiveContains(expected), "\(server.firstScreen)"
                    )
                }
                let models = try await HTTPExchange.get("/v1/models", port: server.port)
                #expect(models.body.contains("\"tiny\""))
            }
        }

        @Test func `SIGTERM lets a running stream finish, and then the server ends well`() async throws {
            try await RunningServer.with(.smollm2) { server in
                let stream = try HTTPExchange(
                    "POST", "/v1/chat/completions", body: Self.endlessChat(tokens: 100), port: server.port)
                let head = try await stream.read(until: "\"content\"")
                #expect(head.hasPrefix("HTTP/1.1 200"))
                server.terminate()
                let rest = try await stream.read()
                #expect(
                    rest.contains("\"finish_reason\":\"length\"")
                        || rest.contains("\"finish_reason\": \"length\""))
                #expect(rest.contains("data: [DONE]"))
                #expect(try await server.exitStatus() == 0)
            }
        }

        @Test func `a client that goes away frees its KV cache`() async throws {
            try await RunningServer.with(.smollm2, ["--max-model-len", "8192"]) { server in
                let stream = try HTTPExchange(
                    "POST", "/v1/chat/completions", body: Self.endlessChat(tokens: 8000), port: server.port)
                _ = try await stream.read(until: "\"content\"")
                #expect(try await server.metric(endingIn: "num_requests_running") == 1)
                #expect(try #require(await server.metric(endingIn: "kv_cache_usage_perc")) > 0)
                stream.close()
                try await eventually("the request is aborted") {
                    let running = try await server.metric(endingIn: "num_requests_running")
                    let usage = try await server.metric(endingIn: "kv_cache_usage_perc")
                    return running == 0 && usage == 0
                }
                // It was aborted and did not just come to its end.
                let tokens = try #require(await server.metric(endingIn: "generation_tokens_total"))
                #expect(tokens < 8000)
            }
        }

        @Test func `a file that is no model is refused with one line that names it`() async throws {
            try await Scratch.with { scratch in
                let file = try scratch.file("broken.gguf", "GGUF and then nothing of the kind").path
                let result = try await Binary.run(["serve", file, "--port", "0"])
                #expect(result.status != 0)
                #expect(result.errors.contains("broken.gguf"))
                #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
            }
        }

        @Test func `a port that is taken is refused with a line that names it, before anything is loaded`()
            async throws
        {
            try await RunningServer.with(.smollm2) { server in
                try await Scratch.with { scratch in
                    let second = try await Binary.run([
                        "serve", FetchedModel.smollm2.path, "--host", "127.0.0.1", "--port", "\(server.port)",
                        "--data-dir", scratch.folder.appending(path: "data").path,
                    ])
                    #expect(second.status != 0)
                    #expect(second.errors.contains("\(server.port)"), "\(second.errors)")
                    #expect(!second.errors.contains("loading comes first"), "\(second.errors)")
                    #expect(
                        !FileManager.default.fileExists(
                            atPath: scratch.folder.appending(path: "data").path))
                }
            }
        }

        /// Starts a server whose models take a while to load, and hands out the port at once.
        private static func whileLoading(
            _ body: (Process, UInt16, _ log: () throws -> String) async throws -> Void
        ) async throws {
            try await Scratch.with { scratch in
                let process = Process()
                process.executableURL = URL(filePath: Binary.path)
                process.arguments = [
                    "serve", FetchedModel.smollm2.path, "--served-model-name", "tiny", "--port", "0",
                    "--max-model-len", "512", "--log-level", "debug", "--data-dir",
                    scratch.folder.appending(path: "data").path,
                ]
                for name in ["one", "two", "three"] {
                    process.arguments? += ["--model", "\(name)=\(FetchedModel.qwenCoder.path)"]
                }
                let log = try FileHandle(forWritingTo: scratch.file("log"))
                process.standardInput = FileHandle.nullDevice
                process.standardOutput = log
                process.standardError = log
                try process.run()
                defer { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }
                var port: UInt16?
                try await eventually("the server listens") {
                    port = try scratch.text("log").firstMatch(of: /Listening at port ([0-9]+)/)
                        .flatMap { UInt16($0.1) }
                    return port != nil
                }
                try await body(process, try #require(port)) { try scratch.text("log") }
            }
        }

        @Test(.needs(.qwenCoder))
        func `while models load, the process lives and is not ready; then it is, at the same port`()
            async throws
        {
            try await Self.whileLoading { process, port, log in
                let health = try await HTTPExchange("GET", "/health", port: port).read()
                #expect(health.hasPrefix("HTTP/1.1 503"), "\(health)")
                #expect(health.lowercased().contains("retry-after: 1"))
                #expect(health.contains("tiny, one, two, three is being loaded"), "\(health)")
                for (path, status) in [("/ping", 200), ("/version", 200), ("/v1/models", 503)] {
                    #expect(try await HTTPExchange.get(path, port: port).status == status)
                }
                #expect(try !log().contains("Try it:"), "the screen comes when it can answer")
                try await eventually("the models are loaded") {
                    try await HTTPExchange.get("/health", port: port).status == 200
                }
                try await eventually("the screen is there") { try log().contains("127.0.0.1:\(port)") }
                process.terminate()
                try await eventually("the server ends") { !process.isRunning }
                #expect(process.terminationReason == .exit && process.terminationStatus == 0)
            }
        }

        @Test(.needs(.qwenCoder), arguments: [SIGTERM, SIGINT])
        func `a signal while models load ends the process at once`(signal: Int32) async throws {
            try await Self.whileLoading { process, port, log in
                kill(process.processIdentifier, signal)
                try await eventually("the server ends") { !process.isRunning }
                #expect(process.terminationReason == .uncaughtSignal)
                #expect(process.terminationStatus == signal)
                #expect(try !log().contains("Try it:"))
            }
        }
    }
}
