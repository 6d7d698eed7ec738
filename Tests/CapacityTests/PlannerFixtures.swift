import Capacity

/// Profiles of plain shapes, weighed as a checkpoint in bf16 would be.
enum Shapes {
    static func llamaLike(
        name: String = "a model", family: String = "llama", layers: Int, hidden: Int, feedForward: Int,
        heads: Int,
        keyValueHeads: Int, headSize: Int = 128, vocabulary: Int, context: Int, tied: Bool = false,
        experts: Int = 1,
        linearBits: Double = 16, quantization: String = "bf16", extraParameters: Int = 0
    ) -> ModelProfile {
        let keyValue = layers * 2 * hidden * keyValueHeads * headSize
        let projections = layers * (2 * hidden * heads * headSize + 3 * hidden * feedForward * experts)
        let embeddings = vocabulary * hidden * (tied ? 1 : 2)
        let norms = (2 * layers + 1) * hidden
        return ModelProfile(
            name: name, family: family,
            parameterCount: keyValue + projections + embeddings + norms + extraParameters, hiddenSize: hidden,
            feedForwardSize: feedForward, headCount: heads, keyValueHeadCount: keyValueHeads,
            vocabularySize: vocabulary, contextLength: context,
            layers: Array(
                repeating: .full(keyValueHeads: keyValueHeads, keySize: headSize, valueSize: headSize),
                count: layers),
            weights: WeightProfile(
                shardedBytes: Int(Double(projections) * linearBits / 8) + 2 * (embeddings + extraParameters),
                keyValueBytes: Int(Double(keyValue) * linearBits / 8), replicatedBytes: 2 * norms,
                quantization: quantization))
    }

    static let smolLM2 = llamaLike(
        name: "SmolLM2 135M", layers: 30, hidden: 576, feedForward: 1536, heads: 9, keyValueHeads: 3,
        headSize: 64,
        vocabulary: 49_152, context: 8192, tied: true)

    static let llama8B = llamaLike(
        name: "Llama-3.1-8B-Instruct", layers: 32, hidden: 4096, feedForward: 14_336, heads: 32,
        keyValueHeads: 8,
        vocabulary: 128_256, context: 131_072)

    /// The model of the classic report.
    static let qwen14B = llamaLike(
        name: "Qwen1.5-14B-Chat", family: "qwen2", layers: 40, hidden: 5120, feedForward: 13_696, heads: 40,
        keyValueHeads: 40, vocabulary: 152_064, context: 32_768)
}
