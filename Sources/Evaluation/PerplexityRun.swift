import Compute
package import Models

/// Computes a text's perplexity window by window.
///
/// The model's KV cache must hold a window; each window begins anew in the cache's first blocks.
package struct PerplexityRun {
    /// What a step of the model takes.
    package struct Limits: Sendable {
        /// The most tokens of a step.
        package var stepTokensMax: Int
        /// The most rows of a step whose logits are asked for.
        package var logitRowsMax: Int

        package init(stepTokensMax: Int, logitRowsMax: Int) {
            self.stepTokensMax = stepTokensMax
            self.logitRowsMax = logitRowsMax
        }
    }

    private let model: any LanguageModel
    private let windows: TextWindows
    private let limits: Limits
    private var step = StepLayout()
    /// Of the windows so far.
    package private(set) var perplexity = Perplexity()

    package init(_ model: any LanguageModel, windows: TextWindows, limits: Limits) {
        self.model = model
        self.windows = windows
        self.limits = limits
    }

    /// The blocks of KV cache that a window takes.
    package static func blockCount(context: Int) -> Int {
        (context + KVCacheShape.blockTokens - 1) / KVCacheShape.blockTokens
    }

    /// Scores a window.
    ///
    /// The first half goes in steps without logits, the second in steps of as many rows as the limits allow.
    package mutating func score(window index: Int) {
        let input = windows.input(index)
        let targets = windows.targets(index)
        var position = 0
        while position < windows.firstScored {
            let end = min(position + limits.stepTokensMax, windows.firstScored)
            _ = forward(input, position..<end, wantsLogits: false)
            position = end
        }
        while position < input.count {
            let end = min(position + min(limits.stepTokensMax, limits.logitRowsMax), input.count)
            let logits = forward(input, position..<end, wantsLogits: true)
            let width = logits.count / (end - position)
            for row in 0..<(end - position) {
                let target = targets[targets.startIndex + position - windows.firstScored + row]
                perplexity.record(
                    target, logits: UnsafeBufferPointer(rebasing: logits[(row * width)..<((row + 1) * width)])
                )
            }
            position = end
        }
    }

    /// Computes the tokens at `range` of the window, after those before it.
    private mutating func forward(
        _ input: [Int32], _ range: Range<Int>, wantsLogits: Bool
    ) -> UnsafeBufferPointer<Float> {
        step.removeAll()
        step.runs.append(
            StepLayout.Run(firstRow: 0, rowCount: range.count, firstPosition: range.lowerBound, firstBlock: 0)
        )
        step.tokens.append(contentsOf: input[range])
        step.positions.append(contentsOf: range.lazy.map(Int32.init))
        step.blockTables.append(contentsOf: 0..<Int32(Self.blockCount(context: range.upperBound)))
        if wantsLogits { step.logitRows.append(contentsOf: 0..<Int32(range.count)) }
        return UnsafeBufferPointer(model.forward(step))
    }
}
