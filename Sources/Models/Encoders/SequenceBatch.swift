/// Sequences that are computed in one step, one after another, without filling up.
///
/// Storage is kept from step to step.
package struct SequenceBatch: Sendable {
    /// The tokens of all sequences.
    package private(set) var tokens: [Int32] = []
    /// The type of each token: which text of a pair it belongs to.
    package private(set) var types: [Int32] = []
    /// How many tokens each sequence has.
    package private(set) var lengths: [Int] = []

    package init() {}

    /// Appends a sequence, which has a token at least.
    package mutating func append(tokens: some Collection<Int32>, types: some Collection<Int32>) {
        precondition(!tokens.isEmpty && tokens.count == types.count, "each token of a sequence has a type")
        self.tokens.append(contentsOf: tokens)
        self.types.append(contentsOf: types)
        lengths.append(tokens.count)
    }

    /// Empties the batch and keeps the storage.
    package mutating func removeAll() {
        tokens.removeAll(keepingCapacity: true)
        types.removeAll(keepingCapacity: true)
        lengths.removeAll(keepingCapacity: true)
    }
}
