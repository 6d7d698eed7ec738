import Compute
import ModelFiles

extension WeightLoader {
    /// The block that Llama and its relatives are made of.
    ///
    /// Tensors, by GGUF's names: `attn_norm`, `attn_q`, `attn_k`, `attn_v` (with biases where the family has them),
    /// `attn_output`, `ffn_norm`, `ffn_gate`, `ffn_up`, `ffn_down`.
    func block(_ layer: Int, hasAttentionBias: Bool) throws -> Decoder.Block {
        let config = checkpoint.config
        let prefix = "blk.\(layer)"
        return try Decoder.Block(
            attentionNorm: vector("\(prefix).attn_norm.weight", count: config.hiddenSize),
            attention: attention(prefix, config, hasBias: hasAttentionBias),
            feedForwardNorm: vector("\(prefix).ffn_norm.weight", count: config.hiddenSize),
            feedForward: feedForward(prefix, config))
    }

    private func attention(_ prefix: String, _ config: ModelConfig, hasBias: Bool) throws -> Attention {
        let queries = config.headCount * config.headDimension
        let keys = config.keyValueHeadCount * config.headDimension
        let parts = [("q", queries), ("k", keys), ("v", keys)]
        return try Attention(
            queryKeyValue: matrix(
                parts.map { (name: "\(prefix).attn_\($0).weight", rows: $1) }, columns: config.hiddenSize),
            bias: hasBias ? vector(parts.map { (name: "\(prefix).attn_\($0).bias", count: $1) }) : nil,
            output: matrix("\(prefix).attn_output.weight", rows: config.hiddenSize, columns: queries),
            scale: 1 / Float(config.headDimension).squareRoot(),
            window: config.slidingWindow)
    }

    private func feedForward(_ prefix: String, _ config: ModelConfig) throws -> FeedForward {
        try FeedForward(
            gateUp: matrix(
                [
                    (name: "\(prefix).ffn_gate.weight", rows: config.feedForwardSize),
                    (name: "\(prefix).ffn_up.weight", rows: config.feedForwardSize),
                ], columns: config.hiddenSize),
            down: matrix(
                "\(prefix).ffn_down.weight", rows: config.hiddenSize, columns: config.feedForwardSize))
    }
}
