import JSON

extension EmbeddingHead {
    /// Reads `modules.json` and the pooling's own config, as sentence-transformers writes them.
    ///
    /// Without them: the mean of all rows, or the last one of a decoder, at length 1.
    init(_ folder: ModelFolder, isDecoder: Bool = false) throws(ModelFileError) {
        guard let modules = try folder.list("modules.json") else {
            self.init(pooling: isDecoder ? .last : .mean, isNormalized: true)
            return
        }
        self.init(pooling: .mean, isNormalized: false)
        for module in modules {
            let type = module["type"]?.stringValue ?? ""
            switch type.split(separator: ".").last {
            case "Transformer": continue
            case "Pooling":
                pooling = try Pooling(folder, name: "\(module["path"]?.stringValue ?? "")/config.json")
            case "Normalize": isNormalized = true
            default:
                throw .unsupported(
                    path: "\(folder.path)/modules.json", feature: "the module \(type)",
                    remedy: "Transformer, Pooling and Normalize are")
            }
        }
    }
}

extension EmbeddingHead.Pooling {
    fileprivate init(_ folder: ModelFolder, name: String) throws(ModelFileError) {
        guard !name.split(separator: "/").contains("..") else {
            throw .malformed(
                path: "\(folder.path)/modules.json", place: "path", reason: "\(name) leaves the folder")
        }
        guard let config = try folder.json(name) else {
            throw .missingFile(path: "\(folder.path)/\(name)", wantedBy: "modules.json")
        }
        let modes: [(key: String, pooling: Self)] = [
            ("cls_token", .first), ("mean_tokens", .mean), ("max_tokens", .max),
            ("mean_sqrt_len_tokens", .meanBySquareRoot), ("lasttoken", .last),
        ]
        let path = "\(folder.path)/\(name)"
        if config["pooling_mode_weightedmean_tokens"]?.boolValue == true {
            throw .unsupported(
                path: path, feature: "pooling_mode_weightedmean_tokens", remedy: "cls, mean, max and last are"
            )
        }
        if let mode = config["pooling_mode"]?.stringValue {
            let names: [String: Self] = [
                "cls": .first, "mean": .mean, "max": .max, "mean_sqrt_len_tokens": .meanBySquareRoot,
                "lasttoken": .last,
            ]
            guard let pooling = names[mode] else {
                throw .unsupported(
                    path: path, feature: "pooling_mode \(mode)", remedy: "cls, mean, max and lasttoken are")
            }
            self = pooling
            return
        }
        let chosen = modes.filter { config["pooling_mode_\($0.key)"]?.boolValue == true }
        guard chosen.count == 1 else {
            throw .unsupported(
                path: path, feature: "pooling in \(chosen.count) modes at once", remedy: "choose one")
        }
        self = chosen[0].pooling
    }
}

extension ModelFolder {
    /// The `max_seq_length` of `sentence_bert_config.json`, where there is one.
    func sentenceLength() throws(ModelFileError) -> Int? {
        let name = "sentence_bert_config.json"
        guard let config = try json(name) else { return nil }
        return try ConfigNumbers(config, path: "\(path)/\(name)", limits: limits)
            .optionalCount("max_seq_length", limit: limits.contextLengthMax)
    }

    /// Reads a JSON file of the folder, which must hold a list; nil where there is none.
    func list(_ name: String) throws(ModelFileError) -> [JSONValue]? {
        guard let text = try text(name) else { return nil }
        let path = "\(path)/\(name)"
        do {
            guard let list = try JSONValue(parsing: text).arrayValue else {
                throw ModelFileError.malformed(
                    path: path, place: "line 1", reason: "a list should stand here")
            }
            return list
        } catch let error as JSONError {
            throw .malformed(
                path: path, place: "line \(error.line), column \(error.column)", reason: error.reason)
        } catch let error as ModelFileError {
            throw error
        } catch {
            throw .malformed(path: path, place: "text", reason: "\(error)")
        }
    }
}
