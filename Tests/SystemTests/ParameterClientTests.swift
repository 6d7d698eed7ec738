import Foundation
import TestSupport
import Testing

extension SystemTests {
    /// Every documented parameter, through the official Python client, against the real binary.
    struct ParameterClientTests {
        private static func runClient(against server: RunningServer) async throws {
            let output = try await PythonClient.run(
                "parameters_client.py", [server.url, RunningServer.apiKey])
            #expect(output.contains("passed tells_those_of_the_prompt"))
        }

        @Test(.needs(.smollm2))
        func `every documented parameter changes an answer of SmolLM2`() async throws {
            try await RunningServer.with(
                .smollm2, ["--max-model-len", "4096", "--served-model-name", "smollm2"]
            ) { try await Self.runClient(against: $0) }
        }

        @Test(.needs(.qwenCoder))
        func `Qwen2.5-Coder fills the gap before a suffix`() async throws {
            try await RunningServer.with(
                .qwenCoder, ["--max-model-len", "1024", "--served-model-name", "qwen-coder"]
            ) { server in
                let body = #"""
                    {"prompt": "def add(a, b):\n    return ", "suffix": "\n\nprint(add(2, 3))\n",
                    "max_tokens": 24, "temperature": 0}
                    """#
                let response = try HTTPExchange(
                    "POST", "/v1/completions", body: body, port: server.port)
                let text = try await response.read()
                #expect(text.hasPrefix("HTTP/1.1 200"))
                #expect(text.contains(#""finish_reason":"stop""#), "\(text)")
                #expect(text.contains("a + b"), "\(text)")
            }
        }

        @Test(.needs(.qwenCoder))
        func `the probabilities of long prompts stay within the planned memory`() async throws {
            let sequences = 4
            // Sixteen rows of logits are planned, and 3600 tokens ask for one each.
            let options = [
                "--kv-cache-memory", "64MiB", "--max-num-seqs", "16", "--max-model-len", "1024",
            ]
            let plan = try await Binary.run(["plan", FetchedModel.qwenCoder.path, "--json"] + options)
            let planned = try Self.plannedBytes(plan.output)
            try await RunningServer.with(.qwenCoder, options) { server in
                let prompts = (0..<sequences).map { sequence in
                    (0..<900).map { 1000 + (31 * $0 + 7 * sequence) % 20_000 }
                }
                let request: [String: Any] = ["prompt": prompts, "max_tokens": 1, "prompt_logprobs": 1]
                let body = String(
                    decoding: try JSONSerialization.data(withJSONObject: request), as: UTF8.self)
                let answer = try HTTPExchange("POST", "/v1/completions", body: body, port: server.port)
                let text = try await answer.read()
                #expect(text.hasPrefix("HTTP/1.1 200"), "\(text.prefix(500))")
                #expect(text.split(separator: "decoded_token").count > sequences * 899)
                let resident = try #require(server.residentPeak)
                #expect(Double(resident) / Double(planned) < 1.05, "\(resident) of \(planned)")
            }
        }

        private static func plannedBytes(_ json: String) throws -> Int {
            let object = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any]
            return ["weights", "activation", "kv"].reduce(0) {
                $0 + (object?["\($1)_bytes_per_rank"] as? Int ?? 0)
            }
        }
    }
}
