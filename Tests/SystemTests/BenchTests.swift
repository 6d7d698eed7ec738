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
    }
}
