import Compute
import Models
import TestSupport
import Testing

/// Rule 1 of the house: a sequence's logits are the same to the bit, whatever runs beside it and however it is chunked.
@Suite(.serialized) struct BatchInvarianceTests {
    /// Token ids that every model's vocabulary has.
    private func prompt(seed: Int, count: Int) -> [Int32] {
        (0..<count).map { Int32(1000 + ($0 &* 7919 &+ seed &* 104_729) % 30_000) }
    }

    @Test(
        "A prompt's logits do not depend on how it is cut into chunks", arguments: FetchedModel.present,
        [KVCacheType.f16, .q8_0])
    func chunksDoNotMatter(_ model: FetchedModel, cacheType: KVCacheType) throws {
        let language = try model.load(contextLength: 256, cacheType: cacheType)
        let tokens = prompt(seed: 1, count: 131)
        var whole = SequenceRunner(language)
        let expected = whole.run(tokens, logitsAt: [130])[0]
        for size in [1, 3, 16, 17, 64] {
            var runner = SequenceRunner(language)
            var logits: [Float] = []
            for start in stride(from: 0, to: tokens.count, by: size) {
                let chunk = Array(tokens[start..<min(start + size, tokens.count)])
                logits = runner.run(chunk, logitsAt: [chunk.count - 1])[0]
            }
            #expect(logits == expected, "chunks of \(size)")
        }
    }

    @Test(
        "Sequences in one step get the logits that they get alone", arguments: FetchedModel.present,
        [KVCacheType.f16, .q8_0])
    func companyDoesNotMatter(_ model: FetchedModel, cacheType: KVCacheType) throws {
        let lengths = [1, 5, 16, 33, 70]
        let language = try model.load(
            contextLength: 128, sequences: lengths.count, cacheType: cacheType)
        let prompts = lengths.enumerated().map { prompt(seed: $0, count: $1) }
        let alone = prompts.map { tokens in
            var runner = SequenceRunner(language)
            return [runner.run(tokens, logitsAt: [tokens.count - 1])[0], runner.run([42], logitsAt: [0])[0]]
        }
        var runners = prompts.indices.map { SequenceRunner(language, firstBlock: Int32($0 * 9)) }
        let steps = [prompts, prompts.map { _ in [42] }]
        for (index, tokens) in steps.enumerated() {
            var step = StepLayout()
            for sequence in prompts.indices {
                runners[sequence].append(tokens[sequence], to: &step, logitsAt: [tokens[sequence].count - 1])
            }
            let logits = SequenceRunner.rows(language.forward(step), count: prompts.count)
            for sequence in prompts.indices {
                #expect(logits[sequence] == alone[sequence][index], "sequence \(sequence), step \(index)")
            }
        }
    }
}
