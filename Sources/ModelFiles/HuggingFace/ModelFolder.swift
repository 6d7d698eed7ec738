package import JSON
package import Tensors

/// A model folder in Hugging Face's layout: `config.json`, safetensors files, a tokenizer's files.
package struct ModelFolder: Sendable {
    /// The folder's path, without a slash at the end.
    package let path: String
    /// What `config.json` says.
    package let config: JSONValue
    /// What `generation_config.json` says, where there is one.
    package let generationConfig: JSONValue?

    let limits: ModelFileLimits

    /// Reads the folder's config files.
    ///
    /// - Throws: ``ModelFileError`` where `config.json` is missing, or a config file is no JSON object.
    package init(path: String, limits: ModelFileLimits = ModelFileLimits()) throws(ModelFileError) {
        var path = path
        while path.utf8.count > 1, path.hasSuffix("/") { path.removeLast() }
        let files = FolderFiles(path: path, limits: limits)
        guard let config = try files.json("config.json") else {
            throw .missingFile(path: "\(path)/config.json", wantedBy: "a model folder")
        }
        self.path = path
        self.limits = limits
        self.config = config
        self.generationConfig = try files.json("generation_config.json")
    }

    /// Maps a file of the folder; nil where there is none.
    package func file(_ name: String) throws(ModelFileError) -> MappedFile? {
        try FolderFiles(path: path, limits: limits).file(name)
    }

    /// Reads a JSON file of the folder, which must hold an object; nil where there is none.
    package func json(_ name: String) throws(ModelFileError) -> JSONValue? {
        try FolderFiles(path: path, limits: limits).json(name)
    }

    /// Reads a text file of the folder; nil where there is none.
    package func text(_ name: String) throws(ModelFileError) -> String? {
        guard let file = try file(name) else { return nil }
        guard let text = file.withBytes({ String(validating: $0, as: UTF8.self) }) else {
            throw .malformed(path: file.path, place: "text", reason: "it is not valid UTF-8")
        }
        return text
    }
}

/// The text and JSON files of a folder, within the limits.
private struct FolderFiles {
    let path: String
    let limits: ModelFileLimits

    func file(_ name: String) throws(ModelFileError) -> MappedFile? {
        let path = "\(path)/\(name)"
        guard MappedFile.exists(path) else { return nil }
        let file = try MappedFile.open(path)
        guard file.count <= limits.textFileBytesMax else {
            throw .overLimit(
                path: path, place: "end", quantity: "size in bytes", value: UInt64(file.count),
                limit: limits.textFileBytesMax)
        }
        return file
    }

    func json(_ name: String) throws(ModelFileError) -> JSONValue? {
        guard let file = try file(name) else { return nil }
        return try file.withBytes { (bytes) throws(ModelFileError) in
            try JSONValue(object: bytes, path: file.path)
        }
    }
}

extension JSONValue {
    /// Parses the JSON object that a model's file holds.
    init(object bytes: some Sequence<UInt8>, path: String) throws(ModelFileError) {
        do {
            self = try JSONValue(parsing: bytes)
        } catch {
            throw .malformed(
                path: path, place: "line \(error.line), column \(error.column)", reason: error.reason)
        }
        guard objectValue != nil else {
            throw .malformed(
                path: path, place: "line 1", reason: "a JSON object should stand here, not a \(kind)")
        }
    }
}
