import JSON

/// Turns a JSON Schema (draft 2020-12, and what older drafts wrote otherwise) into a grammar.
///
/// A schema is read into its meanings: without references, alternatives or conditions, each a list of demands that
/// hold at once. Every combination of schemas that meet in one place becomes one rule.
struct SchemaCompiler {
    var document: SchemaDocument
    let syntax: JSONSyntax
    let limits: GrammarLimits
    /// The meanings of the schemas read so far.
    var knownMeanings: [SchemaID: [SchemaMeaning]] = [:]
    /// The schemas that are being read.
    var active: Set<SchemaID> = []
    private var rules: [[SchemaID]: NodeID] = [:]
    private var waiting: [(rule: RuleID, schemas: [SchemaID])] = []

    init(_ schema: JSONValue, syntax: JSONSyntax, limits: GrammarLimits) {
        document = SchemaDocument(schema)
        self.syntax = syntax
        self.limits = limits
    }

    /// Compiles the whole document.
    mutating func compile(_ builder: inout GrammarBuilder) throws(GrammarError) -> NodeID {
        let root = try node(for: [document.rootID()], &builder)
        // One after the other, however deep references nest.
        while let (rule, schemas) = waiting.popLast() {
            var options: [NodeID] = []
            for meaning in try meanings(of: schemas, &builder) {
                options.append(try node(for: meaning, &builder))
            }
            builder.define(rule, as: builder.anyOf(options))
            try builder.checkSize()
        }
        return root
    }

    /// A value that all of these schemas allow.
    mutating func node(
        for schemas: [SchemaID], _ builder: inout GrammarBuilder
    ) throws(GrammarError) -> NodeID {
        let key = Array(Set(schemas)).sorted()
        if key.isEmpty { return syntax.value }
        if let node = rules[key] { return node }
        guard rules.count < limits.schemasMax else {
            throw .tooComplex("a schema may come to \(limits.schemasMax) combinations of schemas")
        }
        let (rule, node) = builder.makeRule()
        rules[key] = node
        waiting.append((rule, key))
        return node
    }

    private mutating func node(
        for meaning: SchemaMeaning, _ builder: inout GrammarBuilder
    ) throws(GrammarError) -> NodeID {
        if meaning == SchemaMeaning() { return syntax.value }
        if let values = meaning.values { return try node(for: values, of: meaning, &builder) }
        var options: [NodeID] = []
        if meaning.kinds.contains(.object) { options.append(try objectNode(meaning, &builder)) }
        if meaning.kinds.contains(.array) { options.append(try arrayNode(meaning, &builder)) }
        if meaning.kinds.contains(.string) { options.append(builder.terminal(try string(meaning, &builder))) }
        if !meaning.kinds.isDisjoint(with: .number) {
            options.append(builder.terminal(try number(meaning, &builder)))
        }
        if meaning.kinds.contains(.boolean) {
            for bool in [true, false] where meaning.booleans.contains(bool) {
                options.append(builder.terminal(builder.pool.literal(bool ? "true" : "false")))
            }
        }
        if meaning.kinds.contains(.null) { options.append(builder.terminal(builder.pool.literal("null"))) }
        return builder.anyOf(options)
    }

    // MARK: Listed values

    /// Those of some values that meet the rest of a meaning.
    private mutating func node(
        for values: [JSONValue], of meaning: SchemaMeaning, _ builder: inout GrammarBuilder
    ) throws(GrammarError) -> NodeID {
        var scalars: [ExpressionID] = []
        var options: [NodeID] = []
        for value in values {
            switch value {
            case .array, .object:
                guard !(value.arrayValue != nil ? meaning.hasArrayRules : meaning.hasObjectRules) else {
                    throw .unsupportedSchema(
                        pointer: "", keyword: "enum or const",
                        reason: "it lists an array or object beside keywords for such")
                }
                options.append(self.node(for: value, &builder))
            default: scalars.append(try scalar(value, of: meaning, &builder))
            }
        }
        options.append(builder.terminal(builder.pool.anyOf(scalars)))
        return builder.anyOf(options)
    }

    /// A value that is no array and no object, or nothing where the meaning does not allow it.
    mutating func scalar(
        _ value: JSONValue, of meaning: SchemaMeaning, _ builder: inout GrammarBuilder
    ) throws(GrammarError) -> ExpressionID {
        switch value {
        case .string(let text):
            let inside = builder.pool.text(text, .json)
            let fits = builder.pool.allOf([inside, try content(of: meaning, &builder)])
            return builder.pool.isAlive(fits)
                ? builder.pool.sequence([syntax.quote, inside, syntax.quote]) : .nothing
        case .int, .double:
            let text = DecimalNumber(value)?.text ?? value.serialized()
            var free = meaning
            free.values = nil
            let literal = builder.pool.literal(text)
            guard meaning.hasNumberRules else { return literal }
            let fits = builder.pool.allOf([literal, try number(free, &builder)])
            return builder.pool.isAlive(fits) ? literal : .nothing
        default: return builder.pool.literal(value.serialized())
        }
    }

    /// Exactly one value, with the white space that any JSON may have.
    private func node(for value: JSONValue, _ builder: inout GrammarBuilder) -> NodeID {
        var parts: [NodeID] = []
        switch value {
        case .array(let elements):
            parts.append(builder.terminal(syntax.openArray))
            for (index, element) in elements.enumerated() {
                if index > 0 { parts.append(builder.terminal(syntax.comma)) }
                parts.append(node(for: element, &builder))
            }
            parts.append(builder.terminal(syntax.closeArray))
        case .object(let members):
            parts.append(builder.terminal(syntax.openObject))
            for (index, member) in members.enumerated() {
                if index > 0 { parts.append(builder.terminal(syntax.comma)) }
                parts.append(builder.terminal(name(member.key, &builder)))
                parts.append(node(for: member.value, &builder))
            }
            parts.append(builder.terminal(syntax.closeObject))
        case .string(let text):
            let inside = builder.pool.text(text, .json)
            parts.append(builder.terminal(builder.pool.sequence([syntax.quote, inside, syntax.quote])))
        default: parts.append(builder.terminal(builder.pool.literal(value.serialized())))
        }
        return builder.sequence(parts)
    }

    /// A member's name and the colon.
    func name(_ name: String, _ builder: inout GrammarBuilder) -> ExpressionID {
        let inside = builder.pool.text(name, .json)
        return builder.pool.sequence([syntax.quote, inside, syntax.quote, syntax.colon])
    }
}
