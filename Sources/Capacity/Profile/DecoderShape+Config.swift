import JSON

extension DecoderShape {
    /// Reads what a config.json says of its decoder.
    /// - Throws: ``ProfileError`` naming the key that is missing or wrong.
    init(_ config: ConfigReader) throws(ProfileError) {
        family = config.family
        traits = try FamilyTraits.of(family, config)
        hiddenSize = try config.required("hidden_size", "n_embd", "d_model")
        let rows = family == "chatglm" ? try config.integer("padded_vocab_size") : nil
        if let rows {
            vocabularySize = rows
        } else {
            vocabularySize = try config.required("vocab_size", "padded_vocab_size")
        }
        contextLength = try Self.contextLength(config)
        let positions = try config.integer(
            "max_position_embeddings", "n_positions", "n_ctx", in: ConfigReader.contextLengths)
        let length = positions ?? contextLength
        positionRows = traits.extraPositions.map { $0 + length } ?? 0
        let tiesByDefault = traits.tiesEmbeddings
        tiesEmbeddings = try config.flag("tie_word_embeddings", "tie_embeddings") ?? tiesByDefault
        let count = try config.required(
            "num_hidden_layers", "num_layers", "n_layer", in: ConfigReader.layerCounts)
        let mixers = try MixerReader(config, hiddenSize: hiddenSize, layerCount: count)
        let feedForwards = try FeedForwardReader(config, hiddenSize: hiddenSize)
        headCount = mixers.headCount
        layers = []
        for index in 0..<count {
            layers.append(
                DecoderLayer(mixer: try mixers.mixer(index), feedForward: feedForwards.feedForward(index)))
        }
    }

    /// The most tokens of one sequence, scaled rotary positions included where vLLM counts them.
    private static func contextLength(_ config: ConfigReader) throws(ProfileError) -> Int {
        let own =
            try config.integer(
                "max_position_embeddings", "n_positions", "seq_length", "max_sequence_length", "max_seq_len",
                "n_ctx", "model_max_length", in: ConfigReader.contextLengths) ?? 2048
        // Gemma 3 states its context with the scaling included.
        guard !config.family.hasPrefix("gemma3"),
            let scaling = config.value("rope_scaling", "rope_parameters")?.value,
            let factor = scaling["factor"]?.doubleValue,
            let kind = (scaling["rope_type"] ?? scaling["type"])?.stringValue,
            ["linear", "dynamic", "yarn"].contains(kind)
        else { return own }
        let original = kind == "yarn" ? scaling["original_max_position_embeddings"]?.intValue ?? own : own
        let limit = ConfigReader.contextLengths
        guard let scaled = Int(exactly: (Double(original) * factor).rounded(.down)), limit.contains(scaled)
        else {
            throw .outOfRange(key: "rope_scaling.factor", value: "\(factor)", limit: limit)
        }
        return max(own, scaled)
    }
}

/// Reads what transforms each token, layer by layer: dense networks, mixtures, or both in turns.
struct FeedForwardReader {
    private let dense: Int
    private var experts: (count: Int, width: Int, sharedWidth: Int)?
    private let isMixture: (Int) -> Bool

    init(_ config: ConfigReader, hiddenSize: Int) throws(ProfileError) {
        let family = config.family
        if let width = try config.integer(
            "intermediate_size_mlp", "intermediate_size", "ffn_hidden_size", "ffn_dim", "n_inner")
        {
            dense = family == "qwen" ? width / 2 : width
        } else if ["gpt2", "gpt_bigcode", "bloom", "falcon"].contains(family) {
            dense = 4 * hiddenSize
        } else if ["mamba", "mamba2", "falcon_mamba"].contains(family) {
            dense = 0
        } else {
            throw .missing(key: "intermediate_size")
        }
        let hasFeedForward = !["mamba", "mamba2", "falcon_mamba"].contains(family)
        guard hasFeedForward,
            let count = try config.integer(
                "num_local_experts", "num_experts", "n_routed_experts", "moe_num_experts",
                in: ConfigReader.optionalWidths), count > 1
        else {
            experts = hasFeedForward ? nil : (0, 0, 0)
            isMixture = { _ in !hasFeedForward }
            return
        }
        let width = try config.required(
            "moe_intermediate_size", "expert_ffn_hidden_size", "intermediate_size", "ffn_hidden_size")
        let sharedCount =
            try config.integer(
                "n_shared_experts", "num_shared_experts", in: ConfigReader.optionalWidths) ?? 0
        var sharedWidth = try config.integer(
            "shared_expert_intermediate_size", "shared_intermediate_size", in: ConfigReader.optionalWidths)
        if sharedWidth == nil, family.hasPrefix("llama4") { sharedWidth = width }
        experts = (count, width, sharedWidth ?? sharedCount * width)
        let denseFirst = try config.integer("first_k_dense_replace", in: ConfigReader.optionalWidths) ?? 0
        let step =
            try config.integer(
                "moe_layer_freq", "decoder_sparse_step", "interleave_moe_layer_step", "expert_layer_period")
            ?? 1
        let offset = try config.integer("expert_layer_offset", in: ConfigReader.optionalWidths)
        let denseLayers = Set(try config.integers("mlp_only_layers") ?? [])
        let phase = offset ?? (config.value("moe_layer_freq") == nil ? step - 1 : 0)
        isMixture = { layer in
            layer >= denseFirst && layer % step == phase % step && !denseLayers.contains(layer)
        }
    }

    func feedForward(_ layer: Int) -> FeedForward {
        guard isMixture(layer), let experts else { return .dense(width: dense) }
        guard experts.count > 0 else { return .none }
        return .mixture(experts: experts.count, width: experts.width, sharedWidth: experts.sharedWidth)
    }
}
