/// The number of a part of a grammar.
struct NodeID: Hashable, Sendable {
    let rawValue: Int32

    var index: Int { Int(rawValue) }
}

/// The number of a rule: a part with a place of its own, so that parts can refer to it before it is known.
struct RuleID: Hashable, Sendable {
    let rawValue: Int32

    var index: Int { Int(rawValue) }
}

/// A part of a context-free grammar whose terminals are regular expressions.
enum GrammarNode: Hashable, Sendable {
    case nothing
    case empty
    case terminal(ExpressionID)
    case sequence(NodeID, NodeID)
    case anyOf([NodeID])
    /// `Int32.max` stands for no end.
    case loop(NodeID, min: Int32, max: Int32)
    case rule(RuleID)
    /// Within it no two distinct parts have the same text.
    case scope(NodeID)
    /// A terminal whose text has not been that of another one in the innermost scope.
    case distinct(ExpressionID)
}

/// A grammar that is complete and has no dead ends.
struct GrammarProgram: Sendable {
    var pool: ExpressionPool
    let nodes: [GrammarNode]
    /// How many parts must wait for each node at the least until it has ended; `Int32.max` where it never ends.
    let needs: [Int32]
    /// The body of each rule.
    let rules: [NodeID]
    let root: NodeID
    let limits: GrammarLimits
}
