import Engine
import Glibc
import Logging
import Sampling
import Synchronization
import Testing
import Tokens

/// An engine over a ``DigestModel``.
struct EngineFixture {
    let engine: Engine

    init(
        sequencesMax: Int = 32, stepTokensMax: Int = 64, blockCount: Int = 512, contextLength: Int = 512,
        waitingMax: Int = 256, endOfSequence: [TokenID] = [], behavior: DigestModel.Behavior = .init()
    ) {
        engine = Engine(
            model: DigestModel(blockCount: blockCount, behavior: behavior),
            settings: Engine.Settings(
                sequencesMax: sequencesMax, stepTokensMax: stepTokensMax, blockCount: blockCount,
                contextLength: contextLength, waitingMax: waitingMax, endOfSequence: endOfSequence,
                checksIntegrityEachStep: true),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    /// Waits until the statistics say so; a test's time limit ends a wait that is in vain.
    func wait(until condition: (EngineStatistics) -> Bool) async throws {
        while !condition(engine.statistics()) { try await Task.sleep(for: .milliseconds(1)) }
    }
}

extension GenerationRequest {
    /// A request with a prompt of its own for each number: greedy unless changed.
    static func numbered(
        _ number: Int, promptCount: Int = 20, maxTokens: Int = 24,
        _ change: (inout SamplingParameters) -> Void = { _ in }
    ) -> GenerationRequest {
        var parameters = SamplingParameters()
        parameters.temperature = 0
        parameters.maxTokens = maxTokens
        change(&parameters)
        let prompt = (0..<promptCount).map {
            TokenID((number * 7 + $0 * (number + 3)) % DigestModel.vocabularySize)
        }
        return GenerationRequest(prompt: prompt, sampling: parameters)
    }

    /// What the model says greedily.
    func continuation(_ count: Int? = nil) -> [TokenID] {
        DigestModel.continuation(of: prompt.map(\.index), count: count ?? sampling.maxTokens).map {
            TokenID($0)
        }
    }
}

extension Generation {
    /// All tokens, and how it ended.
    func collect() async -> (tokens: [TokenID], reason: FinishReason?) {
        var tokens: [TokenID] = []
        var reason: FinishReason?
        for await event in self {
            tokens += event.tokens
            reason = event.finishReason
        }
        return (tokens, reason)
    }
}

/// Holds the engine thread between two steps for as long as a test likes.
final class Gate: Sendable {
    private let isOpen = Atomic(false)

    func open() { isOpen.store(true, ordering: .releasing) }

    /// Waits on the engine thread.
    func pass() {
        while !isOpen.load(ordering: .acquiring) {}
    }
}

/// Makes a step last a millisecond at least, so that a request outlives what is done to it.
@Sendable func rest() {
    usleep(1000)
}
