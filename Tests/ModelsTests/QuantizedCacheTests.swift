import Compute
import ModelFiles
import Models
import TestSupport
import Testing
import Tokens

/// What a KV cache in Q8_0 costs: logits and greedy tokens beside those of the same model with an f16 cache.
///
/// Even a bf16 cache's logits differ from an f16 one's by as much as Q8_0's, in SmolLM2: activations are rounded to 8
/// bits in every product, so any change is amplified. The limits are therefore on the many, not on each position.
@Suite(.serialized) struct QuantizedCacheTests {
    /// Tokens of the text whose logits are compared, in steps of at most 64 logits.
    private static let length = 200

    private func logits(
        _ model: FetchedModel, _ tokens: [Int32], _ cacheType: KVCacheType
    ) throws -> [[Float]] {
        var runner = SequenceRunner(try model.load(contextLength: 256, cacheType: cacheType))
        return stride(from: 0, to: tokens.count, by: 50).flatMap { first in
            let part = Array(tokens[first..<min(first + 50, tokens.count)])
            return runner.run(part, logitsAt: Array(part.indices))
        }
    }

    /// By how much the best logit leads.
    private func lead(_ logits: [Float]) -> Double {
        let best = logits.indices.max { logits[$0] < logits[$1] } ?? 0
        let second = logits.indices.filter { $0 != best }.map { logits[$0] }.max() ?? 0
        return Double(logits[best] - second)
    }

    @Test("Logits point where those of an f16 cache do", arguments: FetchedModel.present)
    func logitsAgree(_ model: FetchedModel) throws {
        let prompts = try ParityTests.prompts(model)
        let longest = try #require(prompts.max { $0.tokens.count < $1.tokens.count })
        let tokens = Array(longest.tokens.prefix(Self.length))
        try #require(tokens.count == Self.length)
        let halves = try logits(model, tokens, .f16), quantized = try logits(model, tokens, .q8_0)
        #expect(halves != quantized, "the cache is not what was asked for")

        let cosines = zip(halves, quantized)
            .map { ParityTests.cosine($0.map(Double.init), $1.map(Double.init)) }.sorted()
        #expect(cosines[Self.length / 2] >= 0.999)
        #expect(cosines[Self.length / 20] >= 0.995)
        let clear = zip(halves, quantized).filter { lead($0.0) >= ParityTests.marginMin }
        let others = clear.count { SequenceRunner.top($0) != SequenceRunner.top($1) }
        #expect(clear.count * 2 > Self.length, "too few positions were sure enough to compare")
        #expect(others * 100 <= clear.count, "\(others) of \(clear.count) best tokens are others")
    }

    @Test(
        "Along an f16 cache's first 16 greedy tokens each next one is the same, unless a race is close",
        arguments: FetchedModel.present)
    func greedyAgrees(_ model: FetchedModel) throws {
        let halves = try model.load(contextLength: 128)
        let quantized = try model.load(contextLength: 128, cacheType: .q8_0)
        var same = 0
        for prompt in try ParityTests.prompts(model) where prompt.tokens.count < 100 {
            var runner = SequenceRunner(halves), ours = SequenceRunner(quantized)
            var tokens = prompt.tokens
            for index in 0..<16 {
                let expected = runner.run(tokens, logitsAt: [tokens.count - 1])[0]
                let actual = ours.run(tokens, logitsAt: [tokens.count - 1])[0]
                let next = SequenceRunner.top(expected)
                if SequenceRunner.top(actual) == next {
                    same += 1
                } else {
                    #expect(lead(expected) < ParityTests.marginMin, "\(prompt.name): token \(index)")
                }
                if halves.config.endOfSequence.contains(where: { $0.rawValue == next }) { break }
                tokens = [next]
            }
        }
        #expect(same > 50, "\(same) tokens were the same")
    }
}
