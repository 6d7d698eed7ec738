import JSON

extension SchemaCompiler {
    /// States of a list whose elements are counted one by one.
    private static let countedStatesMax = 20_000

    /// An array.
    mutating func arrayNode(
        _ meaning: SchemaMeaning, _ builder: inout GrammarBuilder
    ) throws(GrammarError) -> NodeID {
        guard meaning.itemsMin <= meaning.itemsMax ?? .max else { return builder.nothing }
        if !meaning.hasArrayRules { return syntax.array }
        let items: NodeID
        if let pointer = meaning.uniquePointer, meaning.itemsMax ?? .max > 1 {
            items = try uniqueItems(meaning, at: pointer, &builder)
        } else if meaning.contained.contains(where: { $0.min > 0 || $0.max != nil }) {
            items = try itemsThatContain(meaning, &builder)
        } else {
            items = try plainItems(meaning, &builder)
        }
        return builder.sequence([
            builder.terminal(syntax.openArray), items, builder.terminal(syntax.closeArray),
        ])
    }

    /// Elements each with a schema of its own, and then any number of one kind.
    private mutating func plainItems(
        _ meaning: SchemaMeaning, _ builder: inout GrammarBuilder
    ) throws(GrammarError) -> NodeID {
        let comma = builder.terminal(syntax.comma)
        let prefixCount = min(meaning.arrays.map(\.prefix.count).max() ?? 0, meaning.itemsMax ?? .max)
        // Without a word on further elements a tuple has none, unless it must.
        let isClosed =
            prefixCount > 0 && meaning.itemsMin <= prefixCount
            && meaning.arrays.allSatisfy { $0.rest == nil && $0.unevaluated == nil }
        var tail = builder.empty
        if !isClosed {
            let item = try node(for: meaning.elementSchemas(at: prefixCount), &builder)
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
            let item = try node(for: meaning.elementSchemas(at: index), &builder)
            tail = builder.sequence([index > 0 ? comma : builder.empty, item, tail])
            if index >= meaning.itemsMin { tail = builder.optional(tail) }
        }
        return tail
    }

    // MARK: contains

    /// Elements of one kind of which some have a second one.
    private mutating func itemsThatContain(
        _ meaning: SchemaMeaning, _ builder: inout GrammarBuilder
    ) throws(GrammarError) -> NodeID {
        guard meaning.contained.count == 1, let contained = meaning.contained.first, contained.max == nil,
            meaning.arrays.allSatisfy(\.prefix.isEmpty)
        else {
            throw .unsupportedSchema(
                pointer: meaning.contained.first?.pointer ?? "", keyword: "contains",
                reason: "with prefixItems, with maxContains, or twice in one place it is not supported")
        }
        let schemas = meaning.elementSchemas(at: 0)
        let item = try node(for: schemas, &builder)
        let wanted = try node(for: schemas + [contained.schema], &builder)
        let comma = builder.terminal(syntax.comma)
        let low = max(meaning.itemsMin, contained.min)
        let countMax = meaning.itemsMax ?? max(low, 1)
        guard countMax >= contained.min else { return builder.nothing }
        guard (countMax + 1) * (contained.min + 1) <= Self.countedStatesMax else {
            throw .tooComplex(
                "contains and the number of items need more than \(Self.countedStatesMax) states")
        }
        // later[missing]: what may follow `count` elements when so many of the wanted ones are missing.
        var later = [NodeID](repeating: builder.nothing, count: contained.min + 1)
        for count in (0...countMax).reversed() {
            var now: [NodeID] = []
            for missing in 0...contained.min {
                var options: [NodeID] = []
                if missing == 0, count >= low { options.append(builder.empty) }
                let (rule, again) = builder.makeRule()
                let next = count < countMax ? later : []
                // The last count stands for any more where there is no most.
                let isEndless = count == countMax && meaning.itemsMax == nil
                let separator = count > 0 ? comma : builder.empty
                if !next.isEmpty || isEndless {
                    let same = isEndless ? again : next[missing]
                    options.append(builder.sequence([separator, item, same]))
                    if missing > 0 {
                        let fewer = isEndless ? now[missing - 1] : next[missing - 1]
                        options.append(builder.sequence([separator, wanted, fewer]))
                    }
                }
                builder.define(rule, as: builder.anyOf(options))
                now.append(again)
            }
            later = now
        }
        return later[contained.min]
    }

    // MARK: uniqueItems

    /// Values with more members than these come in the order in which the schema lists them.
    private static let freelyOrderedMax = 6
    /// Values that an array of different ones may be made of.
    private static let uniqueValuesMax = 500

    /// Different elements out of a list of values.
    private mutating func uniqueItems(
        _ meaning: SchemaMeaning, at pointer: String, _ builder: inout GrammarBuilder
    ) throws(GrammarError) -> NodeID {
        guard meaning.arrays.allSatisfy(\.prefix.isEmpty), meaning.contained.isEmpty,
            let values = try finiteValues(of: meaning.elementSchemas(at: 0), &builder),
            values.count <= Self.uniqueValuesMax
        else {
            throw .unsupportedSchema(
                pointer: pointer, keyword: "uniqueItems",
                reason: "it is supported where items has an enum, const, boolean or null, or maxItems is 1")
        }
        let comma = builder.terminal(syntax.comma)
        let high = min(meaning.itemsMax ?? .max, values.count)
        guard meaning.itemsMin <= high else { return builder.nothing }
        guard values.count <= Self.freelyOrderedMax else {
            return ordered(values, meaning.itemsMin...high, &builder)
        }
        // rests[used]: what may follow the elements whose bits are set.
        var rests = [NodeID](repeating: builder.nothing, count: 1 << values.count)
        for used in rests.indices.reversed() {
            let count = used.nonzeroBitCount
            var options = count >= meaning.itemsMin && count <= high ? [builder.empty] : []
            if count < high {
                for (index, value) in values.enumerated() where used >> index & 1 == 0 {
                    let separator = count > 0 ? comma : builder.empty
                    options.append(
                        builder.sequence([separator, builder.terminal(value), rests[used | 1 << index]]))
                }
            }
            rests[used] = builder.anyOf(options)
        }
        return rests[0]
    }

    /// Some of the values in the order they are listed.
    private func ordered(
        _ values: [ExpressionID], _ counts: ClosedRange<Int>, _ builder: inout GrammarBuilder
    ) -> NodeID {
        let comma = builder.terminal(syntax.comma)
        let countMax = counts.upperBound
        // rests[count]: what may follow so many elements out of the values before the one at hand.
        var rests = (0...countMax).map { $0 >= counts.lowerBound ? builder.empty : builder.nothing }
        for value in values.reversed() {
            for count in 0..<countMax {
                let separator = count > 0 ? comma : builder.empty
                let taken = builder.sequence([separator, builder.terminal(value), rests[count + 1]])
                rests[count] = builder.anyOf([taken, rests[count]])
            }
        }
        return rests[0]
    }

    /// All values that some schemas allow, where they are a few scalars.
    private mutating func finiteValues(
        of schemas: [SchemaID], _ builder: inout GrammarBuilder
    ) throws(GrammarError) -> [ExpressionID]? {
        var result: [ExpressionID] = []
        func add(_ value: ExpressionID) {
            if value != .nothing, !result.contains(value) { result.append(value) }
        }
        for meaning in try meanings(of: schemas, &builder) {
            var values = meaning.values
            if values == nil, meaning.kinds.isSubset(of: [.null, .boolean]) {
                values = meaning.kinds.contains(.null) ? [.null] : []
                if meaning.kinds.contains(.boolean) {
                    values?.append(contentsOf: meaning.booleans.map(JSONValue.bool))
                }
            }
            guard let values else { return nil }
            for value in values {
                if value.arrayValue != nil || value.objectValue != nil { return nil }
                add(try scalar(value, of: meaning, &builder))
            }
        }
        return result
    }
}
