/// Llama 2 and 3 (Touvron et al., 2023; Grattafiori et al., 2024), and what is built like it: Mistral, SmolLM.
enum Llama {
    /// Loads the model: no bias anywhere; Mistral's sliding window comes with the config.
    static func load(_ loader: WeightLoader, contextLength: Int) throws -> Decoder {
        try Decoder(loader, contextLength: contextLength) { layer in
            try loader.block(layer, hasAttentionBias: false)
        }
    }
}
