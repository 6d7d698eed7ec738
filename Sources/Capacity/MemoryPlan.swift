/// What memory a model takes and what is left for its KV cache: computed before anything is loaded.
package struct MemoryPlan: Sendable, Equatable {
    /// Bytes of the weights.
    package var weightBytes: Int
    /// Bytes of a step's activations and logits, and of the rotary tables.
    package var activationBytes: Int
    /// Bytes that one token's keys and values take over all layers.
    package var kvBytesPerToken: Int
    /// Tokens a block.
    package var blockTokens: Int
    /// Blocks of the KV cache.
    package var blockCount: Int
    /// The most tokens that one sequence may reach.
    package var contextLength: Int
    /// The context length of the model, where ``contextLength`` was lowered to fit.
    package var loweredFrom: Int?

    /// Tokens that the KV cache holds.
    package var kvTokens: Int { blockCount * blockTokens }
    /// Bytes of the KV cache.
    package var kvBytes: Int { kvTokens * kvBytesPerToken }
    /// How many sequences of the full context length fit at once.
    package var concurrency: Double { Double(kvTokens) / Double(contextLength) }
}
