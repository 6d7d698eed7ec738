import Compute
import ModelFiles
import Models
import Tokens

/// Runs one sequence through a model by hand, in blocks of its own.
struct SequenceRunner {
    let model: any LanguageModel
    /// The first block that this sequence uses; the others follow it.
    var firstBlock: Int32 = 0
    private(set) var position = 0

    init(_ model: any LanguageModel, firstBlock: Int32 = 0) {
        self.model = model
        self.firstBlock = firstBlock
    }

    /// Computes the tokens in one step, and returns the logits at the given positions among them.
    mutating func run(_ tokens: [Int32], logitsAt rows: [Int]) -> [[Float]] {
        var step = StepLayout()
        append(tokens, to: &step, logitsAt: rows)
        return Self.rows(model.forward(step), count: rows.count)
    }

    /// Adds the tokens as a run of a step that several sequences share.
    mutating func append(_ tokens: [Int32], to step: inout StepLayout, logitsAt rows: [Int]) {
        let firstRow = step.tokenCount
        step.runs.append(
            StepLayout.Run(
                firstRow: firstRow, rowCount: tokens.count, firstPosition: position,
                firstBlock: step.blockTables.count))
        step.tokens += tokens
        step.positions += (0..<tokens.count).map { Int32(position + $0) }
        let blocks = (position + tokens.count + KVCacheShape.blockTokens - 1) / KVCacheShape.blockTokens
        step.blockTables += (0..<Int32(blocks)).map { firstBlock + $0 }
        step.logitRows += rows.map { Int32(firstRow + $0) }
        position += tokens.count
    }

    /// Continues greedily after `tokens` until `count` tokens or an ending one; the ending one is the last.
    mutating func greedy(after tokens: [Int32], count: Int) -> [Int32] {
        var output: [Int32] = []
        var next = Self.top(run(tokens, logitsAt: [tokens.count - 1])[0])
        while true {
            output.append(next)
            let isEnd = model.config.endOfSequence.contains { $0.rawValue == next }
            guard output.count < count, !isEnd else { return output }
            next = Self.top(run([next], logitsAt: [0])[0])
        }
    }

    /// The index of the highest logit.
    static func top(_ logits: [Float]) -> Int32 {
        Int32(logits.indices.max { logits[$0] < logits[$1] } ?? 0)
    }

    /// A copy of the logits, row by row.
    static func rows(_ logits: UnsafeMutableBufferPointer<Float>, count: Int) -> [[Float]] {
        let width = count > 0 ? logits.count / count : 0
        return (0..<count).map { Array(logits[($0 * width)..<(($0 + 1) * width)]) }
    }
}
