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
        let rows = min(sequences, stepTokens)
        let hidden =
            isLegacy ? 0 : try product(2, stepTokens, shape.hiddenSize, of: "a step's activations")
        let sampler = try samplerBytes(request.profile, version, rows: rows, hiddenBytes: hidden)
        // What the sampler's sort takes is not needed where FlashInfer is installed.
        let mayLackSort = !isLegacy && version.mayHaveFlashInfer
        let leastSampler =
            mayLackSort
            ? try samplerBytes(request.profile, version, rows: rows, hiddenBytes: hidden, sorts: false)
            : sampler
        let encoder = try request.profile.vision?.profiled(by: version)
        let vision =
            if let encoder { try visionBytes(encoder, ranks: request.tensorParallelSize) } else { 0 }
        // The new engine keeps the encoder's output while it profiles the decoder.
        let kept =
            isLegacy ? 0 : try product(2, encoder?.outputNumbersMax ?? 0, of: "the image encoder's output")
        let peak = max(try sum(max(layer, sampler), kept, of: "a step's activations"), vision)
        // The rotary tables cover every position that the model was made for.
        let tables = try product(2, request.profile.contextLength, shape.headSize, of: "the rotary tables")
        let fixed = try sum(outsideBytes(request, version, isLegacy: isLegacy), tables, of: "vLLM's memory")
        return EngineMemory(
            utilization: request.utilization ?? version.utilizationDefault, sequencesMax: sequences,
            stepTokensMax: stepTokens, bytes: try sum(peak, fixed, of: "vLLM's memory"),
            uncertaintyBytes: uncertainty(request, version, peak: peak, vision: vision)
                + max(layer, sampler) - max(layer, leastSampler),
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
    /// sort: half and whole logits, probabilities, their random divisors, and a copy of half of one. Without filters:
    /// half and whole logits, and a copy of half of one.
    private static func samplerBytes(
        _ profile: ModelProfile, _ version: VLLMVersion, rows: Int, hiddenBytes: Int, sorts: Bool = true
    ) throws(PlanError) -> Int {
        let isPlain =
            profile.experts == nil && profile.vision == nil && profile.layers.allSatisfy(\.keepsAllTokens)
        let quarters =
            version.hasSecondRunner && isPlain ? 8 : version.samplesWithoutSorting || !sorts ? 16 : 39
        let logits = try product(rows, profile.vocabularySize, quarters, of: "the sampler's logits")
        return try sum(logits, hiddenBytes, of: "the sampler's logits")
    }

    /// An image encoder's largest input: pixels in whole and half floats, four interpolated position embeddings and
    /// their sum, residual stream, norm and output, the rank's share of the inner products, and what it hands on.
    private static func visionBytes(_ vision: VisionProfile, ranks: Int) throws(PlanError) -> Int {
        let inner =
            try sum(3 * vision.hiddenSize, 2 * vision.feedForwardSize, of: "the image encoder") / ranks
        let numbers = try sum(3 * vision.patchSize, 8 * vision.hiddenSize, inner, of: "the image encoder")
        return try sum(
            try product(2, vision.patchesMax, numbers, of: "the image encoder"),
            try product(2, vision.outputNumbersMax, of: "the image encoder"), of: "the image encoder")
    }

    /// What lies outside the allocator: the driver's context and libraries, NCCL's buffers, CUDA graphs.
    ///
    /// The figures are what start-up logs print as `non_torch_memory`: 0.01 to 0.12 GiB where the context is made before
    /// the first measurement, 0.1 to 0.35 where it is not, 0.26 to 0.3 where free memory is compared. ROCm's context
    /// and its libraries' workspaces take about 1 GiB; NCCL keeps buffers for each peer, and those of NVLink's switches
    /// too where it finds some (1.4 GiB on two H200).
    private static func outsideBytes(_ request: PlanRequest, _ version: VLLMVersion, isLegacy: Bool) -> Int {
        let mebibyte = 1 << 20
        if request.deviceKind == .cpu { return 600 * mebibyte }
        let context =
            if request.isROCm {
                1000
            } else if isLegacy {
                version.oldEngineCountsContext ? 300 : 60
            } else {
                version.countsFreeMemory ? 280 : version.countsContext ? 250 : 60
            }
        let peers = request.tensorParallelSize - 1
        let communication =
            if peers == 0 || version.accounting == .reserved {
                250 * peers
            } else if request.hasNVLinkSwitches {
                900 + 400 * peers
            } else {
                // The old engine's logs show no more between many peers than between two.
                isLegacy && version.accounting == .peak ? 150 : 250 * peers
            }
        let graphs = version.subtractsGraphs && !request.enforcesEager ? graphsMiB : 0
        return (context + communication + graphs) * mebibyte
    }

    /// How far the memory may be off: a share of the peak, by how exactly that version measures, and of the rest; twice
    /// as much of what metadata does not tell, as images' sizes, which the model's processor bounds, a runtime other
    /// than CUDA, buffers between ranks, and the graphs, whose estimate can be switched off.
    private static func uncertainty(
        _ request: PlanRequest, _ version: VLLMVersion, peak: Int, vision: Int
    ) -> Int {
        let measured =
            switch version.accounting {
            case .reserved: peak / 4 + (1000 << 20)
            case .peakAndContext: peak / 10 + (250 << 20)
            case .peak: peak / 10 + (250 << 20)
            }
        let peers = request.tensorParallelSize - 1
        let untold =
            (request.isROCm ? 1000 : 0) + (request.hasNVLinkSwitches ? 300 : 150) * peers
            + (version.subtractsGraphs ? graphsMiB : 0)
        return measured + vision / 2 + untold << 20
    }
}

extension PlanRequest {
    /// Whether the GPU is one of AMD's.
    fileprivate var isROCm: Bool {
        deviceKind == .gpu
            && (["MI", "Radeon", "RX ", "W7", "W6"].contains { deviceName.hasPrefix($0) }
                || deviceName.hasPrefix("AMD"))
    }

    /// Whether the GPU is of a kind that NVLink's switches join and reduce for: Hopper's and Blackwell's large ones.
    fileprivate var hasNVLinkSwitches: Bool {
        deviceKind == .gpu
            && ["H100", "H200", "H800", "H20", "GH200", "B200", "GB200", "B300", "GB300"]
                .contains { deviceName.contains($0) }
            && !deviceName.contains("NVL")
    }
}

extension VisionProfile {
    /// As that version profiles it: with the largest image, or for a while with the largest video where that is larger.
    fileprivate func profiled(by version: VLLMVersion) throws(PlanError) -> VisionProfile {
        guard version.profilesVideos, videoPatchesMax > patchesMax, patchesMax > 0 else { return self }
        var profile = self
        profile.outputNumbersMax = try product(
            outputNumbersMax / patchesMax, videoPatchesMax, of: "the image encoder's output")
        profile.patchesMax = videoPatchesMax
        return profile
    }
}

extension LayerState {
    /// Whether the layer keeps keys and values of every token and nothing else.
    fileprivate var keepsAllTokens: Bool {
        if case .full = self { true } else { false }
    }
}
