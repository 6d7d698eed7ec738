import JSON
import Tokens

extension ModelConfig {
    /// Reads the config out of `config.json` and `generation_config.json`; what only the tensors tell is given.
    ///
    /// Keys and defaults are those of Transformers' `Qwen2Config`, `LlamaConfig` and `MistralConfig`.
    init(
        _ folder: ModelFolder, vocabularySize: Int, hasOutputHead: Bool
    ) throws(ModelFileError) {
        let (config, limits, path) = (folder.config, folder.limits, "\(folder.path)/config.json")
        let family = try ModelFamily(config, path: path)
        try config.checkSupported(path: path)
        let numbers = ConfigNumbers(config, path: path, limits: limits)
        let width = limits.widthMax
        let hiddenSize = try numbers.count("hidden_size", limit: width)
        let headCount = try numbers.count("num_attention_heads", limit: width)
        let headDimension = try numbers.headDimension(
            "head_dim", hiddenSize: hiddenSize, headCount: headCount)
        let layerCount = try numbers.count("num_hidden_layers", limit: limits.layersMax)
        let stated = try numbers.count("max_position_embeddings", limit: limits.contextLengthMax)
        let rope = try RopeConfig(config, numbers, headDimension: headDimension, contextLength: stated)
        let contextLength = min(rope.stretched(stated), limits.contextLengthMax)
        let window = try numbers.slidingWindow(config, family, layerCount: layerCount) ?? contextLength
        self.init(
            family: family,
            name: config["_name_or_path"]?.stringValue ?? "",
            layerCount: layerCount,
            hiddenSize: hiddenSize,
            feedForwardSize: try numbers.count("intermediate_size", limit: width),
            headCount: headCount,
            keyValueHeadCount: try numbers.optionalCount("num_key_value_heads", limit: width) ?? headCount,
            headDimension: headDimension,
            vocabularySize: vocabularySize,
            contextLength: contextLength,
            normEpsilon: try numbers.positive("rms_norm_eps"),
            rope: rope,
            tiesEmbeddings: config["tie_word_embeddings"]?.boolValue == true || !hasOutputHead,
            slidingWindow: window < contextLength ? window : nil,
            beginningOfSequence: try numbers.token("bos_token_id"),
            endOfSequence: try folder.endOfSequence())
        try validate(path: path)
    }
}

extension ModelFamily {
    /// The family that `architectures`, or else `model_type`, names.
    fileprivate init(_ config: JSONValue, path: String) throws(ModelFileError) {
        let name = config["architectures"]?[0]?.stringValue ?? config["model_type"]?.stringValue ?? "(none)"
        switch name {
        case "Qwen2ForCausalLM", "Qwen2Model", "qwen2": self = .qwen2
        case "LlamaForCausalLM", "LlamaModel", "MistralForCausalLM", "MistralModel", "llama", "mistral":
            self = .llama
        default: throw Self.unsupported(name, path: path)
        }
    }
}

extension JSONValue {
    /// Checks the settings that no number of ``ModelConfig`` reflects.
    fileprivate func checkSupported(path: String) throws(ModelFileError) {
        if let activation = self["hidden_act"], !activation.isNull, activation != "silu" {
            throw .unsupported(
                path: path, feature: "hidden_act \(activation.serialized())", remedy: "silu is")
        }
        if let quantization = self["quantization_config"], !quantization.isNull {
            throw .unsupported(
                path: path,
                feature: "quantization_config \(quantization["quant_method"]?.serialized() ?? "")",
                remedy: "use the model in F32, F16 or BF16, or a GGUF file for quantised weights")
        }
    }
}

extension ConfigNumbers {
    /// Reads numbers of a JSON object; dots in a key lead into members.
    init(_ config: JSONValue, path: String, limits: ModelFileLimits) {
        self.init(path: path, limits: limits) { key in
            var value: JSONValue? = config
            for name in key.split(separator: ".") { value = value?[String(name)] }
            switch value {
            case nil, .null: return .absent
            case .int(let integer): return .integer(integer)
            case .double(let number): return .real(number)
            case let other?: return .other(other.kind)
            }
        }
    }

    /// The attention window that every layer has, or nil where every layer sees everything.
    fileprivate func slidingWindow(
        _ config: JSONValue, _ family: ModelFamily, layerCount: Int
    ) throws(ModelFileError) -> Int? {
        guard let window = try optionalCount("sliding_window", limit: limits.contextLengthMax),
            config["use_sliding_window"]?.boolValue ?? (family != .qwen2)
        else { return nil }
        let isSliding: [Bool]
        if let types = config["layer_types"]?.arrayValue {
            isSliding = types.map { $0 == "sliding_attention" }
        } else {
            // Qwen2: the first max_window_layers layers see everything.
            let full = try optionalInteger("max_window_layers") ?? 0
            isSliding = (0..<layerCount).map { $0 >= full }
        }
        guard Set(isSliding).count <= 1 else {
            throw .unsupported(
                path: path, feature: "a sliding window in some layers only",
                remedy: "use a model in which all layers are alike")
        }
        return isSliding.first == true ? window : nil
    }
}

extension ModelFolder {
    /// The ends of a sequence by both config files together; each gives none, one, or a list.
    fileprivate func endOfSequence() throws(ModelFileError) -> [TokenID] {
        var tokens: [TokenID] = []
        for (name, file) in [("config.json", config), ("generation_config.json", generationConfig ?? .null)] {
            let value = file["eos_token_id"] ?? .null
            for element in value.arrayValue ?? [value] {
                let numbers = ConfigNumbers(
                    ["eos_token_id": element], path: "\(path)/\(name)", limits: limits)
                guard let token = try numbers.token("eos_token_id"), !tokens.contains(token) else { continue }
                tokens.append(token)
            }
        }
        return tokens
    }
}
