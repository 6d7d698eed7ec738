package import ModelFiles

/// Plans memory from a model's metadata and the machine's memory alone: no tensors, no threads.
package struct MemoryPlanner: Sendable {
    /// The KV cache that is planned where nobody asks for a size: more helps only with very many users.
    package static let kvBytesDefault = 4 << 30
    /// The share of the available memory that may be used.
    package static let utilization = 0.9

    /// What the checkpoint says.
    package var config: ModelConfig
    /// Bytes of the weights.
    package var weightBytes: Int
    /// Bytes of memory that this process may take.
    package var memoryBytes: Int
    /// Tokens a block of the KV cache.
    package var blockTokens: Int
    /// Bytes a number in the KV cache.
    package var kvElementBytes: Int
    /// The most tokens of one step.
    package var stepTokensMax: Int
    /// The most sequences of one step.
    package var sequencesMax: Int

    /// Makes a planner for one model on one machine.
    package init(
        config: ModelConfig, weightBytes: Int, memoryBytes: Int, blockTokens: Int, kvElementBytes: Int,
        stepTokensMax: Int, sequencesMax: Int
    ) {
        self.config = config
        self.weightBytes = weightBytes
        self.memoryBytes = memoryBytes
        self.blockTokens = blockTokens
        self.kvElementBytes = kvElementBytes
        self.stepTokensMax = stepTokensMax
        self.sequencesMax = sequencesMax
    }

    /// Plans for a context length and a size of the KV cache in bytes, each chosen where nil.
    ///
    /// A context length that nobody asked for is lowered to what fits.
    /// - Throws: ``CapacityError`` where not even that fits, or what was asked for does not.
    package func plan(
        contextLength requested: Int? = nil, kvBytes: Int? = nil
    ) throws(CapacityError) -> MemoryPlan {
        if let requested, requested > config.contextLength {
            throw .contextBeyondModel(requested: requested, model: config.contextLength)
        }
        let context = requested ?? config.contextLength
        let activationBytes = activationBytes(contextLength: context)
        let usable = Int(Double(memoryBytes) * Self.utilization) - weightBytes - activationBytes
        let blockBytes = kvBytesPerToken * blockTokens
        let contextBytes = blocks(for: context) * blockBytes
        let bytes = kvBytes ?? min(usable, max(Self.kvBytesDefault, contextBytes))
        if let kvBytes, kvBytes < blockBytes { throw .cacheTooSmall(bytes: kvBytes, least: blockBytes) }
        guard bytes <= usable, bytes >= blockBytes else {
            throw .outOfMemory(
                needed: weightBytes + activationBytes + max(bytes, blockBytes), available: memoryBytes)
        }
        let tokens = bytes / blockBytes * blockTokens
        if let requested, requested > tokens {
            throw .contextBeyondCache(
                requested: requested, tokens: tokens, neededBytes: contextBytes, bytes: bytes)
        }
        return MemoryPlan(
            weightBytes: weightBytes, activationBytes: activationBytes, kvBytesPerToken: kvBytesPerToken,
            blockTokens: blockTokens, blockCount: bytes / blockBytes, contextLength: min(context, tokens),
            loweredFrom: tokens < context ? context : nil)
    }

    /// Keys and values of one token over all layers.
    package var kvBytesPerToken: Int {
        2 * config.layerCount * config.keyValueHeadCount * config.headDimension * kvElementBytes
    }

    private func blocks(for tokens: Int) -> Int { (tokens + blockTokens - 1) / blockTokens }

    /// The widest activations of a step in f32, the logits of its sampled rows, and the rotary tables.
    private func activationBytes(contextLength: Int) -> Int {
        let attention = (2 * config.headCount + 2 * config.keyValueHeadCount) * config.headDimension
        let row = 2 * config.hiddenSize + attention + 3 * config.feedForwardSize
        let logits = sequencesMax * config.vocabularySize
        return 4 * (stepTokensMax * row + logits + contextLength * config.rope.dimension)
    }
}

/// Why a model cannot be served as asked: what does not fit, and the setting that would change it.
package enum CapacityError: Error, Sendable, Equatable {
    /// More context than the model was made for.
    case contextBeyondModel(requested: Int, model: Int)
    /// More context than the KV cache holds.
    case contextBeyondCache(requested: Int, tokens: Int, neededBytes: Int, bytes: Int)
    /// A KV cache that does not hold one block.
    case cacheTooSmall(bytes: Int, least: Int)
    /// Weights, activations and the least KV cache together exceed the memory.
    case outOfMemory(needed: Int, available: Int)
}

extension CapacityError: CustomStringConvertible {
    /// What is wrong, the figures, and what to set.
    package var description: String {
        switch self {
        case .contextBeyondModel(let requested, let model):
            "--max-model-len \(requested) is more than the \(model) tokens that the model was made for; "
                + "set --max-model-len \(model) or less"
        case .contextBeyondCache(let requested, let tokens, let needed, let bytes):
            "the model's max seq len (\(requested)) is larger than the maximum number of tokens that can be stored "
                + "in KV cache (\(tokens)); set --max-model-len \(tokens), or --kv-cache-memory \(needed) "
                + "instead of \(bytes)"
        case .cacheTooSmall(let bytes, let least):
            "--kv-cache-memory of \(bytes) bytes does not hold one block of tokens; set \(least) bytes or more"
        case .outOfMemory(let needed, let available):
            "\(needed >> 20) MiB of memory are needed and \(available >> 20) MiB are available, of which "
                + "\(Int(MemoryPlanner.utilization * 100)) % may be used; set a smaller --kv-cache-memory, "
                + "--max-num-batched-tokens or --max-num-seqs, or choose a smaller model"
        }
    }
}
