/// What vLLM's profile run leaves for the KV cache, from causes: the widest layer of the profiled step, the sampler over
/// all sequences, an image encoder's largest input, and what lies outside the allocator.
///
/// The arithmetic follows the tensors that are alive at once; numbers are half floats unless said otherwise.
extension EngineMemory {
    /// Devices of at least this size get more tokens and sequences a step by default.
    private static let largeDeviceBytes = 70 << 30
    /// Sequences a step that small devices and the old engine take by default.
    private static let sequencesMaxDefault = 256
    /// What newer versions set aside for CUDA graphs.
    private static let graphsMiB = 400

    static func vllm(
        _ request: PlanRequest, version: VLLMVersion, contextLength: Int
    ) throws(PlanError) -> EngineMemory {
        let isLegacy = version.usesLegacyEngine(asked: request.usesLegacyEngine)
        // The A100 is left out by name, however much memory it has.
        let isLarge =
            request.deviceBytes >= largeDeviceBytes && request.deviceKind == .gpu
            && !request.deviceName.contains("A100")
        let sequences = request.sequencesMax ?? (!isLegacy && isLarge ? 1024 : sequencesMaxDefault)
        let stepTokens: Int
        if isLegacy {
            let chunks = version.chunksLongPrompts && contextLength > 32_768
            stepTokens = max(
                request.stepTokensMax ?? (chunks ? 2048 : max(contextLength, 2048)),
                chunks ? 1 : contextLength)
        } else {
            stepTokens = request.stepTokensMax ?? (isLarge ? 8192 : 2048)
        }
        let shape = try StepShape(request.profile, ranks: request.tensorParallelSize)
        let layer = try layerBytes(request, version, shape: shape, tokens: stepTokens)
        let sampler = try samplerBytes(
            request.profile, version, rows: min(sequences, stepTokens),
            hiddenBytes: isLegacy
                ? 0 : try product(2, stepTokens, shape.hiddenSize, of: "a step's activations"))
        let vision = try visionBytes(request.profile, ranks: request.tensorParallelSize)
        let peak = max(max(layer, sampler), vision)
        let fixed = outsideBytes(request, version, isLegacy: isLegacy)
        return EngineMemory(
            utilization: request.utilization ?? version.utilizationDefault, sequencesMax: sequences,
            stepTokensMax: stepTokens, bytes: try sum(peak, fixed, of: "vLLM's memory"),
            uncertaintyBytes: uncertainty(version, peak: peak, vision: vision),
            storesWindowsWhole: isLegacy || !version.storesWindowsOnly)
    }

    /// The widest moment of one layer: two residual streams and the block's output beside the feed-forward network's
    /// two inner products and their activation, or beside queries, keys, values and the attention's output.
    private static func layerBytes(
        _ request: PlanRequest, _ version: VLLMVersion, shape: StepShape, tokens: Int
    ) throws(PlanError) -> Int {
        let hidden = try product(3, shape.hiddenSize, of: "a layer's activations")
        let attention = try sum(
            hidden, shape.keyValueSize, try product(3, shape.querySize, of: "a layer's activations"),
            of: "a layer's activations")
        var feedForward = try sum(
            hidden, try product(3, shape.feedForwardSize, of: "a layer's activations"),
            of: "a layer's activations")
        if let experts = request.profile.experts, !version.lacksFusedKernels {
            // Each expert's output is kept until they are summed.
            feedForward = try sum(
                feedForward, try product(experts.usedCount, shape.hiddenSize, of: "the experts' activations"),
                of: "the experts' activations")
        }
        if version.accounting == .reserved {
            feedForward = try sum(
                feedForward, try reservedNumbers(request, version, shape: shape), of: "a layer's activations")
        }
        return try product(2, tokens, max(attention, feedForward), of: "a step's activations")
    }

    /// Numbers a token that the allocator holds beside the live ones: smaller tensors split the freed inner products'
    /// buffer, so that the next layer's needs a new one.
    ///
    /// Before fused kernels AWQ's products were summed from eight partial ones of full size, twice in such buffers,
    /// and a mixture ran each expert whole on one rank.
    private static func reservedNumbers(
        _ request: PlanRequest, _ version: VLLMVersion, shape: StepShape
    ) throws(PlanError) -> Int {
        let innerProducts = try product(2, shape.feedForwardSize, of: "a layer's activations")
        guard version.lacksFusedKernels, let experts = request.profile.experts else {
            let isSplit = version.lacksFusedKernels && request.profile.weights.quantization.hasPrefix("awq")
            return isSplit ? try product(9, innerProducts, of: "AWQ's partial products") : innerProducts
        }
        let width = experts.feedForwardSize
        let whole = try sum(
            try product(4, width, of: "an expert's activations"),
            try product(2, shape.hiddenSize, of: "an expert's activations"), of: "an expert's activations")
        let counted = try product(3, shape.feedForwardSize, of: "a layer's activations")
        guard request.profile.weights.quantization.hasPrefix("awq") else { return max(0, whole - counted) }
        let partial = try product(
            8, try sum(2 * width, shape.hiddenSize, of: "AWQ's partial products"),
            of: "AWQ's partial products")
        return max(0, try sum(whole, partial, of: "AWQ's partial products") - counted)
    }

    /// The sampler over all sequences, in four bytes a vocabulary entry: half and whole logits (0.5 + 1), sorted values
    /// and 64-bit indices (1 + 2), the sort's pairs before and after (4), probabilities and mask (1.25). Without the
    /// sort: half and whole logits, probabilities, their random divisors, and a copy of half of one.
    private static func samplerBytes(
        _ profile: ModelProfile, _ version: VLLMVersion, rows: Int, hiddenBytes: Int
    ) throws(PlanError) -> Int {
        let quarters = version.samplesWithoutSorting ? 16 : 39
        let logits = try product(rows, profile.vocabularySize, quarters, of: "the sampler's logits")
        return try sum(logits, hiddenBytes, of: "the sampler's logits")
    }

    /// An image encoder's largest input: pixels in whole and half floats, four interpolated position embeddings and
    /// their sum, residual stream, norm and output, and the rank's share of the inner products.
    private static func visionBytes(_ profile: ModelProfile, ranks: Int) throws(PlanError) -> Int {
        guard let vision = profile.vision else { return 0 }
        let inner =
            try sum(3 * vision.hiddenSize, 2 * vision.feedForwardSize, of: "the image encoder") / ranks
        let numbers = try sum(3 * vision.patchSize, 8 * vision.hiddenSize, inner, of: "the image encoder")
        return try product(2, vision.patchesMax, numbers, of: "the image encoder")
    }

    /// What lies outside the allocator: the driver's context and libraries, NCCL's buffers, CUDA graphs.
    private static func outsideBytes(_ request: PlanRequest, _ version: VLLMVersion, isLegacy: Bool) -> Int {
        let mebibyte = 1 << 20
        if request.deviceKind == .cpu { return 600 * mebibyte }
        let context =
            isLegacy ? (version.accounting == .peak ? 60 : 300) : 250
        // NCCL keeps buffers for each peer.
        let communication = 250 * (request.tensorParallelSize - 1)
        let graphs = version.subtractsGraphs && !request.enforcesEager ? graphsMiB : 0
        return (context + communication + graphs) * mebibyte
    }

    /// How far the memory may be off: a share of the peak, by how exactly that version measures, and of the rest. Images'
    /// sizes are bounded by the model's processor, which metadata only hints at, and the graphs' estimate can be
    /// switched off.
    private static func uncertainty(_ version: VLLMVersion, peak: Int, vision: Int) -> Int {
        let measured =
            switch version.accounting {
            case .reserved: peak / 4 + (1000 << 20)
            case .peakAndContext: peak / 20 + (150 << 20)
            case .peak: peak / 10 + (200 << 20)
            }
        return measured + vision / 8 + (version.subtractsGraphs ? graphsMiB << 20 : 0)
    }
}
