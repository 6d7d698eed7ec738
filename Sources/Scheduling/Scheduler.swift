import DequeModule

/// Decides which tokens of which sequences each step computes, and where their keys and values lie.
///
/// There is no prefill phase and no decode phase: each step lets the computed-token counts catch up with the
/// token counts under one budget of tokens, the rule of vLLM's V1 scheduler. Running sequences come first,
/// then waiting ones in line: by priority, and those of one priority as they came. A sequence that finds no block
/// takes those of the running sequence that is last in line, which waits again at its place and is computed anew.
///
/// The first in line can therefore always take what it needs, so that a sequence which fits the pool alone is never
/// stuck.
package struct Scheduler: Sendable {
    /// What is known of one sequence.
    struct State: Sendable {
        enum Phase: Sendable { case unused, waiting, running }

        var phase = Phase.unused
        /// Where it stands in line.
        var place = Place(priority: 0, arrival: 0)
        /// Whether logits are asked for at each of its tokens, rather than at the last.
        var showsLogits = false
        /// Tokens of prompt and output.
        var tokenCount = 0
        /// Leading tokens whose keys and values are in the cache.
        var computedCount = 0
        /// The block table; empty while the sequence waits.
        var blocks: [BlockID] = []
    }

    /// A place in line: lower priorities first, then earlier arrivals.
    struct Place: Sendable, Comparable {
        let priority: Int
        /// A number that grows from each sequence to the next.
        let arrival: Int

        static func < (left: Place, right: Place) -> Bool {
            (left.priority, left.arrival) < (right.priority, right.arrival)
        }
    }

    /// How many slots a block has.
    package let blockTokens: Int
    /// The most sequences that run at a time, and the most rows of logits that a step shows.
    package let sequencesMax: Int
    /// How many times a sequence lost its blocks.
    package private(set) var preemptionCount = 0

    private(set) var pool: BlockPool
    /// By ``SequenceID``.
    private(set) var states: [State] = []
    private var unusedIDs: [SequenceID] = []
    /// In line.
    private(set) var running: [SequenceID] = []
    /// In line.
    private(set) var waiting: Deque<SequenceID> = []
    /// Rows of logits that the step can show beside one of each sequence that runs.
    private var spareLogitRows = 0
    private var arrivals = 0

    /// Makes a scheduler over an empty cache.
    package init(blockCount: Int, blockTokens: Int, sequencesMax: Int) {
        precondition(blockTokens > 0 && sequencesMax > 0, "blocks and the batch have room for one at least")
        pool = BlockPool(blockCount: blockCount)
        self.blockTokens = blockTokens
        self.sequencesMax = sequencesMax
        running.reserveCapacity(sequencesMax)
    }

    /// How many sequences hold blocks.
    package var runningCount: Int { running.count }
    /// How many sequences wait for blocks or a place in the batch.
    package var waitingCount: Int { waiting.count }
    /// Whether no sequence is left.
    package var isIdle: Bool { running.isEmpty && waiting.isEmpty }
    /// How many blocks no sequence holds.
    package var freeBlockCount: Int { pool.freeCount }

    /// The block table of a sequence: it covers its computed tokens and those of the step that was scheduled
    /// last.
    package func blocks(of sequence: SequenceID) -> [BlockID] {
        states[sequence.rawValue].blocks
    }

    // MARK: Coming and going

    /// Adds a sequence at the end of the line of its priority.
    ///
    /// - Parameters:
    ///   - tokenCount: The length of its prompt. The whole sequence, output and all, has to fit the pool.
    ///   - priority: Lower numbers come first.
    ///   - showsLogits: Whether logits are asked for at each of its tokens: its prompt goes in smaller steps then.
    package mutating func add(tokenCount: Int, priority: Int = 0, showsLogits: Bool = false) -> SequenceID {
        precondition(tokenCount > 0, "a sequence has a token")
        let sequence = unusedIDs.popLast() ?? SequenceID(rawValue: states.count)
        if sequence.rawValue == states.count { states.append(State()) }
        states[sequence.rawValue].phase = .waiting
        states[sequence.rawValue].place = Place(priority: priority, arrival: arrivals)
        states[sequence.rawValue].showsLogits = showsLogits
        states[sequence.rawValue].tokenCount = tokenCount
        states[sequence.rawValue].computedCount = 0
        arrivals += 1
        enqueue(sequence)
        return sequence
    }

    /// Removes a sequence, finished or not, and frees its blocks.
    ///
    /// - Complexity: O(sequences).
    package mutating func remove(_ sequence: SequenceID) {
        switch states[sequence.rawValue].phase {
        case .running: running.removeAll { $0 == sequence }
        case .waiting: waiting.removeAll { $0 == sequence }
        case .unused: preconditionFailure("sequence \(sequence.rawValue) is removed twice")
        }
        releaseBlocks(of: sequence)
        states[sequence.rawValue].phase = .unused
        unusedIDs.append(sequence)
    }

    // MARK: A step

    /// Fills a step with at most `tokensMax` tokens, and allocates the blocks that they need.
    package mutating func schedule(tokensMax: Int, into step: inout ScheduledStep) {
        precondition(tokensMax > 0, "a step computes a token at least")
        step.removeAll()
        spareLogitRows = sequencesMax - running.count
        scheduleRunning(tokensMax: tokensMax, into: &step)
        if step.preempted.isEmpty { scheduleWaiting(tokensMax: tokensMax, into: &step) }
    }

    /// Notes that a step was run: its tokens are computed, and each sampled sequence is one token longer.
    package mutating func commit(_ step: borrowing ScheduledStep) {
        for run in step.runs {
            states[run.sequence.rawValue].computedCount += run.tokenCount
            if run.isSampled { states[run.sequence.rawValue].tokenCount += 1 }
        }
    }

    /// Notes that a sequence is one token longer than what was sampled.
    package mutating func extend(_ sequence: SequenceID) { states[sequence.rawValue].tokenCount += 1 }

    private mutating func scheduleRunning(tokensMax: Int, into step: inout ScheduledStep) {
        var index = 0
        while index < running.count, step.tokenCount < tokensMax {
            let run = nextRun(of: running[index], tokensMax: tokensMax - step.tokenCount)
            while !allocateBlocks(for: run) {
                step.appendPreempted(preemptLast())
            }
            // Whoever had to give up its own blocks was the last to run.
            guard index < running.count else { return }
            append(run, to: &step)
            index += 1
        }
    }

    private mutating func scheduleWaiting(tokensMax: Int, into step: inout ScheduledStep) {
        while step.tokenCount < tokensMax, spareLogitRows > 0, let sequence = waiting.first {
            // Room for all its tokens, not for the first chunk only: else two long prompts evict each other.
            guard blockCount(tokens: states[sequence.rawValue].tokenCount) <= pool.freeCount else { return }
            spareLogitRows -= 1
            let run = nextRun(of: sequence, tokensMax: tokensMax - step.tokenCount)
            waiting.removeFirst()
            running.insert(sequence, at: running.lastIndex { isBefore($0, sequence) }.map { $0 + 1 } ?? 0)
            states[sequence.rawValue].phase = .running
            let isAllocated = allocateBlocks(for: run)
            assert(isAllocated, "the free blocks were counted")
            append(run, to: &step)
        }
    }

    private mutating func append(_ run: ScheduledStep.Run, to step: inout ScheduledStep) {
        step.append(run)
        if states[run.sequence.rawValue].showsLogits { spareLogitRows -= run.tokenCount - 1 }
    }

    private mutating func enqueue(_ sequence: SequenceID) {
        waiting.insert(sequence, at: waiting.lastIndex { isBefore($0, sequence) }.map { $0 + 1 } ?? 0)
    }

    private func isBefore(_ first: SequenceID, _ second: SequenceID) -> Bool {
        states[first.rawValue].place < states[second.rawValue].place
    }

    /// As much of a sequence's uncomputed tokens as the budget allows.
    private func nextRun(of sequence: SequenceID, tokensMax: Int) -> ScheduledStep.Run {
        let state = states[sequence.rawValue]
        let pendingCount = state.tokenCount - state.computedCount
        // Half of what is spare, so that others can still come in.
        let tokensMax = state.showsLogits ? min(tokensMax, 1 + spareLogitRows / 2) : tokensMax
        return ScheduledStep.Run(
            sequence: sequence, firstPosition: state.computedCount, tokenCount: min(pendingCount, tokensMax),
            isSampled: pendingCount <= tokensMax)
    }

    // MARK: Blocks

    /// Extends a block table to the end of a run. Returns false where the pool ran out; what was taken is
    /// kept.
    ///
    /// True as well for a sequence that lost its place: it needs nothing anymore.
    private mutating func allocateBlocks(for run: ScheduledStep.Run) -> Bool {
        guard states[run.sequence.rawValue].phase == .running else { return true }
        let needed = blockCount(tokens: run.firstPosition + run.tokenCount)
        while states[run.sequence.rawValue].blocks.count < needed {
            guard let block = pool.allocate() else { return false }
            states[run.sequence.rawValue].blocks.append(block)
        }
        return true
    }

    private mutating func preemptLast() -> SequenceID {
        let sequence = running.removeLast()
        releaseBlocks(of: sequence)
        states[sequence.rawValue].phase = .waiting
        states[sequence.rawValue].computedCount = 0
        enqueue(sequence)
        preemptionCount += 1
        return sequence
    }

    private mutating func releaseBlocks(of sequence: SequenceID) {
        for block in states[sequence.rawValue].blocks { pool.release(block) }
        states[sequence.rawValue].blocks.removeAll(keepingCapacity: true)
    }

    func blockCount(tokens: Int) -> Int {
        (tokens + blockTokens - 1) / blockTokens
    }
}
