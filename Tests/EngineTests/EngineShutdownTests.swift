import Engine
import Testing

@Suite(.timeLimit(.minutes(1)))
struct EngineShutdownTests {
    @Test func `shutting down finishes what runs and waits, and takes nothing more`() async throws {
        let house = EngineFixture(sequencesMax: 2)
        let requests = (0..<8).map { GenerationRequest.numbered($0) }
        let generations = try requests.map { try house.engine.submit($0) }
        await house.engine.shutdown()
        #expect(throws: AdmissionError.shuttingDown) { try house.engine.submit(.numbered(1)) }
        for (request, generation) in zip(requests, generations) {
            #expect(await generation.collect().tokens == request.continuation())
        }
        // Once more does no harm.
        await house.engine.shutdown()
    }

    @Test func `shutting down aborts what is not done by the deadline`() async throws {
        let house = EngineFixture(
            blockCount: 1 << 12, contextLength: 1 << 16, behavior: .init(beforeStep: { _ in rest() }))
        let generation = try house.engine.submit(.numbered(1, maxTokens: 1 << 30))
        await house.engine.shutdown(deadline: .milliseconds(50))
        #expect(await generation.collect().reason == .aborted)
        #expect(house.engine.statistics().cacheUsage == 0)
    }

    @Test func `cancelling a shutdown aborts at once`() async throws {
        let house = EngineFixture(
            blockCount: 1 << 12, contextLength: 1 << 16, behavior: .init(beforeStep: { _ in rest() }))
        let generation = try house.engine.submit(.numbered(1, maxTokens: 1 << 30))
        let shutdown = Task { await house.engine.shutdown(deadline: .seconds(3600)) }
        try await house.wait { $0.generationTokenCount > 3 }
        shutdown.cancel()
        await shutdown.value
        #expect(await generation.collect().reason == .aborted)
    }

    @Test func `an engine that is dropped ends what it had`() async throws {
        var house: EngineFixture? = EngineFixture(
            blockCount: 1 << 12, contextLength: 1 << 16, behavior: .init(beforeStep: { _ in rest() }))
        let generation = try #require(try house?.engine.submit(.numbered(1, maxTokens: 1 << 30)))
        house = nil
        #expect(await generation.collect().reason == .aborted)
    }

    @Test func `a model that misbehaves ends every request with the reason and makes the engine unhealthy`()
        async throws
    {
        let gate = Gate()
        let house = EngineFixture(
            sequencesMax: 2, behavior: .init(beforeStep: { _ in gate.pass() }, missingLogits: 1))
        let generations = try (0..<5).map { try house.engine.submit(.numbered($0)) }
        #expect(house.engine.isHealthy)
        gate.open()
        let first = await generations[0].collect().reason
        guard case .failed(let reason) = first else {
            Issue.record("the request ended as \(String(describing: first))")
            return
        }
        #expect(reason.hasPrefix("the model gave "))
        for generation in generations.dropFirst() { #expect(await generation.collect().reason == first) }
        #expect(!house.engine.isHealthy)
        #expect(throws: AdmissionError.engineFailed(reason)) { try house.engine.submit(.numbered(1)) }
        #expect(house.engine.statistics().finished.failed == 5)
        await house.engine.shutdown()
    }
}
