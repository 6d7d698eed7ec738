import OrderedCollections

extension SchemaCompiler {
    /// A member that an object has by its name.
    private struct Member {
        let name: String
        let schemas: [SchemaID]
        let isRequired: Bool
    }

    /// Kinds of names that patterns may tell apart in one object.
    private static let namesKindsMax = 64
    /// Members times counts of them.
    private static let countedStatesMax = 50_000

    /// An object: its named members in the order the schema lists them, then others.
    mutating func objectNode(
        _ meaning: SchemaMeaning, _ builder: inout GrammarBuilder
    ) throws(GrammarError) -> NodeID {
        guard meaning.membersMin <= meaning.membersMax ?? .max else { return builder.nothing }
        if !meaning.hasObjectRules { return syntax.object }
        var meaning = meaning
        let names = try nameCondition(meaning, &builder)
        guard let members = members(of: meaning, names, &builder) else { return builder.nothing }
        guard members.count <= limits.threadsMax else {
            throw .tooComplex("an object may have \(limits.threadsMax) properties, not \(members.count)")
        }
        membersCount += members.count
        guard membersCount <= limits.membersMax else {
            throw .tooComplex(
                "the objects of a schema may have \(limits.membersMax) properties, references followed")
        }
        var others = try otherMembers(meaning, members, names, &builder)
        // Names that schemas do not list could repeat, and then count once.
        let areDistinct = meaning.membersMin > 1 && !others.isEmpty
        if areDistinct { try limitMembers(of: &meaning, members, others, &builder) }
        // Members without a name in the schema could come in any order.
        if syntax.isCanonical, !others.isEmpty {
            if members.isEmpty { meaning.membersMax = 1 } else { others = [] }
        }
        let list = try memberList(members, others, areDistinct: areDistinct, meaning, &builder)
        let inside = areDistinct ? builder.scope(list) : list
        return builder.sequence([
            builder.terminal(syntax.openObject), inside, builder.terminal(syntax.closeObject),
        ])
    }

    /// Sees to it that there are as many names as an object may need, and that it asks for no more.
    private func limitMembers(
        of meaning: inout SchemaMeaning, _ members: [Member], _ others: [(name: ExpressionID, value: NodeID)],
        _ builder: inout GrammarBuilder
    ) throws(GrammarError) {
        let countsMax = limits.enumerationMax
        for other in others {
            guard let count = builder.pool.textCount(of: other.name, max: countsMax) else { continue }
            guard others.count == 1 else {
                throw .unsupportedSchema(
                    pointer: meaning.membersPointer, keyword: "minProperties",
                    reason: "beside other patterns there is one that only \(count) names match")
            }
            meaning.membersMax = min(meaning.membersMax ?? .max, members.count(where: \.isRequired) + count)
        }
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
            let isAllowed =
                !meaning.forbidden.contains(name)
                && (meaning.nameSchemas.isEmpty || builder.pool.matches(names, ExpressionPool.jsonText(name)))
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

    /// The kinds of members whose names the schema does not list: the name as JSON writes it, and the value.
    private mutating func otherMembers(
        _ meaning: SchemaMeaning, _ members: [Member], _ names: ExpressionID, _ builder: inout GrammarBuilder
    ) throws(GrammarError) -> [(name: ExpressionID, value: NodeID)] {
        var patterns: [TextCondition] = []
        for pattern in meaning.objects.flatMap(\.patterns) where !patterns.contains(pattern.json) {
            patterns.append(pattern.json)
        }
        if patterns.isEmpty {
            guard let schemas = otherSchemas(meaning, [], namedCount: members.count),
                !(try meanings(of: schemas, &builder).isEmpty)
            else { return [] }
        }
        let listed =
            members.map(\.name) + meaning.forbidden.sorted() + meaning.objects.flatMap(\.properties.keys)
        let taken = builder.pool.choice(of: listed.map { ExpressionPool.jsonText($0) })
        let free = builder.pool.allOf([names, builder.pool.not(taken)])
        // The kinds of names so far, told apart pattern by pattern; those that no name is of are left out.
        var kinds: [(chosen: Set<TextCondition>, names: ExpressionID)] = [([], free)]
        for pattern in patterns {
            var next: [(chosen: Set<TextCondition>, names: ExpressionID)] = []
            for kind in kinds {
                let with = builder.pool.allOf([kind.names, pattern.surely])
                if builder.pool.isAlive(with) { next.append((kind.chosen.union([pattern]), with)) }
                let without = pattern.perhaps.map { builder.pool.allOf([kind.names, builder.pool.not($0)]) }
                if let without, builder.pool.isAlive(without) { next.append((kind.chosen, without)) }
            }
            kinds = next
            guard kinds.count <= Self.namesKindsMax else {
                throw .tooComplex(
                    "patternProperties may tell \(Self.namesKindsMax) kinds of names in one object apart")
            }
        }
        var result: [(name: ExpressionID, value: NodeID)] = []
        for (chosen, names) in kinds where builder.pool.isAlive(names) {
            guard let schemas = otherSchemas(meaning, chosen, namedCount: members.count) else { continue }
            if try meanings(of: schemas, &builder).isEmpty { continue }
            result.append((names, try node(for: schemas, &builder)))
        }
        return result
    }

    /// What members whose names match the chosen patterns, and no others, must satisfy; nil where there are none.
    private func otherSchemas(
        _ meaning: SchemaMeaning, _ chosen: Set<TextCondition>, namedCount: Int
    ) -> [SchemaID]? {
        let isSpokenOf = meaning.objects.contains {
            $0.additional != nil || $0.unevaluated != nil || $0.patterns.contains { chosen.contains($0.json) }
        }
        // An object whose members are named has no others without a word on them, unless it must.
        let isOpen =
            namedCount == 0 && meaning.objects.allSatisfy(\.patterns.isEmpty)
            || namedCount < meaning.membersMin
        guard isSpokenOf || isOpen else { return nil }
        return meaning.objects.flatMap {
            $0.schemas(ofMember: nil) { (chosen.contains($0.json), chosen.contains($0.json)) }
        }
    }

    // MARK: The list

    private mutating func memberList(
        _ members: [Member], _ others: [(name: ExpressionID, value: NodeID)], areDistinct: Bool,
        _ meaning: SchemaMeaning, _ builder: inout GrammarBuilder
    ) throws(GrammarError) -> NodeID {
        let low = meaning.membersMin
        // Without a most it is enough to know that there were so many, or any.
        let countMax = meaning.membersMax.map { min($0, max(low, members.count + 1)) } ?? max(low, 1)
        let isExact = meaning.membersMax.map { $0 <= members.count || !others.isEmpty } ?? false
        let high = isExact ? meaning.membersMax ?? .max : .max
        guard (members.count + 1) * (countMax + 1) <= Self.countedStatesMax else {
            throw .tooComplex("properties and their number need more than \(Self.countedStatesMax) states")
        }
        let other = anyOther(others, areDistinct: areDistinct, &builder)
        var rests: [NodeID] = []
        for count in 0...countMax {
            rests.append(otherList(other, after: count, atLeast: low, atMost: high, &builder))
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

    /// A member that is not named, without a comma.
    private func anyOther(
        _ others: [(name: ExpressionID, value: NodeID)], areDistinct: Bool, _ builder: inout GrammarBuilder
    ) -> NodeID {
        var options: [NodeID] = []
        for other in others {
            let name = builder.pool.sequence([syntax.quote, other.name, syntax.quote])
            let start =
                areDistinct
                ? builder.sequence(builder.distinct(name), builder.terminal(syntax.colon))
                : builder.terminal(builder.pool.sequence(name, syntax.colon))
            options.append(builder.sequence(start, other.value))
        }
        return builder.anyOf(options)
    }

    /// Members that are not named, after so many that are.
    private func otherList(
        _ other: NodeID, after count: Int, atLeast low: Int, atMost high: Int, _ builder: inout GrammarBuilder
    ) -> NodeID {
        let missing = max(low - count, 0)
        guard other != builder.nothing, count < high else {
            return missing == 0 ? builder.empty : builder.nothing
        }
        let room = high == .max ? nil : high - count
        let later = builder.sequence(builder.terminal(syntax.comma), other)
        if count > 0 { return builder.loop(later, missing, room) }
        let list = builder.sequence(other, builder.loop(later, max(missing - 1, 0), room.map { $0 - 1 }))
        return missing == 0 ? builder.optional(list) : list
    }
}
