import Foundation
import TestSupport
import Testing

extension SystemTests {
    /// A real model held to schemas by the real binary.
    struct StructuredOutputTests {
        @Test(.needs(.smollm2))
        func `whatever SmolLM2 ends under a schema validates with the jsonschema package`() async throws {
            try await RunningServer.with(.smollm2, ["--max-model-len", "2048"]) { server in
                let environment = try await Binary.run(
                    Binary.root.appending(path: "Scripts/python-env").path, [])
                try #require(environment.status == 0, "no Python environment: \(environment.errors)")
                let python = environment.output.trimmingCharacters(in: .whitespacesAndNewlines)
                let script = Binary.root.appending(path: "Tests/SystemTests/Clients/structured_output.py")
                    .path
                let schemas = Binary.root.appending(path: "Tests/GrammarsTests/Golden/schemas.json").path
                let result = try await Binary.run(
                    python, [script, server.url, RunningServer.apiKey, schemas, "1", "160"])
                #expect(result.status == 0, "\(result.output.suffix(4000))\(result.errors)")
            }
        }
    }
}
