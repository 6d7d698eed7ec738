import CPUCompute
import Embedding
import Logging
import ModelFiles
import Models
import TestSupport
import Testing
import Tokens

@Suite(.timeLimit(.minutes(1)))
struct EmbedderTests {
    private static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private static func embedder(
        _ model: sending SumEncoder = SumEncoder(), contextLength: Int = 16, batchTokensMax: Int = 32,
        waitingTokensMax: Int = 4096
    ) -> Embedder {
        Embedder(
            model: model,
            settings: Embedder.Settings(
                contextLength: contextLength, batchTokensMax: batchTokensMax,
                waitingTokensMax: waitingTokensMax),
            logger: logger)
    }

    /// A sequence of `length` tokens that count up from `first`.
    private static func sequence(_ length: Int, from first: Int, typed: Bool = false) -> TokenSequence {
        TokenSequence(
            (0..<length).map { TokenID(first + $0) }, types: typed ? (0..<length).map { Int32($0 % 2) } : [])
    }

    private static func expected(_ sequence: TokenSequence) -> [Float] {
        let types = sequence.types.isEmpty ? sequence.tokens.map { _ in 0 } : sequence.types
        return SumEncoder.row(of: sequence.tokens.map(\.rawValue), types: types)
    }

    @Test func `rows come in the order of the request, whatever the batches`() async throws {
        let log = BatchLog()
        let embedder = Self.embedder(SumEncoder(batches: log))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for request in 0..<8 {
                group.addTask {
                    let sequences = (0..<40).map {
                        Self.sequence(
                            1 + ($0 * 7 + request) % 16, from: $0 + request, typed: request % 2 == 1)
                    }
                    let rows = try await embedder.submit(sequences).rows()
                    #expect(rows.map(Array.init) == sequences.map(Self.expected))
                }
            }
            try await group.waitForAll()
        }
        #expect(log.all.allSatisfy { $0.reduce(0, +) <= 32 })
        #expect(log.all.reduce(0) { $0 + $1.count } == 320)
        let statistics = embedder.statistics()
        #expect(statistics.sequenceCount == 320 && statistics.pendingTokens == 0)
        #expect(statistics.batchCount == log.all.count)
        await embedder.shutdown()
    }

    @Test func `a short request is not behind all of a long one, nor a long text behind short ones`()
        async throws
    {
        let log = BatchLog()
        let embedder = Self.embedder(SumEncoder(stepMicroseconds: 2000, batches: log), batchTokensMax: 16)
        let long = try embedder.submit((0..<400).map { _ in Self.sequence(3, from: 1) })
        while embedder.statistics().batchCount == 0 { try await Task.sleep(for: .milliseconds(1)) }
        let whole = try embedder.submit([Self.sequence(16, from: 1)])
        _ = try await whole.rows()
        let short = try embedder.submit([Self.sequence(2, from: 1)])
        _ = try await short.rows()
        // 400 texts of 3 tokens are 80 batches.
        #expect(embedder.statistics().batchCount < 40)
        _ = try await long.rows()
        await embedder.shutdown()
    }

    @Test func `what can never run is refused with the limit and the value`() async {
        let embedder = Self.embedder()
        #expect(throws: EmbeddingError.empty) { try embedder.submit([TokenSequence([])]) }
        #expect(throws: EmbeddingError.tooLong(tokens: 17, contextLength: 16)) {
            try embedder.submit([Self.sequence(3, from: 0), Self.sequence(17, from: 0)])
        }
        #expect(throws: EmbeddingError.unknownToken(1000, vocabularySize: 1000)) {
            try embedder.submit([Self.sequence(2, from: 999)])
        }
        #expect(EmbeddingError.tooLong(tokens: 17, contextLength: 16).description.contains("17"))
        await embedder.shutdown()
    }

    @Test func `a full queue turns requests away, and takes them again when it is empty`() async throws {
        let embedder = Self.embedder(SumEncoder(stepMicroseconds: 20_000), waitingTokensMax: 20)
        // A request larger than the queue runs alone.
        let first = try embedder.submit((0..<8).map { _ in Self.sequence(10, from: 0) })
        #expect(throws: EmbeddingError.overloaded(waiting: 80, limit: 20)) {
            try embedder.submit([Self.sequence(1, from: 0)])
        }
        _ = try await first.rows()
        var rows: [ArraySlice<Float>]?
        while rows == nil { rows = try? await embedder.submit([Self.sequence(1, from: 7)]).rows() }
        #expect(rows.map { Array($0[0]) } == [1, 7, 7, 0])
        await embedder.shutdown()
    }

    @Test func `an aborted or cancelled request ends at once and leaves the queue`() async throws {
        let embedder = Self.embedder(SumEncoder(stepMicroseconds: 5000), waitingTokensMax: 100_000)
        let aborted = try embedder.submit((0..<200).map { _ in Self.sequence(16, from: 0) })
        aborted.abort()
        await #expect(throws: EmbeddingError.aborted) { try await aborted.rows() }
        let task = Task {
            try await embedder.submit((0..<200).map { _ in Self.sequence(16, from: 0) }).rows()
        }
        task.cancel()
        await #expect(throws: EmbeddingError.aborted) { try await task.value }
        while embedder.statistics().pendingTokens > 0 { try await Task.sleep(for: .milliseconds(1)) }
        #expect(embedder.statistics().sequenceCount < 100)
        await embedder.shutdown()
    }

    @Test func `a shutdown finishes what runs, or ends it at the deadline`() async throws {
        let patient = Self.embedder(SumEncoder(stepMicroseconds: 1000))
        let rows = try patient.submit((0..<20).map { _ in Self.sequence(16, from: 0) })
        await patient.shutdown()
        #expect(try await rows.rows().count == 20)
        #expect(throws: EmbeddingError.shuttingDown) { try patient.submit([Self.sequence(1, from: 0)]) }
        let hurried = Self.embedder(SumEncoder(stepMicroseconds: 10_000))
        let cut = try hurried.submit((0..<1000).map { _ in Self.sequence(2, from: 0) })
        await hurried.shutdown(deadline: .milliseconds(20))
        await #expect(throws: EmbeddingError.shuttingDown) { try await cut.rows() }
    }

    @Test func `numbers that are not finite end their request, and no other one`() async throws {
        let embedder = Self.embedder(SumEncoder(stepMicroseconds: 20_000, brokenToken: 13))
        // While the first batch runs, the two that share the next one come in.
        let first = try embedder.submit([Self.sequence(16, from: 100)])
        let broken = try embedder.submit([Self.sequence(1, from: 20), Self.sequence(1, from: 13)])
        let whole = try embedder.submit([Self.sequence(2, from: 30)])
        let failure = EmbeddingError.failed("it has no finite numbers for one of the texts")
        await #expect(throws: failure) { try await broken.rows() }
        _ = try await first.rows()
        #expect(try await whole.rows().map { Array($0) } == [[2, 30, 61, 0]])
        #expect(embedder.isHealthy && embedder.statistics().pendingTokens == 0)
        await embedder.shutdown()
    }

    @Test(.needs(.minilm)) func `a text's vector has the same bits alone and among many`() async throws {
        let checkpoint = try EmbeddingCheckpoint.open(FetchedEncoder.minilm.path)
        let compute = try CPUCompute(threads: 2, stepTokensMax: 512, logitRowsMax: 1)
        let embedder = Embedder(
            model: try checkpoint.load(compute),
            settings: Embedder.Settings(contextLength: 256, batchTokensMax: 512, waitingTokensMax: 100_000),
            logger: Self.logger)
        let sequences = (0..<60).map { Self.sequence(1 + ($0 * 11) % 97, from: 2000 + 13 * $0) }
        let together = try await embedder.submit(sequences).rows()
        for index in stride(from: 0, to: 60, by: 9) {
            let alone = try await embedder.submit([sequences[index]]).rows()
            #expect(alone[0].map(\.bitPattern) == together[index].map(\.bitPattern))
        }
        await embedder.shutdown()
    }
}
