import JSON
package import Tensors

extension ModelFolder {
    /// The tensors of `model.safetensors`, or of all files that `model.safetensors.index.json` lists, under GGUF's
    /// names.
    package func tensors() throws(ModelFileError) -> [TensorView] {
        var views: [TensorView] = []
        for view in try storedTensors() where !TensorNames.isDerived(view.name) {
            guard let name = TensorNames.canonical(view.name) else {
                throw .unsupported(
                    path: view.file.path, feature: "tensor \(view.name)",
                    remedy: "no architecture that Needletail runs has a tensor of this name")
            }
            views.append(view.renamed(name))
        }
        try views.checkNames(path: path)
        return views
    }

    /// The tensors under the names in the files.
    package func storedTensors() throws(ModelFileError) -> [TensorView] {
        let single = "\(path)/model.safetensors"
        if MappedFile.exists(single) { return try Safetensors.read(single, limits: limits) }
        let indexName = "model.safetensors.index.json"
        guard let index = try json(indexName) else {
            throw .missingFile(path: single, wantedBy: "a model folder")
        }
        return try shardedTensors(index, indexPath: "\(path)/\(indexName)")
    }

    private func shardedTensors(_ index: JSONValue, indexPath: String) throws(ModelFileError) -> [TensorView]
    {
        guard let map = index["weight_map"], map.kind == "object" else {
            throw .malformed(path: indexPath, place: "key weight_map", reason: "an object should stand here")
        }
        var namesByShard: [String: Set<String>] = [:]
        var views: [TensorView] = []
        for (tensor, file) in map.members {
            guard let name = file.stringValue, !name.isEmpty, !name.utf8.contains(UInt8(ascii: "/")) else {
                throw .malformed(
                    path: indexPath, place: "tensor \(tensor)",
                    reason: "a file name without a folder should stand here")
            }
            if namesByShard[name] == nil {
                guard namesByShard.count < limits.partsMax else {
                    throw .overLimit(
                        path: indexPath, place: "key weight_map", quantity: "number of files",
                        value: UInt64(namesByShard.count + 1), limit: limits.partsMax)
                }
                let shard = try readShard(name, indexPath: indexPath)
                namesByShard[name] = Set(shard.map(\.name))
                views += shard
            }
            guard namesByShard[name]?.contains(tensor) == true else {
                throw .missingTensor(path: "\(path)/\(name)", name: tensor)
            }
        }
        return views
    }

    private func readShard(_ name: String, indexPath: String) throws(ModelFileError) -> [TensorView] {
        let path = "\(path)/\(name)"
        guard MappedFile.exists(path) else { throw .missingFile(path: path, wantedBy: indexPath) }
        return try Safetensors.read(path, limits: limits)
    }
}
