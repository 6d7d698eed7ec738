import OrderedCollections

extension SchemaCompiler {
    /// A member that an object has by its name.
    private struct Member {
        let name: String
        let schemas: [SchemaID]
        let isRequired: Bool
    }

    /// Patterns that one object's names may be sorted by.
    private static let patternsMax = 6
    /// Members times counts of them.
    private static let countedStatesMax = 50_000

    /// An object: its named members in the order the schema lists them, then others.
    mutating func objectNode(
        _ meaning: SchemaMeaning, _ builder: inout GrammarBuilder
    ) throws(GrammarError) -> NodeID {
        guard meaning.membersMin <= meaning.membersMax ?? .max else { return builder.nothing }
        if !meaning.hasObjectRules { return syntax.object }
        let names = try nameCondition(meaning, &builder)
        guard let members = members(of: meaning, names, &builder) else { return builder.nothing }
        let others = try otherMembers(meaning, members, names, &builder)
        if members.count + (others.isEmpty ? 0 : 1) < meaning.membersMin, !others.isEmpty {
            throw .unsupportedSchema(
                pointer: meaning.membersPointer, keyword: "minProperties",
                reason:
                    "beyond the properties that are named only one more can be counted on, for names could repeat; "
                    + "name the properties, or lower it to \(members.count + 1)")
        }
        let inside = try memberList(members, others, meaning, &builder)
        return builder.sequence([
            builder.terminal(syntax.openObject), inside, builder.terminal(syntax.closeObject),
        ])
    }

    /// What names may be by `propertyNames`, as JSON writes them.
    private mutating func nameCondition(
        _ meaning: SchemaMeaning, _ builder: inout GrammarBuilder
    ) throws(GrammarError) -> ExpressionID {
        var conditions = [builder.pool.loop(syntax.character, 0, nil)]
        guard !meaning.nameSchemas.isEmpty else { return conditions[0] }
        var options: [ExpressionID] = []
        for name in try meanings(of: meaning.nameSchemas, &builder) where name.kinds.contains(.string) {
            options.append(try content(of: name, &builder))
        }
        conditions.append(builder.pool.anyOf(options))
        return builder.pool.allOf(conditions)
    }

    /// The members that schemas name; nil where one is required that cannot be.
    private func members(
        of meaning: SchemaMeaning, _ names: ExpressionID, _ builder: inout GrammarBuilder
    ) -> [Member]? {
        var result: [Member] = []
        let all = OrderedSet(meaning.objects.flatMap(\.properties.keys)).union(meaning.required)
        for name in all {
            let isRequired = meaning.required.contains(name)
            let text = builder.pool.text(name, .json)
            let isAllowed =
                !meaning.forbidden.contains(name) && builder.pool.isAlive(builder.pool.allOf([text, names]))
            if isAllowed {
                let schemas = meaning.memberSchemas(name, &builder.pool)
                result.append(Member(name: name, schemas: schemas, isRequired: isRequired))
            } else if isRequired {
                return nil
            }
        }
        return result
    }

    // MARK: Members without a name in the schema

    /// The kinds of members whose names the schema does not list: the name with its colon, and the value.
    private mutating func otherMembers(
        _ meaning: SchemaMeaning, _ members: [Member], _ names: ExpressionID, _ builder: inout GrammarBuilder
    ) throws(GrammarError) -> [(name: ExpressionID, value: NodeID)] {
        var conditions = [names]
        for name in members.map(\.name) + meaning.forbidden.sorted() {
            conditions.append(builder.pool.not(builder.pool.text(name, .json)))
        }
        for name in OrderedSet(meaning.objects.flatMap(\.properties.keys)) {
            conditions.append(builder.pool.not(builder.pool.text(name, .json)))
        }
        let free = builder.pool.allOf(conditions)
        var patterns: [TextCondition] = []
        for pattern in meaning.objects.flatMap(\.patterns) where !patterns.contains(pattern.json) {
            patterns.append(pattern.json)
        }
        guard patterns.count <= Self.patternsMax else {
            throw .tooComplex(
                "one object may have \(Self.patternsMax) patternProperties, not \(patterns.count)")
        }
        var result: [(name: ExpressionID, value: NodeID)] = []
        for chosen in 0..<(1 << patterns.count) {
            guard let schemas = otherSchemas(meaning, patterns, chosen, namedCount: members.count) else {
                continue
            }
            var conditions = [free]
            for (index, pattern) in patterns.enumerated() {
                if chosen >> index & 1 != 0 {
                    conditions.append(pattern.surely)
                } else if let perhaps = pattern.perhaps {
                    conditions.append(builder.pool.not(perhaps))
                }
            }
            let text = builder.pool.allOf(conditions)
            guard builder.pool.isAlive(text) else { continue }
            let name = builder.pool.sequence([syntax.quote, text, syntax.quote, syntax.colon])
            if try meanings(of: schemas, &builder).isEmpty { continue }
            result.append((name, try node(for: schemas, &builder)))
        }
        return result
    }

    /// What members whose names match the chosen patterns, and no others, must satisfy; nil where there are none.
    private func otherSchemas(
        _ meaning: SchemaMeaning, _ patterns: [TextCondition], _ chosen: Int, namedCount: Int
    ) -> [SchemaID]? {
        var schemas: [SchemaID] = []
        var isSpokenOf = false
        for rules in meaning.objects {
            var isOwn = false
            for pattern in rules.patterns {
                guard let index = patterns.firstIndex(of: pattern.json), chosen >> index & 1 != 0 else {
                    continue
                }
                schemas.append(pattern.schema)
                isOwn = true
            }
            if !isOwn, let additional = rules.additional { schemas.append(additional) }
            isSpokenOf = isSpokenOf || isOwn || rules.additional != nil
        }
        if isSpokenOf { return schemas }
        let unevaluated = meaning.objects.compactMap(\.unevaluated)
        // An object whose members are named has no others without a word on them, unless it must.
        let isOpen = namedCount == 0 && patterns.isEmpty || namedCount < meaning.membersMin
        return isOpen ? unevaluated : nil
    }

    // MARK: The list

    private mutating func memberList(
        _ members: [Member], _ others: [(name: ExpressionID, value: NodeID)], _ meaning: SchemaMeaning,
        _ builder: inout GrammarBuilder
    ) throws(GrammarError) -> NodeID {
        let low = meaning.membersMin
        // Without a most it is enough to know that there were so many, or any.
        let countMax = meaning.membersMax.map { min($0, max(low, members.count + 1)) } ?? max(low, 1)
        let isExact = meaning.membersMax.map { $0 <= members.count || !others.isEmpty } ?? false
        let high = isExact ? meaning.membersMax ?? .max : .max
        guard (members.count + 1) * (countMax + 1) <= Self.countedStatesMax else {
            throw .tooComplex("properties and their number need more than \(Self.countedStatesMax) states")
        }
        var rests: [NodeID] = []
        for count in 0...countMax {
            rests.append(otherList(others, after: count, atLeast: low, atMost: high, &builder))
        }
        for member in members.reversed() {
            let value = try node(for: member.schemas, &builder)
            let name = name(member.name, &builder)
            let first = builder.sequence(builder.terminal(name), value)
            let later = builder.sequence(builder.terminal(builder.pool.sequence(syntax.comma, name)), value)
            var next: [NodeID] = []
            for count in 0...countMax {
                var options: [NodeID] = []
                if count < high {
                    let after = rests[min(count + 1, countMax)]
                    options.append(builder.sequence(count == 0 ? first : later, after))
                }
                if !member.isRequired { options.append(rests[count]) }
                next.append(builder.anyOf(options))
            }
            rests = next
        }
        return rests[0]
    }

    /// Members that are not named, after so many that are.
    private func otherList(
        _ others: [(name: ExpressionID, value: NodeID)], after count: Int, atLeast low: Int, atMost high: Int,
        _ builder: inout GrammarBuilder
    ) -> NodeID {
        let missing = max(low - count, 0)
        guard !others.isEmpty, count < high else { return missing == 0 ? builder.empty : builder.nothing }
        // Two names could be one, and then they count once.
        guard missing <= 1 else { return builder.nothing }
        let room = high == .max ? nil : high - count
        var first: [NodeID] = []
        var later: [NodeID] = []
        for other in others {
            first.append(builder.sequence(builder.terminal(other.name), other.value))
            let name = builder.pool.sequence(syntax.comma, other.name)
            later.append(builder.sequence(builder.terminal(name), other.value))
        }
        if count > 0 { return builder.loop(builder.anyOf(later), missing, room) }
        let list = builder.sequence(
            builder.anyOf(first), builder.loop(builder.anyOf(later), 0, room.map { $0 - 1 }))
        return missing == 0 ? builder.optional(list) : list
    }
}
