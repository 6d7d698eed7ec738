/// What one step computes: plain data, for whoever runs it.
package struct ScheduledStep: Sendable, Equatable {
    /// One sequence's share of a step.
    package struct Run: Sendable, Equatable {
        /// Whose tokens.
        package var sequence: SequenceID
        /// The position of the first of them.
        package var firstPosition: Int
        /// How many, one at least.
        package var tokenCount: Int
        /// Whether the sequence's last token is among them, so that a next one is sampled.
        package var isSampled: Bool

        /// The positions of all of them.
        package var positions: Range<Int> { firstPosition..<(firstPosition + tokenCount) }

        /// Makes a share.
        package init(sequence: SequenceID, firstPosition: Int, tokenCount: Int, isSampled: Bool) {
            self.sequence = sequence
            self.firstPosition = firstPosition
            self.tokenCount = tokenCount
            self.isSampled = isSampled
        }
    }

    /// The sequences that run, in order of arrival.
    package private(set) var runs: [Run] = []
    /// How many tokens the runs have together.
    package private(set) var tokenCount = 0
    /// The sequences that lost their blocks and wait again.
    package private(set) var preempted: [SequenceID] = []

    /// Makes an empty step.
    package init() {}

    /// Empties the step and keeps the storage.
    mutating func removeAll() {
        runs.removeAll(keepingCapacity: true)
        preempted.removeAll(keepingCapacity: true)
        tokenCount = 0
    }

    /// Adds a sequence's share.
    mutating func append(_ run: Run) {
        runs.append(run)
        tokenCount += run.tokenCount
    }

    /// Notes that a sequence lost its blocks.
    mutating func appendPreempted(_ sequence: SequenceID) {
        preempted.append(sequence)
    }
}
