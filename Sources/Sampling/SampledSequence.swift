package import Tokens

/// What the sampler has to know of a sequence.
package struct SampledSequence: Sendable {
    /// How its tokens are chosen.
    package let parameters: SamplingParameters
    /// Decides all random choices, together with the position in the output.
    package let seed: UInt64
    /// The tokens that end the output: the model's own and the request's.
    package let endingTokens: [TokenID]
    /// How many of the tokens are the prompt.
    package let promptCount: Int
    /// The prompt and the output so far.
    package var tokens: [TokenID]

    /// Makes a sequence that has no output yet.
    package init(prompt: [TokenID], parameters: SamplingParameters, seed: UInt64, endingTokens: [TokenID]) {
        self.parameters = parameters
        self.seed = seed
        self.endingTokens = endingTokens
        promptCount = prompt.count
        tokens = prompt
    }

    /// How many tokens of output there are.
    package var outputCount: Int { tokens.count - promptCount }
}
