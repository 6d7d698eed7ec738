/// A sequence that a ``Scheduler`` knows; the number is given to another one after the sequence is removed.
package struct SequenceID: Hashable, Sendable {
    /// Zero based and small: good as an array index.
    package let rawValue: Int

    /// Wraps a number.
    package init(rawValue: Int) { self.rawValue = rawValue }
}

/// A block of the KV cache: a fixed run of slots.
package struct BlockID: Hashable, Sendable {
    /// The index into the cache, zero based.
    package let rawValue: Int32

    /// Wraps an index.
    package init(rawValue: Int32) { self.rawValue = rawValue }
}
