import TestSupport
import Testing

extension SystemTests {
    /// The official Python client against the real binary.
    struct OpenAIClientTests {
        private static func runClient(against server: RunningServer) async throws {
            let output = try await PythonClient.run("openai_client.py", [server.url, RunningServer.apiKey])
            #expect(output.contains("passed answers_many_at_once_as_each_alone"))
        }

        @Test(.needs(.smollm2))
        func `the official client gets what it expects from SmolLM2`() async throws {
            try await RunningServer.with(.smollm2, ["--max-model-len", "8192"]) {
                try await Self.runClient(against: $0)
            }
        }

        @Test(.needs(.qwenCoder))
        func `the official client gets what it expects from Qwen2.5-Coder`() async throws {
            try await RunningServer.with(.qwenCoder, ["--max-model-len", "8192"]) {
                try await Self.runClient(against: $0)
            }
        }
    }
}
