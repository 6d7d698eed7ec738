import Foundation
import TestSupport
import Testing

extension SystemTests {
    /// `needletail bench`: what it counts, not how fast this machine is.
    @Suite(.needs(.smollm2)) struct BenchTests {
        /// The figures of a command that prints one JSON object.
        private static func figures(_ arguments: [String]) async throws -> [String: Any] {
            let result = try await Binary.run(["bench"] + arguments + ["--json"])
            #expect(result.status == 0, "\(result.errors)")
            return try #require(
                try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any],
                "\(result.output)")
        }

        /// That every figure of vLLM's is there, and that they agree with each other.
        private static func check(_ figures: [String: Any], requests: Int, input: Int, output: Int) throws {
            #expect(figures["completed"] as? Int == requests)
            #expect(figures["failed"] as? Int == 0)
            #expect(figures["total_input_tokens"] as? Int == input)
            #expect(figures["total_output_tokens"] as? Int == output)
            func number(_ name: String) throws -> Double { try #require(figures[name] as? Double, "\(name)") }
            let duration = try number("duration")
            #expect(duration > 0)
            #expect(abs(try number("request_throughput") * duration - Double(requests)) < 1e-6)
            #expect(abs(try number("output_throughput") * duration - Double(output)) < 1e-6)
            #expect(abs(try number("total_token_throughput") * duration - Double(input + output)) < 1e-6)
            for latency in ["ttft", "tpot", "itl", "e2el"] {
                for statistic in ["mean", "median", "p99"] {
                    #expect(try number("\(statistic)_\(latency)_ms") > 0, "\(statistic)_\(latency)_ms")
                }
            }
            #expect(try number("mean_ttft_ms") <= number("mean_e2el_ms"))
        }

        @Test(arguments: ["/v1/completions", "/v1/chat/completions"])
        func `bench serve counts what the server was asked for`(_ endpoint: String) async throws {
            try await RunningServer.with(.smollm2) { server in
                let figures = try await Self.figures([
                    "serve", "--base-url", server.url, "--api-key", RunningServer.apiKey, "--endpoint",
                    endpoint,
                    "--num-prompts", "6", "--max-concurrency", "3", "--random-input-len", "20",
                    "--random-output-len", "8", "--ignore-eos", "--num-warmups", "1",
                ])
                let input = try #require(figures["total_input_tokens"] as? Int)
                // A chat's words and template are tokens of the server's own counting.
                if endpoint == "/v1/completions" { #expect(input == 6 * 20) }
                try Self.check(figures, requests: 6, input: input, output: 6 * 8)
                #expect(figures["model_id"] as? String == FetchedModel.smollm2.stem)
                // The server saw the warm-up too.
                let served = try #require(await server.metric(endingIn: "generation_tokens_total"))
                #expect(Int(served) == 7 * 8)
            }
        }

        @Test func `bench serve fails where every request does, and says why`() async throws {
            try await RunningServer.with(.smollm2) { server in
                let result = try await Binary.run([
                    "bench", "serve", "--base-url", server.url, "--api-key", "wrong", "--model", "any",
                    "--num-prompts", "2",
                ])
                #expect(result.status != 0)
                #expect(result.output.contains("2 × HTTP 401"), "\(result.output)")
            }
        }

        @Test func `bench throughput counts what the engine computed`() async throws {
            let figures = try await Self.figures([
                "throughput", FetchedModel.smollm2.path, "--num-prompts", "5", "--max-num-seqs", "2",
                "--random-input-len", "16", "--random-output-len", "4",
            ])
            try Self.check(figures, requests: 5, input: 5 * 16, output: 5 * 4)
            #expect(figures["num_requests"] as? Int == 5)
            #expect(figures["total_num_tokens"] as? Int == 5 * 20)
        }

        @Test func `bench throughput takes prompts from a file, and says where one is wrong`() async throws {
            try await Scratch.with { scratch in
                let file = try scratch.file(
                    "prompts.jsonl",
                    """
                    {"prompt": "Once upon a time"}
                    {"prompt": "The capital of France is", "output_tokens": 3}

                    """
                ).path
                let options = [
                    "--dataset-name", "custom", "--dataset-path", file, "--custom-output-len", "2",
                ]
                let figures = try await Self.figures(
                    ["throughput", FetchedModel.smollm2.path, "--num-prompts", "2"] + options)
                try Self.check(figures, requests: 2, input: 4 + 5, output: 2 + 3)
                try Data("{\"prompt\": 5}".utf8).write(to: URL(filePath: file))
                let result = try await Binary.run(
                    ["bench", "throughput", FetchedModel.smollm2.path] + options)
                #expect(result.status != 0)
                #expect(result.errors.contains("prompts.jsonl: line 1"), "\(result.errors)")
            }
        }

        @Test func `bench latency has the speeds of both phases and the latencies of their tokens`()
            async throws
        {
            let figures = try await Self.figures([
                "latency", FetchedModel.smollm2.path, "--input-len", "16", "--output-len", "4",
                "--batch-size", "2",
                "--num-iters", "2",
            ])
            let counts = ["input_len": 16, "output_len": 4, "batch_size": 2, "iterations": 2]
            for (name, count) in counts { #expect(figures[name] as? Int == count, "\(name)") }
            for name in [
                "prefill_tokens_per_second", "decode_tokens_per_second", "mean_ttft_ms", "median_tpot_ms",
                "p99_itl_ms", "mean_e2el_ms",
            ] {
                #expect(try #require(figures[name] as? Double, "\(name)") > 0, "\(name)")
            }
        }

        @Test func `bench profile shares a step's time among its operations`() async throws {
            let figures = try await Self.figures([
                "profile", FetchedModel.smollm2.path, "--input-len", "16", "--output-len", "4", "--num-iters",
                "2",
            ])
            let limits = try #require(figures["limits"] as? [String: Any])
            for name in [
                "read_bytes_per_second", "int8_operations_per_second", "f32_operations_per_second",
            ] {
                #expect(try #require(limits[name] as? Double) > 0, "\(name)")
            }
            for (phase, steps, tokens) in [("prefill", 2, 32), ("decode", 6, 6)] {
                let profile = try #require(figures[phase] as? [String: Any])
                #expect(profile["steps"] as? Int == steps)
                #expect(profile["tokens"] as? Int == tokens)
                let operations = try #require(profile["operations"] as? [[String: Any]])
                let names = operations.compactMap { $0["name"] as? String }
                #expect(
                    Set(names).isSuperset(of: [
                        "embed", "norm", "qkv", "rope_store", "attention", "output", "gate_up",
                        "down",
                        "head",
                    ]), "\(names)")
                let shares = operations.compactMap { $0["share"] as? Double }
                #expect(shares.count == names.count && abs(shares.reduce(0, +) - 1) < 1e-9)
                for product in operations where ["qkv", "down"].contains(product["name"] as? String) {
                    #expect(try #require(product["bytes_per_second"] as? Double) > 0)
                    #expect(try #require(product["share_of_limit"] as? Double) > 0)
                }
            }
        }
    }
}
