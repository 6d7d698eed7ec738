extension CapacityPlanner {
    /// A setting by the names it has for users.
    struct Setting {
        var flag: String
        var value: String
        /// api-for-open-llm's variable, where it has one.
        var variable: String?
        /// What it does, as a sentence's beginning.
        var effect: String

        /// The value that says to leave the flag out.
        static let unset = "unset"

        /// As people write it.
        var written: String { value == Self.unset ? "without \(flag)" : "\(flag) \(value)" }
    }

    /// One way to change a request.
    struct Change {
        var setting: Setting
        var request: PlanRequest
    }

    /// Ways to change one setting of a request, the mildest first; none where the setting cannot help.
    typealias Changes = (PlanRequest) -> [Change]

    /// How much of the memory a user may be told to give.
    private static let utilizationMax = 0.95
    /// Bits a weight of a 4-bit checkpoint, its scales included.
    private static let quantizedBits = 4.5

    /// Changes that make the requested context fit, least cost to the user first, each planned again.
    static func remedies(for plan: CapacityPlan) -> [Remedy] {
        let request = plan.request
        let harmless: [Changes] = [unsizedCache, largerCache, devices, utilizations, halvedCache]
        var remedies: [Remedy] = []
        for candidates in harmless {
            remedies += first(of: candidates(request), reaching: plan.requestedContext)
        }
        if remedies.isEmpty {
            remedies += combined(harmless, request: request, reaching: plan.requestedContext)
        }
        let costly: [Changes] = [fewerSequences, smallerSteps, quantized]
        let costlyRemedies = costly.flatMap { first(of: $0(request), reaching: plan.requestedContext) }
        let isReached = !remedies.isEmpty || !costlyRemedies.isEmpty
        remedies += shorterContext(plan) + costlyRemedies
        if !isReached {
            remedies += combined(harmless + costly, request: request, reaching: plan.requestedContext)
        }
        return remedies
    }

    /// The first change that works, as a list of one or none.
    private static func first(of changes: [Change], reaching context: Int) -> [Remedy] {
        for change in changes {
            if let remedy = remedy([change.setting], request: change.request, reaching: context) {
                return [remedy]
            }
        }
        return []
    }

    /// Plans with the changes made; nil where that does not reach the context.
    private static func remedy(
        _ settings: [Setting], request: PlanRequest, reaching context: Int
    ) -> Remedy? {
        guard let plan = try? solve(request), plan.fits, plan.maxContext >= context else { return nil }
        let variables = settings.compactMap { setting in setting.variable.map { "\($0)=\(setting.value)" } }
        let flags = settings.map(\.written).joined(separator: " ")
        return Remedy(
            setting: settings.map(\.flag).joined(separator: " "),
            value: settings.map(\.value).joined(separator: " "), kvTokens: plan.kvTokens,
            maxContext: plan.maxContext,
            text: settings.map(\.effect).joined(separator: ", and ") + ": " + flags
                + (variables.isEmpty ? "" : " (\(variables.joined(separator: " ")))")
                + "; then \(plan.kvTokens) tokens fit")
    }

    /// Changes together, each at its strongest, for when none alone is enough; without those that are not needed, of
    /// which the costliest, at the end, are dropped first.
    private static func combined(
        _ changes: [Changes], request: PlanRequest, reaching context: Int
    ) -> [Remedy] {
        guard var best = together(changes, request: request, reaching: context) else { return [] }
        var kept = changes
        for index in changes.indices.reversed() {
            var fewer = kept
            fewer.remove(at: index)
            if let remedy = together(fewer, request: request, reaching: context) {
                best = remedy
                kept = fewer
            }
        }
        return [best]
    }

    private static func together(
        _ changes: [Changes], request: PlanRequest, reaching context: Int
    ) -> Remedy? {
        var settings: [Setting] = []
        var changed = request
        for candidates in changes {
            guard let strongest = candidates(changed).last else { continue }
            changed = strongest.request
            settings.append(strongest.setting)
        }
        return remedy(settings, request: changed, reaching: context)
    }

    // MARK: The changes

    /// The request with one setting changed.
    private static func change(
        _ request: PlanRequest, _ setting: Setting, _ apply: (inout PlanRequest) -> Void
    ) -> Change {
        var changed = request
        apply(&changed)
        return Change(setting: setting, request: changed)
    }

    /// Without the size that was given, the KV cache takes what the weights leave.
    private static func unsizedCache(_ request: PlanRequest) -> [Change] {
        guard request.kvCacheBytes != nil else { return [] }
        let setting = Setting(
            flag: "--kv-cache-memory", value: Setting.unset, variable: nil,
            effect: "let the KV cache take what the weights leave")
        return [change(request, setting) { $0.kvCacheBytes = nil }]
    }

    /// The bytes that one sequence of the requested context takes, where fewer were given.
    private static func largerCache(_ request: PlanRequest) -> [Change] {
        guard let given = request.kvCacheBytes, let needed = try? contextBytes(request), needed > given else {
            return []
        }
        let setting = Setting(
            flag: "--kv-cache-memory", value: "\(needed)", variable: nil,
            effect: "give the KV cache the bytes that the context needs")
        return [change(request, setting) { $0.kvCacheBytes = needed }]
    }

    private static func devices(_ request: PlanRequest) -> [Change] {
        guard request.deviceKind == .gpu else { return [] }
        let devices = max(request.deviceCount, request.givenDeviceCount ?? 1)
        return usableRanks(request, devices: devices).map { ranks in
            let setting = Setting(
                flag: "--tensor-parallel-size", value: "\(ranks)", variable: "TENSOR_PARALLEL_SIZE",
                effect: "use \(ranks) devices instead of \(request.tensorParallelSize)")
            return change(request, setting) {
                $0.tensorParallelSize = ranks
                $0.deviceCount = devices
            }
        }
    }

    private static func utilizations(_ request: PlanRequest) -> [Change] {
        guard request.kvCacheBytes == nil,
            let now = try? EngineMemory.of(request, contextLength: 1).utilization
        else { return [] }
        return (1...100).map { Double($0) / 100 }.filter { $0 > now && $0 <= utilizationMax }.map { share in
            let setting = Setting(
                flag: "--gpu-memory-utilization", value: "\(share)", variable: "GPU_MEMORY_UTILIZATION",
                effect: "let it use more of the memory")
            return change(request, setting) { $0.utilization = share }
        }
    }

    private static func halvedCache(_ request: PlanRequest) -> [Change] {
        let type: KVNumberType
        switch request.engine {
        case .needletail: type = .q8_0
        case .vllm(let major, let minor):
            guard VLLMVersion(major: major, minor: minor).hasHalvedCache else { return [] }
            type = .fp8
        }
        guard request.kvType == .f16 || request.kvType == .bf16 else { return [] }
        var changed = request
        changed.kvType = type
        return [
            Change(
                setting: Setting(
                    flag: "--kv-cache-dtype", value: type.rawValue, variable: nil,
                    effect: "keep the KV cache in fewer bits"),
                request: changed)
        ]
    }

    /// The length that fits now, or where nothing does because the profile run is as long as the context, the greatest
    /// that fits with its own.
    private static func shorterContext(_ plan: CapacityPlan) -> [Remedy] {
        var request = plan.request
        func remedy(_ length: Int) -> Remedy? {
            request.contextLength = length
            return Self.remedy(
                [
                    Setting(
                        flag: "--max-model-len", value: "\(length)", variable: "CONTEXT_LEN",
                        effect: "take a shorter context")
                ], request: request, reaching: length)
        }
        if plan.maxContext > 0, let remedy = remedy(plan.maxContext) { return [remedy] }
        var best: Remedy?
        var (fits, exceeds) = (0, plan.requestedContext)
        while exceeds - fits > 1 {
            let middle = fits + (exceeds - fits) / 2
            if let remedy = remedy(middle) {
                best = remedy
                fits = middle
            } else {
                exceeds = middle
            }
        }
        return best.map { [$0] } ?? []
    }

    private static func fewerSequences(_ request: PlanRequest) -> [Change] {
        guard let now = try? EngineMemory.of(request, contextLength: 1).sequencesMax else { return [] }
        return halves(of: now, least: 8).map { count in
            let setting = Setting(
                flag: "--max-num-seqs", value: "\(count)", variable: "MAX_NUM_SEQS",
                effect: "serve fewer sequences at once")
            return change(request, setting) { $0.sequencesMax = count }
        }
    }

    private static func smallerSteps(_ request: PlanRequest) -> [Change] {
        guard let now = try? EngineMemory.of(request, contextLength: 1).stepTokensMax else { return [] }
        return halves(of: now, least: max(256, request.sequencesMax ?? 1)).map { count in
            let setting = Setting(
                flag: "--max-num-batched-tokens", value: "\(count)", variable: "MAX_NUM_BATCHED_TOKENS",
                effect: "compute fewer tokens a step")
            return change(request, setting) { $0.stepTokensMax = count }
        }
    }

    private static func halves(of value: Int, least: Int) -> [Int] {
        var halves: [Int] = []
        var half = value / 2
        while half >= least {
            halves.append(half)
            half /= 2
        }
        return halves
    }

    /// The same model in four bits, weighed by its parameters.
    private static func quantized(_ request: PlanRequest) -> [Change] {
        let weights = request.profile.weights
        let bytes = Double(request.profile.parameterCount) * quantizedBits / 8
        let share = bytes / Double(max(1, weights.totalBytes))
        guard share > 0, share < 0.8 else { return [] }
        var changed = request
        changed.profile.weights = WeightProfile(
            shardedBytes: Int(Double(weights.shardedBytes) * share),
            keyValueBytes: Int(Double(weights.keyValueBytes) * share),
            replicatedBytes: weights.replicatedBytes,
            quantization: "awq")
        let isOurs = request.engine == .needletail
        return [
            Change(
                setting: Setting(
                    flag: isOurs ? "MODEL" : "--quantization", value: isOurs ? "Q4_K_M" : "awq",
                    variable: isOurs ? nil : "QUANTIZATION_METHOD",
                    effect: "take a 4-bit checkpoint of the model (an estimate)"),
                request: changed)
        ]
    }
}
