/// How ranks share a tensor, told by its name in a checkpoint or a GGUF file.
extension WeightTally.Sharing {
    init(tensor name: String, rank: Int) {
        let has = { (parts: [String]) in parts.contains { name.contains($0) } }
        if has(["vision", "visual", "multi_modal_projector", "mm_projector", "v.blk.", "mm."]) {
            // Ranks share an encoder's projections, but not its norms, patches and positions.
            let isWhole = rank < 2 || has(["norm", "patch_embed", "pos_embed", "position_embed", "v.patch"])
            self = isWhole ? .replicated : .sharded
        } else if has(["k_proj", "v_proj", "attn_k.", "attn_v.", "key_value", ".k_up", ".v_up"]) {
            self = .keyValue
        } else if has([
            "norm", "router", "mlp.gate.", "ffn_gate_inp", "kv_a_proj", "q_a_proj", "attn_kv_a_mqa",
            "attn_q_a.", "rope_freqs", "position_embd", "wpe", "embed_positions",
        ]) {
            self = .replicated
        } else {
            self = rank > 1 || has(["_scale", "scales", "bias"]) ? .sharded : .replicated
        }
    }
}
