/// One request of a load.
package struct BenchmarkRequest: Sendable, Equatable {
    /// What the model is given.
    package enum Prompt: Sendable, Equatable {
        /// Ids of tokens.
        case tokens([Int])
        /// Text, for whoever has a tokenizer.
        case text(String)
    }

    package var prompt: Prompt
    /// Tokens of the prompt, as far as they are known before it is sent; 0 where they are not.
    package var promptTokens: Int
    /// The most tokens of output.
    package var outputTokens: Int

    package init(prompt: Prompt, promptTokens: Int, outputTokens: Int) {
        self.prompt = prompt
        self.promptTokens = promptTokens
        self.outputTokens = outputTokens
    }
}
