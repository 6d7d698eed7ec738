import Glibc
package import Tokens

/// A token that was chosen, and its probability where the parameters ask for it.
package struct Sample: Sendable, Equatable {
    /// The token.
    package let token: TokenID
    /// What is told of its probability.
    package let logprobs: TokenLogprobs?

    /// Makes one.
    package init(token: TokenID, logprobs: TokenLogprobs?) {
        self.token = token
        self.logprobs = logprobs
    }
}

/// Chooses tokens from rows of logits.
///
/// The order is vLLM's: the mask of a grammar, allowed tokens, bad words, minimum of tokens, bias, penalties; then greedy, or temperature,
/// min-p, top-k, top-p, typical-p and a draw. The draw depends on the seed and the position in the output only. A logit that is not a number
/// is taken for minus infinity. All scratch is allocated at start; one thread at a time uses a sampler.
package final class Sampler {
    /// Tokens whose running sums of weights are kept during a draw over the whole vocabulary.
    private static let chunkTokens = 1024

    private let vocabularySize: Int
    private var adjustments: LogitAdjustments
    private var candidates: Candidates
    /// The model's own logits, where their probabilities are asked for; empty until then.
    private var untouched: [Float] = []
    /// The sum of weights of each chunk of the vocabulary.
    private var chunkMasses: [Double]

    /// Makes a sampler for rows of `vocabularySize` logits.
    package init(vocabularySize: Int) {
        precondition(
            vocabularySize > 0 && vocabularySize <= Int(Int32.max), "a vocabulary has 1 to 2^31 - 1 tokens")
        self.vocabularySize = vocabularySize
        adjustments = LogitAdjustments(vocabularySize: vocabularySize)
        candidates = Candidates(vocabularySize: vocabularySize)
        chunkMasses = Array(repeating: 0, count: (vocabularySize + Self.chunkTokens - 1) / Self.chunkTokens)
    }

    /// The next token of a sequence. The logits, `[vocabulary]`, are changed in place.
    ///
    /// - Parameter mask: A bit for each token that may be chosen, the lowest bit of the first word for token 0; nil
    ///   allows all. It comes before everything else, but for the probabilities that are told: they are the model's.
    package func sample(
        _ logits: UnsafeMutableBufferPointer<Float>, for sequence: borrowing SampledSequence,
        allowing mask: UnsafeMutableBufferPointer<UInt64>? = nil
    ) -> Sample {
        guard let topCount = sequence.parameters.logprobs else {
            return Sample(token: choose(logits, for: sequence, mask), logprobs: nil)
        }
        untouched.removeAll(keepingCapacity: true)
        untouched.append(contentsOf: logits)
        let token = choose(logits, for: sequence, mask)
        let logprobs = untouched.withUnsafeMutableBufferPointer {
            self.logprobs(of: token, in: $0, topCount: topCount)
        }
        return Sample(token: token, logprobs: logprobs)
    }

    /// How probable a token is in a row of logits that nothing has changed, `[vocabulary]`.
    package func logprobs(
        of token: TokenID, in logits: UnsafeMutableBufferPointer<Float>, topCount: Int
    ) -> TokenLogprobs {
        TokenLogprobs(of: token, in: LogitRow(logits: logits), topCount: topCount)
    }

    private func choose(
        _ logits: UnsafeMutableBufferPointer<Float>, for sequence: borrowing SampledSequence,
        _ mask: UnsafeMutableBufferPointer<UInt64>?
    ) -> TokenID {
        precondition(
            logits.count == vocabularySize, "a row has \(vocabularySize) logits, not \(logits.count)")
        adjustments.apply(to: logits, for: sequence, allowing: mask)
        let row = LogitRow(logits: logits)
        let maximum = row.maximum()
        guard !sequence.parameters.isGreedy, maximum.isFinite else {
            return TokenID(row.firstIndex(of: maximum) ?? 0)
        }
        let softmax = Softmax(maximum: maximum, scale: 1 / sequence.parameters.temperature)
        let fraction = CounterRandom.uniform(seed: sequence.seed, counter: UInt64(sequence.outputCount))
        let index =
            sequence.parameters.cutsTail
            ? drawFromCandidates(row, softmax, sequence.parameters, fraction)
            : drawFromAll(row, softmax, fraction)
        // Without any weight, as where the temperature is not a number, the choice is greedy.
        return TokenID(index ?? row.firstIndexOfMaximum())
    }

    // MARK: Cut distributions

    private func drawFromCandidates(
        _ row: LogitRow, _ softmax: Softmax, _ parameters: SamplingParameters, _ fraction: Double
    ) -> Int? {
        let lowest = -Float.greatestFiniteMagnitude
        var floor = lowest
        if parameters.minP > 0 {
            floor = min(
                softmax.maximum, max(lowest, softmax.maximum + log(parameters.minP) * parameters.temperature))
        }
        if parameters.topK > 0 {
            gather(from: row, softmax, floor: floor) { $0.count >= parameters.topK }
            candidates.keepGreatest(parameters.topK)
            candidates.weigh(softmax)
            if parameters.topP < 1 {
                candidates.keepNucleus(reaching: Double(parameters.topP) * candidates.mass())
            }
        } else if floor > lowest || parameters.topP == 1 {
            candidates.gather(from: row, floor: floor)
            candidates.weigh(softmax)
            if parameters.topP < 1 {
                candidates.keepNucleus(reaching: Double(parameters.topP) * candidates.mass())
            }
        } else {
            let mass = Double(parameters.topP) * sumMasses(row, softmax)
            gather(from: row, softmax, floor: floor) {
                $0.weigh(softmax)
                return $0.mass() >= mass
            }
            candidates.keepNucleus(reaching: mass)
        }
        if parameters.typicalP < 1 { candidates.keepTypical(Double(parameters.typicalP)) }
        return candidates.draw(fraction)
    }

    /// Gathers candidates near the maximum, ever farther below it until there are enough or the floor is
    /// reached.
    private func gather(
        from row: LogitRow, _ softmax: Softmax, floor: Float, until isEnough: (inout Candidates) -> Bool
    ) {
        // e⁻¹⁰ of the maximum's weight: what a sharp distribution draws from lies above.
        var depth = 10 / softmax.scale
        while true {
            let reached = max(floor, softmax.maximum - depth)
            candidates.gather(from: row, floor: reached)
            if isEnough(&candidates) || !(reached > floor) { return }
            depth *= 3
        }
    }

    // MARK: The whole distribution

    private func drawFromAll(_ row: LogitRow, _ softmax: Softmax, _ fraction: Double) -> Int? {
        var target = fraction * sumMasses(row, softmax)
        var last: Int?
        for (chunk, mass) in chunkMasses.enumerated() where mass > 0 {
            last = chunk
            if target < mass { break }
            target -= mass
        }
        return last.flatMap { draw(row, softmax, chunk: $0, target: target) }
    }

    /// The token of a chunk at which the running sum of weights exceeds the target.
    private func draw(_ row: LogitRow, _ softmax: Softmax, chunk: Int, target: Double) -> Int? {
        var target = target
        var last: Int?
        let start = chunk * Self.chunkTokens
        for index in stride(from: start, to: min(start + Self.chunkTokens, row.count), by: LogitRow.width) {
            let weights = softmax.weights(of: row.lanes(at: index))
            for lane in 0..<LogitRow.width where weights[lane] > 0 {
                last = index + lane
                target -= Double(weights[lane])
                if target < 0 { return last }
            }
        }
        return last
    }

    /// Fills ``chunkMasses`` and sums them.
    private func sumMasses(_ row: LogitRow, _ softmax: Softmax) -> Double {
        var total = 0.0
        for chunk in chunkMasses.indices {
            let start = chunk * Self.chunkTokens
            let end = min(start + Self.chunkTokens, row.count)
            var sums = SIMD8<Float>(repeating: 0)
            var index = start
            while index < end {
                sums += softmax.weights(of: row.lanes(at: index))
                index += LogitRow.width
            }
            chunkMasses[chunk] = Double(sums.sum())
            total += chunkMasses[chunk]
        }
        return total
    }
}

extension SamplingParameters {
    /// Whether some tokens are left out of the draw.
    fileprivate var cutsTail: Bool { topK > 0 || topP < 1 || minP > 0 || typicalP < 1 }
}
