import JSON

extension SchemaCompiler {
    /// Sees to it that there are as many different elements as an array may need, and that it asks for no more.
    mutating func limitItems(
        of meaning: inout SchemaMeaning, at pointer: String, _ builder: inout GrammarBuilder
    ) throws(GrammarError) {
        let countsMax = limits.enumerationMax
        let prefixCount = min(meaning.arrays.map(\.prefix.count).max() ?? 0, meaning.itemsMax ?? .max)
        for index in 0...prefixCount {
            let item = try canonicalExpression(for: meaning.elementSchemas(at: index), at: pointer, &builder)
            guard let count = builder.pool.textCount(of: item, max: countsMax) else { continue }
            guard prefixCount == 0 || count >= max(meaning.itemsMin, prefixCount) && index < prefixCount
            else {
                throw .unsupportedSchema(
                    pointer: pointer, keyword: "uniqueItems",
                    reason: "with prefixItems there must be more than \(count) values for each element")
            }
            if prefixCount == 0 { meaning.itemsMax = min(meaning.itemsMax ?? .max, count) }
        }
    }

    /// All values that some schemas allow, each as one text, so that different texts are different values.
    ///
    /// - Throws: where they nest without end, for then no regular expression holds them.
    mutating func canonicalExpression(
        for schemas: [SchemaID], at pointer: String, _ builder: inout GrammarBuilder
    ) throws(GrammarError) -> ExpressionID {
        let outer = (syntax, rules, waiting)
        syntax = canonicalSyntax ?? JSONSyntax(&builder, isCanonical: true)
        canonicalSyntax = syntax
        (rules, waiting) = (canonicalRules, [])
        defer {
            canonicalRules = rules
            (syntax, rules, waiting) = outer
        }
        let node = try node(for: schemas, &builder)
        try defineRules(&builder)
        guard let expression = builder.expression(of: node) else {
            throw .unsupportedSchema(
                pointer: pointer, keyword: "uniqueItems",
                reason:
                    "elements that nest without end, any values, or arrays of different ones cannot be compared; "
                    + "give items a type, or set maxItems to 1")
        }
        return expression
    }
}
