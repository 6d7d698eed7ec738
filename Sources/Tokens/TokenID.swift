/// The number of one entry in a model's vocabulary.
package struct TokenID: RawRepresentable, Hashable, Comparable, Sendable, ExpressibleByIntegerLiteral {
    /// The index into the vocabulary, zero based.
    package var rawValue: Int32

    /// Wraps an index into the vocabulary.
    @inlinable
    package init(rawValue: Int32) {
        self.rawValue = rawValue
    }

    /// Wraps an index into the vocabulary.
    @inlinable
    package init(_ index: Int) {
        self.rawValue = Int32(truncatingIfNeeded: index)
    }

    /// Wraps a literal index.
    @inlinable
    package init(integerLiteral value: Int32) {
        self.rawValue = value
    }

    /// The id as an array index.
    @inlinable
    package var index: Int { Int(rawValue) }

    /// Orders ids by number.
    @inlinable
    package static func < (left: TokenID, right: TokenID) -> Bool {
        left.rawValue < right.rawValue
    }
}

extension TokenID: CustomStringConvertible {
    /// The number in decimal.
    package var description: String { rawValue.description }
}
