import Foundation
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

        @Test func `a port that is taken is refused with a line that names it`() async throws {
            try await RunningServer.with(.smollm2) { server in
                try await Scratch.with { scratch in
                    let second = try await Binary.run([
                        "serve", FetchedModel.smollm2.path, "--host", "127.0.0.1", "--port", "\(server.port)",
                        "--data-dir", scratch.folder.appending(path: "data").path,
                    ])
                    #expect(second.status != 0)
                    #expect(second.errors.contains("\(server.port)"), "\(second.errors)")
                }
            }
        }
    }
}
