/// The number of an expression in its pool.
struct ExpressionID: Hashable, Comparable, Sendable {
    let rawValue: Int32

    /// Matches no text.
    static let nothing = ExpressionID(rawValue: 0)
    /// Matches the empty text only.
    static let empty = ExpressionID(rawValue: 1)
    /// Matches any bytes.
    static let anything = ExpressionID(rawValue: 2)

    var index: Int { Int(rawValue) }

    static func < (left: ExpressionID, right: ExpressionID) -> Bool { left.rawValue < right.rawValue }
}

/// A regular expression over bytes, with intersection, complement and counted repetition.
enum Expression: Hashable, Sendable {
    case nothing
    case empty
    case anything
    case bytes(ByteSet)
    /// The first is no sequence itself.
    case sequence(ExpressionID, ExpressionID)
    /// Two or more, ascending.
    case anyOf([ExpressionID])
    /// Two or more, ascending.
    case allOf([ExpressionID])
    case not(ExpressionID)
    /// From `min` to `max` times; `Int32.max` stands for no end.
    case loop(ExpressionID, min: Int32, max: Int32)
    case remainder(RemainderAutomaton)
    case quotient(QuotientAutomaton)
    case comparison(ComparisonAutomaton)
}

/// Where some bytes lead from an expression.
struct Arc: Sendable {
    var bytes: ByteSet
    var target: ExpressionID
}
