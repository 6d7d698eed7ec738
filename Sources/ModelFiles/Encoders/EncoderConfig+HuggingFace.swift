import JSON

extension EncoderFamily {
    /// The family that `model_type` names, or nil where the folder's model is no encoder that Needletail runs.
    init?(_ config: JSONValue) {
        switch config["model_type"]?.stringValue {
        case "bert": self = .bert
        case "roberta", "xlm-roberta", "camembert": self = .roberta
        case "distilbert": self = .distilbert
        default: return nil
        }
    }
}

extension EncoderConfig {
    /// Reads the config out of `config.json` and the files that sentence-transformers puts beside it.
    ///
    /// Keys and defaults are those of Transformers' `BertConfig`, `XLMRobertaConfig` and `DistilBertConfig`.
    ///
    /// - Parameter labelCount: How many numbers the checkpoint's classifier gives; nil where it has none.
    init(_ folder: ModelFolder, family: EncoderFamily, labelCount: Int?) throws(ModelFileError) {
        let (config, limits, path) = (folder.config, folder.limits, "\(folder.path)/config.json")
        let numbers = ConfigNumbers(config, path: path, limits: limits)
        let (width, isDistilled) = (limits.widthMax, family == .distilbert)
        self.family = family
        layerCount = try numbers.count(
            isDistilled ? "n_layers" : "num_hidden_layers", limit: limits.layersMax)
        hiddenSize = try numbers.count(isDistilled ? "dim" : "hidden_size", limit: width)
        feedForwardSize = try numbers.count(isDistilled ? "hidden_dim" : "intermediate_size", limit: width)
        headCount = try numbers.count(isDistilled ? "n_heads" : "num_attention_heads", limit: width)
        vocabularySize = try numbers.count("vocab_size", limit: width)
        positionCount = try numbers.count("max_position_embeddings", limit: width)
        typeCount = isDistilled ? 0 : try numbers.optionalCount("type_vocab_size", limit: width) ?? 2
        normEpsilon = try numbers.optionalPositive("layer_norm_eps") ?? 1e-12
        activation = try EncoderActivation(
            config[isDistilled ? "activation" : "hidden_act"]?.stringValue ?? "gelu", path: path)
        paddingToken = try numbers.optionalInteger("pad_token_id") ?? (family == .roberta ? 1 : 0)
        if let labelCount {
            head = .classification(
                ClassificationHead(labelCount: labelCount, hasSigmoid: try config.hasSigmoid(path: path)))
        } else {
            head = .embedding(try EmbeddingHead(folder))
        }
        let positions = family == .roberta ? positionCount - paddingToken - 1 : positionCount
        contextLength = min(positions, try folder.sentenceLength() ?? positions)
        try config.checkEncoder(path: path)
        try validate(path: path)
    }

    private func validate(path: String) throws(ModelFileError) {
        func check(_ holds: Bool, _ reason: @autoclosure () -> String) throws(ModelFileError) {
            guard holds else { throw .malformed(path: path, place: "config", reason: reason()) }
        }
        try check(
            hiddenSize % headCount == 0,
            "\(headCount) heads do not divide the hidden size \(hiddenSize)")
        try check(
            headDimension % 8 == 0 && headDimension <= 256,
            "heads of \(headDimension): the width should be a multiple of 8, 256 at most")
        try check(
            (0..<vocabularySize).contains(paddingToken),
            "the pad_token_id \(paddingToken) lies outside the vocabulary of \(vocabularySize)")
        try check(contextLength > 2, "\(positionCount) positions leave no room for a text")
    }
}

extension EncoderActivation {
    fileprivate init(_ name: String, path: String) throws(ModelFileError) {
        switch name {
        case "gelu", "gelu_python": self = .gelu
        case "gelu_new", "gelu_fast", "gelu_pytorch_tanh": self = .geluTanh
        case "relu": self = .relu
        case "silu", "swish": self = .silu
        default:
            throw .unsupported(
                path: path, feature: "hidden_act \(name)", remedy: "gelu, gelu_new, relu and silu are")
        }
    }
}

extension JSONValue {
    /// Checks the settings that no number of ``EncoderConfig`` reflects.
    fileprivate func checkEncoder(path: String) throws(ModelFileError) {
        if let positions = self["position_embedding_type"]?.stringValue, positions != "absolute" {
            throw .unsupported(
                path: path, feature: "position_embedding_type \(positions)", remedy: "absolute is")
        }
        if self["is_decoder"]?.boolValue == true {
            throw .unsupported(
                path: path, feature: "is_decoder", remedy: "an encoder sees all tokens of a text")
        }
    }

    /// What sentence-transformers puts a cross-encoder's number through: the logistic function unless told otherwise.
    fileprivate func hasSigmoid(path: String) throws(ModelFileError) -> Bool {
        let named =
            self["sentence_transformers"]?["activation_fn"] ?? self["sbert_ce_default_activation_function"]
        guard let name = named?.stringValue else { return true }
        switch name.split(separator: ".").last {
        case "Identity": return false
        case "Sigmoid": return true
        default:
            throw .unsupported(
                path: path, feature: "the activation_fn \(name) of scores",
                remedy: "Sigmoid and Identity are")
        }
    }
}
