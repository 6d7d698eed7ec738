import Scheduling
import Testing

struct SchedulerTests {
    /// What a step is made of, without the sequences' numbers.
    private func shares(_ step: ScheduledStep) -> [[Int]] {
        step.runs.map { [$0.sequence.rawValue, $0.firstPosition, $0.tokenCount, $0.isSampled ? 1 : 0] }
    }

    @Test func `a prompt longer than the budget is computed in chunks and sampled with the last`() {
        var scheduler = Scheduler(blockCount: 10, blockTokens: 4, sequencesMax: 4)
        var step = ScheduledStep()
        let sequence = scheduler.add(tokenCount: 10)
        var seen: [[Int]] = []
        for _ in 0..<4 {
            scheduler.schedule(tokensMax: 4, into: &step)
            seen += shares(step)
            scheduler.commit(step)
        }
        #expect(seen == [[0, 0, 4, 0], [0, 4, 4, 0], [0, 8, 2, 1], [0, 10, 1, 1]])
        #expect(scheduler.blocks(of: sequence).count == 3)
    }

    @Test func `running sequences come before waiting ones under one budget`() {
        var scheduler = Scheduler(blockCount: 10, blockTokens: 4, sequencesMax: 4)
        var step = ScheduledStep()
        _ = scheduler.add(tokenCount: 3)
        scheduler.schedule(tokensMax: 8, into: &step)
        scheduler.commit(step)
        _ = scheduler.add(tokenCount: 5)
        _ = scheduler.add(tokenCount: 5)
        scheduler.schedule(tokensMax: 8, into: &step)
        #expect(shares(step) == [[0, 3, 1, 1], [1, 0, 5, 1], [2, 0, 2, 0]])
        #expect(step.tokenCount == 8)
    }

    @Test func `no more sequences run than may`() {
        var scheduler = Scheduler(blockCount: 10, blockTokens: 4, sequencesMax: 2)
        var step = ScheduledStep()
        for _ in 0..<3 { _ = scheduler.add(tokenCount: 1) }
        scheduler.schedule(tokensMax: 100, into: &step)
        #expect(step.runs.count == 2)
        #expect(scheduler.runningCount == 2 && scheduler.waitingCount == 1)
    }

    @Test func `the youngest loses its blocks when the pool runs out and is computed anew, first in line`() {
        var scheduler = Scheduler(blockCount: 3, blockTokens: 2, sequencesMax: 4)
        var step = ScheduledStep()
        let elder = scheduler.add(tokenCount: 3)
        let younger = scheduler.add(tokenCount: 2)
        scheduler.schedule(tokensMax: 10, into: &step)
        scheduler.commit(step)
        let waiting = scheduler.add(tokenCount: 1)
        // The elder fills its second block; the younger needs another one and gives way.
        scheduler.schedule(tokensMax: 10, into: &step)
        #expect(step.runs.map(\.sequence) == [elder])
        #expect(step.preempted == [younger])
        #expect(scheduler.blocks(of: younger).isEmpty)
        #expect(scheduler.preemptionCount == 1)
        scheduler.commit(step)
        scheduler.remove(elder)
        scheduler.schedule(tokensMax: 10, into: &step)
        #expect(shares(step) == [[younger.rawValue, 0, 3, 1], [waiting.rawValue, 0, 1, 1]])
        scheduler.commit(step)
        #expect(scheduler.checkIntegrity() == nil)
    }

    @Test func `a lower priority comes first, and its blocks go last`() {
        var scheduler = Scheduler(blockCount: 3, blockTokens: 2, sequencesMax: 2)
        var step = ScheduledStep()
        let patient = scheduler.add(tokenCount: 2, priority: 5)
        scheduler.schedule(tokensMax: 10, into: &step)
        scheduler.commit(step)
        let later = scheduler.add(tokenCount: 1, priority: 1)
        let urgent = scheduler.add(tokenCount: 2, priority: 0)
        // One place and one block are free: the most urgent takes them.
        scheduler.schedule(tokensMax: 10, into: &step)
        #expect(step.runs.map(\.sequence) == [patient, urgent])
        scheduler.commit(step)
        // It needs another block now, and the patient one has two.
        scheduler.schedule(tokensMax: 10, into: &step)
        #expect(step.preempted == [patient] && step.runs.map(\.sequence) == [urgent])
        scheduler.commit(step)
        scheduler.schedule(tokensMax: 10, into: &step)
        #expect(step.runs.map(\.sequence) == [urgent, later])
    }

    @Test func `a prompt whose logits are all shown leaves rows for others`() {
        var scheduler = Scheduler(blockCount: 32, blockTokens: 4, sequencesMax: 6)
        var step = ScheduledStep()
        _ = scheduler.add(tokenCount: 3)
        let shown = scheduler.add(tokenCount: 12, showsLogits: true)
        _ = scheduler.add(tokenCount: 3)
        var counts: [Int] = []
        while counts.reduce(0, +) < 12 {
            scheduler.schedule(tokensMax: 100, into: &step)
            counts += step.runs.filter { $0.sequence == shown }.map(\.tokenCount)
            scheduler.commit(step)
        }
        #expect(counts == [3, 2, 2, 2, 2, 1])
    }

    @Test func `a waiting sequence stays where it is until all its tokens have room`() {
        var scheduler = Scheduler(blockCount: 4, blockTokens: 2, sequencesMax: 4)
        var step = ScheduledStep()
        let first = scheduler.add(tokenCount: 3)
        let long = scheduler.add(tokenCount: 6)
        let short = scheduler.add(tokenCount: 1)
        scheduler.schedule(tokensMax: 4, into: &step)
        #expect(step.runs.map(\.sequence) == [first])
        scheduler.commit(step)
        scheduler.remove(first)
        scheduler.schedule(tokensMax: 4, into: &step)
        #expect(step.runs.map(\.sequence) == [long])
        #expect(scheduler.waitingCount == 1)
        scheduler.remove(short)
        #expect(scheduler.waitingCount == 0)
    }

    @Test func `removing every sequence frees every block`() {
        var scheduler = Scheduler(blockCount: 6, blockTokens: 2, sequencesMax: 4)
        var step = ScheduledStep()
        let sequences = (1...5).map { scheduler.add(tokenCount: $0) }
        scheduler.schedule(tokensMax: 7, into: &step)
        scheduler.commit(step)
        for sequence in sequences { scheduler.remove(sequence) }
        #expect(scheduler.isIdle)
        #expect(scheduler.freeBlockCount == 6)
        #expect(scheduler.checkIntegrity() == nil)
    }
}
