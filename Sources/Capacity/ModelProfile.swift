/// What the planner must know of a model, from metadata alone: a GGUF header, a checkpoint folder, or a bare config.json.
///
/// Wider than what Needletail runs: any decoder whose config says enough can be planned for.
package struct ModelProfile: Sendable, Equatable {
    /// What the model is called, for people.
    package var name: String
    /// The architecture as the files name it: `model_type` or `general.architecture`.
    package var family: String
    /// Whether the family's shape is known; an unknown one is taken for a decoder like Llama.
    package var isKnownFamily = true
    /// How many weights, embeddings and heads included.
    package var parameterCount: Int
    /// The width of the residual stream.
    package var hiddenSize: Int
    /// The width of the feed-forward network of one layer; of the widest one, where they differ.
    package var feedForwardSize: Int
    /// How many query heads.
    package var headCount: Int
    /// How many key-value heads.
    package var keyValueHeadCount: Int
    /// How many entries the vocabulary has.
    package var vocabularySize: Int
    /// The most tokens of one sequence that the model was made for.
    package var contextLength: Int
    /// What each layer keeps of the past, in order of layers.
    package var layers: [LayerState]
    /// The weights' bytes, by how ranks share them.
    package var weights: WeightProfile
    /// The experts of a mixture, where the feed-forward network is one.
    package var experts: ExpertProfile?
    /// The encoder of images, where there is one.
    package var vision: VisionProfile?

    package init(
        name: String, family: String, parameterCount: Int, hiddenSize: Int, feedForwardSize: Int,
        headCount: Int,
        keyValueHeadCount: Int, vocabularySize: Int, contextLength: Int, layers: [LayerState],
        weights: WeightProfile
    ) {
        self.name = name
        self.family = family
        self.parameterCount = parameterCount
        self.hiddenSize = hiddenSize
        self.feedForwardSize = feedForwardSize
        self.headCount = headCount
        self.keyValueHeadCount = keyValueHeadCount
        self.vocabularySize = vocabularySize
        self.contextLength = contextLength
        self.layers = layers
        self.weights = weights
    }
}

/// What one layer keeps of a sequence's past.
package enum LayerState: Sendable, Hashable {
    /// Keys and values of every token.
    case full(keyValueHeads: Int, keySize: Int, valueSize: Int)
    /// Keys and values of the last `window` tokens.
    case sliding(keyValueHeads: Int, keySize: Int, valueSize: Int, window: Int)
    /// Keys and values of the current chunk of `chunk` tokens (Llama 4).
    case chunked(keyValueHeads: Int, keySize: Int, valueSize: Int, chunk: Int)
    /// Multi-head latent attention (DeepSeek-V2): one compressed vector a token, the same on every rank.
    case latent(rank: Int, ropeSize: Int)
    /// A state of fixed size a sequence: state-space and linear-attention layers; `elements` numbers.
    case recurrent(elements: Int)
    /// Nothing of its own: it reads another layer's (Gemma 3n), or has no attention.
    case none
}

/// The experts of a mixture's feed-forward layers.
package struct ExpertProfile: Sendable, Equatable {
    /// How many experts one token visits.
    package var usedCount: Int
    /// The width of one expert.
    package var feedForwardSize: Int

    package init(usedCount: Int, feedForwardSize: Int) {
        self.usedCount = usedCount
        self.feedForwardSize = feedForwardSize
    }
}

/// An image encoder, as far as it takes memory beside its weights.
package struct VisionProfile: Sendable, Equatable {
    /// The width of its residual stream.
    package var hiddenSize: Int
    /// The width of its feed-forward network.
    package var feedForwardSize: Int
    /// Numbers of one patch as it comes in: channels · frames · height · width.
    package var patchSize: Int
    /// The most patches of one image.
    package var patchesMax: Int
    /// Numbers that it hands to the decoder for so many patches.
    package var outputNumbersMax: Int
    /// The most patches of one video; 0 where no more than of an image.
    package var videoPatchesMax = 0

    package init(
        hiddenSize: Int, feedForwardSize: Int, patchSize: Int, patchesMax: Int, outputNumbersMax: Int = 0
    ) {
        self.hiddenSize = hiddenSize
        self.feedForwardSize = feedForwardSize
        self.patchSize = patchSize
        self.patchesMax = patchesMax
        self.outputNumbersMax = outputNumbersMax
    }
}

/// The bytes of a model's weights, by how tensor-parallel ranks share them.
package struct WeightProfile: Sendable, Equatable {
    /// Bytes that are divided evenly among ranks: projections, embedding, head, experts.
    package var shardedBytes: Int
    /// Key and value projections' bytes: divided, but at most into as many parts as there are key-value heads.
    package var keyValueBytes: Int
    /// Bytes that every rank holds whole: norms, routers, a vision tower.
    package var replicatedBytes: Int
    /// Bytes that our kernels' layout takes beyond the file's, divided evenly among ranks.
    package var repackingBytes = 0
    /// How the weights are stored: `bf16`, `awq`, `gptq`, `fp8`, `Q4_K_M` …
    package var quantization: String

    package init(shardedBytes: Int, keyValueBytes: Int, replicatedBytes: Int, quantization: String) {
        self.shardedBytes = shardedBytes
        self.keyValueBytes = keyValueBytes
        self.replicatedBytes = replicatedBytes
        self.quantization = quantization
    }

    /// Bytes of all weights together.
    package var totalBytes: Int { shardedBytes + keyValueBytes + replicatedBytes }
}
