package import Compute
package import ModelFiles
import Models

/// A language model that says a given text, byte by byte, after every prompt that ends with U+0001.
package final class ScriptedModel: LanguageModel {
    /// What a prompt must end with.
    package static let cue: UInt8 = 1

    package let config: ModelConfig
    private let script: [UInt8]
    private let logits: UnsafeMutableBufferPointer<Float>
    /// Where each sequence's prompt ended, by the sequence's first block.
    private var ends: [Int32: Int] = [:]

    /// - Parameter alphabet: what the config is taken from.
    package init(script: String, like alphabet: AlphabetModel) {
        config = alphabet.config
        self.script = Array(script.utf8)
        logits = .allocate(capacity: 1024 * AlphabetModel.vocabularySize)
    }

    deinit { logits.deallocate() }

    package func forward(_ step: StepLayout) -> UnsafeMutableBufferPointer<Float> {
        for run in step.runs {
            for row in run.firstRow..<(run.firstRow + run.rowCount) where step.tokens[row] == Int32(Self.cue)
            {
                ends[step.blockTables[run.firstBlock]] = run.firstPosition + row - run.firstRow
            }
        }
        for (output, row) in step.logitRows.enumerated() {
            let logits = UnsafeMutableBufferPointer(
                rebasing: logits[
                    (output * AlphabetModel.vocabularySize)..<((output + 1) * AlphabetModel.vocabularySize)])
            logits.update(repeating: 0)
            logits[next(after: Int(row), step)] = 20
        }
        return UnsafeMutableBufferPointer(
            rebasing: logits[..<(step.logitRows.count * AlphabetModel.vocabularySize)])
    }

    private func next(after row: Int, _ step: StepLayout) -> Int {
        let run = step.runs.last { $0.firstRow <= row }
        guard let run, let end = ends[step.blockTables[run.firstBlock]] else { return 256 }
        let said = run.firstPosition + row - run.firstRow - end
        return script.indices.contains(said) ? Int(script[said]) : 256
    }
}
