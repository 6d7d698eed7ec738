package import Tokens

/// How the next token of a sequence is chosen from its logits; the meaning of each is vLLM's and OpenAI's.
package struct SamplingParameters: Sendable, Equatable {
    /// Divides the logits; 0 takes the most likely token.
    package var temperature: Float = 1
    /// Keeps the most likely `topK` tokens; 0 keeps all.
    package var topK: Int = 0
    /// Keeps the smallest set of most likely tokens whose probabilities sum to at least this.
    package var topP: Float = 1
    /// Keeps tokens at least this probable, as a share of the most likely one's probability.
    package var minP: Float = 0
    /// Keeps the tokens whose information is nearest to the entropy of what is left, until their probabilities
    /// sum to at least this (Meister et al., "Locally Typical Sampling", 2022).
    package var typicalP: Float = 1
    /// Divides positive and multiplies negative logits of tokens seen in the prompt or the output.
    package var repetitionPenalty: Float = 1
    /// Subtracted from the logit of each token seen in the output.
    package var presencePenalty: Float = 0
    /// Subtracted from a token's logit for each time it stands in the output.
    package var frequencyPenalty: Float = 0
    /// Added to the logits of these tokens.
    package var logitBias: [TokenID: Float] = [:]
    /// The only tokens that may be chosen; nil allows all.
    package var allowedTokens: [TokenID]?
    /// Runs of tokens that the output may not have; none is empty.
    package var badWords: [[TokenID]] = []
    /// How many of the most probable tokens are told beside each chosen one; nil tells no probabilities.
    package var logprobs: Int?
    /// Makes the choice repeatable; without one the engine draws a seed.
    package var seed: UInt64?
    /// Tokens that end the output beside the model's own; not part of the text.
    package var stopTokens: [TokenID] = []
    /// The most tokens of output.
    package var maxTokens: Int = 16
    /// The fewest tokens of output before an end or stop token may come.
    package var minTokens: Int = 0
    /// Whether the model's own end tokens do not end the output.
    package var ignoresEndOfSequence: Bool = false

    /// The defaults of vLLM.
    package init() {}

    /// Whether the most likely token is taken, so that no random number is drawn.
    package var isGreedy: Bool { temperature < 1e-5 }
}
