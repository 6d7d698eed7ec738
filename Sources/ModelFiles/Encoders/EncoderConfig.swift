/// What a checkpoint says of a model that turns texts into vectors or scores, validated once.
///
/// Every count is positive, the heads divide the hidden size, and a head's width is one that the kernels take.
package struct EncoderConfig: Sendable, Equatable {
    /// The architecture.
    package var family: EncoderFamily
    /// How many transformer blocks.
    package var layerCount: Int
    /// The width of the residual stream.
    package var hiddenSize: Int
    /// The width of the feed-forward network.
    package var feedForwardSize: Int
    /// How many heads.
    package var headCount: Int
    /// How many tokens the embedding knows.
    package var vocabularySize: Int
    /// How many rows the table of positions has.
    package var positionCount: Int
    /// How many rows the table of token types has; 0 where the family has none.
    package var typeCount: Int
    /// The epsilon of LayerNorm.
    package var normEpsilon: Float
    /// What the feed-forward network does between its products.
    package var activation: EncoderActivation
    /// The token that fills up; in RoBERTa positions are counted from behind it.
    package var paddingToken: Int
    /// What the model's rows become.
    package var head: EncoderHead
    /// The most tokens of one text, special ones included.
    package var contextLength: Int

    /// The width of one head.
    package var headDimension: Int { hiddenSize / headCount }
}

/// An architecture of encoders that Needletail runs.
package enum EncoderFamily: String, Sendable, CaseIterable {
    /// BERT (Devlin et al., 2019), and what is built like it: bge, MiniLM, gte, m3e.
    case bert
    /// RoBERTa and XLM-R (Liu et al., 2019; Conneau et al., 2020): bge-m3, bce, multilingual e5.
    case roberta
    /// DistilBERT (Sanh et al., 2019): BERT without token types.
    case distilbert
}

/// The function between the two products of an encoder's feed-forward network.
package enum EncoderActivation: Sendable, Equatable {
    case gelu, geluTanh, relu, silu
}

/// How an encoder's rows become its answer.
package enum EncoderHead: Sendable, Equatable {
    /// A vector for each text.
    case embedding(EmbeddingHead)
    /// A number for each label, from the first token's row: a cross-encoder.
    case classification(ClassificationHead)
}

/// How rows become a text's vector.
package struct EmbeddingHead: Sendable, Equatable {
    /// Which rows count, and how.
    package enum Pooling: Sendable, Equatable {
        case mean, first, last, max, meanBySquareRoot
    }

    package var pooling: Pooling
    /// Whether vectors have length 1.
    package var isNormalized: Bool

    package init(pooling: Pooling, isNormalized: Bool) {
        self.pooling = pooling
        self.isNormalized = isNormalized
    }
}

/// How rows become scores.
package struct ClassificationHead: Sendable, Equatable {
    /// How many numbers there are.
    package var labelCount: Int
    /// Whether a single number goes through the logistic function.
    package var hasSigmoid: Bool

    package init(labelCount: Int, hasSigmoid: Bool) {
        self.labelCount = labelCount
        self.hasSigmoid = hasSigmoid
    }
}
