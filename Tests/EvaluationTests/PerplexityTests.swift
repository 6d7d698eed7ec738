import Compute
import Evaluation
import Foundation
import ModelFiles
import Models
import Testing

/// A model of bigrams: after token `t` it thinks that `t + 1` is the next with a probability of its own choice.
private final class Counting: LanguageModel {
    static let vocabularySize = 32

    let config = ModelConfig(
        family: .llama, name: "counting", layerCount: 1, hiddenSize: 1, feedForwardSize: 1, headCount: 1,
        keyValueHeadCount: 1, headDimension: 1, vocabularySize: vocabularySize, contextLength: 1 << 20,
        normEpsilon: 1e-5, rope: RopeConfig(theta: 1e4, dimension: 1, layout: .halves), tiesEmbeddings: true,
        slidingWindow: nil, beginningOfSequence: nil, endOfSequence: [])

    /// The logit of the token that it expects; of all others it is 0.
    private let lead: Float
    private let logits = UnsafeMutableBufferPointer<Float>.allocate(capacity: 512 * vocabularySize)
    private(set) var steps: [StepLayout] = []

    init(lead: Float) { self.lead = lead }

    deinit { logits.deallocate() }

    func forward(_ step: StepLayout) -> UnsafeMutableBufferPointer<Float> {
        steps.append(step)
        let count = step.logitRows.count * Self.vocabularySize
        logits[..<count].update(repeating: 0)
        for (index, row) in step.logitRows.enumerated() {
            let next = (Int(step.tokens[Int(row)]) + 1) % Self.vocabularySize
            logits[index * Self.vocabularySize + next] = lead
        }
        return UnsafeMutableBufferPointer(rebasing: logits[..<count])
    }
}

struct PerplexityTests {
    private static let counted = (0..<200).map { Int32($0 % Counting.vocabularySize) }

    private static func run(
        _ model: Counting, _ tokens: [Int32], context: Int, stepTokens: Int = 512, logitRows: Int = 512
    ) throws -> Perplexity {
        let windows = try TextWindows(tokens: tokens, context: context, beginning: nil)
        var run = PerplexityRun(
            model, windows: windows,
            limits: PerplexityRun.Limits(stepTokensMax: stepTokens, logitRowsMax: logitRows))
        for window in 0..<windows.count { run.score(window: window) }
        return run.perplexity
    }

    @Test func `who knows nothing is as perplexed as there are tokens, and always equally`() throws {
        let perplexity = try Self.run(Counting(lead: 0), Self.counted, context: 20)
        #expect(perplexity.tokenCount == 10 * 9)
        #expect(abs(perplexity.value - Double(Counting.vocabularySize)) < 1e-9)
        #expect(perplexity.standardError < 1e-6)
    }

    @Test func `every token is held against the logits of the one before it`() throws {
        let perplexity = try Self.run(Counting(lead: 3), Self.counted, context: 20)
        let others = Double(Counting.vocabularySize - 1)
        #expect(abs(perplexity.value - (exp(3) + others) / exp(3)) < 1e-5)
    }

    @Test func `the standard error is that of the mean, by the size of the perplexity`() throws {
        // Of each window's three predictions the middle one is wrong.
        let tokens = (0..<8).flatMap { _ in [0, 1, 2, 3, 4, 5, 7, 8] as [Int32] }
        let perplexity = try Self.run(Counting(lead: 2), tokens, context: 8)
        let total = log(exp(2) + Double(Counting.vocabularySize - 1))
        let losses = (0..<8).flatMap { _ in [total - 2, total, total - 2] }
        let mean = losses.reduce(0, +) / 24
        let variance = losses.reduce(0) { $0 + $1 * $1 } / 24 - mean * mean
        #expect(perplexity.tokenCount == 24)
        #expect(abs(perplexity.meanNegativeLogLikelihood - mean) < 1e-6)
        #expect(abs(perplexity.standardError - (variance / 23).squareRoot() * exp(mean)) < 1e-5)
    }

    @Test(arguments: [(1, 512), (7, 512), (512, 1), (512, 5), (16, 3)])
    func `steps within the limits give the same, each token in its place`(
        _ limits: (tokens: Int, rows: Int)
    )
        throws
    {
        let whole = try Self.run(Counting(lead: 3), Self.counted, context: 50)
        let model = Counting(lead: 3)
        let cut = try Self.run(
            model, Self.counted, context: 50, stepTokens: limits.tokens, logitRows: limits.rows)
        #expect(cut.meanNegativeLogLikelihood == whole.meanNegativeLogLikelihood)
        #expect(cut.tokenCount == whole.tokenCount)
        var (position, scored) = (0, 0)
        for step in model.steps {
            #expect(step.tokenCount <= limits.tokens && step.logitRows.count <= limits.rows)
            let start = position % 49
            #expect(
                step.runs == [
                    .init(firstRow: 0, rowCount: step.tokenCount, firstPosition: start, firstBlock: 0)
                ])
            #expect(step.positions == (start..<(start + step.tokenCount)).map(Int32.init))
            #expect(step.blockTables.count == (start + step.tokenCount + 15) / 16)
            position += step.tokenCount
            scored += step.logitRows.count
        }
        #expect(position == 4 * 49)
        #expect(scored == whole.tokenCount)
    }
}
