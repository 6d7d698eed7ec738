import Glibc
import Sampling
import TestSupport
import Testing
import Tokens

struct TokenLogprobsTests {
    /// The logarithms of the probabilities, in double precision.
    private func expected(_ logits: [Float]) -> [Double] {
        let maximum = Double(logits.max() ?? 0)
        let sum = logits.reduce(0) { $0 + exp(Double($1) - maximum) }
        return logits.map { Double($0) - maximum - log(sum) }
    }

    @Test(arguments: [1, 7, 8, 9, 1000, 5003])
    func `probabilities, ranks and the most probable tokens are those of the row`(count: Int) {
        var random = RepeatableRandom(seed: UInt64(count))
        var logits = (0..<count).map { _ in Float(Int.random(in: -200...200, using: &random)) / 16 }
        let expected = expected(logits)
        let ranking = logits.indices.sorted { (-logits[$0], $0) < (-logits[$1], $1) }
        let sampler = Sampler(vocabularySize: count)
        for (token, topCount) in [(0, 0), (count - 1, 3), (ranking[count / 2], 20)] {
            let known = logits.withUnsafeMutableBufferPointer {
                sampler.logprobs(of: TokenID(token), in: $0, topCount: topCount)
            }
            #expect(abs(Double(known.taken.logprob) - expected[token]) < 1e-4)
            #expect(known.rank == 1 + logits.count { $0 > logits[token] })
            #expect(known.top.map(\.token.index) == Array(ranking.prefix(topCount)))
            for entry in known.top {
                #expect(abs(Double(entry.logprob) - expected[entry.token.index]) < 1e-4)
            }
        }
    }

    @Test func `a choice is told with the model's own probability, whatever the request did to it`() {
        var parameters = SamplingParameters()
        parameters.temperature = 0
        parameters.logprobs = 1
        parameters.logitBias = [2: 50]
        let sequence = SampledSequence(prompt: [0], parameters: parameters, seed: 1, endingTokens: [])
        var logits: [Float] = [1, 4, 2, .nan, -.infinity]
        let sample = logits.withUnsafeMutableBufferPointer {
            Sampler(vocabularySize: 5).sample($0, for: sequence)
        }
        #expect(sample.token == 2)
        let expected = expected([1, 4, 2])
        #expect(abs(Double(sample.logprobs?.taken.logprob ?? 0) - expected[2]) < 1e-5)
        #expect(sample.logprobs?.rank == 2)
        #expect(sample.logprobs?.top.map(\.token) == [1])
    }
}
