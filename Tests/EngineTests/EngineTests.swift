import Engine
import Sampling
import Testing
import Tokens

@Suite(.timeLimit(.minutes(1)))
struct EngineTests {
    // MARK: Same tokens, whatever the company

    /// Budgets from one token a step up, and pools from ample to so tight that sequences preempt each other.
    static let houses: [(stepTokensMax: Int, blockCount: Int, sequencesMax: Int)] =
        [1, 2, 3, 7, 16, 33, 64].map { ($0, 512, 32) } + [
            (64, 8, 32), (5, 8, 32), (64, 12, 3), (20, 6, 32), (64, 512, 1),
        ]

    @Test(arguments: houses)
    func `greedy output is the same alone and in a batch of 32, chunked or preempted`(
        stepTokensMax: Int, blockCount: Int, sequencesMax: Int
    ) async throws {
        let house = EngineFixture(
            sequencesMax: sequencesMax, stepTokensMax: stepTokensMax, blockCount: blockCount)
        let requests = (0..<32).map { number in
            GenerationRequest.numbered(number, promptCount: 1 + number * 2, maxTokens: 32 - number / 2)
        }
        let generations = try requests.map { try house.engine.submit($0) }
        for (request, generation) in zip(requests, generations) {
            let (tokens, reason) = await generation.collect()
            #expect(tokens == request.continuation())
            #expect(reason == .length)
        }
        let statistics = house.engine.statistics()
        #expect(statistics.freeBlockCount == blockCount && statistics.runningCount == 0)
        #expect(statistics.finished.length == 32)
        if blockCount < 12 { #expect(statistics.preemptionCount > 0) }
        if blockCount == 512 { #expect(statistics.preemptionCount == 0) }
        #expect(house.engine.isHealthy)
    }

    @Test(arguments: houses)
    func `seeded draws are the same alone and in a batch of 32, chunked or preempted`(
        stepTokensMax: Int, blockCount: Int, sequencesMax: Int
    ) async throws {
        let requests = (0..<32).map { number in
            GenerationRequest.numbered(number, promptCount: 1 + number, maxTokens: 30) {
                $0.temperature = 1
                $0.topP = 0.9
                $0.frequencyPenalty = 0.2
                $0.seed = UInt64(number)
            }
        }
        var alone: [[TokenID]] = []
        let quiet = EngineFixture()
        for request in requests { alone.append(await (try quiet.engine.submit(request)).collect().tokens) }
        let house = EngineFixture(
            sequencesMax: sequencesMax, stepTokensMax: stepTokensMax, blockCount: blockCount)
        let generations = try requests.map { try house.engine.submit($0) }
        for (expected, generation) in zip(alone, generations) {
            #expect(await generation.collect().tokens == expected)
        }
        #expect(Set(alone).count == 32)
    }

    @Test func `requests without a seed differ from each other`() async throws {
        let house = EngineFixture()
        let request = GenerationRequest.numbered(1) { $0.temperature = 1 }
        let first = try await house.engine.submit(request).collect().tokens
        let second = try await house.engine.submit(request).collect().tokens
        #expect(first != second)
    }

    @Test func `many tasks at once all get their own tokens`() async throws {
        let house = EngineFixture(stepTokensMax: 40, blockCount: 40)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<200 {
                group.addTask {
                    let request = GenerationRequest.numbered(
                        number, promptCount: 1 + number % 30, maxTokens: 1 + number % 20)
                    let (tokens, reason) = try await house.engine.submit(request).collect()
                    #expect(tokens == request.continuation())
                    #expect(reason == .length)
                }
            }
            try await group.waitForAll()
        }
        #expect(house.engine.statistics().freeBlockCount == 40)
    }

    // MARK: Endings

    @Test func `an end token ends the output and is not part of it`() async throws {
        let request = GenerationRequest.numbered(3)
        let continuation = request.continuation()
        let end = continuation[5]
        let expected = Array(continuation.prefix { $0 != end })
        let house = EngineFixture(endOfSequence: [end])
        let (tokens, reason) = try await house.engine.submit(request).collect()
        #expect(tokens == expected)
        #expect(reason == .stop(end))
        #expect(house.engine.statistics().finished.stop == 1)

        var ignoring = request
        ignoring.sampling.ignoresEndOfSequence = true
        let whole = try await house.engine.submit(ignoring).collect()
        #expect(whole.tokens == continuation)
        #expect(whole.reason == .length)
        ignoring.sampling.stopTokens = [end]
        let stopped = try await house.engine.submit(ignoring).collect()
        #expect(stopped.tokens == expected)
        #expect(stopped.reason == .stop(end))
    }

    @Test func `no ending token comes before the minimum`() async throws {
        let request = GenerationRequest.numbered(3)
        let end = request.continuation()[0]
        let house = EngineFixture(endOfSequence: [end])
        let none = try await house.engine.submit(request).collect()
        #expect(none.tokens.isEmpty)
        var patient = request
        patient.sampling.minTokens = 10
        let (tokens, _) = try await house.engine.submit(patient).collect()
        #expect(tokens.count >= 10)
        #expect(!tokens.contains(end))
    }

    @Test func `an ending token at the last place counts as a stop, not as the limit`() async throws {
        let request = GenerationRequest.numbered(4)
        let continuation = request.continuation()
        let place = try #require(
            continuation.indices.last { continuation[..<$0].contains(continuation[$0]) == false })
        var limited = request
        limited.sampling.maxTokens = place + 1
        limited.sampling.stopTokens = [continuation[place]]
        let house = EngineFixture()
        let (tokens, reason) = try await house.engine.submit(limited).collect()
        #expect(tokens == Array(continuation[..<place]))
        #expect(reason == .stop(continuation[place]))
    }

    @Test(arguments: [64, 7])
    func `the prompt's probabilities are told once and in order, chunked or preempted`(
        blockCount: Int
    ) async throws {
        // The small pool holds one of them at a time.
        let house = EngineFixture(
            sequencesMax: 5, stepTokensMax: 16, blockCount: blockCount, contextLength: 112)
        var requests = (0..<4).map { GenerationRequest.numbered($0, promptCount: 40, maxTokens: 60) }
        for number in requests.indices { requests[number].promptLogprobs = 1 }
        let generations = try requests.map { try house.engine.submit($0) }
        for (request, generation) in zip(requests, generations) {
            var told: [TokenID] = []
            var tokens: [TokenID] = []
            for await event in generation {
                #expect(event.promptLogprobs.isEmpty || tokens.isEmpty)
                told += event.promptLogprobs.map(\.taken.token)
                tokens += event.tokens
            }
            #expect(told == Array(request.prompt.dropFirst()))
            #expect(tokens == request.continuation())
        }
    }

    @Test func `output ends where the context does`() async throws {
        let house = EngineFixture(contextLength: 32)
        let request = GenerationRequest.numbered(1, promptCount: 30, maxTokens: 1000)
        let (tokens, reason) = try await house.engine.submit(request).collect()
        #expect(tokens == request.continuation(2))
        #expect(reason == .length)
    }

    // MARK: Admission

    @Test func `what could never run is refused at the door with the limit and the value`() {
        let house = EngineFixture(blockCount: 4, contextLength: 100)
        func refusal(_ request: GenerationRequest) -> AdmissionError? {
            do throws(AdmissionError) {
                _ = try house.engine.submit(request)
                return nil
            } catch {
                return error
            }
        }
        #expect(refusal(.numbered(1, promptCount: 0)) == .emptyPrompt)
        #expect(refusal(.numbered(1, promptCount: 100)) == .promptTooLong(tokens: 100, contextLength: 100))
        #expect(refusal(.numbered(1, promptCount: 99)) == .exceedsCapacity(tokens: 100, capacity: 64))
        #expect(
            refusal(.numbered(1, promptCount: 60, maxTokens: 5)) == .exceedsCapacity(tokens: 65, capacity: 64)
        )
        #expect(refusal(.numbered(1, promptCount: 60, maxTokens: 4)) == nil)
        for stranger in [-1, 61, 1 << 30] {
            var request = GenerationRequest.numbered(1)
            request.prompt.append(TokenID(stranger))
            #expect(refusal(request) == .unknownToken(TokenID(stranger), vocabularySize: 61))
        }
    }

    @Test func `a full house refuses, and takes again when somebody has left`() async throws {
        let gate = Gate()
        let house = EngineFixture(
            sequencesMax: 2, waitingMax: 3, behavior: .init(beforeStep: { _ in gate.pass() }))
        let generations = try (0..<5).map { try house.engine.submit(.numbered($0)) }
        #expect(throws: AdmissionError.overloaded(waiting: 3, limit: 3)) {
            try house.engine.submit(.numbered(9))
        }
        gate.open()
        for generation in generations { _ = await generation.collect() }
        _ = try await house.engine.submit(.numbered(9)).collect()
    }

    @Test func `whoever has read an end finds the room that it made`() async throws {
        let house = EngineFixture(sequencesMax: 1, waitingMax: 0)
        for number in 0..<2000 {
            _ = try await house.engine.submit(.numbered(number, promptCount: 1, maxTokens: 1)).collect()
        }
    }

    // MARK: Statistics

    @Test func `statistics count what happened`() async throws {
        let house = EngineFixture(stepTokensMax: 64)
        for number in 0..<3 {
            _ = try await house.engine.submit(.numbered(number, promptCount: 70, maxTokens: 10)).collect()
        }
        let statistics = house.engine.statistics()
        #expect(statistics.promptTokenCount == 210 && statistics.generationTokenCount == 30)
        // Two steps for each prompt, of which the second gives the first token.
        #expect(statistics.stepCount == 33 && statistics.iterationTokens.count == 33)
        #expect(statistics.iterationTokens.sum == Double(3 * (70 + 9)))
        #expect(statistics.timeToFirstToken.count == 3 && statistics.interTokenLatency.count == 27)
        for histogram in [
            statistics.endToEndLatency, statistics.queueTime, statistics.prefillTime, statistics.decodeTime,
            statistics.inferenceTime, statistics.timePerOutputToken,
        ] {
            #expect(histogram.count == 3 && histogram.sum >= 0 && histogram.sum < 60)
        }
        #expect(statistics.requestPromptTokens.sum == 210 && statistics.requestGenerationTokens.sum == 30)
        #expect(statistics.requestMaxTokens.bounds == [1, 2, 5, 10, 20, 50, 100, 200, 500])
        #expect(statistics.cacheUsage == 0 && statistics.waitingCount == 0)
    }
}
