package import Compute
import Glibc
package import ModelFiles
import Models
import Tokens

/// A language model without weights that goes on with the alphabet.
///
/// A lowercase letter is followed by the next one and `z` by the end; an uppercase letter by the next one for
/// ever; the two bytes of `é` by each other for ever; anything else by `a`.
package final class AlphabetModel: LanguageModel {
    /// All bytes, and the token that ends an answer.
    package static let vocabularySize = 257
    /// The token that ends an answer.
    package static let end: Int32 = 256

    package let config: ModelConfig
    private let stepMicroseconds: UInt32
    private let logits: UnsafeMutableBufferPointer<Float>

    /// - Parameters:
    ///   - contextLength: what the config says; 1024 rows of logits at most are asked for.
    ///   - stepMicroseconds: how long a step takes at least.
    package init(contextLength: Int, stepMicroseconds: Int = 0) {
        config = ModelConfig(
            family: .llama, name: "alphabet", layerCount: 1, hiddenSize: 1, feedForwardSize: 1, headCount: 1,
            keyValueHeadCount: 1, headDimension: 1, vocabularySize: Self.vocabularySize,
            contextLength: contextLength, normEpsilon: 1e-5,
            rope: RopeConfig(theta: 1e4, dimension: 1, layout: .halves), tiesEmbeddings: true,
            slidingWindow: nil,
            beginningOfSequence: nil, endOfSequence: [256])
        self.stepMicroseconds = UInt32(stepMicroseconds)
        logits = .allocate(capacity: 1024 * Self.vocabularySize)
    }

    deinit { logits.deallocate() }

    package func forward(_ step: StepLayout) -> UnsafeMutableBufferPointer<Float> {
        if stepMicroseconds > 0 { usleep(stepMicroseconds) }
        for (output, row) in step.logitRows.enumerated() {
            let logits = UnsafeMutableBufferPointer(
                rebasing: logits[(output * Self.vocabularySize)..<((output + 1) * Self.vocabularySize)])
            logits.update(repeating: 0)
            logits[Int(Self.successor(of: step.tokens[Int(row)]))] = 20
        }
        return UnsafeMutableBufferPointer(rebasing: logits[..<(step.logitRows.count * Self.vocabularySize)])
    }

    private static func successor(of token: Int32) -> Int32 {
        switch token {
        case 0x61..<0x7A, 0x41..<0x5A: token + 1
        case 0x7A: end
        case 0x5A: 0x41
        case 0xC3: 0xA9
        case 0xA9: 0xC3
        default: 0x61
        }
    }
}
