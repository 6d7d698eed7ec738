/// What a family's code fixes and its config does not say: which projections have biases, how many norms there
/// are, how wide. Taken from the families' papers and published checkpoints; a family not named here is taken for
/// a Llama.
struct FamilyTraits {
    enum QueryKeyNorm { case none, perHead, allHeads, whole }

    var queryKeyValueBias = false
    var outputBias = false
    var feedForwardBias = false
    /// Whether the feed-forward network has a gate beside its two projections.
    var isGated = true
    var normsPerLayer = 2
    /// Numbers a channel in each norm: none, a scale, or a scale and a shift.
    var normNumbers = 1
    var queryKeyNorm = QueryKeyNorm.none
    var tiesEmbeddings = false
    var headBias = false
    var hasEmbeddingNorm = false
    var hasFinalNorm = true
    /// Whether positions are a learned table, and how many rows it has beyond the context.
    var extraPositions: Int?
    /// Whether queries come with a gate of the same size.
    var gatesQueries = false
    /// Numbers a head beside the projections, such as attention sinks.
    var sinksPerHead = 0

    /// Layer norms with shifts and a plain feed-forward network, all projections with biases: GPT-2's way.
    private static var classic: FamilyTraits {
        FamilyTraits(
            queryKeyValueBias: true, outputBias: true, feedForwardBias: true, isGated: false, normNumbers: 2)
    }

    static func of(_ family: String, _ config: ConfigReader) throws(ProfileError) -> FamilyTraits {
        var traits = known(family)
        if let bias = try config.flag("attention_bias", "use_qkv_bias", "add_qkv_bias", "qkv_bias") {
            traits.queryKeyValueBias = bias
            let hasOutputBias = !["glm", "glm4", "glm4_moe", "chatglm", "qwen2", "cohere"].contains(family)
            traits.outputBias = bias && hasOutputBias
        }
        if let bias = try config.flag("mlp_bias") { traits.feedForwardBias = bias }
        if let bias = try config.flag("use_bias", "bias"), family == "starcoder2" || family == "falcon" {
            traits.queryKeyValueBias = bias
            traits.outputBias = bias
            traits.feedForwardBias = bias
        }
        if try config.flag("use_qk_norm", "qk_layernorm") == true, case .none = traits.queryKeyNorm {
            traits.queryKeyNorm = family == "cohere" ? .allHeads : .perHead
        }
        if family == "falcon" {
            let norms = try config.integer("num_ln_in_parallel_attn", in: 1...2)
            let isNew = try config.flag("new_decoder_architecture") ?? false
            traits.normsPerLayer =
                try config.flag("parallel_attn") ?? true ? norms ?? (isNew ? 2 : 1) : 2
        }
        return traits
    }

    private static func known(_ family: String) -> FamilyTraits {
        var traits = FamilyTraits()
        switch family {
        case "qwen", "qwen2", "qwen2_moe", "qwen2_vl", "qwen2_vl_text", "qwen2_5_vl", "qwen2_5_vl_text":
            traits.queryKeyValueBias = true
        case "qwen3", "qwen3_moe", "qwen3_vl_text", "qwen3_vl_moe_text": traits.queryKeyNorm = .perHead
        case "qwen3_next", "qwen3_5_text", "qwen3_5_moe_text":
            traits.queryKeyNorm = .perHead
            traits.gatesQueries = true
        case "gemma": traits.tiesEmbeddings = true
        case "gemma2", "gemma3", "gemma3_text", "gemma3n_text", "gemma4_text":
            traits.tiesEmbeddings = true
            traits.normsPerLayer = 4
            if family != "gemma2" { traits.queryKeyNorm = .perHead }
        case "cohere", "cohere2":
            traits.tiesEmbeddings = true
            traits.normsPerLayer = 1
        case "glm4": traits.normsPerLayer = 4
        case "exaone4": traits.queryKeyNorm = .perHead
        case "olmo": traits.normNumbers = 0
        case "olmo2", "olmo3", "olmoe": traits.queryKeyNorm = .whole
        case "minicpm", "granite", "granitemoe", "mamba", "falcon_mamba", "mamba2":
            traits.tiesEmbeddings = true
        case "gpt_oss":
            traits.queryKeyValueBias = true
            traits.outputBias = true
            traits.feedForwardBias = true
            traits.sinksPerHead = 1
        case "phi":
            traits = classic
            traits.normsPerLayer = 1
            traits.headBias = true
        case "falcon":
            traits = classic
            traits.tiesEmbeddings = true
            traits.queryKeyValueBias = false
            traits.outputBias = false
            traits.feedForwardBias = false
        case "gpt_neox": traits = classic
        case "starcoder2":
            traits = classic
            traits.tiesEmbeddings = true
        case "gpt2", "gpt_bigcode", "opt":
            traits = classic
            traits.tiesEmbeddings = true
            traits.extraPositions = family == "opt" ? 2 : 0
        case "bloom":
            traits = classic
            traits.tiesEmbeddings = true
            traits.hasEmbeddingNorm = true
        default: break
        }
        return traits
    }
}
