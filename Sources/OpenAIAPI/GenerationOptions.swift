package import Grammars
package import Sampling

/// How to continue a prompt: what chat and plain completions have in common, checked and complete.
package struct GenerationOptions: Sendable, Equatable {
    /// For the engine; `maxTokens` holds only once the prompt's length is known.
    package var sampling: SamplingParameters
    /// The most tokens asked for; nil means as many as the context holds, and 0, with ``echoes``, none.
    package var maxTokens: Int?
    /// The texts that end an answer.
    package var stopStrings: [String]
    /// Whether what ended the answer stays in it.
    package var includesStop: Bool
    /// Whether special tokens leave no text.
    package var skipsSpecialTokens: Bool
    /// How many answers to each prompt are shown.
    package var choices: Int
    /// How many answers to each prompt are made, of which the most probable are shown.
    package var candidates: Int
    /// Searches for probable answers rather than drawing them.
    package var beamSearch: BeamSearchOptions?
    /// Whether to send the answer piece by piece.
    package var streams: Bool
    /// Whether the stream ends with a usage chunk.
    package var includesUsage: Bool
    /// Whether every chunk of the stream tells the usage so far.
    package var includesContinuousUsage: Bool
    /// The last tokens of the prompt to keep; -1 stands for as many as the context holds.
    package var promptTokensKept: Int?
    /// Whether the answer begins with what it answers: the prompt, or the message that it continues.
    package var echoes: Bool
    /// How many probable tokens are shown beside each token of the answer; nil shows no probabilities.
    package var logprobs: Int?
    /// How many probable tokens are shown beside each token of the prompt; nil shows no probabilities.
    package var promptLogprobs: Int?
    /// Whether the ids of prompt and answer are shown.
    package var returnsTokenIDs: Bool
    /// Whether tokens are shown as `token_id:123` where probabilities are.
    package var showsTokensAsIDs: Bool
    /// Who comes first while requests wait: the lower number.
    package var priority: Int
    /// What the answers must look like; nil leaves them free.
    package var grammar: GrammarSource?
}

/// How a beam search ranks answers.
package struct BeamSearchOptions: Sendable, Equatable {
    /// An answer's logarithmic probability is divided by its length to the power of this.
    package var lengthPenalty: Double
}
