import Glibc

/// The perplexity of a text: `exp` of the mean negative log-likelihood of its tokens (Jelinek et al., 1977).
package struct Perplexity: Sendable {
    /// How many tokens were predicted.
    package private(set) var tokenCount = 0
    private var sum = 0.0
    private var sumOfSquares = 0.0

    package init() {}

    /// Counts one token by its negative log-likelihood, in nats.
    mutating func record(_ negativeLogLikelihood: Double) {
        tokenCount += 1
        sum += negativeLogLikelihood
        sumOfSquares += negativeLogLikelihood * negativeLogLikelihood
    }

    /// Counts the token `target` that a row of logits, `[vocabulary]`, was to predict.
    package mutating func record(_ target: Int32, logits: UnsafeBufferPointer<Float>) {
        record(Self.negativeLogLikelihood(of: Int(target), logits))
    }

    /// The mean over all tokens, in nats; 0 where there are none.
    package var meanNegativeLogLikelihood: Double { tokenCount > 0 ? sum / Double(tokenCount) : 0 }

    /// The perplexity; 1 where there are no tokens.
    package var value: Double { exp(meanNegativeLogLikelihood) }

    /// The standard error of ``value``, with the tokens taken as independent.
    package var standardError: Double {
        guard tokenCount > 1 else { return 0 }
        let mean = meanNegativeLogLikelihood
        let variance = sumOfSquares / Double(tokenCount) - mean * mean
        return (max(0, variance) / Double(tokenCount - 1)).squareRoot() * value
    }

    /// `log Σ exp(logits) − logits[target]`, the sum in f64 after the greatest logit is taken off.
    static func negativeLogLikelihood(of target: Int, _ logits: UnsafeBufferPointer<Float>) -> Double {
        var greatest = -Float.infinity
        for logit in logits where logit > greatest { greatest = logit }
        var sum = 0.0
        for logit in logits { sum += Double(expf(logit - greatest)) }
        return log(sum) - Double(logits[target] - greatest)
    }
}
