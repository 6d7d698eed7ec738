extension PlanRequest {
    /// What any count or size may be at most: enough for every machine, and small sums of such numbers stay countable.
    private static let countMax = 1 << 48
    /// The most devices.
    static let devicesMax = 1024

    /// Checks settings and metadata, so that what follows divides by nothing that is zero.
    func validate() throws(PlanError) {
        try validateProfile()
        try require(deviceBytes, "the device's memory", in: 1...Self.countMax)
        try require(deviceCount, "--devices", in: 1...Self.devicesMax)
        try require(tensorParallelSize, "--tensor-parallel-size", in: 1...Self.devicesMax)
        try require(blockSize, "--block-size", in: 1...65_536)
        if let contextLength {
            try require(contextLength, "--max-model-len", in: 1...Self.countMax)
            guard contextLength <= profile.contextLength else {
                throw .contextBeyondModel(requested: contextLength, model: profile.contextLength)
            }
        }
        if let sequencesMax { try require(sequencesMax, "--max-num-seqs", in: 1...Self.countMax) }
        if let stepTokensMax { try require(stepTokensMax, "--max-num-batched-tokens", in: 1...Self.countMax) }
        if let kvCacheBytes { try require(kvCacheBytes, "--kv-cache-memory", in: 1...Self.countMax) }
        if let utilization {
            guard utilization > 0, utilization <= 1 else {
                throw .setting(
                    name: "--gpu-memory-utilization", mustBe: "above 0 and at most 1", value: "\(utilization)"
                )
            }
        }
        if tensorParallelSize > deviceCount {
            throw .tooFewDevices(ranks: tensorParallelSize, devices: deviceCount)
        }
        guard profile.headCount.isMultiple(of: tensorParallelSize) else {
            throw .headsNotDivisible(heads: "query", count: profile.headCount, ranks: tensorParallelSize)
        }
        let keyValueHeads = profile.keyValueHeadCount
        guard
            keyValueHeads.isMultiple(of: tensorParallelSize)
                || tensorParallelSize.isMultiple(of: keyValueHeads)
        else {
            throw .headsNotDivisible(heads: "key-value", count: keyValueHeads, ranks: tensorParallelSize)
        }
    }

    private func validateProfile() throws(PlanError) {
        let one = 1...Self.countMax
        let none = 0...Self.countMax
        try requireField(profile.hiddenSize, "hidden size", in: one)
        try requireField(profile.feedForwardSize, "feed-forward size", in: none)
        try requireField(profile.headCount, "query heads", in: one)
        try requireField(profile.keyValueHeadCount, "key-value heads", in: one)
        try requireField(profile.vocabularySize, "vocabulary", in: one)
        try requireField(profile.contextLength, "context length", in: one)
        try requireField(profile.parameterCount, "parameters", in: none)
        try requireField(profile.layers.count, "layers", in: 1...65_536)
        try requireField(profile.weights.shardedBytes, "sharded weight bytes", in: none)
        try requireField(profile.weights.keyValueBytes, "key-value weight bytes", in: none)
        try requireField(profile.weights.replicatedBytes, "replicated weight bytes", in: none)
        if let experts = profile.experts {
            try requireField(experts.usedCount, "experts a token", in: one)
            try requireField(experts.feedForwardSize, "expert width", in: one)
        }
        if let vision = profile.vision {
            try requireField(vision.hiddenSize, "image encoder's hidden size", in: one)
            try requireField(vision.feedForwardSize, "image encoder's feed-forward size", in: none)
            try requireField(vision.patchSize, "image patch", in: one)
            try requireField(vision.patchesMax, "image patches", in: none)
            try requireField(vision.outputNumbersMax, "image encoder's output", in: none)
            try requireField(vision.videoPatchesMax, "video patches", in: none)
        }
        for layer in profile.layers { try validate(layer) }
    }

    private func validate(_ layer: LayerState) throws(PlanError) {
        let one = 1...Self.countMax
        switch layer {
        case .full(let heads, let key, let value): try validate(heads: heads, key: key, value: value)
        case .sliding(let heads, let key, let value, let window):
            try validate(heads: heads, key: key, value: value)
            try requireField(window, "sliding window", in: one)
        case .chunked(let heads, let key, let value, let chunk):
            try validate(heads: heads, key: key, value: value)
            try requireField(chunk, "attention chunk", in: one)
        case .latent(let rank, let rope):
            try requireField(rank, "latent rank", in: one)
            try requireField(rope, "latent rotary size", in: 0...Self.countMax)
        case .recurrent(let elements): try requireField(elements, "recurrent state", in: one)
        case .none: break
        }
    }

    private func validate(heads: Int, key: Int, value: Int) throws(PlanError) {
        try requireField(heads, "key-value heads", in: 1...Self.countMax)
        try requireField(key, "key size", in: 1...Self.countMax)
        try requireField(value, "value size", in: 0...Self.countMax)
    }

    private func require(_ value: Int, _ name: String, in range: ClosedRange<Int>) throws(PlanError) {
        guard !range.contains(value) else { return }
        throw .setting(name: name, mustBe: limits(range), value: "\(value)")
    }

    private func requireField(_ value: Int, _ field: String, in range: ClosedRange<Int>) throws(PlanError) {
        guard !range.contains(value) else { return }
        throw .metadata(field: field, mustBe: limits(range), value: value)
    }

    private func limits(_ range: ClosedRange<Int>) -> String { "\(range.lowerBound) to \(range.upperBound)" }
}
