extension CapacityPlanner {
    /// A device to choose from, and how many of it there may be.
    package struct Candidate: Sendable, Equatable {
        package var deviceName: String
        package var deviceBytes: Int
        package var deviceCount: Int

        package init(deviceName: String, deviceBytes: Int, deviceCount: Int = 1) {
            self.deviceName = deviceName
            self.deviceBytes = deviceBytes
            self.deviceCount = deviceCount
        }
    }

    /// The least memory among the candidates that serves that many sequences of that length at once: each candidate is
    /// planned with all its devices as ranks.
    /// - Throws: ``PlanError/nothingServes(concurrency:contextLength:)`` where none does, and what ``plan(_:)`` throws
    ///   for a request that no candidate could change.
    package static func least(
        serving concurrency: Int, contextLength: Int, like request: PlanRequest, among candidates: [Candidate]
    ) throws(PlanError) -> CapacityPlan {
        guard concurrency > 0 else {
            throw .setting(name: "--concurrency", mustBe: "at least 1", value: "\(concurrency)")
        }
        let ordered = candidates.sorted { left, right in
            let (leftBytes, rightBytes) = (memory(left), memory(right))
            return leftBytes == rightBytes ? left.deviceCount < right.deviceCount : leftBytes < rightBytes
        }
        for candidate in ordered {
            var asked = request
            asked.deviceName = candidate.deviceName
            asked.deviceBytes = candidate.deviceBytes
            asked.deviceCount = candidate.deviceCount
            asked.tensorParallelSize = candidate.deviceCount
            asked.contextLength = contextLength
            let plan: CapacityPlan
            do {
                plan = try solve(asked)
            } catch {
                switch error {
                // This candidate cannot; another may.
                case .headsNotDivisible, .cacheBeyondMemory, .cacheTooSmall: continue
                default: throw error
                }
            }
            if plan.fits, plan.maxConcurrency >= Double(concurrency) { return try self.plan(asked) }
        }
        throw .nothingServes(concurrency: concurrency, contextLength: contextLength)
    }

    private static func memory(_ candidate: Candidate) -> Double {
        Double(candidate.deviceBytes) * Double(candidate.deviceCount)
    }
}
