import Tensors
import Tokens

extension ModelConfig {
    /// Reads the config out of a GGUF file's metadata and the shapes of its tensors.
    ///
    /// The keys are those of the GGUF specification and of llama.cpp's converter, such as
    /// `<architecture>.block_count`.
    init(_ file: GGUFFile, limits: ModelFileLimits) throws(ModelFileError) {
        let path = file.paths[0]
        let architecture = file.metadata["general.architecture"]?.stringValue ?? "(none)"
        guard let family = ModelFamily(rawValue: architecture) else {
            throw ModelFamily.unsupported(architecture, path: path)
        }
        guard let embedding = file.tensors.first(where: { $0.name == "token_embd.weight" }) else {
            throw .missingTensor(path: path, name: "token_embd.weight")
        }
        guard embedding.rows > 0, embedding.rows <= limits.widthMax else {
            throw .overLimit(
                path: path, place: "tensor token_embd.weight", quantity: "vocabulary",
                value: UInt64(embedding.rows),
                limit: limits.widthMax)
        }
        let metadata = file.metadata
        let numbers = ConfigNumbers(path: path, limits: limits) { key in .init(metadata[key]) }
        let width = limits.widthMax
        func key(_ name: String) -> String { "\(architecture).\(name)" }

        if let experts = try numbers.optionalInteger(key("expert_count")), experts > 0 {
            throw .unsupported(
                path: path, feature: "a mixture of \(experts) experts",
                remedy: "use a dense model of this family")
        }
        let hiddenSize = try numbers.count(key("embedding_length"), limit: width)
        let headCount = try numbers.count(key("attention.head_count"), limit: width)
        let headDimension = try numbers.headDimension(
            key("attention.key_length"), hiddenSize: hiddenSize, headCount: headCount)
        if let values = try numbers.optionalInteger(key("attention.value_length")), values != headDimension {
            throw .unsupported(
                path: path, feature: "a value head of \(values) beside a key head of \(headDimension)",
                remedy: "use a model whose heads are alike")
        }
        let contextLength = try numbers.count(key("context_length"), limit: limits.contextLengthMax)
        let window = try numbers.optionalInteger(key("attention.sliding_window")) ?? 0
        var endOfSequence: [TokenID] = []
        for name in ["eos", "eot", "eom"] {
            guard let token = try numbers.token("tokenizer.ggml.\(name)_token_id"),
                !endOfSequence.contains(token)
            else { continue }
            endOfSequence.append(token)
        }
        self.init(
            family: family,
            name: metadata["general.name"]?.stringValue ?? "",
            layerCount: try numbers.count(key("block_count"), limit: limits.layersMax),
            hiddenSize: hiddenSize,
            feedForwardSize: try numbers.count(key("feed_forward_length"), limit: width),
            headCount: headCount,
            keyValueHeadCount: try numbers.optionalCount(key("attention.head_count_kv"), limit: width)
                ?? headCount,
            headDimension: headDimension,
            vocabularySize: embedding.rows,
            contextLength: contextLength,
            normEpsilon: try numbers.positive(key("attention.layer_norm_rms_epsilon")),
            rope: try RopeConfig(
                file, numbers, architecture: architecture, layout: family == .llama ? .interleaved : .halves,
                headDimension: headDimension, contextLength: contextLength),
            tiesEmbeddings: !file.tensors.contains { $0.name == "output.weight" },
            slidingWindow: (1..<contextLength).contains(window) ? window : nil,
            beginningOfSequence: try numbers.token("tokenizer.ggml.bos_token_id"),
            endOfSequence: endOfSequence)
        try validate(path: path)
    }
}

extension ConfigNumbers.Entry {
    /// A metadata value; an array of one repeated integer, such as heads per layer, counts as that integer.
    fileprivate init(_ value: GGUFValue?) {
        guard let value else {
            self = .absent
            return
        }
        if let integer = value.intValue {
            self = .integer(integer)
        } else if let number = value.doubleValue {
            self = .real(number)
        } else if let integers = value.arrayValue?.integers, let first = integers.first,
            integers.allSatisfy({ $0 == first })
        {
            self = .integer(first)
        } else {
            self = .other(value.text)
        }
    }
}

extension RopeConfig {
    /// Reads `<architecture>.rope.…` and the tensor `rope_freqs.weight`, by which converters state Llama 3's
    /// scaling.
    fileprivate init(
        _ file: GGUFFile, _ numbers: ConfigNumbers, architecture: String, layout: Layout, headDimension: Int,
        contextLength: Int
    ) throws(ModelFileError) {
        func key(_ name: String) -> String { "\(architecture).rope.\(name)" }
        var scaling = try Self.scaling(
            file.metadata, numbers, architecture: architecture, contextLength: contextLength)
        if let tensor = file.tensors.first(where: { $0.name == "rope_freqs.weight" }) {
            scaling = .divisors(try tensor.readDivisors(path: numbers.path, beside: scaling))
        }
        self.init(
            theta: try numbers.optionalPositive(key("freq_base")) ?? 10_000,
            dimension: try numbers.optionalCount(key("dimension_count"), limit: numbers.limits.widthMax)
                ?? headDimension,
            layout: layout,
            scaling: scaling)
    }

    private static func scaling(
        _ metadata: GGUFMetadata, _ numbers: ConfigNumbers, architecture: String, contextLength: Int
    ) throws(ModelFileError) -> Scaling {
        func key(_ name: String) -> String { "\(architecture).rope.\(name)" }
        guard let type = metadata[key("scaling.type")]?.stringValue else {
            // Before scaling had types, one key gave the linear factor.
            return try numbers.optionalPositive(key("scale_linear")).map { .linear(factor: $0) } ?? .none
        }
        switch type {
        case "none":
            return .none
        case "linear":
            return .linear(factor: try numbers.positive(key("scaling.factor")))
        case "yarn":
            let factor = try numbers.positive(key("scaling.factor"))
            let multiplier = try numbers.optionalPositive(key("scaling.attn_factor"))
            return .yarn(
                factor: factor,
                originalContextLength: try numbers.optionalCount(
                    key("scaling.original_context_length"), limit: numbers.limits.contextLengthMax)
                    ?? contextLength,
                betaFast: try numbers.optionalPositive(key("scaling.yarn_beta_fast")) ?? 32,
                betaSlow: try numbers.optionalPositive(key("scaling.yarn_beta_slow")) ?? 1,
                attentionFactor: multiplier.map { $0 * yarnAttentionFactor(factor) })
        default:
            throw .unsupported(
                path: numbers.path, feature: "\(key("scaling.type")) \(type)",
                remedy: "none, linear and yarn are")
        }
    }
}

extension TensorView {
    /// Reads the divisors of the rotary frequencies; a linear scaling stated beside them divides once more.
    fileprivate func readDivisors(
        path: String, beside scaling: RopeConfig.Scaling
    ) throws(ModelFileError) -> [Float] {
        guard type == .f32 else {
            throw .malformed(
                path: path, place: "tensor \(name)", reason: "its type is \(type.name), it should be F32")
        }
        let factor: Float
        switch scaling {
        case .none: factor = 1
        case .linear(let stated): factor = stated
        default:
            throw .unsupported(
                path: path, feature: "tensor \(name) beside another scaling",
                remedy: "convert the model again")
        }
        return withBytes { bytes in
            stride(from: 0, to: bytes.count, by: 4).map { offset in
                Float(
                    bitPattern: UInt32(
                        littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
                    * factor
            }
        }
    }
}
