extension FamilyTraits {
    /// Whether the family is one of those whose shape is known, by its name in a config.json or a GGUF file: those with
    /// traits of their own, and those that are Llama's shape, mixtures, latent attention and windows included, which
    /// the config tells.
    static func knows(_ family: String) -> Bool {
        names.contains(family.lowercased().replacing("-", with: "_"))
    }

    private static let names: Set<String> = [
        // With traits of their own.
        "qwen", "qwen2", "qwen2_moe", "qwen2moe", "qwen2_vl", "qwen2vl", "qwen2_vl_text", "qwen2_5_vl",
        "qwen2_5_vl_text", "qwen3", "qwen3_moe", "qwen3moe", "qwen3_vl_text", "qwen3_vl_moe_text", "qwen3vl",
        "qwen3vlmoe", "qwen3_next", "qwen3next", "qwen3_5_text", "qwen3_5_moe_text", "gemma", "gemma2",
        "gemma3",
        "gemma3_text", "gemma3n", "gemma3n_text", "gemma4", "gemma4_text", "cohere", "cohere2", "command_r",
        "glm4",
        "exaone4", "olmo", "olmo2", "olmo3", "olmoe", "minicpm", "granite", "granitemoe", "mamba", "mamba2",
        "falcon_mamba", "gpt_oss", "phi", "phi2", "falcon", "gpt_neox", "gptneox", "starcoder2", "gpt2",
        "gpt_bigcode", "starcoder", "opt", "bloom",
        // Llama's shape.
        "llama", "llama4", "llama4_text", "mistral", "mistral3", "ministral", "mixtral", "yi", "phi3",
        "phimoe",
        "internlm", "internlm2", "internlm3", "baichuan", "chatglm", "glm", "glm4_moe", "glm4moe", "deepseek",
        "deepseek2", "deepseek_v2", "deepseek_v3", "kimi_k2", "jamba", "exaone", "smollm3", "seed_oss",
        "stablelm",
        "orion", "xverse", "aquila", "solar", "arcee", "ernie4_5", "ernie4_5_moe", "hunyuan_v1_dense",
        "hunyuan_v1_moe", "hunyuan_dense", "hunyuan_moe",
    ]
}
