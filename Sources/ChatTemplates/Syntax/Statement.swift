/// A statement of a template.
indirect enum Statement: Sendable {
    case text(String)
    case output(Expression)
    case conditional([Branch], otherwise: [Statement])
    case loop(ForLoop)
    case set(Target, Expression)
    /// `{% set target | filters %}body{% endset %}`
    case capture(Target, [Expression.Operation], [Statement])
    case macro(Name, MacroDefinition)
    /// `{% call(parameters) callee(arguments) %}body{% endcall %}`
    case call(MacroDefinition, callee: Expression, CallArguments, Position)
    /// `{% filter filters %}body{% endfilter %}`
    case filter([Expression.Operation], [Statement])
    case with([(Target, Expression)], [Statement])
    /// `{% generation %}body{% endgeneration %}`: marks what the assistant said, which changes nothing here.
    case generation([Statement])
    case breakLoop
    case continueLoop

    /// A condition and what it guards.
    struct Branch: Sendable {
        let condition: Expression
        let body: [Statement]
    }
}

/// What can be assigned to.
indirect enum Target: Sendable {
    case name(Name)
    case tuple([Target], Position)
    /// `namespace.attribute`
    case attribute(Name, String, Position)
}

/// `{% for target in iterable if filter recursive %}body{% else %}otherwise{% endfor %}`
struct ForLoop: Sendable {
    let target: Target
    let iterable: Expression
    let filter: Expression?
    let isRecursive: Bool
    let body: [Statement]
    let otherwise: [Statement]
    /// The name `loop`.
    let loopName: Name
    let position: Position
}

/// A macro's parameters and body.
struct MacroDefinition: Sendable {
    struct Parameter: Sendable {
        let name: Name
        let fallback: Expression?
    }

    let name: String?
    let parameters: [Parameter]
    let body: [Statement]
    /// The special variables, where the body reads them.
    let caller: Name?
    let keywordArguments: Name?
    let variableArguments: Name?
}
