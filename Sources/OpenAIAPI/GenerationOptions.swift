package import Sampling

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
