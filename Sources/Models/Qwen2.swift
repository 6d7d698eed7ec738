/// Qwen 1.5, 2 and 2.5 (Yang et al., 2024): Llama's shape with a bias on queries, keys and values.
enum Qwen2 {
    /// Loads the model; small sizes tie the head to the embedding, as the config says.
    static func load(_ loader: WeightLoader, contextLength: Int) throws -> Decoder {
        try Decoder(loader, contextLength: contextLength) { layer in
            try loader.block(layer, hasAttentionBias: true)
        }
    }
}
