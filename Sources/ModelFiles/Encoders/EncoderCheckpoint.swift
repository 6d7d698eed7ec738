import JSON
package import Tensors

/// One opened encoder: its config and its tensors, which stay in the mapped files.
package struct EncoderCheckpoint: Sendable {
    /// What the files say of the model, validated.
    package let config: EncoderConfig
    /// The files themselves.
    package let folder: ModelFolder
    /// Every tensor that the model computes with, under the names of ``EncoderTensorNames``.
    package let tensors: [String: TensorView]
    /// How the weights are stored, such as `F32`.
    package let quantizationName: String

    /// Whether there is a folder at `path` whose model is an encoder that Needletail runs.
    package static func isEncoder(_ path: String) -> Bool {
        guard MappedFile.isFolder(path), let folder = try? ModelFolder(path: path) else { return false }
        return EncoderFamily(folder.config) != nil
    }

    /// Opens a folder in Hugging Face's or sentence-transformers' layout.
    ///
    /// - Throws: ``ModelFileError`` with the place of the first fault.
    /// - Complexity: O(headers); the tensors' bytes are not touched.
    package static func open(
        _ path: String, limits: ModelFileLimits = ModelFileLimits()
    ) throws(ModelFileError) -> EncoderCheckpoint {
        try EncoderCheckpoint(ModelFolder(path: path, limits: limits))
    }

    private init(_ folder: ModelFolder) throws(ModelFileError) {
        let path = "\(folder.path)/config.json"
        guard let family = EncoderFamily(folder.config) else {
            throw .unsupported(
                path: path, feature: "the encoder \(folder.config["model_type"]?.stringValue ?? "(none)")",
                remedy: "Needletail runs \(EncoderFamily.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        var tensors: [String: TensorView] = [:]
        let views = try folder.storedTensors().filter { !EncoderTensorNames.isUnused($0.name) }
        for view in views {
            guard let name = EncoderTensorNames.canonical(view.name) else {
                throw .unsupported(
                    path: view.file.path, feature: "tensor \(view.name)",
                    remedy: "the architecture \(family.rawValue) as Needletail runs it has no such tensor")
            }
            guard tensors.updateValue(view.renamed(name), forKey: name) == nil else {
                throw .malformed(
                    path: view.file.path, place: "tensor \(view.name)", reason: "the model has it twice")
            }
        }
        let architecture = folder.config["architectures"]?[0]?.stringValue ?? ""
        var labelCount: Int?
        if architecture.hasSuffix("ForSequenceClassification") {
            guard let classifier = tensors["classifier.weight"], classifier.rows > 0 else {
                throw .missingTensor(path: folder.path, name: "classifier.weight")
            }
            labelCount = classifier.rows
        }
        config = try EncoderConfig(folder, family: family, labelCount: labelCount)
        self.folder = folder
        self.tensors = tensors
        quantizationName = views.commonestType.name
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
        guard let view = tensors[name] else { throw .missingTensor(path: folder.path, name: name) }
        guard view.shape == shape else {
            throw .wrongShape(path: folder.path, tensor: name, expected: shape, actual: view.shape)
        }
        return view
    }
}
