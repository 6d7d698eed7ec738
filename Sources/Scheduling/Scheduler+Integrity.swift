extension Scheduler {
    /// Says which invariant is broken, or nothing; to be asked between ``commit(_:)`` and the next step.
    ///
    /// - Complexity: O(blocks + sequences).
    package func checkIntegrity() -> String? {
        pool.checkIntegrity(owned: states.lazy.flatMap(\.blocks))
            ?? checkPlaces()
            ?? states.indices.lazy.compactMap { checkState(of: SequenceID(rawValue: $0)) }.first
    }

    /// Running and waiting each in line, nobody twice.
    private func checkPlaces() -> String? {
        guard running.count <= sequencesMax else { return "\(running.count) of at most \(sequencesMax) run" }
        for line in [running, Array(waiting)] {
            let places = line.map { states[$0.rawValue].place }
            guard zip(places, places.dropFirst()).allSatisfy(<) else {
                return "sequences are out of order: \(places)"
            }
        }
        guard running.allSatisfy({ states[$0.rawValue].phase == .running }) else {
            return "a sequence runs unnoted"
        }
        guard waiting.allSatisfy({ states[$0.rawValue].phase == .waiting }) else {
            return "a sequence waits unnoted"
        }
        let placed = states.count { $0.phase != .unused }
        let inLine = running.count + waiting.count
        return placed == inLine ? nil : "\(placed) sequences are known and \(inLine) have a place"
    }

    /// Blocks for exactly the computed tokens, and something left to compute.
    private func checkState(of sequence: SequenceID) -> String? {
        let state = states[sequence.rawValue]
        let neededBlocks = blockCount(tokens: state.computedCount)
        switch state.phase {
        case .running where state.blocks.count != neededBlocks:
            return "sequence \(sequence.rawValue) has \(state.blocks.count) blocks and needs \(neededBlocks)"
        case .running where state.computedCount >= state.tokenCount:
            return "sequence \(sequence.rawValue) runs with nothing left to compute"
        case .waiting where state.computedCount != 0, .waiting where !state.blocks.isEmpty,
            .unused where !state.blocks.isEmpty:
            return "sequence \(sequence.rawValue) does not run and holds blocks"
        default:
            return nil
        }
    }
}
