/// Hugging Face's names of tensors and GGUF's, which the house uses.
enum TensorNames {
    private static let model = [
        "model.embed_tokens.weight": "token_embd.weight",
        "model.norm.weight": "output_norm.weight",
        "lm_head.weight": "output.weight",
    ]

    private static let block = [
        "input_layernorm": "attn_norm",
        "self_attn.q_proj": "attn_q",
        "self_attn.k_proj": "attn_k",
        "self_attn.v_proj": "attn_v",
        "self_attn.o_proj": "attn_output",
        "post_attention_layernorm": "ffn_norm",
        "mlp.gate_proj": "ffn_gate",
        "mlp.up_proj": "ffn_up",
        "mlp.down_proj": "ffn_down",
    ]

    /// GGUF's name of a tensor that Hugging Face calls `name`, or nil where no family has one.
    static func canonical(_ name: String) -> String? {
        if let canonical = model[name] { return canonical }
        // Models that were saved without a head have no prefix.
        let isBare = ["layers.", "embed_tokens.", "norm."].contains { name.hasPrefix($0) }
        if isBare { return Self.canonical("model.\(name)") }
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count >= 5, parts[0] == "model", parts[1] == "layers", let layer = Int(parts[2]),
            layer >= 0,
            let module = block[parts[3..<(parts.count - 1)].joined(separator: ".")]
        else { return nil }
        return "blk.\(layer).\(module).\(parts[parts.count - 1])"
    }

    /// Whether a tensor only repeats what the config says: old checkpoints carry the rotary frequencies.
    static func isDerived(_ name: String) -> Bool { name.hasSuffix(".rotary_emb.inv_freq") }
}

extension ModelFamily {
    /// Whether the family has a tensor of that (GGUF) name; any other would change the output and must be refused.
    func has(tensor name: String) -> Bool {
        switch name {
        case "token_embd.weight", "output_norm.weight", "output.weight", "rope_freqs.weight": return true
        default: break
        }
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0] == "blk", Int(parts[1]) != nil else { return false }
        switch (parts[2], parts[3]) {
        case ("attn_q", "bias"), ("attn_k", "bias"), ("attn_v", "bias"): return self == .qwen2
        case ("attn_norm", "weight"), ("attn_q", "weight"), ("attn_k", "weight"), ("attn_v", "weight"),
            ("attn_output", "weight"), ("ffn_norm", "weight"), ("ffn_gate", "weight"), ("ffn_up", "weight"),
            ("ffn_down", "weight"):
            return true
        default: return false
        }
    }
}
