import Foundation
import TestSupport
import Testing

extension SystemTests {
    /// Settings and plan of `needletail serve`, as a person meets them.
    struct ServeSettingsTests {
        @Test
        func `a .env of api-for-open-llm is taken, flags and environment are stronger, keys are masked`()
            async throws
        {
            let result = try await serve(
                "CONTEXT_LEN=4096\nPORT=8177\nAPI_KEYS=sk-secretkey123\nMAX_NUM_SEQS=32\n",
                environment: "PORT=8178", "--max-num-seqs 16 --print-config")
            #expect(result.status == 0, "\(result.errors)")
            #expect(result.output.contains(/max-model-len +4096 +\.env line 1/))
            #expect(result.output.contains(/port +8178 +environment/))
            #expect(result.output.contains(/max-num-seqs +16 +flag --max-num-seqs/))
            #expect(!(result.output + result.errors).contains("secretkey"))
        }

        @Test func `a setting that makes no sense stops the start and says where it stands`() async throws {
            let result = try await serve("\nCONTEXT_LEN=many\n", environment: "A=b", "")
            #expect(result.status != 0)
            #expect(result.errors.contains(".env line 2"))
            #expect(result.errors.contains("many"))
        }

        @Test func `a flag of vLLM that means nothing here is refused with a sentence`() async throws {
            let result = try await Binary.run(["serve", "--enable-lora"])
            #expect(result.status == 64)
            #expect(result.errors.contains("LoRA"))
        }

        @Test(.needs(.smollm2)) func `a context that does not fit is refused with the length that does`()
            async throws
        {
            let result = try await Binary.run(
                ["serve", FetchedModel.smollm2.path, "--max-model-len", "8000", "--kv-cache-memory", "64MiB"])
            #expect(result.status == 1)
            #expect(result.errors.contains("(8000) is larger than the maximum number of tokens"))
            #expect(result.errors.contains("--max-model-len 2912"))
        }

        @Test(
            "The pool has the tokens that plan says, and full it takes the memory that plan says",
            arguments: FetchedModel.present, ["float16", "bfloat16", "q8_0"])
        func planIsServed(_ model: FetchedModel, type: String) async throws {
            let sequences = 16
            let options = [
                "--kv-cache-memory", "48MiB", "--kv-cache-dtype", type, "--max-num-seqs", "\(sequences)",
            ]
            let plan = try await Binary.run(["plan", model.path, "--json"] + options)
            let object = try JSONSerialization.jsonObject(with: Data(plan.output.utf8)) as? [String: Any]
            let tokens = try #require(object?["kv_tokens"] as? Int)
            let planned = ["weights", "activation", "kv"].reduce(0) {
                $0 + (object?["\($1)_bytes_per_rank"] as? Int ?? 0)
            }
            try await RunningServer.with(model, options) { server in
                let served = try #require(server.firstScreen.firstMatch(of: /for ([0-9,]+) tokens/)).1
                #expect(Int(served.filter { $0 != "," }) == tokens)

                // Prompts that come together fill the pool before the first of them ends.
                let (each, output) = (tokens / sequences / 16 * 16, 32)
                let prompts = (0..<sequences).map { sequence in
                    (0..<(each - output)).map { 1000 + (31 * $0 + 7 * sequence) % 20_000 }
                }
                let request: [String: Any] = [
                    "prompt": prompts, "max_tokens": output, "temperature": 0, "ignore_eos": true,
                ]
                let body = String(
                    decoding: try JSONSerialization.data(withJSONObject: request), as: UTF8.self)
                let answer = try HTTPExchange("POST", "/v1/completions", body: body, port: server.port)
                #expect(try await answer.read().hasPrefix("HTTP/1.1 200"))
                let resident = try #require(server.residentPeak)
                #expect(abs(Double(resident) / Double(planned) - 1) < 0.05, "\(resident) of \(planned)")
            }
        }

        /// Runs `serve` in a folder with that `.env`.
        private func serve(
            _ dotEnv: String, environment: String, _ options: String
        ) async throws -> Binary.Result {
            try await Scratch.with { scratch in
                _ = try scratch.file(".env", dotEnv)
                return try await Binary.run(
                    "/bin/sh",
                    [
                        "-c",
                        "cd '\(scratch.folder.path)' && exec env \(environment) '\(Binary.path)' serve \(options)",
                    ])
            }
        }
    }
}
