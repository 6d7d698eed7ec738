import Foundation
import TestSupport
import Testing

extension SystemTests {
    /// `needletail plan`, run as a person or a program runs it.
    struct PlanTests {
        /// Qwen1.5-14B-Chat as its config.json has it: the model of the classic report (api-for-open-llm#259).
        private static let qwen = """
            {"architectures": ["Qwen2ForCausalLM"], "model_type": "qwen2", "hidden_size": 5120,
             "intermediate_size": 13696, "num_hidden_layers": 40, "num_attention_heads": 40,
             "num_key_value_heads": 40, "vocab_size": 152064, "max_position_embeddings": 32768,
             "tie_word_embeddings": false, "torch_dtype": "bfloat16", "rms_norm_eps": 1e-06,
             "rope_theta": 1000000.0, "use_sliding_window": false, "sliding_window": 32768,
             "max_window_layers": 35, "hidden_act": "silu"}
            """

        @Test func `the classic report does not fit one device, and names what helps`() async throws {
            let report = try await plan(["--memory", "44.4GiB", "--devices", "2", "--engine", "vllm"])
            #expect(report.status == 1, "\(report.errors)")
            for expected in [
                "Does not fit", "32,768", "--tensor-parallel-size 2", "--max-model-len", "CONTEXT_LEN",
                "idle",
            ] {
                #expect(report.output.contains(expected), "\(expected)")
            }
            #expect(!report.output.contains("\u{1B}"), "a pipe gets plain text")
        }

        @Test func `with the second device it fits`() async throws {
            let report = try await plan([
                "--gpu", "L40Sx2", "--tensor-parallel-size", "2", "--engine", "vllm",
            ])
            #expect(report.status == 0, "\(report.output)\(report.errors)")
            #expect(report.output.contains("Fits"))
        }

        @Test func `the report's own .env has three faults, and all are named`() async throws {
            let settings = """
                MODEL_NAME=qwen
                PROMPT_NAME=
                NUM_GPUs=2
                TENSOR_PARALLEL_SIZE=1
                TOKENIZE_MODE=slow
                DTYPE=half
                """
            let report = try await Scratch.with { scratch in
                try await plan([
                    "--gpu", "L40S", "--engine", "vllm", "--env-file", scratch.file("env", settings).path,
                ])
            }
            #expect(report.status == 1, "\(report.errors)")
            for expected in ["TENSOR_PARALLEL_SIZE=2", "CONTEXT_LEN=", "MODEL_NAME=qwen2"] {
                #expect(report.output.contains(expected), "\(expected)")
            }
        }

        @Test func `every remedy works when applied`() async throws {
            let place = ["--memory", "44.4GiB", "--devices", "2", "--engine", "vllm"]
            let object = try #require(try await json(place) as? [String: Any])
            let remedies = try #require(object["remedies"] as? [[String: Any]])
            #expect(remedies.count >= 2)
            for remedy in remedies {
                let flags = try #require(remedy["setting"] as? String).split(separator: " ").map(String.init)
                let values = try #require(remedy["value"] as? String).split(separator: " ").map(String.init)
                let applied = zip(flags, values).flatMap { [$0, $1] }
                let result = try await plan(place + applied)
                #expect(result.status == 0, "\(applied) \(result.output)\(result.errors)")
            }
        }

        @Test func `JSON has every documented key, and an array for several devices`() async throws {
            let object = try #require(
                try await json(["--gpu", "A100-80GB", "--max-model-len", "8k"]) as? [String: Any])
            let keys = [
                "model", "family", "parameters", "device", "device_count", "memory_bytes", "utilization",
                "tensor_parallel_size", "weights_bytes_per_rank", "activation_bytes_per_rank",
                "kv_bytes_per_token_per_rank", "kv_bytes_per_rank", "block_size", "kv_blocks", "kv_tokens",
                "max_context", "requested_context", "max_concurrency", "fits", "remedies", "findings",
                "error_band",
            ]
            #expect(Set(object.keys) == Set(keys))
            #expect(object["device"] as? String == "A100 80GB")
            #expect(object["fits"] as? Bool == true)
            #expect(object["requested_context"] as? Int == 8000)
            #expect(object["kv_bytes_per_token_per_rank"] as? Int == 2 * 40 * 40 * 128 * 2)
            let document = try String(
                contentsOf: Binary.root.appending(path: "docs/plan.md"), encoding: .utf8)
            for key in keys { #expect(document.contains("`\(key)`")) }

            let several = try #require(
                try await json(["--gpu", "T4,4090x2", "--gpu", "h200"]) as? [[String: Any]])
            #expect(several.map { $0["device"] as? String } == ["T4 16GB", "RTX 4090 24GB", "H200 141GB"])
            #expect(several.map { $0["fits"] as? Bool } == [false, false, true])
            #expect(several.map { $0["device_count"] as? Int } == [1, 2, 1])
        }

        @Test func `several devices are compared, one row each`() async throws {
            let table = try await plan(["--gpu", "T4,H200"])
            #expect(table.status == 0)
            #expect(table.output.split(separator: "\n").count { $0.contains("✗") || $0.contains("✓") } == 2)
            #expect(try await plan(["--gpu", "T4,4090"]).status == 1)
        }

        @Test func `the inverse question names the least device that serves so many people`() async throws {
            let question = ["--context", "8192", "--concurrency", "4", "--gpu", "L40S,H200,A100-80GB"]
            let object = try #require(try await json(question) as? [String: Any])
            #expect(object["fits"] as? Bool == true)
            #expect(try #require(object["max_concurrency"] as? Double) >= 4)
            #expect(try #require(object["device"] as? String) != "H200 141GB")
            let impossible = try await plan(["--context", "32768", "--concurrency", "1000", "--gpu", "T4x1"])
            #expect(impossible.status == 1)
        }

        @Test(arguments: [
            ["--gpu", "RTX 9999"], ["--tensor-parallel-size", "0"], ["--tensor-parallel-size", "many"],
            ["--gpu", "A100", "--max-model-len", "999999"], ["--gpu-memory-utilization", "1.5"],
            ["--block-size", "0"], ["--no-such-flag"], ["--memory", "much"], ["--gpu", "4090x0"],
            ["--vllm-version", "new"], ["--gpu", "L40Sx2", "--tensor-parallel-size", "3"], ["--gpu", ","],
        ]) func `bad input ends with status 2 and prints nothing else`(arguments: [String]) async throws {
            let result = try await plan(arguments)
            #expect(result.status == 2, "\(result.output)\(result.errors)")
            #expect(result.output.isEmpty)
            #expect(result.errors.lowercased().contains("error: "))
        }

        @Test(arguments: [
            "", "{", "[]", "{}", #"{"model_type": "qwen2", "num_attention_heads": 0}"#,
            qwen.replacingOccurrences(of: "\"hidden_size\": 5120", with: "\"hidden_size\": -5120"),
            qwen.replacingOccurrences(of: "\"num_hidden_layers\": 40", with: "\"num_hidden_layers\": 1e300"),
            qwen.replacingOccurrences(
                of: "\"vocab_size\": 152064", with: "\"vocab_size\": 9223372036854775807"),
        ]) func `a broken config ends with status 2 and one line`(config: String) async throws {
            let result = try await plan(["--gpu", "A100"], config: config)
            #expect(result.status == 2, "\(result.output)")
            #expect(result.output.isEmpty)
            #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
        }

        @Test(.needs(.smollm2)) func `a GGUF file is planned on this machine`() async throws {
            let result = try await Binary.run(["plan", FetchedModel.smollm2.path, "--json"])
            #expect(result.status == 0, "\(result.errors)")
            let object = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any]
            #expect(object?["device"] as? String == "this machine")
            #expect(try #require(object?["kv_tokens"] as? Int) > 8192)
        }

        private func plan(_ arguments: [String], config: String = qwen) async throws -> Binary.Result {
            try await Scratch.with { scratch in
                try await Binary.run(["plan", scratch.file("config.json", config).path] + arguments)
            }
        }

        private func json(_ arguments: [String]) async throws -> Any {
            let result = try await plan(arguments + ["--json"])
            return try JSONSerialization.jsonObject(with: Data(result.output.utf8))
        }
    }
}
