import Glibc
import Sampling
import Tokens

/// The sampler as the definitions of the parameters read, in double precision and with a full sort.
struct ReferenceSampler {
    /// The probability of each token.
    static func distribution(_ logits: [Float], for sequence: SampledSequence) -> [Double] {
        let parameters = sequence.parameters
        let adjusted = adjust(logits, sequence)
        let maximum = adjusted.max() ?? 0
        if parameters.isGreedy {
            let winner = adjusted.firstIndex(of: maximum)
            return adjusted.indices.map { $0 == winner ? 1 : 0 }
        }
        var weights = adjusted.map { exp(($0 - maximum) / Double(parameters.temperature)) }
        weights = weights.map { $0 >= Double(parameters.minP) ? $0 : 0 }
        let ranking = weights.indices.sorted { (weights[$0], $1) > (weights[$1], $0) }
        if parameters.topK > 0, parameters.topK < weights.count {
            let smallest = weights[ranking[parameters.topK - 1]]
            weights = weights.map { $0 >= smallest ? $0 : 0 }
        }
        let total = weights.reduce(0, +)
        var before = 0.0
        for index in ranking {
            let weight = weights[index]
            // At 1 nothing is cut, whatever the sums round to.
            if before > 0, parameters.topP < 1, before >= Double(parameters.topP) * total {
                weights[index] = 0
            }
            before += weight
        }
        let kept = weights.reduce(0, +)
        return typical(weights.map { $0 / kept }, Double(parameters.typicalP))
    }

    /// Locally typical sampling, as its paper defines it.
    private static func typical(_ probabilities: [Double], _ share: Double) -> [Double] {
        guard share < 1 else { return probabilities }
        let entropy = probabilities.reduce(0) { $1 > 0 ? $0 - $1 * log($1) : $0 }
        let order = probabilities.indices.filter { probabilities[$0] > 0 }.sorted {
            abs(-log(probabilities[$0]) - entropy) < abs(-log(probabilities[$1]) - entropy)
        }
        var kept = probabilities.map { _ in 0.0 }
        var reached = 0.0
        for index in order where reached < share {
            kept[index] = probabilities[index]
            reached += probabilities[index]
        }
        return kept.map { $0 / reached }
    }

    private static func adjust(_ logits: [Float], _ sequence: SampledSequence) -> [Double] {
        let parameters = sequence.parameters
        let output = sequence.tokens[sequence.promptCount...]
        return logits.indices.map { index in
            let token = TokenID(index)
            let outputCount = output.count { $0 == token }
            var logit = Double(logits[index].isNaN ? -.infinity : logits[index])
            if output.count < parameters.minTokens, sequence.endingTokens.contains(token) {
                logit = -.infinity
            }
            if let allowed = parameters.allowedTokens, !allowed.contains(token) { logit = -.infinity }
            let endings = parameters.badWords.filter {
                output.suffix($0.count - 1).elementsEqual($0.dropLast())
            }
            if endings.contains(where: { $0.last == token }) { logit = -.infinity }
            logit += Double(parameters.logitBias[token] ?? 0)
            if sequence.tokens.contains(token) {
                let penalty = Double(parameters.repetitionPenalty)
                logit = logit > 0 ? logit / penalty : logit * penalty
            }
            logit -= Double(outputCount) * Double(parameters.frequencyPenalty)
            if outputCount > 0 { logit -= Double(parameters.presencePenalty) }
            return logit
        }
    }
}
