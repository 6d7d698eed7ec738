import Engine
import Grammars
import Sampling
import Testing
import Tokens

/// Requests whose output must keep to a grammar. Each token of the digest model reads as one letter; 0 ends an output.
struct GrammarRequestTests {
    private static let vocabulary = TokenVocabulary(count: DigestModel.vocabularySize) { text in
        text.map { TokenID(Int($0) - 0x40) }
    } piece: { token in
        token.index == 0 ? [] : [UInt8(0x40 + token.index)]
    }

    private static func text(_ tokens: [TokenID]) -> String {
        String(decoding: tokens.map { UInt8(0x40 + $0.index) }, as: UTF8.self)
    }

    @Test(arguments: EngineTests.houses)
    func `outputs keep to their grammars, the same alone and in a batch, chunked or preempted`(
        stepTokensMax: Int, blockCount: Int, sequencesMax: Int
    ) async throws {
        let grammar = try Grammar(.regex("(A[B-Y]{3,9}Z){2,3}"), vocabulary: Self.vocabulary)
        let requests = (0..<32).map { number in
            var request = GenerationRequest.numbered(number, promptCount: 1 + number, maxTokens: 40) {
                $0.temperature = number % 2 == 0 ? 0 : 1
                $0.seed = UInt64(number)
            }
            // Some are free, beside those that are not.
            request.grammar = number % 5 == 0 ? nil : grammar
            return request
        }
        let quiet = EngineFixture(endOfSequence: [0])
        let house = EngineFixture(
            sequencesMax: sequencesMax, stepTokensMax: stepTokensMax, blockCount: blockCount,
            endOfSequence: [0])
        let generations = try requests.map { try house.engine.submit($0) }
        let shape = /(A[B-Y]{3,9}Z){2,3}/
        for (request, generation) in zip(requests, generations) {
            let (tokens, reason) = await generation.collect()
            let alone = await (try quiet.engine.submit(request)).collect()
            #expect(tokens == alone.tokens && reason == alone.reason)
            guard request.grammar != nil else { continue }
            #expect(Self.text(tokens).wholeMatch(of: shape) != nil, "\(Self.text(tokens))")
            #expect(reason == .stop(0))
        }
        if blockCount < 8 { #expect(house.engine.statistics().preemptionCount > 0) }
    }

    @Test func `what a grammar leaves no choice of takes one step, unless probabilities are told`()
        async throws
    {
        // A to C are drawn; what stands between two of them is not.
        let grammar = try Grammar(.regex("[A-C]FLYING[A-C]BIRDS[A-C]"), vocabulary: Self.vocabulary)
        func run(
            _ change: (inout SamplingParameters) -> Void
        ) async throws -> (text: String, reason: FinishReason?, steps: Int) {
            let fixture = EngineFixture(endOfSequence: [0])
            var request = GenerationRequest.numbered(1, promptCount: 3, maxTokens: 40, change)
            request.grammar = grammar
            let (tokens, reason) = await (try fixture.engine.submit(request)).collect()
            return (Self.text(tokens), reason, Int(fixture.engine.statistics().stepCount))
        }
        let jumped = try await run { $0.temperature = 0 }
        let each = try await run {
            $0.temperature = 0
            $0.logprobs = 0
        }
        #expect(jumped.text == each.text && jumped.reason == .stop(0) && each.reason == .stop(0))
        #expect(jumped.text.wholeMatch(of: /[A-C]FLYING[A-C]BIRDS[A-C]/) != nil, "\(jumped.text)")
        // Three letters are sampled, and the end is.
        #expect((jumped.steps, each.steps) == (4, 15))
        let short = try await run {
            $0.temperature = 0
            $0.maxTokens = 5
        }
        #expect(short.text == String(jumped.text.prefix(5)) && short.reason == .length)
    }
}
