import Compute
import ModelFiles
import Models

/// A language model without weights whose logits are a digest of the tokens that it finds in its KV cache.
///
/// Each slot of the cache holds a number that depends on the token stored there and its position. A row's
/// logits come from reading every slot of its sequence through the block table, as attention does: a wrong
/// block, position or order, or a slot that somebody else has written to, gives other tokens.
final class DigestModel: LanguageModel {
    /// What a test may want to do to a model while it runs.
    struct Behavior: Sendable {
        /// Called before each step, on the engine thread.
        var beforeStep: @Sendable (StepLayout) -> Void = { _ in }
        /// Taken from the number of logits that is asked for.
        var missingLogits = 0
    }

    let config: ModelConfig
    private let behavior: Behavior
    private var cache: [UInt64]
    private var logits: UnsafeMutableBufferPointer<Float>

    init(blockCount: Int, behavior: Behavior = Behavior()) {
        config = Self.config
        self.behavior = behavior
        cache = Array(repeating: .max, count: blockCount * KVCacheShape.blockTokens)
        logits = .allocate(capacity: 256 * Self.vocabularySize)
    }

    deinit { logits.deallocate() }

    static let vocabularySize = 61

    static let config = ModelConfig(
        family: .llama, name: "digest", layerCount: 1, hiddenSize: 1, feedForwardSize: 1, headCount: 1,
        keyValueHeadCount: 1, headDimension: 1, vocabularySize: vocabularySize, contextLength: 1 << 20,
        normEpsilon: 1e-5, rope: RopeConfig(theta: 1e4, dimension: 1, layout: .halves), tiesEmbeddings: true,
        slidingWindow: nil, beginningOfSequence: nil, endOfSequence: [])

    func forward(_ step: StepLayout) -> UnsafeMutableBufferPointer<Float> {
        behavior.beforeStep(step)
        var outputCount = 0
        for run in step.runs {
            let isLast = run.firstRow + run.rowCount == step.tokenCount
            let blockCount = (run.firstPosition + run.rowCount + 15) / 16
            precondition(run.firstBlock + blockCount <= step.blockTables.count && (!isLast || blockCount > 0))
            for row in run.firstRow..<(run.firstRow + run.rowCount) {
                let position = Int(step.positions[row])
                precondition(position == run.firstPosition + row - run.firstRow)
                cache[slot(position, run, step)] = Self.entry(token: step.tokens[row], position: position)
                guard outputCount < step.logitRows.count, Int(step.logitRows[outputCount]) == row else {
                    continue
                }
                let digest = (0...position).reduce(17) { Self.fold($0, cache[slot($1, run, step)]) }
                for token in 0..<Self.vocabularySize {
                    logits[outputCount * Self.vocabularySize + token] = Self.logit(digest, token)
                }
                outputCount += 1
            }
        }
        precondition(outputCount == step.logitRows.count)
        return UnsafeMutableBufferPointer(
            rebasing: logits[..<(outputCount * Self.vocabularySize - behavior.missingLogits)])
    }

    /// The greedy continuation of a prompt, worked out without any cache.
    static func continuation(of prompt: [Int], count: Int) -> [Int] {
        var tokens = prompt
        for _ in 0..<count {
            let digest = tokens.enumerated().reduce(17) { digest, token in
                fold(digest, entry(token: Int32(token.element), position: token.offset))
            }
            let logits = (0..<vocabularySize).map { logit(digest, $0) }
            tokens.append(logits.indices.max { (logits[$0], $1) < (logits[$1], $0) } ?? 0)
        }
        return Array(tokens[prompt.count...])
    }

    private func slot(_ position: Int, _ run: StepLayout.Run, _ step: StepLayout) -> Int {
        Int(step.blockTables[run.firstBlock + position / 16]) * 16 + position % 16
    }

    private static func entry(token: Int32, position: Int) -> UInt64 {
        UInt64(token) &* 0x9E37_79B9 &+ UInt64(position) &* 0xC2B2_AE35
    }

    private static func fold(_ digest: UInt64, _ entry: UInt64) -> UInt64 {
        let mixed = (digest ^ entry) &* 0xFF51_AFD7_ED55_8CCD
        return mixed ^ (mixed >> 29)
    }

    private static func logit(_ digest: UInt64, _ token: Int) -> Float {
        Float(fold(digest, UInt64(token)) >> 40) * 0x1p-22
    }
}
