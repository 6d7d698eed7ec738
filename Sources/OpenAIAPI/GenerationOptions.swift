package import Grammars
package import Sampling

/// How to continue a prompt: what chat and plain completions have in common, checked and complete.
package struct GenerationOptions: Sendable, Equatable {
    /// For the engine; `maxTokens` holds only once the prompt's length is known.
    package var sampling: SamplingParameters
    /// The most tokens asked for; nil means as many as the context holds, and 0, with ``echoes``, none.
    package var maxTokens: Int?
    /// The most tokens where ``maxTokens`` is nil and the context holds more.
    package var recommendedTokensMax: Int?
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
    /// Whether the response tells which tier served it.
    package var tellsServiceTier = false
    /// What the answers must look like; nil leaves them free.
    package var grammar: GrammarSource?
}

/// How a beam search ranks answers.
package struct BeamSearchOptions: Sendable, Equatable {
    /// An answer's logarithmic probability is divided by its length to the power of this.
    package var lengthPenalty: Double
    /// When the search may end before its time.
    package var earlyStopping: EarlyStopping
}

/// When a beam search has looked far enough, once it has as many answers as are asked for.
package enum EarlyStopping: Sendable, Equatable {
    /// At once: `true`.
    case enoughAnswers
    /// When no beginning is better than the answers as it stands: `false`.
    case unlikely
    /// When no beginning can become better than the answers: `"never"`, and by default.
    case impossible
}
