import TestSupport
import Testing

extension SystemTests {
    /// Tools through the official Python client against the real binary.
    struct OpenAIToolTests {
        private static func runClient(
            _ server: RunningServer, _ pattern: String? = nil
        ) async throws -> String {
            try await PythonClient.run(
                "openai_tools.py", [server.url, RunningServer.apiKey] + (pattern.map { [$0] } ?? []))
        }

        @Test(.needs(.qwenCoder))
        func `the official client calls tools of Qwen2.5-Coder, as the template alone says`() async throws {
            try await RunningServer.with(
                .qwenCoder, ["--max-model-len", "4096", "--enable-auto-tool-choice"]
            ) {
                let output = try await Self.runClient($0)
                #expect(output.contains("passed streams_the_same"))
                #expect(output.contains("passed takes_a_tools_answer"))
            }
        }

        @Test(.needs(.qwenCoder))
        func `a call that is asked for comes, whatever the model would say`() async throws {
            try await RunningServer.with(.qwenCoder, ["--max-model-len", "4096"]) {
                let output = try await Self.runClient($0, "guaranteed")
                #expect(output.contains("passed guaranteed_named_call"))
                #expect(output.contains("passed guaranteed_required_call"))
                #expect(output.contains("passed guaranteed_types_are_parsed"))
                #expect(output.contains("passed guaranteed_strict_calls"))
            }
        }

        @Test(.needs(.smollm2))
        func `a model without tools says so, and qwen_react gives it some`() async throws {
            let body = #"""
                {"messages": [{"role": "user", "content": "What time is it?"}], "max_tokens": 8, "temperature": 0,
                "tools": [{"type": "function", "function": {"name": "now"}}]}
                """#
            try await RunningServer.with(.smollm2, ["--max-model-len", "2048"]) { server in
                let refused = try await HTTPExchange(
                    "POST", "/v1/chat/completions", body: body, port: server.port
                ).read()
                #expect(refused.hasPrefix("HTTP/1.1 400"))
                #expect(refused.contains("--tool-call-parser qwen_react"))
            }
            let options = ["--max-model-len", "2048", "--tool-call-parser", "qwen_react"]
            try await RunningServer.with(.smollm2, options) { server in
                let taken = try await HTTPExchange(
                    "POST", "/v1/chat/completions", body: body, port: server.port
                ).read()
                #expect(taken.hasPrefix("HTTP/1.1 200"), "\(taken)")
            }
        }

        @Test func `a parser that there is not is refused with those that there are`() async throws {
            let result = try await Binary.run([
                "serve", "nowhere.gguf", "--tool-call-parser", "nonsense",
            ])
            #expect(result.status != 0)
            #expect(result.errors.contains("hermes, qwen3_json"))
        }
    }
}
