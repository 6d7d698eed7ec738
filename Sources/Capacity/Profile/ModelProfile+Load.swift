import Glibc
import JSON
import ModelFiles
import Tensors

extension ModelProfile {
    /// Profiles the model at a path: a GGUF file or the first part of a split one, a checkpoint folder with or
    /// without weights, or a bare config.json. Reads metadata only.
    ///
    /// - Parameter quantization: vLLM's `--quantization`, for a 16-bit checkpoint that is quantised as it loads.
    /// - Throws: ``ProfileError``, or ``ModelFileError`` where a GGUF file is broken.
    package static func load(path: String, quantization: String? = nil) throws -> ModelProfile {
        if MappedFile.isFolder(path) { return try load(folder: path, quantization: quantization) }
        if path.hasSuffix(".json") {
            let config = try json(path)
            return try ModelProfile(config: config, name: name(of: path), quantization: quantization)
        }
        return try ModelProfile(GGUFFile(path: path), name: name(of: path))
    }

    private static func load(folder: String, quantization: String?) throws(ProfileError) -> ModelProfile {
        let config = try json(folder + "/config.json")
        let modelName = name(of: folder + "/config.json")
        let formula = try ModelProfile(config: config, name: modelName, quantization: quantization)
        let isQuantizedOnLoad =
            quantization != nil && config["quantization_config"] == nil
            && config["text_config"]?["quantization_config"] == nil
        if isQuantizedOnLoad { return formula }
        var profile = formula
        if let stored = try storedWeights(folder, formula) { profile.weights = stored }
        return profile
    }

    /// The bytes of the folder's own tensors; nil where there are none and no index tells their size.
    private static func storedWeights(
        _ folder: String, _ formula: ModelProfile
    ) throws(ProfileError) -> WeightProfile? {
        let indexPath = folder + "/model.safetensors.index.json"
        var paths = [folder + "/model.safetensors"]
        var total: Int?
        if access(indexPath, F_OK) == 0 {
            let index = try json(indexPath)
            let files = index["weight_map"]?.members.compactMap(\.value.stringValue) ?? []
            paths = Set(files).sorted().map { folder + "/" + $0 }
            total = index["metadata"]?["total_size"]?.intValue
        }
        if paths.isEmpty || paths.contains(where: { access($0, F_OK) != 0 }) {
            guard let total else { return nil }
            guard total > 0 else {
                throw .outOfRange(key: "metadata.total_size", value: "\(total)", limit: 1...Int.max)
            }
            return formula.weights.scaled(to: total)
        }
        var sum = TensorSum(quantization: formula.weights.quantization)
        for path in paths {
            for tensor in try SafetensorsHeader.read(path) {
                sum.add(tensor.name, rank: tensor.shape.count, bytes: tensor.byteCount)
            }
        }
        return try sum.total()
    }

    private static func json(_ path: String) throws(ProfileError) -> JSONValue {
        let file: MappedFile
        do { file = try MappedFile(path: path) } catch {
            throw .unreadable(path: path, reason: error.description)
        }
        let limit = ModelFileLimits().textFileBytesMax
        guard file.count <= limit else {
            throw .unreadable(path: path, reason: "it has \(file.count) bytes, at most \(limit) are read")
        }
        do {
            return try file.withBytes { (bytes) throws(JSONError) in try JSONValue(parsing: bytes) }
        } catch {
            throw .unreadable(path: path, reason: "it is no JSON: \(error)")
        }
    }

    /// What a model is called by its path: the folder of a config.json, otherwise the file without its ending.
    private static func name(of path: String) -> String {
        let parts = path.split(separator: "/")
        if parts.last == "config.json" { return parts.dropLast().last.map(String.init) ?? "config" }
        let file = parts.last ?? "model"
        return file.lastIndex(of: ".").map { String(file[..<$0]) } ?? String(file)
    }
}

/// Sums the bytes of stored tensors by how ranks share them.
struct TensorSum {
    let quantization: String
    private var bytes: [WeightTally.Sharing: Int] = [:]
    private var overflows = false

    init(quantization: String) { self.quantization = quantization }

    mutating func add(_ name: String, rank: Int, bytes count: Int) {
        let sharing = WeightTally.Sharing(tensor: name, rank: rank)
        let (value, overflow) = (bytes[sharing] ?? 0).addingReportingOverflow(count)
        if overflow { overflows = true }
        bytes[sharing] = value
    }

    func total() throws(ProfileError) -> WeightProfile {
        let (partial, first) = (bytes[.sharded] ?? 0).addingReportingOverflow(bytes[.keyValue] ?? 0)
        guard !overflows, !first, !partial.addingReportingOverflow(bytes[.replicated] ?? 0).overflow else {
            throw .tooLarge(quantity: "the tensors' size")
        }
        return WeightProfile(
            shardedBytes: bytes[.sharded] ?? 0, keyValueBytes: bytes[.keyValue] ?? 0,
            replicatedBytes: bytes[.replicated] ?? 0, quantization: quantization)
    }
}
