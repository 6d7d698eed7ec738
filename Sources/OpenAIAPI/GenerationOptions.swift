package import Sampling

/// What a model's makers recommend where a request is silent; from `generation_config.json`.
package struct SamplingDefaults: Sendable, Equatable {
    /// Divides the logits.
    package var temperature: Double?
    /// Keeps the most likely tokens.
    package var topK: Int?
    /// Keeps the most likely tokens up to this probability.
    package var topP: Double?
    /// Keeps tokens at least this probable beside the most likely.
    package var minP: Double?
    /// Divides the logits of tokens seen.
    package var repetitionPenalty: Double?

    /// Makes defaults; what is nil is as in OpenAI's API.
    package init(
        temperature: Double? = nil, topK: Int? = nil, topP: Double? = nil, minP: Double? = nil,
        repetitionPenalty: Double? = nil
    ) {
        self.temperature = temperature
        self.topK = topK
        self.topP = topP
        self.minP = minP
        self.repetitionPenalty = repetitionPenalty
    }
}

/// How to continue a prompt: what chat and plain completions have in common, checked and complete.
package struct GenerationOptions: Sendable, Equatable {
    /// For the engine; `maxTokens` holds only once the prompt's length is known.
    package var sampling: SamplingParameters
    /// The most tokens asked for; nil means as many as the context holds.
    package var maxTokens: Int?
    /// The texts that end an answer.
    package var stopStrings: [String]
    /// Whether what ended the answer stays in it.
    package var includesStop: Bool
    /// Whether special tokens leave no text.
    package var skipsSpecialTokens: Bool
    /// How many answers to each prompt.
    package var choices: Int
    /// Whether to send the answer piece by piece.
    package var streams: Bool
    /// Whether the stream ends with a usage chunk.
    package var includesUsage: Bool
    /// The last tokens of the prompt to keep; -1 stands for as many as the context holds.
    package var promptTokensKept: Int?
}
