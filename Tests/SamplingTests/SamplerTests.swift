import Sampling
import TestSupport
import Testing
import Tokens

struct SamplerTests {
    private func sequence(
        prompt: [TokenID] = [0], output: [TokenID] = [], seed: UInt64 = 1, endingTokens: [TokenID] = [],
        _ change: (inout SamplingParameters) -> Void
    ) -> SampledSequence {
        var parameters = SamplingParameters()
        change(&parameters)
        var sequence = SampledSequence(
            prompt: prompt, parameters: parameters, seed: seed, endingTokens: endingTokens)
        sequence.tokens += output
        return sequence
    }

    private func sample(_ sampler: Sampler, _ logits: [Float], _ sequence: SampledSequence) -> Int {
        var row = logits
        return row.withUnsafeMutableBufferPointer { sampler.sample($0, for: sequence).token.index }
    }

    @Test func `a mask comes before every choice, and an end that it alone allows before min tokens`() {
        var mask: [UInt64] = [0, 0b10]
        let logits = (0..<130).map(Float.init)
        let choices: [(inout SamplingParameters) -> Void] = [
            { $0.temperature = 0 }, { $0.temperature = 1 }, { $0.topK = 3 }, { $0.topP = 0.5 },
            { $0.logitBias = [3: 100] }, { $0.minTokens = 5 },
        ]
        for change in choices {
            var row = logits
            let token = row.withUnsafeMutableBufferPointer { row in
                mask.withUnsafeMutableBufferPointer { mask in
                    Sampler(vocabularySize: 130).sample(
                        row, for: sequence(endingTokens: [65], change), allowing: mask
                    ).token
                }
            }
            #expect(token == 65)
        }
    }

    // MARK: Greedy

    @Test(arguments: [1, 7, 8, 9, 31, 32, 33, 64, 1000, 1027])
    func `greedy takes the first of the greatest, wherever it lies`(count: Int) {
        let sampler = Sampler(vocabularySize: count)
        let greedy = sequence { $0.temperature = 0 }
        var random = RepeatableRandom(seed: 3)
        for winner in Set([0, count / 2, count - 1]) {
            var logits = (0..<count).map { _ in Float.random(in: -9...9, using: &random) }
            for index in [winner, (winner + count / 3) % count, count - 1] where index >= winner {
                logits[index] = 10
            }
            #expect(sample(sampler, logits, greedy) == winner)
        }
    }

    @Test func `logits that are no numbers are never chosen over ones that are`() {
        let sampler = Sampler(vocabularySize: 5)
        for temperature in [0, 1] as [Float] {
            let any = sequence { $0.temperature = temperature }
            #expect(sample(sampler, [.nan, -.infinity, -3, .nan, -.infinity], any) == 2)
            #expect(sample(sampler, [.nan, 1, .infinity, 5, .infinity], any) == 2)
            #expect(sample(sampler, Array(repeating: .nan, count: 5), any) == 0)
            #expect(sample(sampler, Array(repeating: -.infinity, count: 5), any) == 0)
        }
    }

    @Test func `parameters out of their ranges choose something all the same`() {
        let sampler = Sampler(vocabularySize: 100)
        let logits = (0..<100).map { Float($0 % 17) }
        let oddities: [Float] = [
            .nan, .infinity, -.infinity, -1, 0, 2, .leastNonzeroMagnitude, .greatestFiniteMagnitude,
        ]
        for oddity in oddities {
            for path in [
                \SamplingParameters.temperature, \.topP, \.minP, \.repetitionPenalty, \.presencePenalty,
                \.frequencyPenalty,
            ] {
                let odd = sequence(prompt: [1, 2], output: [2]) { $0[keyPath: path] = oddity }
                #expect((0..<100).contains(sample(sampler, logits, odd)))
            }
        }
        let negative = sequence {
            $0.topK = -5
            $0.logitBias = [-7: 1, 1000: 100]
            $0.minTokens = 5
        }
        #expect((0..<100).contains(sample(sampler, logits, negative)))
    }

    @Test func `where only ends are allowed, an end may come before the minimum of tokens`() {
        let sampler = Sampler(vocabularySize: 100)
        let logits = [Float](repeating: 0, count: 100)
        for temperature in [0, 1] as [Float] {
            let ends = sequence(endingTokens: [7]) {
                ($0.temperature, $0.minTokens, $0.allowedTokens) = (temperature, 5, [7])
            }
            #expect(sample(sampler, logits, ends) == 7)
            let others = sequence(endingTokens: [7]) {
                ($0.temperature, $0.minTokens, $0.allowedTokens) = (temperature, 5, [7, 9])
            }
            #expect(sample(sampler, logits, others) == 9)
        }
    }

    // MARK: Distributions

    /// Each case is one way to cut or bend the distribution, and then several at once.
    static let cases: [(name: String, change: @Sendable (inout SamplingParameters) -> Void)] = [
        ("plain", { _ in }),
        ("cold", { $0.temperature = 0.5 }),
        ("hot", { $0.temperature = 3 }),
        ("top-k", { $0.topK = 5 }),
        ("top-k of one", { $0.topK = 1 }),
        ("top-k beyond the vocabulary", { $0.topK = 10_000 }),
        ("top-p", { $0.topP = 0.8 }),
        ("narrow top-p", { $0.topP = 0.01 }),
        ("top-p, hot", { ($0.topP, $0.temperature) = (0.97, 8) }),
        ("top-p of 0", { $0.topP = 0 }),
        ("min-p", { $0.minP = 0.1 }),
        ("min-p of 1", { $0.minP = 1 }),
        ("top-k and top-p", { ($0.topK, $0.topP) = (20, 0.6) }),
        ("all cuts", { ($0.topK, $0.topP, $0.minP, $0.temperature) = (20, 0.9, 0.02, 1.4) }),
        ("repetition", { $0.repetitionPenalty = 1.7 }),
        ("presence", { $0.presencePenalty = 1.5 }),
        ("frequency", { $0.frequencyPenalty = 0.9 }),
        ("reward", { ($0.frequencyPenalty, $0.presencePenalty, $0.repetitionPenalty) = (-0.3, -1, 0.8) }),
        ("bias", { $0.logitBias = [4: 3, 5: -100, 0: 1] }),
        ("typical-p", { $0.typicalP = 0.6 }),
        ("narrow typical-p, hot", { ($0.typicalP, $0.temperature) = (0.05, 4) }),
        ("typical-p after other cuts", { ($0.topK, $0.topP, $0.typicalP) = (20, 0.9, 0.5) }),
        ("allowed", { $0.allowedTokens = [3, 8, 21, 22] }),
        ("bad words", { $0.badWords = [[5], [7, 7, 6], [7, 4], [3, 7, 8]] }),
        ("minimum", { $0.minTokens = 4 }),
        ("minimum reached", { $0.minTokens = 3 }),
        (
            "everything",
            {
                ($0.topK, $0.topP, $0.minP, $0.temperature, $0.minTokens) = (30, 0.95, 0.01, 0.9, 10)
                ($0.repetitionPenalty, $0.presencePenalty, $0.frequencyPenalty) = (1.2, 0.5, 0.4)
                $0.logitBias = [1: 2, 2: -1]
            }
        ),
    ]

    @Test(arguments: cases.indices)
    func `draws follow the distribution that the definitions give`(number: Int) {
        let count = 53
        var random = RepeatableRandom(seed: UInt64(number))
        let logits = (0..<count).map { _ in Float.random(in: -4...4, using: &random) }
        let sampler = Sampler(vocabularySize: count)
        var model = sequence(
            prompt: [1, 2, 3, 3], output: [3, 7, 7], endingTokens: [9, 11], Self.cases[number].change)
        let expected = ReferenceSampler.distribution(logits, for: model)
        let draws = 40_000
        var counts = [Int](repeating: 0, count: count)
        for seed in 0..<UInt64(draws) {
            model = sequence(
                prompt: [1, 2, 3, 3], output: [3, 7, 7], seed: seed, endingTokens: [9, 11],
                Self.cases[number].change)
            counts[sample(sampler, logits, model)] += 1
        }
        for token in 0..<count {
            let mean = expected[token] * Double(draws)
            // Nothing where there may be nothing; else within five standard deviations.
            let deviation = (mean * (1 - expected[token])).squareRoot()
            #expect(
                abs(Double(counts[token]) - mean) <= 5 * deviation + (expected[token] > 0 ? 1 : 0),
                "\(Self.cases[number].name): token \(token) came \(counts[token]) times, not \(mean)")
        }
    }

    @Test(arguments: UInt64(0)..<60)
    func `over a large vocabulary each draw is one that the definitions allow`(seed: UInt64) {
        var random = RepeatableRandom(seed: seed)
        let count = 20_000 + Int(seed)
        // From flat to sharp, so that the candidates are many or few.
        let spread = Float.random(in: 0.1...12, using: &random)
        let logits = (0..<count).map { _ in
            (0..<4).reduce(0) { sum, _ in sum + Float.random(in: -1...1, using: &random) } * spread
        }
        let model = sequence(seed: seed) {
            $0.temperature = Float.random(in: 0.3...2, using: &random)
            if Bool.random(using: &random) { $0.topK = Int.random(in: 1...2000, using: &random) }
            if Bool.random(using: &random) { $0.topP = Float.random(in: 0.05...0.999, using: &random) }
            if Int.random(in: 0..<4, using: &random) == 0 {
                $0.minP = Float.random(in: 0.001...0.5, using: &random)
            }
        }
        let distribution = ReferenceSampler.distribution(logits, for: model)
        let fraction = CounterRandom.uniform(seed: seed, counter: 0)
        // Tokens are drawn in order of id: the running sum finds the same one, up to rounding.
        var sum = 0.0
        let sums = distribution.map {
            sum += $0; return sum
        }
        let drawn = sample(Sampler(vocabularySize: count), logits, model)
        #expect(distribution[drawn] > 0, "seed \(seed)")
        #expect(
            abs(sums[drawn] - distribution[drawn] / 2 - fraction) <= distribution[drawn] / 2 + 1e-4,
            "seed \(seed)")
    }

    // MARK: Ties and repeatability

    @Test func `top-k keeps all that equal the last, and top-p the lower ids`() {
        let logits: [Float] = [1, 2, 2, 2, 0, 2]
        let sampler = Sampler(vocabularySize: 6)
        let byRank = Set(
            (0..<300).map { seed in sample(sampler, logits, sequence(seed: seed) { $0.topK = 2 }) })
        #expect(byRank == [1, 2, 3, 5])
        let byMass = Set(
            (0..<300).map { seed in sample(sampler, logits, sequence(seed: seed) { $0.topP = 0.4 }) })
        #expect(byMass == [1, 2])
    }

    @Test func `a row of equal logits is drawn from evenly, cut or not`() {
        let count = 4096
        let sampler = Sampler(vocabularySize: count)
        let logits = [Float](repeating: 0.25, count: count)
        for topP in [1, 0.5] as [Float] {
            let draws = (0..<UInt64(4000)).map { seed in
                sample(sampler, logits, sequence(seed: seed) { $0.topP = topP })
            }
            #expect(draws.allSatisfy { $0 < Int(Float(count) * topP) })
            let mean = Double(draws.reduce(0, +)) / 4000
            #expect(abs(mean / (Double(count) * Double(topP) / 2) - 1) < 0.05)
        }
    }

    @Test func `the draw depends on the seed and the position in the output only`() {
        let sampler = Sampler(vocabularySize: 64)
        // All weights are equal, so that the number drawn can be read off the token.
        let logits = [Float](repeating: 1, count: 64)
        for position in (0..<40).reversed() {
            let expected = Int(CounterRandom.uniform(seed: 9, counter: UInt64(position)) * 64)
            for (prompt, token) in [([0], 3), ([5, 6, 7], 8)] as [([TokenID], TokenID)] {
                let output = Array(repeating: token, count: position)
                let continued = sequence(prompt: prompt, output: output, seed: 9) { _ in }
                #expect(sample(sampler, logits, continued) == expected)
            }
        }
    }
}
