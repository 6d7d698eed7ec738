import Capacity

/// The memory that the models which generate share, planned for all of them before the first is loaded.
///
/// Each gets what its weights and activations take, and of the rest as much as any other in full contexts, or in caches
/// of the size that was asked for. What one does not use goes to those after it.
struct SharedMemory {
    /// The plans, in the order of the models.
    let plans: [CapacityPlan]

    /// - Parameters:
    ///   - models: The names and paths of the models.
    ///   - availableBytes: What they may share.
    /// - Throws: ``CapacityRefusal`` where one does not fit beside the others, and what the planner throws.
    init(_ models: [(name: String, path: String)], options: EngineOptions, availableBytes: Int) throws {
        let requests = try models.map { try LoadedModel.request($0.path, options) }
        let needs = try requests.map { try Need($0) }
        var plans: [CapacityPlan] = []
        var left = availableBytes
        for (index, request) in requests.enumerated() {
            let rest = needs[index...]
            let fixed = rest.reduce(0) { $0 + $1.fixedBytes }
            let wanted = rest.reduce(0.0) { $0 + $1.wantedBytes }
            var request = request
            let need = needs[index]
            request.deviceBytes =
                if rest.count == 1 {
                    max(1, left)
                } else if fixed <= left {
                    need.fixedBytes + Int(Double(left - fixed) * need.wantedBytes / max(1, wanted))
                } else {
                    // Too little for the weights alone: which of them is in want does not matter.
                    max(1, Int(Double(left) * Double(need.fixedBytes) / Double(fixed)))
                }
            let plan: CapacityPlan
            do {
                plan = try CapacityPlanner.plan(request)
                if let refusal = plan.message { throw CapacityRefusal(description: refusal) }
            } catch  where models.count > 1 {
                throw Self.refusal(error, models, index: index, request.deviceBytes, of: availableBytes)
            }
            plans.append(plan)
            left -= Need.fixedBytes(plan) + Int(Double(plan.kvBytesPerRank) / plan.utilization)
        }
        self.plans = plans
    }

    private static func refusal(
        _ error: any Error, _ models: [(name: String, path: String)], index: Int, _ bytes: Int,
        of available: Int
    ) -> CapacityRefusal {
        let names = models.map(\.name).joined(separator: ", ")
        return CapacityRefusal(
            description:
                "\(models[index].name) does not fit beside the others: \(models.count) models (\(names)) share "
                + "\(Quantities.bytes(available)), and \(Quantities.bytes(bytes)) of it are this one's. Serve fewer of "
                + "them, or change settings, which hold for each:\n\(error)")
    }
}

/// What a model takes of the memory that it is given, the share of it included that nobody uses.
private struct Need {
    /// Memory enough for any model: what a model takes is asked for with it.
    private static let ampleBytes = 1 << 46

    /// For weights and activations.
    let fixedBytes: Int
    /// For the cache that it was given, or one full context.
    let wantedBytes: Double

    init(_ request: PlanRequest) throws {
        var ample = request
        ample.deviceBytes = Self.ampleBytes
        ample.kvCacheBytes = nil
        let plan = try CapacityPlanner.plan(ample)
        fixedBytes = Self.fixedBytes(plan)
        wantedBytes =
            request.kvCacheBytes.map(Double.init)
            ?? Double(plan.kvBytesPerTokenPerRank) * Double(plan.requestedContext)
    }

    static func fixedBytes(_ plan: CapacityPlan) -> Int {
        Int(Double(plan.weightBytesPerRank + plan.activationBytesPerRank) / plan.utilization) + 1
    }
}
