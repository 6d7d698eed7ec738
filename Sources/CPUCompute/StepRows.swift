import Compute

/// The backend's own copy of a step, with what operations derive from it. Storage is kept from step to step.
struct StepRows {
    private(set) var tokens: [Int32] = []
    private(set) var positions: [Int32] = []
    /// Where each row's keys and values go: a block's number times 16, plus the place in the block.
    private(set) var slots: [Int] = []
    private(set) var runs: [StepLayout.Run] = []
    private(set) var blockTables: [Int32] = []
    private(set) var logitRows: [Int32] = []

    /// How many rows.
    var count: Int { tokens.count }

    /// Replaces the step. The arrays are copied, not shared, so that the caller may reuse its own in place.
    mutating func load(_ step: borrowing StepLayout) {
        Self.copy(step.tokens, to: &tokens)
        Self.copy(step.positions, to: &positions)
        Self.copy(step.runs, to: &runs)
        Self.copy(step.blockTables, to: &blockTables)
        Self.copy(step.logitRows, to: &logitRows)
        slots.removeAll(keepingCapacity: true)
        for run in runs {
            precondition(
                run.firstRow == slots.count && run.rowCount > 0, "runs follow each other and have rows")
            // Sequences that are in the step as a whole have no place in a cache.
            guard !blockTables.isEmpty else {
                slots.append(contentsOf: repeatElement(0, count: run.rowCount))
                continue
            }
            for position in run.firstPosition..<(run.firstPosition + run.rowCount) {
                let (block, place) = position.quotientAndRemainder(dividingBy: KVCacheShape.blockTokens)
                slots.append(Int(blockTables[run.firstBlock + block]) * KVCacheShape.blockTokens + place)
            }
        }
        precondition(slots.count == count && positions.count == count, "every row has a run and a position")
    }

    private static func copy<Element>(_ source: [Element], to target: inout [Element]) {
        target.removeAll(keepingCapacity: true)
        target.append(contentsOf: source)
    }
}
