import Engine
import Testing
import Tokens

@Suite(.timeLimit(.minutes(1)))
struct GenerationTests {
    /// A request that runs for as long as nobody ends it, as far as a test can tell.
    private let endless = GenerationRequest.numbered(2, promptCount: 20, maxTokens: 1 << 30)

    private func slowHouse() -> EngineFixture {
        EngineFixture(
            blockCount: 1 << 12, contextLength: 1 << 16, behavior: .init(beforeStep: { _ in rest() }))
    }

    @Test func `abort ends the stream with what there was and frees the blocks`() async throws {
        let house = slowHouse()
        let generation = try house.engine.submit(endless)
        var iterator = generation.makeAsyncIterator()
        let first = await iterator.next()
        #expect(first?.finishReason == nil && first?.tokens.isEmpty == false)
        generation.abort()
        generation.abort()
        var last: GenerationEvent?
        while let event = await iterator.next() { last = event }
        #expect(last?.finishReason == .aborted)
        try await house.wait { $0.freeBlockCount == $0.blockCount && $0.finished.aborted == 1 }
    }

    @Test func `cancelling the reading task ends its loop and frees the blocks`() async throws {
        let house = slowHouse()
        let reader = Task {
            let generation = try house.engine.submit(endless)
            return await generation.collect().reason
        }
        try await house.wait { $0.generationTokenCount > 3 }
        reader.cancel()
        #expect(try await reader.value == .aborted)
        try await house.wait { $0.freeBlockCount == $0.blockCount && $0.finished.aborted == 1 }
    }

    @Test func `dropping a generation, read or not, frees the blocks`() async throws {
        let house = slowHouse()
        _ = try house.engine.submit(endless)
        try await house.wait { $0.finished.aborted == 1 }
        let kept = try house.engine.submit(endless)
        for await _ in kept { break }
        try await house.wait { $0.finished.aborted == 2 && $0.freeBlockCount == $0.blockCount }
        // Its only reading is over.
        #expect(await kept.collect().reason == nil)
    }

    @Test func `a slow reader stalls nobody and gets all its tokens merged into one event`() async throws {
        let house = EngineFixture()
        let request = GenerationRequest.numbered(5, maxTokens: 100)
        let slow = try house.engine.submit(request)
        for number in 0..<5 { _ = try await house.engine.submit(.numbered(number)).collect() }
        try await house.wait { $0.finished.length == 6 }
        var events: [GenerationEvent] = []
        for await event in slow { events.append(event) }
        #expect(events == [GenerationEvent(tokens: request.continuation(), finishReason: .length)])
    }

    @Test func `random aborts among many leave the others alone and lose no block`() async throws {
        let house = EngineFixture(stepTokensMax: 24, blockCount: 24)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<150 {
                group.addTask {
                    let request = GenerationRequest.numbered(
                        number, promptCount: 1 + number % 40, maxTokens: 60)
                    let generation = try house.engine.submit(request)
                    var tokens: [TokenID] = []
                    for await event in generation {
                        tokens += event.tokens
                        if number.isMultiple(of: 3), tokens.count > number % 25 { generation.abort() }
                        if number % 3 == 1, tokens.count > number % 25 { break }
                    }
                    #expect(tokens == request.continuation(tokens.count))
                    #expect(number % 3 != 2 || tokens.count == 60)
                }
            }
            try await group.waitForAll()
        }
        try await house.wait { $0.freeBlockCount == 24 && $0.runningCount == 0 && $0.waitingCount == 0 }
        #expect(house.engine.isHealthy)
    }
}
