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

        // MARK: Several models

        private static let qwenBeside = ["--model", "qwen=\(FetchedModel.qwenCoder.path)"]

        /// The plans of a server's models, and the bytes of each.
        private static func plans(_ server: RunningServer) async throws -> [(plan: [String: Any], bytes: Int)]
        {
            let info = try await HTTPExchange.get("/server_info", port: server.port).body
            let object = try JSONSerialization.jsonObject(with: Data(info.utf8)) as? [String: Any]
            let plans = (object?["configuration"] as? [String: Any])?["plans"] as? [[String: Any]]
            return try #require(plans).map { plan in
                let bytes = ["weights", "activation", "kv"].reduce(0) {
                    $0 + (plan["\($1)_bytes_per_rank"] as? Int ?? 0)
                }
                return (plan, bytes)
            }
        }

        /// The share of this machine's free memory that so many bytes are.
        private static func share(of bytes: Int) async throws -> String {
            let plan = try await Binary.run(["plan", FetchedModel.smollm2.path, "--json"])
            let object = try JSONSerialization.jsonObject(with: Data(plan.output.utf8)) as? [String: Any]
            return "\(Double(bytes) / Double(try #require(object?["memory_bytes"] as? Int)))"
        }

        @Test(.needs(.qwenCoder)) func `two models whose caches are full take what their plans say`()
            async throws
        {
            let options =
                Self.qwenBeside + [
                    "--kv-cache-memory", "24MiB", "--max-model-len", "512", "--max-num-seqs", "8",
                ]
            try await RunningServer.with(.smollm2, options) { server in
                let plans = try await Self.plans(server)
                for (plan, name) in zip(plans, [FetchedModel.smollm2.stem, "qwen"]) {
                    let tokens = try #require(plan.plan["kv_tokens"] as? Int)
                    let each = tokens / 4 / 16 * 16
                    let prompts = (0..<4).map { sequence in
                        (0..<min(each, 500)).map { 1000 + (31 * $0 + 7 * sequence) % 20_000 }
                    }
                    let request: [String: Any] = [
                        "model": name, "prompt": prompts, "max_tokens": 4, "temperature": 0,
                    ]
                    let body = String(
                        decoding: try JSONSerialization.data(withJSONObject: request), as: UTF8.self)
                    let answer = try HTTPExchange("POST", "/v1/completions", body: body, port: server.port)
                    #expect(try await answer.read().hasPrefix("HTTP/1.1 200"))
                }
                let planned = plans.reduce(0) { $0 + $1.bytes }
                let resident = try #require(server.residentPeak)
                // Each plan counts the program.
                #expect(
                    (0.85...1.02).contains(Double(resident) / Double(planned)), "\(resident) of \(planned)")
            }
        }

        @Test(.needs(.qwenCoder)) func `two models share what there is, and none takes all of it`()
            async throws
        {
            let bytes = 1400 << 20
            let share = try await Self.share(of: bytes)
            try await RunningServer.with(.smollm2, Self.qwenBeside + ["--gpu-memory-utilization", share]) {
                server in
                let plans = try await Self.plans(server)
                let total = plans.reduce(0) { $0 + $1.bytes }
                // What is free changes a little between two looks at it.
                #expect(Double(total) < 1.05 * Double(bytes) && Double(total) > 0.8 * Double(bytes))
                let contexts = plans.map { plan in
                    Double(plan.plan["kv_tokens"] as? Int ?? 0)
                        / Double(plan.plan["requested_context"] as? Int ?? 1)
                }
                #expect(contexts.allSatisfy { $0 > 0.3 }, "\(contexts)")
                #expect(abs(contexts[0] / contexts[1] - 1) < 0.1, "as many full contexts each: \(contexts)")
            }
        }

        @Test(.needs(.qwenCoder))
        func `two models that do not fit together are refused by name before they load`()
            async throws
        {
            try await Scratch.with { scratch in
                let start = [
                    "serve", FetchedModel.smollm2.path, "--port", "0", "--data-dir",
                    scratch.folder.appending(path: "data").path,
                ]
                let small = try await Self.share(of: 500 << 20)
                let weights = try await Binary.run(
                    start + Self.qwenBeside + ["--gpu-memory-utilization", small])
                #expect(weights.status == 1)
                #expect(
                    weights.errors.contains("does not fit beside the others: 2 models"), "\(weights.errors)")
                // Either cache alone would fit.
                let large = try await Binary.run(
                    start + Self.qwenBeside + [
                        "--gpu-memory-utilization", try await Self.share(of: 2 << 30), "--kv-cache-memory",
                        "900MiB",
                    ])
                #expect(large.status == 1)
                let told = try #require(
                    large.errors.firstMatch(of: /set --kv-cache-memory ([0-9]+) or less/)?.1,
                    "\(large.errors)")
                #expect((300 << 20...700 << 20).contains(Int(told) ?? 0), "\(large.errors)")
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
