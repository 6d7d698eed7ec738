import JSON
package import Tensors

/// One opened model that turns texts into vectors or scores: an encoder, or a decoder that was trained for it.
package enum EmbeddingCheckpoint: Sendable {
    case encoder(EncoderCheckpoint)
    case decoder(DecoderEmbedding)

    /// A decoder whose last hidden states are what counts: gte-Qwen2, e5-mistral and the like.
    package struct DecoderEmbedding: Sendable {
        /// The decoder's config and tensors.
        package let checkpoint: Checkpoint
        /// How rows become a vector.
        package let head: EmbeddingHead
        /// Whether a token sees only what is before it.
        package let isCausal: Bool
        /// The most tokens of one text.
        package let contextLength: Int
        /// The files themselves.
        package let folder: ModelFolder

        /// The most tokens of a text where the files do not say less: activations are planned for so many.
        private static let contextLengthMax = 8192

        fileprivate init(_ folder: ModelFolder) throws(ModelFileError) {
            self.folder = folder
            checkpoint = try Checkpoint.open(folder.path, limits: folder.limits)
            head = try EmbeddingHead(folder, isDecoder: true)
            isCausal = folder.config["is_causal"]?.boolValue ?? true
            let config = checkpoint.config
            contextLength =
                [
                    config.contextLength, config.slidingWindow ?? .max, try folder.sentenceLength() ?? .max,
                    Self.contextLengthMax,
                ].min() ?? config.contextLength
        }
    }

    /// Whether the model at `path` makes vectors or scores: an encoder, or a decoder's folder that sentence-transformers
    /// made or whose architecture has no head.
    package static func isEmbedder(_ path: String) -> Bool {
        guard MappedFile.isFolder(path), let folder = try? ModelFolder(path: path) else { return false }
        if EncoderFamily(folder.config) != nil { return true }
        let architecture = folder.config["architectures"]?[0]?.stringValue ?? ""
        return MappedFile.exists("\(folder.path)/modules.json") || architecture.hasSuffix("Model")
    }

    /// Opens a folder in Hugging Face's or sentence-transformers' layout.
    ///
    /// - Throws: ``ModelFileError`` with the place of the first fault.
    package static func open(
        _ path: String, limits: ModelFileLimits = ModelFileLimits()
    ) throws(ModelFileError) -> EmbeddingCheckpoint {
        let folder = try ModelFolder(path: path, limits: limits)
        if EncoderFamily(folder.config) != nil {
            return .encoder(try EncoderCheckpoint.open(path, limits: limits))
        }
        return .decoder(try DecoderEmbedding(folder))
    }

    /// The files themselves.
    package var folder: ModelFolder {
        switch self {
        case .encoder(let checkpoint): checkpoint.folder
        case .decoder(let decoder): decoder.folder
        }
    }

    /// The architecture, for people.
    package var familyName: String {
        switch self {
        case .encoder(let checkpoint): checkpoint.config.family.rawValue
        case .decoder(let decoder): decoder.checkpoint.config.family.rawValue
        }
    }

    /// What the model's rows become.
    package var head: EncoderHead {
        switch self {
        case .encoder(let checkpoint): checkpoint.config.head
        case .decoder(let decoder): .embedding(decoder.head)
        }
    }

    /// The most tokens of one text, special ones included.
    package var contextLength: Int {
        switch self {
        case .encoder(let checkpoint): checkpoint.config.contextLength
        case .decoder(let decoder): decoder.contextLength
        }
    }

    /// The width of the residual stream.
    package var hiddenSize: Int {
        switch self {
        case .encoder(let checkpoint): checkpoint.config.hiddenSize
        case .decoder(let decoder): decoder.checkpoint.config.hiddenSize
        }
    }

    /// Every tensor that the model computes with.
    package var tensors: [String: TensorView] {
        switch self {
        case .encoder(let checkpoint): checkpoint.usedTensors
        case .decoder(let decoder): decoder.checkpoint.tensors.filter { $0.key != "output.weight" }
        }
    }

    /// How many weights the model has.
    package var parameterCount: Int { tensors.values.reduce(0) { $0 + $1.elementCount } }

    /// How the weights are stored, such as `F32`.
    package var quantizationName: String {
        switch self {
        case .encoder(let checkpoint): checkpoint.quantizationName
        case .decoder(let decoder): decoder.checkpoint.quantizationName
        }
    }
}

extension EncoderCheckpoint {
    /// The tensors without the head that the model does not use: BERT's pooler where vectors are made.
    fileprivate var usedTensors: [String: TensorView] {
        guard case .embedding = config.head else { return tensors }
        return tensors.filter { !$0.key.hasPrefix("pooler.") && !$0.key.hasPrefix("classifier.") }
    }
}
