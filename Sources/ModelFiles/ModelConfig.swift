package import Tokens

/// What a checkpoint says of its model, validated once; the rest of the house trusts it.
///
/// Every count is positive, `headCount` is a multiple of `keyValueHeadCount`, and every product of them fits
/// `Int`.
package struct ModelConfig: Sendable, Equatable {
    /// The architecture, from what the files say.
    package var family: ModelFamily
    /// What the file itself calls the model, for people; empty where it does not say.
    package var name: String
    /// How many transformer blocks.
    package var layerCount: Int
    /// The width of the residual stream.
    package var hiddenSize: Int
    /// The width of the gated feed-forward network.
    package var feedForwardSize: Int
    /// How many query heads.
    package var headCount: Int
    /// How many key-value heads; query heads share them in equal groups (GQA).
    package var keyValueHeadCount: Int
    /// The width of one head.
    package var headDimension: Int
    /// How many tokens the embedding and the output head know.
    package var vocabularySize: Int
    /// The most tokens of one sequence that the model was made for.
    package var contextLength: Int
    /// The epsilon of RMSNorm.
    package var normEpsilon: Float
    /// The rotary position embedding.
    package var rope: RopeConfig
    /// Whether the output head is the embedding.
    package var tiesEmbeddings: Bool
    /// The attention window in tokens, where every layer has the same one.
    package var slidingWindow: Int?
    /// The first token of a prompt, where the model has one.
    package var beginningOfSequence: TokenID?
    /// The tokens that end an answer, from the config and the generation config together.
    package var endOfSequence: [TokenID]

    /// Makes a config from parts that are already checked.
    package init(
        family: ModelFamily, name: String, layerCount: Int, hiddenSize: Int, feedForwardSize: Int,
        headCount: Int,
        keyValueHeadCount: Int, headDimension: Int, vocabularySize: Int, contextLength: Int,
        normEpsilon: Float,
        rope: RopeConfig, tiesEmbeddings: Bool, slidingWindow: Int?, beginningOfSequence: TokenID?,
        endOfSequence: [TokenID]
    ) {
        self.family = family
        self.name = name
        self.layerCount = layerCount
        self.hiddenSize = hiddenSize
        self.feedForwardSize = feedForwardSize
        self.headCount = headCount
        self.keyValueHeadCount = keyValueHeadCount
        self.headDimension = headDimension
        self.vocabularySize = vocabularySize
        self.contextLength = contextLength
        self.normEpsilon = normEpsilon
        self.rope = rope
        self.tiesEmbeddings = tiesEmbeddings
        self.slidingWindow = slidingWindow
        self.beginningOfSequence = beginningOfSequence
        self.endOfSequence = endOfSequence
    }
}

/// An architecture that Needletail runs.
package enum ModelFamily: String, Sendable, CaseIterable {
    /// Qwen 1.5, 2 and 2.5, dense: bias on Q, K and V.
    case qwen2
    /// Llama 2 and 3, Mistral, SmolLM.
    case llama
}

/// A rotary position embedding (Su et al., 2021) and how it is stretched over longer contexts.
package struct RopeConfig: Sendable, Equatable {
    /// Which two elements of a head rotate together.
    package enum Layout: Sendable, Equatable {
        /// Element `i` with element `i + dimension / 2`: Hugging Face's order, and GGUF's for most families.
        case halves
        /// Element `2 i` with element `2 i + 1`: the order of GGUF's `llama` architecture.
        case interleaved
    }

    /// How frequencies change for contexts longer than the original.
    package enum Scaling: Sendable, Equatable {
        case none
        /// Positions divided by the factor.
        case linear(factor: Float)
        /// Llama 3.1: low frequencies divided by the factor, high ones kept, a smooth ramp between.
        case llama3(
            factor: Float, lowFrequencyFactor: Float, highFrequencyFactor: Float, originalContextLength: Int)
        /// YaRN (Peng et al., 2023).
        case yarn(
            factor: Float, originalContextLength: Int, betaFast: Float, betaSlow: Float,
            attentionFactor: Float?)
        /// Divisors of each frequency, as a GGUF's `rope_freqs.weight` gives them; `dimension / 2` numbers.
        case divisors([Float])
    }

    /// The base of the geometric series of frequencies.
    package var theta: Float
    /// How many leading elements of a head rotate.
    package var dimension: Int
    /// Which elements pair up.
    package var layout: Layout
    /// How frequencies are stretched.
    package var scaling: Scaling

    /// Makes a description of a rotary embedding.
    package init(theta: Float, dimension: Int, layout: Layout, scaling: Scaling = .none) {
        self.theta = theta
        self.dimension = dimension
        self.layout = layout
        self.scaling = scaling
    }
}
