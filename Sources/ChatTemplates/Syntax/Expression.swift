/// An expression of a template.
indirect enum Expression: Sendable {
    case none
    case bool(Bool)
    case int(Int)
    case float(Double)
    case string(String)
    case name(Name)
    case list([Expression])
    case tuple([Expression])
    case dict([Pair])
    /// `value.name`
    case attribute(Expression, String, Position)
    /// `value[key]`
    case item(Expression, Expression, Position)
    /// `value[start:stop:step]`
    case slice(Expression, Bounds, Position)
    case call(Expression, CallArguments, Position)
    case filter(Expression, Operation)
    case test(Expression, Operation)
    case not(Expression)
    case negative(Expression, Position)
    case positive(Expression, Position)
    case binary(BinaryOperator, Expression, Expression, Position)
    case and(Expression, Expression)
    case or(Expression, Expression)
    /// `first < second <= third`: each comparison must hold, and the first that does not ends it.
    case compare(Expression, [Comparison], Position)
    /// `first ~ second ~ third`
    case concatenation([Expression])
    /// `then if test else otherwise`
    case conditional(test: Expression, then: Expression, otherwise: Expression?, Position)

    /// A member of a dictionary literal.
    struct Pair: Sendable {
        let key: Expression
        let value: Expression
    }

    /// What stands between the brackets of a slice.
    struct Bounds: Sendable {
        let start: Expression?
        let stop: Expression?
        let step: Expression?
    }

    /// One step of a chain of comparisons.
    struct Comparison: Sendable {
        let relation: Relation
        let operand: Expression
    }

    /// The name of a filter or a test and what it is given.
    struct Operation: Sendable {
        let name: String
        let arguments: CallArguments
        let position: Position
    }
}

/// A variable's name, with a number that stands for it within its template.
struct Name: Sendable, Hashable {
    let id: Int
    let text: String
}

/// What a call is given.
struct CallArguments: Sendable {
    struct Named: Sendable {
        let name: String
        let value: Expression
    }

    var positional: [Expression] = []
    var named: [Named] = []
    /// `*values`
    var spread: Expression?
    /// `**members`
    var namedSpread: Expression?
}

/// The arithmetic operators.
enum BinaryOperator: String, Sendable {
    case add = "+"
    case subtract = "-"
    case multiply = "*"
    case divide = "/"
    case floorDivide = "//"
    case modulo = "%"
    case power = "**"
}

/// The comparison operators.
enum Relation: String, Sendable {
    case equal = "=="
    case notEqual = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
    case `in` = "in"
    case notIn = "not in"
}
