/// Loads that need no file.
package enum MadeUpDatasets {
    /// Prompts and outputs of random lengths, nothing shared: vLLM's `random`.
    package static func random(
        count: Int, input: LengthRange, output: LengthRange, maker: PromptMaker, seed: UInt64
    ) -> [BenchmarkRequest] {
        make(count, maker, seed) { random in
            (input: input.draw(&random), output: output.draw(&random))
        }
    }

    /// Lengths like those of conversations with a chatbot.
    ///
    /// Means are those of ShareGPT in Kwon et al., "Efficient Memory Management for Large Language Model Serving with
    /// PagedAttention" (2023), figure 11: 161.31 tokens of input and 337.99 of output. Only the means are published;
    /// that the lengths are log-normal, and how widely, is assumed. Lengths that vLLM's benchmark leaves out are
    /// drawn again.
    package static func shareGPTShaped(count: Int, maker: PromptMaker, seed: UInt64) -> [BenchmarkRequest] {
        make(count, maker, seed) { random in
            while true {
                let input = Int(random.logNormal(mean: 161.31, spread: 1.3).rounded())
                let output = Int(random.logNormal(mean: 337.99, spread: 0.8).rounded())
                if ShareGPTLimits.allow(input: input, output: output) { return (input, output) }
            }
        }
    }

    /// Few beginnings that many prompts share: vLLM's `prefix_repetition`.
    ///
    /// - Parameters:
    ///   - prefixes: How many beginnings; the prompts take them in turn, in random order.
    ///   - prefix: Tokens of a beginning.
    ///   - suffix: Tokens of what follows it.
    ///   - output: The most tokens of output.
    package static func prefixRepetition(
        count: Int, prefixes: Int, prefix: Int, suffix: Int, output: Int, maker: PromptMaker, seed: UInt64
    ) -> [BenchmarkRequest] {
        var random = SeededRandom(seed: seed)
        let beginnings = (0..<prefixes).map { _ in maker.draw(prefix, &random) }
        var requests = (0..<count).map { index in
            BenchmarkRequest(
                prompt: maker.join([beginnings[index % prefixes], maker.draw(suffix, &random)]),
                promptTokens: prefix + suffix, outputTokens: output)
        }
        requests.shuffle(using: &random)
        return requests
    }

    /// Draws all lengths before the first prompt, so that they do not depend on what prompts are made of.
    private static func make(
        _ count: Int, _ maker: PromptMaker, _ seed: UInt64,
        lengths: (inout SeededRandom) -> (input: Int, output: Int)
    ) -> [BenchmarkRequest] {
        var random = SeededRandom(seed: seed)
        let lengths = (0..<count).map { _ in lengths(&random) }
        return lengths.map { length in
            BenchmarkRequest(
                prompt: maker.make(tokens: length.input, &random), promptTokens: length.input,
                outputTokens: length.output)
        }
    }
}

/// Which conversations count: the same as in vLLM's benchmark, so that the loads are alike.
enum ShareGPTLimits {
    static let lengthMin = 4
    static let inputMax = 1024
    static let totalMax = 2048

    static func allow(input: Int, output: Int) -> Bool {
        input >= lengthMin && output >= lengthMin && input <= inputMax && input + output <= totalMax
    }
}
