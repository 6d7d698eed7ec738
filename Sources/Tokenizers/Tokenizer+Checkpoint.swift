import JSON
package import ModelFiles

extension Tokenizer {
    /// Reads the tokenizer that a checkpoint's files hold.
    ///
    /// - Throws: ``TokenizerError`` where they hold none, or one that is malformed or not supported.
    package static func load(from checkpoint: Checkpoint) throws(TokenizerError) -> Tokenizer {
        switch checkpoint.source {
        case .gguf(let file): return try Tokenizer(file.metadata)
        case .folder(let folder): return try Tokenizer(folder)
        }
    }

    /// Reads the tokenizer.json of a model folder.
    ///
    /// - Throws: ``TokenizerError`` where there is none, or one that is malformed or not supported.
    package convenience init(_ folder: ModelFolder) throws(TokenizerError) {
        let text: String?
        let config: JSONValue?
        do {
            text = try folder.text("tokenizer.json")
            config = try folder.json("tokenizer_config.json")
        } catch {
            throw .malformed(folder.path, error.description)
        }
        guard let text else {
            throw .unsupported(
                folder.path, "there is no tokenizer.json; save one with Transformers' fast tokenizer")
        }
        try self.init(tokenizerJSON: Array(text.utf8), config: config)
    }

    /// Reads the tokenizer in a GGUF file's metadata.
    ///
    /// - Throws: ``TokenizerError`` where there is none, or one that is malformed or not supported.
    package convenience init(_ metadata: GGUFMetadata) throws(TokenizerError) {
        self.init(try GGUFTokenizer(metadata).definition())
    }
}
