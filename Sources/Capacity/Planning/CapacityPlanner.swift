/// Says what fits from metadata alone: no tensors are touched, nothing is allocated.
package struct CapacityPlanner {
    /// The share of a device's memory that our engine may use, where nobody says.
    package static let utilizationDefault = 0.9
    /// The KV cache that our engine takes on a CPU where nobody asks for a size or a share: more helps only with very
    /// many users.
    package static let kvBytesDefaultCPU = 4 << 30
    /// Sequences a step of our engine, where nobody says.
    package static let sequencesMaxDefault = 64
    /// Tokens a step of our engine, where nobody says.
    package static let stepTokensMaxDefault = 512

    /// Plans for a request, with what to change where the context asked for does not fit.
    /// - Throws: ``PlanError`` where settings or metadata make no sense; what does not fit is a plan that says so.
    package static func plan(_ request: PlanRequest) throws(PlanError) -> CapacityPlan {
        var plan = try solve(request)
        plan.findings = findings(on: plan)
        if plan.maxContext < plan.requestedContext { plan.remedies = remedies(for: plan) }
        return plan
    }

    /// Plans without advice.
    static func solve(_ request: PlanRequest) throws(PlanError) -> CapacityPlan {
        try request.validate()
        let profile = request.profile
        let context = request.contextLength ?? profile.contextLength
        let engine = try EngineMemory.of(request, contextLength: context)
        let layout = try layout(request, engine: engine)
        guard layout.blockBytes > 0 else {
            throw .metadata(field: "attention layers", mustBe: "at least 1", value: 0)
        }
        let weights = try weightBytes(of: request)
        let kvBudget = try kvBudget(
            request, engine: engine, weights: weights, layout: layout, contextLength: context)

        let blocks = kvBudget / layout.blockBytes
        let needed = layout.blocks(for: context)
        let concurrency = Double(blocks) / Double(max(1, needed))
        let maxContext = layout.greatestLength(blocks: blocks, limit: profile.contextLength)
        // `needletail` lowers a context that nobody asked for.
        let isLowered = request.engine == .needletail && request.contextLength == nil
        return CapacityPlan(
            request: request, utilization: engine.utilization, weightBytesPerRank: weights,
            activationBytesPerRank: engine.bytes, kvBytesPerTokenPerRank: layout.bytesPerToken,
            kvBytesPerRank: blocks * layout.blockBytes, kvBlocks: blocks,
            kvTokens: tokens(
                request, layout: layout, blocks: blocks, concurrency: concurrency, context: context),
            maxContext: maxContext, requestedContext: context, maxConcurrency: concurrency,
            fits: maxContext >= (isLowered ? 1 : context), remedies: [], findings: [],
            errorBand: errorBand(profile, uncertainty: engine.uncertaintyBytes, budget: kvBudget))
    }

    private static func layout(_ request: PlanRequest, engine: EngineMemory) throws(PlanError) -> KVLayout {
        try KVLayout(
            layers: request.profile.layers, ranks: request.tensorParallelSize,
            type: request.kvType,
            blockSize: request.blockSize, stepTokensMax: engine.stepTokensMax,
            keepsEverything: engine.storesWindowsWhole)
    }

    /// How far the capacity may be off: at least a quarter where the model's shape is guessed, and nothing where the
    /// engine is ours, whose plan is what is allocated.
    private static func errorBand(_ profile: ModelProfile, uncertainty: Int, budget: Int) -> Double {
        guard uncertainty > 0 else { return 0 }
        let band = Double(uncertainty) / Double(max(1, budget))
        return min(1, profile.isKnownFamily ? band : max(0.25, 2 * band))
    }

    /// Bytes of KV cache that one sequence of the requested context takes on each rank.
    static func contextBytes(_ request: PlanRequest) throws(PlanError) -> Int {
        try request.validate()
        let context = request.contextLength ?? request.profile.contextLength
        let layout = try layout(request, engine: try EngineMemory.of(request, contextLength: context))
        return try product(
            layout.blocks(for: context), layout.blockBytes, of: "the bytes of a sequence's KV cache")
    }

    /// Bytes of weights on the rank that holds most.
    private static func weightBytes(of request: PlanRequest) throws(PlanError) -> Int {
        let (weights, ranks) = (request.profile.weights, request.tensorParallelSize)
        let heads = max(1, request.profile.keyValueHeadCount)
        let repacking = request.engine == .needletail ? weights.repackingBytes : 0
        return try sum(
            quotientRoundedUp(weights.shardedBytes, ranks),
            quotientRoundedUp(weights.keyValueBytes, min(ranks, heads)),
            weights.replicatedBytes, quotientRoundedUp(repacking, ranks),
            of: "the weights' bytes")
    }

    /// Bytes that the KV cache gets on each rank.
    private static func kvBudget(
        _ request: PlanRequest, engine: EngineMemory, weights: Int, layout: KVLayout, contextLength: Int
    ) throws(PlanError) -> Int {
        let isOurs = request.engine == .needletail
        // vLLM takes an explicit size whatever the utilisation says.
        let share = !isOurs && request.kvCacheBytes != nil ? 1 : engine.utilization
        let usable = Int(Double(request.deviceBytes) * share)
        let taken = try sum(weights, engine.bytes, of: "the bytes beside the KV cache")
        let available = max(0, usable - taken)
        if let asked = request.kvCacheBytes {
            if asked < layout.blockBytes {
                throw .cacheTooSmall(requested: asked, least: layout.blockBytes)
            }
            if asked > available {
                // What is told to set is a whole number of blocks, and works.
                let fitting = available / layout.blockBytes * layout.blockBytes
                throw .cacheBeyondMemory(requested: asked, available: fitting)
            }
            return asked
        }
        guard isOurs, request.deviceKind == .cpu, request.utilization == nil else { return available }
        let (contextBytes, overflows) = layout.blocks(for: contextLength)
            .multipliedReportingOverflow(by: layout.blockBytes)
        return min(available, overflows ? .max : max(kvBytesDefaultCPU, contextBytes))
    }

    /// The capacity as the engine counts it; where all layers keep every token, blocks times their size.
    private static func tokens(
        _ request: PlanRequest, layout: KVLayout, blocks: Int, concurrency: Double, context: Int
    ) -> Int {
        let kinds = layout.kinds.filter { $0.retention != .state }
        if layout.kinds.count == 1, let kind = kinds.first {
            return saturatingProduct(blocks, kind.pageTokens)
        }
        if case .vllm(let major, let minor) = request.engine,
            !VLLMVersion(major: major, minor: minor).derivesTokensFromConcurrency
        {
            let groups = layout.kinds.reduce(0) { $0 + $1.groupCount }
            let pageTokens = kinds.reduce(Int.max) { min($0, $1.pageTokens) }
            return saturatingProduct(blocks / max(1, groups), pageTokens)
        }
        return Int(exactly: (concurrency * Double(context)).rounded(.down)) ?? .max
    }

    private static func saturatingProduct(_ left: Int, _ right: Int) -> Int {
        let (product, overflows) = left.multipliedReportingOverflow(by: right)
        return overflows ? .max : product
    }
}
