/// Turns rules in EBNF into a grammar.
///
/// What needs no stack becomes one expression: masks of expressions are found faster than those of calls.
struct NotationCompiler {
    private let names: [String]
    private let bodies: [String: Notation]
    /// The rules that reach no rule that reaches itself.
    private var expressions: [String: ExpressionID] = [:]
    private var rules: [String: NodeID] = [:]

    init(_ text: String, limits: GrammarLimits) throws(GrammarError) {
        var parser = try NotationParser(text, limits: limits)
        let rules = try parser.parse()
        names = rules.map(\.name)
        var bodies: [String: Notation] = [:]
        for (name, body) in rules { bodies[name] = body.withoutLeftRecursion(of: name) }
        self.bodies = bodies
        guard bodies["root"] != nil else {
            throw .invalidGrammar(line: 1, reason: "there is no rule named root, where output starts")
        }
        for (name, body) in bodies {
            for reference in body.references where bodies[reference] == nil {
                throw .invalidGrammar(
                    line: 1, reason: "the rule \(reference), which \(name) refers to, is not defined")
            }
        }
    }

    mutating func compile(_ builder: inout GrammarBuilder) throws(GrammarError) -> NodeID {
        fold(&builder)
        try builder.checkSize()
        if let expression = expressions["root"] { return builder.terminal(expression) }
        var ids: [(rule: RuleID, body: Notation)] = []
        for name in names where expressions[name] == nil {
            let (rule, node) = builder.makeRule()
            rules[name] = node
            ids.append((rule, bodies[name] ?? .empty))
        }
        for (rule, body) in ids {
            builder.define(rule, as: node(for: body, &builder))
            try builder.checkSize()
        }
        return rules["root"] ?? builder.nothing
    }

    /// Makes expressions of all rules that only refer to such.
    private mutating func fold(_ builder: inout GrammarBuilder) {
        var missing = bodies.mapValues(\.references)
        var users: [String: [String]] = [:]
        for (name, references) in missing {
            for reference in references { users[reference, default: []].append(name) }
        }
        var ready = names.filter { missing[$0]?.isEmpty ?? false }
        while let name = ready.popLast() {
            expressions[name] = expression(for: bodies[name] ?? .empty, &builder) ?? .nothing
            for user in users[name] ?? [] {
                missing[user]?.remove(name)
                if missing[user]?.isEmpty ?? false { ready.append(user) }
            }
        }
    }

    /// The part as an expression; nil where it needs a stack.
    private func expression(for notation: Notation, _ builder: inout GrammarBuilder) -> ExpressionID? {
        switch notation {
        case .empty: return .empty
        case .literal(let text): return builder.pool.literal(text)
        case .set(let set): return builder.pool.utf8(set)
        case .rule(let name): return expressions[name]
        case .loop(let body, let min, let max):
            return expression(for: body, &builder).map { builder.pool.loop($0, min, max) }
        case .sequence(let parts):
            var ids: [ExpressionID] = []
            for part in parts {
                guard let id = expression(for: part, &builder) else { return nil }
                ids.append(id)
            }
            return builder.pool.sequence(ids)
        case .anyOf(let options):
            var ids: [ExpressionID] = []
            for option in options {
                guard let id = expression(for: option, &builder) else { return nil }
                ids.append(id)
            }
            return builder.pool.anyOf(ids)
        }
    }

    private func node(for notation: Notation, _ builder: inout GrammarBuilder) -> NodeID {
        if let expression = expression(for: notation, &builder) { return builder.terminal(expression) }
        switch notation {
        case .empty, .literal, .set: return builder.empty
        case .rule(let name): return rules[name] ?? builder.nothing
        case .loop(let body, let min, let max): return builder.loop(node(for: body, &builder), min, max)
        case .sequence(let parts):
            var nodes: [NodeID] = []
            var run = ExpressionID.empty
            for part in parts {
                if let expression = expression(for: part, &builder) {
                    run = builder.pool.sequence(run, expression)
                } else {
                    nodes.append(builder.terminal(run))
                    run = .empty
                    nodes.append(node(for: part, &builder))
                }
            }
            return builder.sequence(nodes + [builder.terminal(run)])
        case .anyOf(let options):
            var nodes: [NodeID] = []
            var plain: [ExpressionID] = []
            for option in options {
                if let expression = expression(for: option, &builder) {
                    plain.append(expression)
                } else {
                    nodes.append(node(for: option, &builder))
                }
            }
            return builder.anyOf(nodes + [builder.terminal(builder.pool.anyOf(plain))])
        }
    }
}
