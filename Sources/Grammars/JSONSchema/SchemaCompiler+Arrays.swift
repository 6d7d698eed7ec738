import JSON

extension SchemaCompiler {
    /// States of a list whose elements are counted one by one.
    private static let countedStatesMax = 20_000
    /// Schemas under `contains` that one array may have.
    private static let containedMax = 3

    /// An array.
    mutating func arrayNode(
        _ meaning: SchemaMeaning, _ builder: inout GrammarBuilder
    ) throws(GrammarError) -> NodeID {
        if !meaning.hasArrayRules { return syntax.array }
        var meaning = meaning
        meaning.contained.removeAll { $0.min == 0 && $0.max == nil }
        if meaning.itemsMax ?? .max <= 1 { meaning.uniquePointer = nil }
        if let pointer = meaning.uniquePointer { try limitItems(of: &meaning, at: pointer, &builder) }
        guard meaning.itemsMin <= meaning.itemsMax ?? .max else { return builder.nothing }
        let list =
            meaning.contained.isEmpty
            ? try plainItems(meaning, &builder) : try itemsThatContain(meaning, &builder)
        return builder.sequence([
            builder.terminal(syntax.openArray), meaning.uniquePointer == nil ? list : builder.scope(list),
            builder.terminal(syntax.closeArray),
        ])
    }

    /// An element that all of these schemas allow.
    private mutating func element(
        _ schemas: [SchemaID], of meaning: SchemaMeaning, _ builder: inout GrammarBuilder
    ) throws(GrammarError) -> NodeID {
        guard let pointer = meaning.uniquePointer else { return try node(for: schemas, &builder) }
        return builder.distinct(try canonicalExpression(for: schemas, at: pointer, &builder))
    }

    /// Elements each with a schema of its own, and then any number of one kind.
    private mutating func plainItems(
        _ meaning: SchemaMeaning, _ builder: inout GrammarBuilder
    ) throws(GrammarError) -> NodeID {
        let comma = builder.terminal(syntax.comma)
        let prefixCount = prefixCount(of: meaning)
        var tail = builder.empty
        if !isClosed(meaning, after: prefixCount) {
            let item = try element(meaning.elementSchemas(at: prefixCount), of: meaning, &builder)
            let low = max(meaning.itemsMin - prefixCount, 0)
            let high = meaning.itemsMax.map { $0 - prefixCount }
            if prefixCount > 0 {
                tail = builder.loop(builder.sequence(comma, item), low, high)
            } else if high != 0 {
                let more = builder.loop(builder.sequence(comma, item), max(low - 1, 0), high.map { $0 - 1 })
                tail = builder.sequence(item, more)
                if low == 0 { tail = builder.optional(tail) }
            }
        }
        for index in (0..<prefixCount).reversed() {
            let item = try element(meaning.elementSchemas(at: index), of: meaning, &builder)
            tail = builder.sequence([index > 0 ? comma : builder.empty, item, tail])
            if index >= meaning.itemsMin { tail = builder.optional(tail) }
        }
        return tail
    }

    private func prefixCount(of meaning: SchemaMeaning) -> Int {
        min(meaning.arrays.map(\.prefix.count).max() ?? 0, meaning.itemsMax ?? .max)
    }

    /// Whether an array has no elements after its first ones: without a word on further elements a tuple has none,
    /// unless it must.
    private func isClosed(_ meaning: SchemaMeaning, after prefixCount: Int) -> Bool {
        prefixCount > 0 && meaning.itemsMin <= prefixCount
            && meaning.arrays.allSatisfy { $0.rest == nil && $0.unevaluated == nil }
    }

    // MARK: contains

    /// Elements of which some, counted, have schemas of their own besides.
    private mutating func itemsThatContain(
        _ meaning: SchemaMeaning, _ builder: inout GrammarBuilder
    ) throws(GrammarError) -> NodeID {
        let contained = meaning.contained
        guard contained.count <= Self.containedMax else {
            throw .unsupportedSchema(
                pointer: contained.last?.pointer ?? "", keyword: "contains",
                reason: "one array may have \(Self.containedMax) of them, not \(contained.count)")
        }
        let comma = builder.terminal(syntax.comma)
        let prefixCount = prefixCount(of: meaning)
        // Further elements are alike; without a most their number need not be known.
        let countMax = meaning.itemsMax ?? max(meaning.itemsMin, prefixCount, 1)
        // Counts go to the most, or to the least where there is no most.
        let tops = contained.map { $0.max ?? $0.min }
        let combinations = tops.reduce(1) { min($0, Self.countedStatesMax) * ($1 + 1) }
        guard combinations <= Self.countedStatesMax, (countMax + 1) * combinations <= Self.countedStatesMax
        else {
            throw .tooComplex(
                "contains and the number of items need more than \(Self.countedStatesMax) states")
        }
        var choices: [Int: [(taken: [Int], element: NodeID)]] = [:]
        for index in 0...prefixCount {
            choices[index] = try elements(at: index, of: meaning, &builder)
        }
        // What may follow so many elements, by how often each schema has been met.
        var states: [[Int]: (rule: RuleID, node: NodeID)] = [:]
        let start = [0] + tops.map { _ in 0 }
        states[start] = builder.makeRule()
        var waiting = [start]
        while let state = waiting.popLast(), let rule = states[state]?.rule {
            let count = state[0]
            var options: [NodeID] = []
            let isEnough = contained.indices.allSatisfy { state[$0 + 1] >= contained[$0].min }
            if isEnough, count >= meaning.itemsMin { options.append(builder.empty) }
            if count < meaning.itemsMax ?? .max {
                for choice in choices[min(count, prefixCount)] ?? [] {
                    var next = state
                    next[0] = min(count + 1, countMax)
                    for index in choice.taken { next[index + 1] += 1 }
                    for index in contained.indices where contained[index].max == nil {
                        next[index + 1] = min(next[index + 1], tops[index])
                    }
                    guard contained.indices.allSatisfy({ next[$0 + 1] <= tops[$0] }) else { continue }
                    if states[next] == nil {
                        states[next] = builder.makeRule()
                        waiting.append(next)
                    }
                    let rest = states[next]?.node ?? builder.nothing
                    options.append(
                        builder.sequence([count > 0 ? comma : builder.empty, choice.element, rest]))
                }
            }
            builder.define(rule, as: builder.anyOf(options))
        }
        return states[start]?.node ?? builder.nothing
    }

    /// The elements that may stand at a position, by which of the contained schemas they are counted for.
    private mutating func elements(
        at index: Int, of meaning: SchemaMeaning, _ builder: inout GrammarBuilder
    ) throws(GrammarError) -> [(taken: [Int], element: NodeID)] {
        var result: [(taken: [Int], element: NodeID)] = []
        for chosen in 0..<(1 << meaning.contained.count) {
            var schemas = meaning.elementSchemas(at: index)
            var taken: [Int] = []
            for (place, contained) in meaning.contained.enumerated() {
                if chosen >> place & 1 != 0 {
                    schemas.append(contained.schema)
                    taken.append(place)
                } else if contained.max != nil {
                    schemas.append(document.notAll([contained.schema], at: contained.pointer))
                }
            }
            if try meanings(of: schemas, &builder).isEmpty { continue }
            result.append((taken, try element(schemas, of: meaning, &builder)))
        }
        return result
    }
}
