import Foundation
import TestSupport
import Testing

extension SystemTests {
    /// The official Python client against the real binary.
    struct OpenAIClientTests {
        private static func runClient(against server: RunningServer) async throws {
            let environment = try await Binary.run(Binary.root.appending(path: "Scripts/python-env").path, [])
            try #require(environment.status == 0, "no Python environment: \(environment.errors)")
            let python = environment.output.trimmingCharacters(in: .whitespacesAndNewlines)
            let script = Binary.root.appending(path: "Tests/SystemTests/Clients/openai_client.py").path
            let result = try await Binary.run(python, [script, server.url, RunningServer.apiKey])
            #expect(result.status == 0, "\(result.output)\(result.errors)")
            #expect(result.output.contains("passed answers_many_at_once_as_each_alone"))
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
