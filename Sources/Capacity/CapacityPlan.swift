/// What fits: the answer of the planner, which `plan` prints and `serve` allocates from.
package struct CapacityPlan: Sendable, Equatable {
    package var request: PlanRequest
    /// The share of memory that was planned with.
    package var utilization: Double
    /// Bytes of weights on the rank that holds most.
    package var weightBytesPerRank: Int
    /// Bytes on each rank that are neither weights nor KV cache: activations of a step, sampler, graphs, the device's
    /// own context, communication.
    package var activationBytesPerRank: Int
    /// Bytes that one more token of one sequence takes on each rank, over all layers that keep every token.
    package var kvBytesPerTokenPerRank: Int
    /// Bytes of the KV cache on each rank.
    package var kvBytesPerRank: Int
    /// Blocks of the KV cache: of the rank with the fewest.
    package var kvBlocks: Int
    /// Tokens of capacity.
    package var kvTokens: Int
    /// The most tokens that one sequence can reach.
    package var maxContext: Int
    /// The context length that was asked for, or the model's own.
    package var requestedContext: Int
    /// How many sequences of the requested context length fit at once.
    package var maxConcurrency: Double
    /// Whether the requested context length fits.
    package var fits: Bool
    /// What to change, least cost to the user first; each was planned again and works.
    package var remedies: [Remedy]
    /// What is wrong with the settings apart from memory: idle devices, a name that contradicts the files.
    package var findings: [String]
    /// How far ``kvTokens`` may be off, as a share of itself; 0 where the plan is exact.
    package var errorBand: Double
}

/// A change that makes it fit, or fit better.
package struct Remedy: Sendable, Equatable {
    /// The setting, by the name it has for the user: `--max-model-len`.
    package var setting: String
    /// The value to give it.
    package var value: String
    /// The capacity and context with it.
    package var kvTokens: Int
    package var maxContext: Int
    /// One sentence for people, which names api-for-open-llm's variable too.
    package var text: String

    package init(setting: String, value: String, kvTokens: Int, maxContext: Int, text: String) {
        self.setting = setting
        self.value = value
        self.kvTokens = kvTokens
        self.maxContext = maxContext
        self.text = text
    }
}
