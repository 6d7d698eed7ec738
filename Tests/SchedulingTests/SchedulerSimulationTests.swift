import Scheduling
import TestSupport
import Testing

/// The scheduler under random load, with a runner that keeps each slot's content, as a KV cache does.
struct SchedulerSimulationTests {
    @Test(arguments: UInt64(1)...40)
    func `whatever the load, every sequence gets its own tokens and no block is lost`(seed: UInt64) throws {
        var simulation = Simulation(seed: seed)
        try simulation.run(steps: 1500)
        // A pool that never runs short would prove nothing.
        if simulation.isTight { #expect(simulation.preemptionCount > 0, "seed \(seed)") }
    }
}

/// Random arrivals, lengths and aborts over a pool.
private struct Simulation {
    struct Client {
        var tokens: [Int]
        let promptCount: Int
        let outputMax: Int
        let showsLogits: Bool
    }

    let seed: UInt64
    let isTight: Bool
    private let blockTokens: Int
    private let blockCount: Int
    private let tokensMax: Int
    private let sequencesMax: Int
    private var random: RepeatableRandom
    private var scheduler: Scheduler
    private var clients: [SequenceID: Client] = [:]
    /// For each slot of the cache, the digest of the tokens up to the one that lies there.
    private var cache: [Int]
    private var finishedCount = 0

    init(seed: UInt64) {
        self.seed = seed
        random = RepeatableRandom(seed: seed)
        isTight = seed.isMultiple(of: 2)
        blockTokens = [1, 4, 16].randomElement(using: &random) ?? 1
        blockCount = isTight ? 64 / blockTokens : 4096 / blockTokens
        // With a very small budget the eldest runs alone, and nobody is in anybody's way.
        tokensMax = Int.random(in: (isTight ? 10 : 1)...64, using: &random)
        sequencesMax = isTight ? 16 : Int.random(in: 1...32, using: &random)
        scheduler = Scheduler(blockCount: blockCount, blockTokens: blockTokens, sequencesMax: sequencesMax)
        cache = Array(repeating: -1, count: blockCount * blockTokens)
    }

    var preemptionCount: Int { scheduler.preemptionCount }

    mutating func run(steps: Int) throws {
        var step = ScheduledStep()
        for _ in 0..<steps {
            arrive()
            abortSometimes()
            try runStep(&step)
        }
        // Nobody arrives anymore: all that are left finish, within as many steps as they have tokens to
        // compute.
        let arrivalsLeft = clients.count
        var stepsLeft = arrivalsLeft * 64 * 65
        while !scheduler.isIdle {
            try runStep(&step)
            stepsLeft -= 1
            try #require(stepsLeft > 0, "seed \(seed): \(clients.count) sequences starve")
        }
        #expect(clients.isEmpty && scheduler.freeBlockCount == blockCount, "seed \(seed)")
        #expect(finishedCount > 20, "seed \(seed): only \(finishedCount) sequences finished")
    }

    private mutating func arrive() {
        guard clients.count < 40, Int.random(in: 0..<3, using: &random) == 0 else { return }
        // Prompt and output together fit the smallest pool, 64 tokens.
        let promptCount = Int.random(in: 1...40, using: &random)
        let client = Client(
            tokens: (0..<promptCount).map { _ in Int.random(in: 0..<100, using: &random) },
            promptCount: promptCount,
            outputMax: Int.random(in: 1...24, using: &random),
            showsLogits: Int.random(in: 0..<4, using: &random) == 0)
        let sequence = scheduler.add(
            tokenCount: promptCount, priority: Int.random(in: 0...2, using: &random),
            showsLogits: client.showsLogits)
        clients[sequence] = client
    }

    private mutating func abortSometimes() {
        guard Int.random(in: 0..<50, using: &random) == 0 else { return }
        let ids = clients.keys.sorted { $0.rawValue < $1.rawValue }
        guard let victim = ids.randomElement(using: &random) else { return }
        scheduler.remove(victim)
        clients[victim] = nil
    }

    private mutating func runStep(_ step: inout ScheduledStep) throws {
        scheduler.schedule(tokensMax: tokensMax, into: &step)
        try #require(step.tokenCount <= tokensMax, "seed \(seed)")
        try #require(step.tokenCount == step.runs.reduce(0) { $0 + $1.tokenCount }, "seed \(seed)")
        try #require(step.runs.count <= sequencesMax, "seed \(seed)")
        try #require(scheduler.isIdle || !step.runs.isEmpty, "seed \(seed): nothing runs")
        let logitRows = step.runs.reduce(0) { rows, run in
            rows + (clients[run.sequence]?.showsLogits == true ? run.tokenCount : 1)
        }
        try #require(logitRows <= sequencesMax, "seed \(seed): \(logitRows) rows of logits")
        var ended: [SequenceID] = []
        for run in step.runs where try compute(run) { ended.append(run.sequence) }
        scheduler.commit(step)
        for sequence in ended { scheduler.remove(sequence) }
        let damage = scheduler.checkIntegrity()
        try #require(damage == nil, "seed \(seed): \(damage ?? "")")
    }

    /// Runs one share; true where its sequence is complete.
    private mutating func compute(_ run: ScheduledStep.Run) throws -> Bool {
        var client = try #require(clients[run.sequence], "seed \(seed): a stranger runs")
        let blocks = scheduler.blocks(of: run.sequence)
        func slot(_ position: Int) -> Int {
            Int(blocks[position / blockTokens].rawValue) * blockTokens + position % blockTokens
        }
        try #require(
            run.isSampled == (run.firstPosition + run.tokenCount == client.tokens.count), "seed \(seed)")
        for position in run.firstPosition..<(run.firstPosition + run.tokenCount) {
            let before = position == 0 ? 17 : cache[slot(position - 1)]
            cache[slot(position)] = Self.digest(before, client.tokens[position])
        }
        guard run.isSampled else { return false }
        let expected = client.tokens.reduce(17, Self.digest)
        try #require(
            cache[slot(client.tokens.count - 1)] == expected, "seed \(seed): the cache holds other tokens")
        client.tokens.append(expected % 100)
        clients[run.sequence] = client
        guard client.tokens.count == client.promptCount + client.outputMax else { return false }
        clients[run.sequence] = nil
        finishedCount += 1
        return true
    }

    private static func digest(_ before: Int, _ token: Int) -> Int {
        (before &* 31 &+ token &+ 7) & 0xFFFF_FFFF
    }
}
