import Tokens

/// What changes logits before any choice, so that it holds for greedy choices too.
struct LogitAdjustments {
    /// For each token of the vocabulary: how often it stands in the output, shifted by one; bit 0 says it was
    /// seen.
    ///
    /// All 0 between calls.
    private var tally: [UInt32]

    init(vocabularySize: Int) {
        tally = Array(repeating: 0, count: vocabularySize)
    }

    /// Masks what is not allowed, bad words and endings that come too early, adds bias, subtracts penalties: vLLM's
    /// order.
    mutating func apply(
        to logits: UnsafeMutableBufferPointer<Float>, for sequence: borrowing SampledSequence,
        allowing mask: UnsafeMutableBufferPointer<UInt64>? = nil
    ) {
        let parameters = sequence.parameters
        if let mask { keep(mask, of: logits) }
        if let allowed = parameters.allowedTokens { keep(allowed, of: logits) }
        for word in parameters.badWords { forbid(word, logits, sequence) }
        if sequence.outputCount < parameters.minTokens, mask.map({ allowsMore($0, sequence) }) ?? true,
            parameters.allowedTokens?.contains(where: { !sequence.endingTokens.contains($0) }) ?? true
        {
            for token in sequence.endingTokens where logits.indices.contains(token.index) {
                logits[token.index] = -.infinity
            }
        }
        for (token, bias) in parameters.logitBias where logits.indices.contains(token.index) {
            logits[token.index] += bias
        }
        if parameters.penalizes { penalize(logits, sequence) }
    }

    /// Forbids the tokens whose bits are clear.
    private func keep(
        _ mask: UnsafeMutableBufferPointer<UInt64>, of logits: UnsafeMutableBufferPointer<Float>
    ) {
        for word in 0..<((logits.count + 63) / 64) {
            let bits = word < mask.count ? mask[word] : 0
            guard bits != .max else { continue }
            let tokens = (word * 64)..<min(word * 64 + 64, logits.count)
            if bits == 0 {
                logits[tokens].update(repeating: -.infinity)
            } else {
                for token in tokens where bits >> UInt64(token & 63) & 1 == 0 { logits[token] = -.infinity }
            }
        }
    }

    /// Whether the mask allows anything but an end: a grammar that is complete ends however few tokens there are.
    private func allowsMore(
        _ mask: UnsafeMutableBufferPointer<UInt64>, _ sequence: borrowing SampledSequence
    ) -> Bool {
        var allowedCount = mask.reduce(0) { $0 + $1.nonzeroBitCount }
        for (index, token) in sequence.endingTokens.enumerated()
        where mask.indices.contains(token.index >> 6)
            && mask[token.index >> 6] >> UInt64(token.index & 63) & 1 != 0
        {
            if !sequence.endingTokens[..<index].contains(token) { allowedCount -= 1 }
        }
        return allowedCount > 0
    }

    private func keep(_ tokens: [TokenID], of logits: UnsafeMutableBufferPointer<Float>) {
        let kept = tokens.filter { logits.indices.contains($0.index) }
        let values = kept.map { logits[$0.index] }
        logits.update(repeating: -.infinity)
        for (token, value) in zip(kept, values) { logits[token.index] = value }
    }

    /// Forbids the word's last token where the output ends with all before it.
    private func forbid(
        _ word: [TokenID], _ logits: UnsafeMutableBufferPointer<Float>, _ sequence: borrowing SampledSequence
    ) {
        guard let last = word.last, logits.indices.contains(last.index),
            word.count <= sequence.outputCount + 1,
            sequence.tokens.suffix(word.count - 1).elementsEqual(word.dropLast())
        else { return }
        logits[last.index] = -.infinity
    }

    private mutating func penalize(
        _ logits: UnsafeMutableBufferPointer<Float>, _ sequence: borrowing SampledSequence
    ) {
        let parameters = sequence.parameters
        for token in sequence.tokens[..<sequence.promptCount] { tally[token.index] = 1 }
        for token in sequence.tokens[sequence.promptCount...] {
            tally[token.index] = (tally[token.index] | 1) &+ 2
        }
        for token in sequence.tokens where tally[token.index] != 0 {
            let outputCount = tally[token.index] >> 1
            tally[token.index] = 0
            var logit = logits[token.index]
            logit = logit > 0 ? logit / parameters.repetitionPenalty : logit * parameters.repetitionPenalty
            if outputCount > 0 {
                logit -= Float(outputCount) * parameters.frequencyPenalty + parameters.presencePenalty
            }
            logits[token.index] = logit
        }
    }
}

extension SamplingParameters {
    /// Whether tokens that were seen are less or more likely.
    fileprivate var penalizes: Bool {
        repetitionPenalty != 1 || presencePenalty != 0 || frequencyPenalty != 0
    }
}
