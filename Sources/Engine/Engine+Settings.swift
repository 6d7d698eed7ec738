import Compute
package import Tokens

extension Engine {
    /// The engine's limits, and which tokens end an output.
    package struct Settings: Sendable {
        /// The slots of a block.
        package static let blockTokens = KVCacheShape.blockTokens

        /// The most sequences that run at a time (vLLM's `max_num_seqs`).
        package var sequencesMax: Int
        /// The most tokens that a step computes (vLLM's `max_num_batched_tokens`).
        package var stepTokensMax: Int
        /// How many blocks the KV cache has.
        package var blockCount: Int
        /// The most tokens that one sequence may reach (vLLM's `max_model_len`).
        package var contextLength: Int
        /// The most requests beyond those that run.
        package var waitingMax: Int
        /// The model's own end tokens.
        package var endOfSequence: [TokenID]
        /// Whether the scheduler is checked after every step, rather than when it goes idle.
        package var checksIntegrityEachStep: Bool

        /// Makes settings; all counts are positive, but for `waitingMax`, which may be 0.
        package init(
            sequencesMax: Int, stepTokensMax: Int, blockCount: Int, contextLength: Int, waitingMax: Int,
            endOfSequence: [TokenID], checksIntegrityEachStep: Bool = false
        ) {
            self.sequencesMax = sequencesMax
            self.stepTokensMax = stepTokensMax
            self.blockCount = blockCount
            self.contextLength = contextLength
            self.waitingMax = waitingMax
            self.endOfSequence = endOfSequence
            self.checksIntegrityEachStep = checksIntegrityEachStep
        }

        /// How many tokens the KV cache holds.
        package var capacity: Int { blockCount * Self.blockTokens }

        /// Stops the program over a setting that makes no sense: whoever reads settings from outside checks
        /// before.
        func check() {
            precondition(sequencesMax > 0, "sequencesMax is \(sequencesMax), not positive")
            precondition(stepTokensMax > 0, "stepTokensMax is \(stepTokensMax), not positive")
            precondition(blockCount > 0, "blockCount is \(blockCount), not positive")
            precondition(contextLength > 1, "contextLength is \(contextLength), not 2 or more")
            precondition(waitingMax >= 0, "waitingMax is \(waitingMax), negative")
        }
    }
}
