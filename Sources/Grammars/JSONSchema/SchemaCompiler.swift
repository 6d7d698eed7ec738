import JSON

/// Turns a JSON Schema (draft 2020-12, and what older drafts wrote otherwise) into a grammar.
///
/// A schema is read into its meanings: without references, alternatives or conditions, each a list of demands that
/// hold at once. Every combination of schemas that meet in one place becomes one rule.
struct SchemaCompiler {
    var document: SchemaDocument
    /// How values are written at the moment: freely, or in one way only.
    var syntax: JSONSyntax
    var canonicalSyntax: JSONSyntax?
    let limits: GrammarLimits
    /// The meanings of the schemas read so far.
    var knownMeanings: [SchemaID: [SchemaMeaning]] = [:]
    /// The schemas that are being read.
    var active: Set<SchemaID> = []
    var rules: [[SchemaID]: NodeID] = [:]
    /// The rules in which values are written in one way only.
    var canonicalRules: [[SchemaID]: NodeID] = [:]
    var waiting: [(rule: RuleID, schemas: [SchemaID])] = []
    /// Cases that alternatives have come to so far.
    var meaningsCount = 0
    /// Properties of all objects so far.
    var membersCount = 0
    private var knownNames: [String: ExpressionID] = [:]

    init(_ schema: JSONValue, syntax: JSONSyntax, limits: GrammarLimits) {
        document = SchemaDocument(schema)
        self.syntax = syntax
        self.limits = limits
    }

    /// Compiles the whole document.
    mutating func compile(_ builder: inout GrammarBuilder) throws(GrammarError) -> NodeID {
        let root = try node(for: [document.rootID()], &builder)
        try defineRules(&builder)
        return root
    }

    /// Defines the rules that others refer to, one after the other, however deep references nest.
    mutating func defineRules(_ builder: inout GrammarBuilder) throws(GrammarError) {
        while let (rule, schemas) = waiting.popLast() {
            var options: [NodeID] = []
            for meaning in try meanings(of: schemas, &builder) {
                options.append(try node(for: meaning, &builder))
            }
            builder.define(rule, as: builder.anyOf(options))
            try builder.checkSize()
        }
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
        var texts: [[UInt8]] = []
        var options: [ExpressionID] = []
        var free = meaning
        free.values = nil
        let content = free.hasTextRules ? try content(of: free, &builder) : .anything
        let number = free.hasNumberRules ? try number(free, &builder) : .anything
        for value in values {
            switch value {
            case .array, .object:
                guard !(value.arrayValue != nil ? meaning.hasArrayRules : meaning.hasObjectRules) else {
                    throw .unsupportedSchema(
                        pointer: "", keyword: "enum or const",
                        reason: "it lists an array or object beside keywords for such")
                }
                let node = self.node(for: value, &builder)
                options.append(builder.expression(of: node) ?? .nothing)
            case .string(let text):
                let inside = ExpressionPool.jsonText(text)
                guard content == .anything || builder.pool.matches(content, inside) else { continue }
                texts.append([UInt8(ascii: "\"")] + inside + [UInt8(ascii: "\"")])
            case .int, .double:
                let text = Array((DecimalNumber(value)?.text ?? value.serialized()).utf8)
                if number == .anything || builder.pool.matches(number, text) { texts.append(text) }
            default: texts.append(value.serializedBytes())
            }
        }
        return builder.terminal(builder.pool.anyOf(options + [builder.pool.choice(of: texts)]))
    }

    /// Exactly one value, with the white space that any JSON may have.
    private mutating func node(for value: JSONValue, _ builder: inout GrammarBuilder) -> NodeID {
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
    mutating func name(_ name: String, _ builder: inout GrammarBuilder) -> ExpressionID {
        if !syntax.isCanonical, let known = knownNames[name] { return known }
        let inside = builder.pool.text(name, .json)
        let result = builder.pool.sequence([syntax.quote, inside, syntax.quote, syntax.colon])
        if !syntax.isCanonical { knownNames[name] = result }
        return result
    }
}
