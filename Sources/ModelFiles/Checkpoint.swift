package import Tensors

/// One opened model: its config and its tensors, which stay in the mapped files.
package struct Checkpoint: Sendable {
    /// What the files say of the model, validated.
    package let config: ModelConfig
    /// The files themselves, for what only some rooms read.
    package let source: CheckpointSource
    /// Every tensor, under GGUF's names such as `blk.3.attn_q.weight`, whichever format it comes from.
    package let tensors: [String: TensorView]
    /// The Jinja template that renders a conversation, where the model has one.
    package let chatTemplate: String?
    /// What the model's authors recommend for sampling.
    package let generationDefaults: GenerationDefaults
    /// How the weights are stored, such as `Q4_K_M` or `BF16`.
    package let quantizationName: String

    /// Opens a model: a `.gguf` file, the first part of a split one, or a folder in Hugging Face's layout.
    ///
    /// - Throws: ``ModelFileError`` with the place of the first fault.
    /// - Complexity: O(headers): a few milliseconds; the tensors' bytes are not touched.
    package static func open(
        _ path: String, limits: ModelFileLimits = ModelFileLimits()
    ) throws(ModelFileError) -> Checkpoint {
        MappedFile.isFolder(path)
            ? try Checkpoint(ModelFolder(path: path, limits: limits))
            : try Checkpoint(GGUFFile(path: path, limits: limits), limits: limits)
    }

    /// How many weights the model has.
    package var parameterCount: Int { tensors.values.reduce(0) { $0 + $1.elementCount } }

    /// How many bytes the weights take in the files.
    package var weightBytes: Int { tensors.values.reduce(0) { $0 + $1.byteCount } }

    /// The tensor of that name, which must have that shape, outermost dimension first.
    ///
    /// - Throws: ``ModelFileError/missingTensor(path:name:)`` or
    ///   ``ModelFileError/wrongShape(path:tensor:expected:actual:)``.
    package func tensor(_ name: String, shape: [Int]) throws(ModelFileError) -> TensorView {
        guard let view = tensors[name] else { throw .missingTensor(path: source.path, name: name) }
        guard view.shape == shape else {
            throw .wrongShape(path: source.path, tensor: name, expected: shape, actual: view.shape)
        }
        return view
    }
}

/// The files that a checkpoint was opened from.
package enum CheckpointSource: Sendable {
    /// A GGUF file, or all parts of a split one.
    case gguf(GGUFFile)
    /// A folder in Hugging Face's layout.
    case folder(ModelFolder)

    /// The path that the model was opened by.
    package var path: String {
        switch self {
        case .gguf(let file): file.paths[0]
        case .folder(let folder): folder.path
        }
    }
}

extension Checkpoint {
    fileprivate init(_ file: GGUFFile, limits: ModelFileLimits) throws(ModelFileError) {
        self.config = try ModelConfig(file, limits: limits)
        self.source = .gguf(file)
        self.tensors = try Self.named(file.tensors, config.family)
        self.chatTemplate = file.metadata["tokenizer.chat_template"]?.stringValue
        self.generationDefaults = GenerationDefaults(file.metadata)
        self.quantizationName = file.quantizationName
    }

    fileprivate init(_ folder: ModelFolder) throws(ModelFileError) {
        let views = try folder.tensors()
        var tensors = Dictionary(views.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        guard let embedding = tensors["token_embd.weight"] else {
            throw .missingTensor(path: folder.path, name: "model.embed_tokens.weight")
        }
        self.config = try ModelConfig(
            folder, vocabularySize: embedding.rows, hasOutputHead: tensors["output.weight"] != nil)
        // A tied head may be stored all the same; then the embedding counts.
        if config.tiesEmbeddings { tensors["output.weight"] = nil }
        self.source = .folder(folder)
        self.tensors = try Self.named(Array(tensors.values), config.family)
        self.chatTemplate = try folder.chatTemplate()
        self.generationDefaults = folder.generationConfig.map(GenerationDefaults.init) ?? GenerationDefaults()
        self.quantizationName = views.commonestType.name
    }

    /// The tensors by name, all of which the family must know.
    private static func named(
        _ views: [TensorView], _ family: ModelFamily
    ) throws(ModelFileError) -> [String: TensorView] {
        var tensors: [String: TensorView] = [:]
        for view in views {
            guard family.has(tensor: view.name) else {
                throw .unsupported(
                    path: view.file.path, feature: "tensor \(view.name)",
                    remedy: "the architecture \(family.rawValue) as Needletail runs it has no such tensor")
            }
            guard tensors.updateValue(view, forKey: view.name) == nil else {
                throw .malformed(
                    path: view.file.path, place: "tensor \(view.name)", reason: "the model has it twice")
            }
        }
        return tensors
    }
}
