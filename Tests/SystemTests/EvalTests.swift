import Foundation
import TestSupport
import Testing

extension SystemTests {
    /// `needletail eval`, beside figures of llama.cpp.
    struct EvalTests {
        private static let text = Binary.root.appending(path: "Benchmarks/Texts/alice.txt").path

        /// What llama.cpp (in llama-cpp-python 0.3.36) says of the text, its tokens counted as it counts them:
        ///
        ///     llama-perplexity -m MODEL -f Benchmarks/Texts/alice.txt -c 512
        private static func golden(_ model: FetchedModel) -> (perplexity: Double, windows: Int) {
            switch model {
            case .smollm2: (19.9217, 24)
            case .qwenCoder: (28.6082, 23)
            }
        }

        @Test(arguments: FetchedModel.present)
        func `perplexity is llama.cpp's within half a percent`(_ model: FetchedModel) async throws {
            let result = try await Binary.run(
                ["eval", "perplexity", model.path, "--file", Self.text, "--json"])
            #expect(result.status == 0, "\(result.errors)")
            let value = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any]
            let golden = Self.golden(model)
            let perplexity = try #require(value?["perplexity"] as? Double)
            #expect(
                abs(perplexity / golden.perplexity - 1) < 0.005, "\(perplexity), not \(golden.perplexity)")
            #expect(value?["windows"] as? Int == golden.windows)
            #expect(value?["tokens"] as? Int == golden.windows * 255)
            #expect(try #require(value?["standard_error"] as? Double) > 0)
        }

        @Test(.needs(.smollm2))
        func `a text too short for a window is refused with one line and both lengths`()
            async throws
        {
            try await Scratch.with { scratch in
                let file = try scratch.file("short.txt", "Too short.\n").path
                let result = try await Binary.run(
                    ["eval", "perplexity", FetchedModel.smollm2.path, "--file", file])
                #expect(result.status != 0)
                #expect(result.output.isEmpty)
                #expect(result.errors.contains("512"), "\(result.errors)")
                #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
            }
        }
    }
}
