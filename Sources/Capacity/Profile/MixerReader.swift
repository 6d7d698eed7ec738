import JSON

/// Reads what mixes tokens, layer by layer: full and windowed attention, latent attention, recurrent layers.
struct MixerReader {
    let headCount: Int
    private let config: ConfigReader
    private let hiddenSize: Int
    private let layerCount: Int
    private let keyValueHeadCount: Int
    private let headSize: Int
    private let layerTypes: [String]
    /// Every so manieth layer attends to everything, where windows and full attention take turns.
    private let fullPeriod: Int?
    private let window: Int?
    private let chunk: Int?
    private let latent: LatentAttention?
    private let recurrent: Mixer?
    private let attentionLayers: Set<Int>?
    /// Layers from here on read others' keys and values.
    private let sharedFrom: Int

    init(_ config: ConfigReader, hiddenSize: Int, layerCount: Int) throws(ProfileError) {
        let family = config.family
        self.config = config
        self.hiddenSize = hiddenSize
        self.layerCount = layerCount
        let isRecurrentOnly = ["mamba", "mamba2", "falcon_mamba"].contains(family)
        let heads = try config.integer("num_attention_heads", "n_head", "num_heads")
        guard let heads = heads ?? (isRecurrentOnly ? 1 : nil) else {
            throw .missing(key: "num_attention_heads")
        }
        headCount = heads
        keyValueHeadCount = try Self.keyValueHeadCount(config, heads: heads)
        latent = try Self.latent(config, heads: heads)
        let given = try config.integer("head_dim", "kv_channels", "attention_head_dim")
        if given == nil, latent == nil, !isRecurrentOnly, hiddenSize % heads != 0 {
            throw .contradiction(
                key: "num_attention_heads", value: heads,
                reason: "the hidden size \(hiddenSize) is no multiple of it and there is no head_dim")
        }
        headSize = given ?? max(1, hiddenSize / heads)
        layerTypes = try Self.layerTypes(config, layerCount: layerCount)
        window = try Self.window(config)
        chunk = try config.integer("attention_chunk_size")
        fullPeriod = try Self.fullPeriod(config)
        recurrent = try Self.recurrent(config, hiddenSize: hiddenSize)
        attentionLayers = try Self.attentionLayers(config, layerCount: layerCount)
        let shared = try config.integer("num_kv_shared_layers", in: ConfigReader.optionalWidths) ?? 0
        sharedFrom = max(0, layerCount - shared)
    }

    /// What mixes tokens in the layer of that number, from 0.
    func mixer(_ layer: Int) throws(ProfileError) -> Mixer {
        if let recurrent, !(attentionLayers?.contains(layer) ?? (type(of: layer)?.contains("full") ?? false))
        {
            return recurrent
        }
        if let latent { return .latent(latent) }
        var (heads, size) = (keyValueHeadCount, headSize)
        let span = layer >= sharedFrom ? .none : span(layer)
        if config.family.hasPrefix("gemma4"), case .everything = span {
            size = try config.integer("global_head_dim") ?? size
            heads = try config.integer("num_global_key_value_heads") ?? heads
        }
        return .attention(
            Attention(headCount: headCount, keyValueHeadCount: heads, headSize: size, span: span))
    }

    private func type(of layer: Int) -> String? { layer < layerTypes.count ? layerTypes[layer] : nil }

    private func span(_ layer: Int) -> Attention.Span {
        if let type = type(of: layer) {
            if type.contains("sliding"), let window { return .window(window) }
            if type.contains("chunked"), let chunk { return .chunk(chunk) }
            return .everything
        }
        let isFull = fullPeriod.map { (layer + 1) % $0 == 0 }
        if let chunk { return isFull ?? ((layer + 1) % 4 == 0) ? .everything : .chunk(chunk) }
        guard let window, !(isFull ?? false) else { return .everything }
        return .window(window)
    }

    private static func keyValueHeadCount(_ config: ConfigReader, heads: Int) throws(ProfileError) -> Int {
        let family = config.family
        let isMultiQuery = try config.flag("multi_query") ?? false
        if family == "falcon" {
            let isNew = try config.flag("new_decoder_architecture") ?? false
            if !isNew { return isMultiQuery ? 1 : heads }
        }
        if family == "gpt_bigcode" { return isMultiQuery ? 1 : heads }
        if family == "chatglm", try config.flag("multi_query_attention") == false { return heads }
        let count = try config.integer(
            "num_key_value_heads", "num_kv_heads", "multi_query_group_num", "n_head_kv")
        guard let count else { return heads }
        guard heads % count == 0 else {
            throw .contradiction(
                key: "num_key_value_heads", value: count,
                reason: "the \(heads) query heads are no multiple of it")
        }
        return count
    }

    private static func latent(_ config: ConfigReader, heads: Int) throws(ProfileError) -> LatentAttention? {
        guard let rank = try config.integer("kv_lora_rank") else { return nil }
        return LatentAttention(
            headCount: heads, queryRank: try config.integer("q_lora_rank"), rank: rank,
            ropeSize: try config.required("qk_rope_head_dim"),
            plainSize: try config.required("qk_nope_head_dim"), valueSize: try config.required("v_head_dim"))
    }

    private static func layerTypes(_ config: ConfigReader, layerCount: Int) throws(ProfileError) -> [String] {
        if let (key, value) = config.value("layer_types") {
            let types = value.arrayValue?.compactMap(\.stringValue)
            guard let types, types.count == value.arrayValue?.count else {
                throw .wrongType(key: key, expected: "a list of names", value: value.kind)
            }
            guard types.count >= layerCount else {
                throw .contradiction(
                    key: "num_hidden_layers", value: layerCount, reason: "\(key) has \(types.count) entries")
            }
            return types
        }
        // Llama 4 marks the layers that see everything, which have no rotary positions, with 0.
        guard let marks = try config.integers("no_rope_layers"), marks.count >= layerCount else { return [] }
        return marks.map { $0 == 0 ? "full_attention" : "chunked_attention" }
    }

    private static func window(_ config: ConfigReader) throws(ProfileError) -> Int? {
        if try config.flag("use_sliding_window") == false { return nil }
        // Qwen2 states a window and leaves it unused.
        if config.family.hasPrefix("qwen"), try config.flag("use_sliding_window") == nil { return nil }
        return try config.integer("sliding_window", "sliding_window_size", in: ConfigReader.contextLengths)
    }

    private static func fullPeriod(_ config: ConfigReader) throws(ProfileError) -> Int? {
        let given = try config.integer(
            "sliding_window_pattern", "_sliding_window_pattern", "full_attention_interval")
        if let given { return given }
        return ["gemma2": 2, "gpt_oss": 2, "cohere2": 4, "gemma3_text": 6, "gemma3n_text": 5][config.family]
    }

    /// The layers that attend, where others are recurrent and the config numbers or spaces them.
    private static func attentionLayers(
        _ config: ConfigReader, layerCount: Int
    ) throws(ProfileError) -> Set<Int>? {
        if let linear = config.value("linear_attn_config")?.value {
            return Set(linear["full_attn_layers"]?.arrayValue?.compactMap(\.intValue).map { $0 &- 1 } ?? [])
        }
        if let period = try config.integer("attn_layer_period") {
            let offset = try config.integer("attn_layer_offset", in: ConfigReader.optionalWidths) ?? 0
            return Set((0..<layerCount).filter { $0 % period == offset % period })
        }
        if config.value("layer_types") == nil, let period = try config.integer("full_attention_interval") {
            return Set((0..<layerCount).filter { ($0 + 1) % period == 0 })
        }
        return nil
    }
}

extension MixerReader {
    /// The recurrent layer of hybrids and state-space models, or nil where there is none.
    private static func recurrent(_ config: ConfigReader, hiddenSize: Int) throws(ProfileError) -> Mixer? {
        if let linear = config.value("linear_attn_config")?.value {
            let inner = try ConfigReader(linear)
            let (heads, size) = (try inner.required("num_heads"), try inner.required("head_dim"))
            return .linear(
                LinearAttention(
                    keyHeadCount: heads, valueHeadCount: heads, keySize: size, valueSize: size,
                    kernelSize: try inner.integer("short_conv_kernel_size") ?? 4, hasLowRankGates: true))
        }
        if let keyHeads = try config.integer("linear_num_key_heads") {
            return .linear(
                LinearAttention(
                    keyHeadCount: keyHeads, valueHeadCount: try config.required("linear_num_value_heads"),
                    keySize: try config.required("linear_key_head_dim"),
                    valueSize: try config.required("linear_value_head_dim"),
                    kernelSize: try config.integer("linear_conv_kernel_dim") ?? 4, hasLowRankGates: false))
        }
        guard let stateSize = try config.integer("mamba_d_state", "state_size", "ssm_state_size") else {
            return nil
        }
        let expansion = try config.integer("mamba_expand", "expand") ?? 2
        let given =
            ["mamba", "falcon_mamba"].contains(config.family) ? try config.integer("intermediate_size") : nil
        let inner = given ?? hiddenSize * min(expansion, 1 << 16)
        let heads =
            config.family == "mamba2" ? try config.required("num_heads") : try config.integer("mamba_n_heads")
        return .stateSpace(
            StateSpace(
                innerSize: inner, stateSize: stateSize,
                kernelSize: try config.integer("mamba_d_conv", "conv_kernel") ?? 4,
                stepRank: try config.integer("mamba_dt_rank", "time_step_rank")
                    ?? quotientRoundedUp(hiddenSize, 16),
                headCount: heads, groupCount: try config.integer("mamba_n_groups", "n_groups") ?? 1))
    }
}
