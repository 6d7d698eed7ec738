package import Sampling
package import Tokens

/// One sequence for the engine to continue: ids in, ids out.
package struct GenerationRequest: Sendable {
    /// The prompt, never empty.
    package var prompt: [TokenID]
    /// How to choose tokens and when to stop.
    package var sampling: SamplingParameters

    /// Makes a request.
    package init(prompt: [TokenID], sampling: SamplingParameters) {
        self.prompt = prompt
        self.sampling = sampling
    }
}
