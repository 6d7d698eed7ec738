/// Hugging Face's names of encoders' tensors, and those that the house uses.
enum EncoderTensorNames {
    private static let fixed = [
        "embeddings.word_embeddings": "token_embd",
        "embeddings.position_embeddings": "position_embd",
        "embeddings.token_type_embeddings": "token_types",
        "embeddings.LayerNorm": "token_embd_norm",
        "pooler.dense": "pooler",
        "classifier": "classifier",
        "classifier.dense": "pooler",
        "classifier.out_proj": "classifier",
        "pre_classifier": "pooler",
    ]

    private static let block = [
        "attention.self.query": "attn_q",
        "attention.self.key": "attn_k",
        "attention.self.value": "attn_v",
        "attention.output.dense": "attn_output",
        "attention.output.LayerNorm": "attn_output_norm",
        "intermediate.dense": "ffn_up",
        "output.dense": "ffn_down",
        "output.LayerNorm": "layer_output_norm",
        // DistilBERT.
        "attention.q_lin": "attn_q",
        "attention.k_lin": "attn_k",
        "attention.v_lin": "attn_v",
        "attention.out_lin": "attn_output",
        "sa_layer_norm": "attn_output_norm",
        "ffn.lin1": "ffn_up",
        "ffn.lin2": "ffn_down",
        "output_layer_norm": "layer_output_norm",
    ]

    /// The house's name of a tensor that Hugging Face calls `name`, or nil where no encoder has one.
    static func canonical(_ name: String) -> String? {
        var parts = name.split(separator: ".").map(String.init)
        if ["bert", "roberta", "distilbert"].contains(parts.first) { parts.removeFirst() }
        guard parts.count >= 2, var kind = parts.popLast() else { return nil }
        // Checkpoints of old call a norm's two vectors so.
        if kind == "gamma" { kind = "weight" }
        if kind == "beta" { kind = "bias" }
        guard kind == "weight" || kind == "bias" else { return nil }
        if let module = fixed[parts.joined(separator: ".")] { return "\(module).\(kind)" }
        guard parts.count >= 4, parts[0] == "encoder" || parts[0] == "transformer", parts[1] == "layer",
            let layer = Int(parts[2]), layer >= 0, let module = block[parts[3...].joined(separator: ".")]
        else { return nil }
        return "blk.\(layer).\(module).\(kind)"
    }

    /// Whether a tensor has no part in vectors and scores: what the config says, or the head of the training.
    static func isUnused(_ name: String) -> Bool {
        name.hasSuffix("embeddings.position_ids") || name.hasSuffix("embeddings.token_type_ids")
            || name.hasPrefix("cls.") || name.hasPrefix("lm_head.") || name.hasPrefix("vocab_")
    }
}
