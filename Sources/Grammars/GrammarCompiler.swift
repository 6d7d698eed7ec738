import JSON

/// Compiles what a request says, or parts put together, into one grammar.
struct GrammarCompiler {
    private let limits: GrammarLimits
    private var builder: GrammarBuilder
    private var knownSyntax: JSONSyntax?

    init(limits: GrammarLimits) {
        self.limits = limits
        builder = GrammarBuilder(limits: limits)
    }

    /// - Throws: ``GrammarError`` where the source is wrong, asks for what cannot be enforced, or passes a limit.
    mutating func compile(_ source: GrammarSource) throws(GrammarError) -> GrammarProgram {
        let root = try node(for: source)
        return try builder.finish(root, name: source.name)
    }

    private mutating func node(for source: GrammarSource) throws(GrammarError) -> NodeID {
        switch source {
        case .jsonObject: return syntax().object
        case .jsonSchema(let schema):
            var compiler = SchemaCompiler(schema, syntax: syntax(), limits: limits)
            return try compiler.compile(&builder)
        case .regex(let pattern):
            return builder.terminal(
                try builder.pool.pattern(pattern, .plain, anywhere: false, limits: limits))
        case .choice(let texts):
            guard !texts.isEmpty else { throw .matchesNothing("an empty list of choices") }
            return builder.terminal(builder.pool.choice(of: texts.map { Array($0.utf8) }))
        case .grammar(let text):
            var compiler = try NotationCompiler(text, limits: limits)
            return try compiler.compile(&builder)
        case .literal(let text): return builder.terminal(builder.pool.literal(text))
        case .textThrough(let end): return builder.terminal(textThrough(end))
        case .textWithout(let pattern):
            let matching = try builder.pool.pattern(
                pattern, .plain, anywhere: true, sense: .perhaps, limits: limits)
            return builder.terminal(builder.pool.allOf([anyText(), builder.pool.not(matching)]))
        case .sequence(let parts):
            var nodes: [NodeID] = []
            for part in parts { nodes.append(try node(for: part)) }
            return builder.sequence(nodes)
        case .anyOf(let options):
            var nodes: [NodeID] = []
            for option in options { nodes.append(try node(for: option)) }
            return builder.anyOf(nodes)
        case .repeated(let item, let separator, let counts):
            let body = try node(for: item)
            let more = builder.sequence(builder.terminal(builder.pool.literal(separator)), body)
            let max = counts.upperBound == .max ? nil : counts.upperBound
            guard max != 0 else { return builder.empty }
            let list = builder.sequence(
                body, builder.loop(more, Swift.max(counts.lowerBound - 1, 0), max.map { $0 - 1 }))
            return counts.lowerBound <= 0 ? builder.optional(list) : list
        }
    }

    private mutating func syntax() -> JSONSyntax {
        if let knownSyntax { return knownSyntax }
        let syntax = JSONSyntax(&builder)
        knownSyntax = syntax
        return syntax
    }

    private mutating func anyText() -> ExpressionID {
        builder.pool.loop(builder.pool.utf8(.all), 0, nil)
    }

    /// Any text that ends with the first occurrence of another one.
    private mutating func textThrough(_ end: String) -> ExpressionID {
        let literal = builder.pool.literal(end)
        let goesOn = builder.pool.sequence([.anything, literal, builder.pool.bytes(.all), .anything])
        let isFirst = builder.pool.not(goesOn)
        return builder.pool.allOf([builder.pool.sequence(anyText(), literal), isFirst])
    }
}

extension GrammarSource {
    /// For error messages.
    fileprivate var name: String {
        switch self {
        case .jsonObject, .jsonSchema: "the schema"
        case .regex: "the regular expression"
        case .choice: "the list of choices"
        case .grammar: "the grammar"
        case .literal, .textThrough, .textWithout, .sequence, .anyOf, .repeated: "the format of the output"
        }
    }
}
