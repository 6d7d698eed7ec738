import Models
package import Tokens

/// A text's tokens, and of each to which text of a pair it belongs.
package struct TokenSequence: Sendable, Equatable {
    package var tokens: [TokenID]
    /// Empty where all are of type 0.
    package var types: [Int32]

    package init(_ tokens: [TokenID], types: [Int32] = []) {
        precondition(types.isEmpty || types.count == tokens.count, "each token has a type")
        self.tokens = tokens
        self.types = types
    }
}

/// One request's sequences and the rows that are made of them, in the order of the request.
///
/// Between submission and the last row the embedder's thread alone touches it.
// Sendable: the mailbox hands it over to the thread, and the answer back, each under its lock.
final class EmbeddingJob: @unchecked Sendable {
    let sequences: [TokenSequence]
    let tokenCount: Int
    let reply: Reply
    /// The first sequence that is in no batch yet.
    var next = 0
    /// How many rows there are.
    var doneCount = 0
    /// Whether the model had no numbers for one of its sequences.
    var isBroken = false
    /// `[sequences, outputSize]`.
    var rows: [Float]

    init(_ sequences: [TokenSequence], outputSize: Int, reply: Reply) {
        self.sequences = sequences
        self.reply = reply
        tokenCount = sequences.reduce(0) { $0 + $1.tokens.count }
        rows = [Float](repeating: 0, count: sequences.count * outputSize)
    }

    /// Whether it can be answered.
    var isDone: Bool { isBroken || doneCount == sequences.count }

    /// Whether all its sequences are in batches.
    var isTaken: Bool { next == sequences.count }
}

extension SequenceBatch {
    /// Appends a sequence.
    mutating func append(_ sequence: TokenSequence) {
        let tokens = sequence.tokens.lazy.map(\.rawValue)
        if sequence.types.isEmpty {
            append(tokens: tokens, types: repeatElement(0, count: tokens.count))
        } else {
            append(tokens: tokens, types: sequence.types)
        }
    }
}
