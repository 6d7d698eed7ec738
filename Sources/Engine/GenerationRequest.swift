package import Grammars
package import Sampling
package import Tokens

/// One sequence for the engine to continue: ids in, ids out.
package struct GenerationRequest: Sendable {
    /// The prompt, never empty.
    package var prompt: [TokenID]
    /// How to choose tokens and when to stop.
    package var sampling: SamplingParameters
    /// How many of the most probable tokens are told beside each token of the prompt; nil tells no probabilities.
    package var promptLogprobs: Int?
    /// Who comes first while requests wait: the lower number; requests of one priority as they came.
    package var priority: Int
    /// What the output must look like; nil leaves it free.
    package var grammar: Grammar?

    /// Makes a request.
    package init(
        prompt: [TokenID], sampling: SamplingParameters, promptLogprobs: Int? = nil, priority: Int = 0,
        grammar: Grammar? = nil
    ) {
        self.prompt = prompt
        self.sampling = sampling
        self.promptLogprobs = promptLogprobs
        self.priority = priority
        self.grammar = grammar
    }
}
