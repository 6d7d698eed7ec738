import ModelFiles
import Tensors

extension ModelProfile {
    /// Profiles a GGUF model of any architecture by the keys that all share; the weights are its tensors.
    /// - Throws: ``ProfileError`` naming the key that is missing or wrong.
    init(_ file: GGUFFile, name: String) throws(ProfileError) {
        let keys = try GGUFKeys(file.metadata)
        let layerCount = try keys.required("block_count", in: ConfigReader.layerCounts)
        let hiddenSize = try keys.required("embedding_length")
        let heads = try keys.layerIntegers("attention.head_count", count: layerCount)
        guard let headCount = heads?.max(), headCount > 0 || keys.isRecurrent else {
            throw .missing(key: keys.name("attention.head_count"))
        }
        let keyValueHeads =
            try keys.layerIntegers("attention.head_count_kv", count: layerCount)
            ?? heads ?? Array(repeating: headCount, count: layerCount)
        try keys.checkSharing(heads ?? [], keyValueHeads)
        let embedding = file.tensors.first { $0.name == "token_embd.weight" }
        guard let vocabulary = try keys.integer("vocab_size") ?? embedding?.rows, vocabulary > 0 else {
            throw .missing(key: keys.name("vocab_size"))
        }
        let feedForward = try keys.layerIntegers("feed_forward_length", count: layerCount)?.max() ?? 0
        let expertSize = try keys.integer("expert_feed_forward_length")
        let layers = try keys.layers(
            count: layerCount, heads: headCount, keyValueHeads: keyValueHeads, hiddenSize)
        var sum = TensorSum(quantization: file.quantizationName)
        var parameters = 0
        for tensor in file.tensors {
            sum.add(tensor.name, rank: tensor.shape.count, bytes: tensor.byteCount)
            // Every tensor lies in a file, so their elements are at most eight times the files' bytes.
            parameters += tensor.elementCount
        }
        self.init(
            name: file.metadata["general.name"]?.stringValue ?? name, family: keys.architecture,
            parameterCount: parameters, hiddenSize: hiddenSize,
            feedForwardSize: max(feedForward, expertSize ?? 0), headCount: max(1, headCount),
            keyValueHeadCount: max(1, keyValueHeads.max() ?? 1), vocabularySize: vocabulary,
            contextLength: try keys.required("context_length", in: ConfigReader.contextLengths),
            layers: layers,
            weights: try sum.total())
        weights.repackingBytes = file.tensors.reduce(0) { $0 + $1.repackingBytes }
        isKnownFamily = FamilyTraits.knows(keys.architecture)
        if let used = try keys.integer("expert_used_count"), used > 0 {
            experts = ExpertProfile(usedCount: used, feedForwardSize: expertSize ?? feedForward)
        }
    }
}

extension TensorView {
    /// Bytes beyond the file's: of the types with scales of scales, our layout widens those from six bits to eight.
    fileprivate var repackingBytes: Int {
        guard type == .q4_K || type == .q5_K else { return 0 }
        return elementCount / 256 * 4
    }
}

/// Reads `<architecture>.*` keys within limits.
struct GGUFKeys {
    let architecture: String
    private let metadata: GGUFMetadata

    init(_ metadata: GGUFMetadata) throws(ProfileError) {
        guard let architecture = metadata["general.architecture"]?.stringValue else {
            throw .missing(key: "general.architecture")
        }
        self.architecture = architecture
        self.metadata = metadata
    }

    func name(_ key: String) -> String { "\(architecture).\(key)" }

    /// Whether layers may have no attention at all.
    var isRecurrent: Bool { metadata[name("ssm.state_size")] != nil }

    func required(_ key: String, in limit: ClosedRange<Int> = ConfigReader.widths) throws(ProfileError) -> Int
    {
        guard let value = try integer(key, in: limit) else { throw .missing(key: name(key)) }
        return value
    }

    func integer(
        _ key: String, in limit: ClosedRange<Int> = ConfigReader.optionalWidths
    ) throws(ProfileError) -> Int? {
        guard let value = metadata[name(key)] else { return nil }
        guard let number = value.intValue else {
            throw .wrongType(key: name(key), expected: "an integer", value: value.text)
        }
        guard limit.contains(number) else {
            throw .outOfRange(key: name(key), value: "\(number)", limit: limit)
        }
        return number
    }

    /// A number for each layer, which the file gives as one for all or as an array.
    func layerIntegers(_ key: String, count: Int) throws(ProfileError) -> [Int]? {
        guard let value = metadata[name(key)] else { return nil }
        guard let array = value.arrayValue else {
            return try integer(key).map { Array(repeating: $0, count: count) }
        }
        guard array.count >= count else {
            throw .contradiction(
                key: name("block_count"), value: count, reason: "\(name(key)) has \(array.count) entries")
        }
        guard let numbers = array.integers else {
            throw .wrongType(key: name(key), expected: "integers", value: value.text)
        }
        for number in numbers where !ConfigReader.optionalWidths.contains(number) {
            throw .outOfRange(key: name(key), value: "\(number)", limit: ConfigReader.optionalWidths)
        }
        return Array(numbers.prefix(count))
    }

    /// Query heads share key-value heads evenly, in every layer that has some.
    func checkSharing(_ heads: [Int], _ keyValueHeads: [Int]) throws(ProfileError) {
        for (heads, shared) in zip(heads, keyValueHeads) where shared > 0 && !heads.isMultiple(of: shared) {
            throw .contradiction(
                key: name("attention.head_count_kv"), value: shared,
                reason: "the \(heads) query heads are no multiple of it")
        }
    }

    /// What each layer keeps of the past.
    func layers(
        count: Int, heads: Int, keyValueHeads: [Int], _ hiddenSize: Int
    ) throws(ProfileError) -> [LayerState] {
        if let rank = try integer("attention.kv_lora_rank"), rank > 0 {
            let rope = try required("rope.dimension_count")
            return Array(repeating: .latent(rank: rank, ropeSize: rope), count: count)
        }
        let keySize = try integer("attention.key_length") ?? hiddenSize / max(1, heads)
        let valueSize = try integer("attention.value_length") ?? keySize
        let window = try integer("attention.sliding_window", in: 0...ConfigReader.contextLengths.upperBound)
        let period = try period()
        let marks = metadata[name("attention.sliding_window_pattern")]?.arrayValue?.bools
        let chunk = try integer("attention.chunk_size", in: 0...ConfigReader.contextLengths.upperBound)
        let shared = try integer("attention.shared_kv_layers") ?? 0
        let states = try state()
        return (0..<count).map { layer in
            let kept = keyValueHeads[layer]
            if let states, kept == 0 { return .recurrent(elements: states) }
            if kept == 0 || layer >= count - shared { return .none }
            let marked = marks.flatMap { layer < $0.count ? !$0[layer] : nil }
            let isFull = marked ?? period.map { (layer + 1) % $0 == 0 } ?? false
            if let chunk, chunk > 0, (layer + 1) % 4 != 0 {
                return .chunked(keyValueHeads: kept, keySize: keySize, valueSize: valueSize, chunk: chunk)
            }
            guard let window, window > 0, chunk == nil, !isFull else {
                return .full(keyValueHeads: kept, keySize: keySize, valueSize: valueSize)
            }
            return .sliding(keyValueHeads: kept, keySize: keySize, valueSize: valueSize, window: window)
        }
    }

    /// Every how manieth layer attends to everything beside those with a window.
    private func period() throws(ProfileError) -> Int? {
        let known = ["gemma2": 2, "gpt-oss": 2, "gemma3": 6, "gemma3n": 5, "cohere2": 4]
        if metadata[name("attention.sliding_window_pattern")]?.intValue != nil {
            return try integer("attention.sliding_window_pattern", in: ConfigReader.widths)
        }
        return known[architecture]
    }

    /// Numbers of a state-space layer's state; nil where the model has none.
    private func state() throws(ProfileError) -> Int? {
        guard let size = try integer("ssm.state_size"), size > 0 else { return nil }
        let inner = try required("ssm.inner_size")
        let kernel = try integer("ssm.conv_kernel", in: ConfigReader.widths) ?? 4
        let groups = try integer("ssm.group_count") ?? 0
        let (channels, first) = (2 * groups).multipliedReportingOverflow(by: size)
        let (convolution, second) = (inner + channels).multipliedReportingOverflow(by: kernel - 1)
        let (total, third) = convolution.addingReportingOverflow(inner * size)
        guard !first, !second, !third else { throw .tooLarge(quantity: "a recurrent layer's state") }
        return total
    }
}
