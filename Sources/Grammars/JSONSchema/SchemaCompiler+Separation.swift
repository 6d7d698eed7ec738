import JSON
import OrderedCollections

extension SchemaCompiler {
    /// What is left of some meanings without what others allow: the values of the result have one of the meanings,
    /// and none of the others.
    ///
    /// - Throws: ``GrammarError/unsupportedSchema(pointer:keyword:reason:)`` where the two cannot be told apart.
    mutating func separated(
        _ meanings: [SchemaMeaning], from others: [SchemaMeaning], keyword: String, at pointer: String,
        _ builder: inout GrammarBuilder
    ) throws(GrammarError) -> [SchemaMeaning] {
        var result = meanings
        for other in others {
            var left: [SchemaMeaning] = []
            for meaning in result {
                guard let parts = try separated(meaning, from: other, at: pointer, &builder) else {
                    throw .unsupportedSchema(
                        pointer: SchemaDocument.pointer(pointer, keyword), keyword: keyword,
                        reason:
                            "its schemas cannot be told apart by a type, a constant, a required property or the "
                            + "text of a string; use anyOf, or give each alternative a property with a constant"
                    )
                }
                left += parts
                try count(meanings: parts.count, at: pointer)
            }
            guard left.count <= limits.combinationsMax else {
                throw .tooComplex("the alternatives at #\(pointer) need \(left.count) cases to be told apart")
            }
            result = left
        }
        return result
    }

    /// The meaning without the other one, as one or more meanings; nil where that cannot be said.
    private mutating func separated(
        _ meaning: SchemaMeaning, from other: SchemaMeaning, at pointer: String,
        _ builder: inout GrammarBuilder
    ) throws(GrammarError) -> [SchemaMeaning]? {
        let other = other.withoutUnevaluated
        let common = meaning.kinds.intersection(other.kinds)
        if common.isEmpty { return [meaning] }
        if let values = meaning.values, let others = other.values, isListing(other) {
            var rest = meaning
            let excluded = Set(others.map(\.normalized))
            rest.values = values.filter { !excluded.contains($0.normalized) }
            rest.settleValues()
            return rest.isImpossible ? [] : [rest]
        }
        if common.isSubset(of: [.array, .object]), other.values != nil { return nil }
        var kept = meaning
        if common.contains(.null) { kept.kinds.remove(.null) }
        if common.contains(.boolean) {
            let others = other.values.map { $0.compactMap(\.boolValue) } ?? Array(other.booleans)
            kept.booleans.subtract(others)
            if kept.booleans.isEmpty { kept.kinds.remove(.boolean) }
        }
        if common.contains(.string) {
            if other.texts.contains(where: { $0.perhaps == nil }) { return nil }
            let excluded = try content(of: other, isUpperBound: true, &builder)
            if excluded == builder.pool.loop(syntax.character, 0, nil) {
                kept.kinds.remove(.string)
            } else {
                kept.excludedTexts.append(excluded)
                if !builder.pool.isAlive(try content(of: kept, &builder)) { kept.kinds.remove(.string) }
            }
        }
        var result: [SchemaMeaning] = []
        for (kind, apart) in [
            (ValueKinds.integer, try numbersApart(meaning, other, common, .integer, &builder)),
            (ValueKinds.fraction, try numbersApart(meaning, other, common, .fraction, &builder)),
            (ValueKinds.array, try arraysApart(meaning, other, common, &builder)),
            (ValueKinds.object, try objectsApart(meaning, other, common, &builder)),
        ] {
            guard common.contains(kind) else { continue }
            guard let apart else { return nil }
            if apart == [meaning] { continue }
            kept.kinds.remove(kind)
            for var part in apart {
                part.kinds.formIntersection(kind)
                part.settleValues()
                if !part.isImpossible { result.append(part) }
            }
        }
        kept.settleValues()
        return kept.isImpossible ? result : [kept] + result
    }

    /// Whether a meaning is its listed values and nothing else.
    private func isListing(_ meaning: SchemaMeaning) -> Bool {
        var bare = SchemaMeaning()
        bare.values = meaning.values
        bare.kinds = meaning.kinds
        bare.booleans = meaning.booleans
        return meaning.values != nil && meaning == bare
    }

    // MARK: Numbers

    /// The integers, or the fractions, of a meaning that the other one does not allow.
    private func numbersApart(
        _ meaning: SchemaMeaning, _ other: SchemaMeaning, _ common: ValueKinds, _ kind: ValueKinds,
        _ builder: inout GrammarBuilder
    ) throws(GrammarError) -> [SchemaMeaning]? {
        guard common.contains(kind) else { return [meaning] }
        if other.values == nil, !other.hasNumberRules { return [] }
        var (ours, theirs) = (meaning, other)
        (ours.kinds, theirs.kinds) = (kind, kind)
        theirs.settleValues()
        if theirs.kinds.isEmpty { return [meaning] }
        var excluded = try number(theirs, &builder)
        // A fraction that is listed may be written with zeros behind it.
        if kind == .fraction, theirs.values != nil {
            excluded = builder.pool.sequence(excluded, builder.pool.loop(builder.pool.literal("0"), 0, nil))
        }
        if !builder.pool.isAlive(builder.pool.allOf([try number(ours, &builder), excluded])) {
            return [meaning]
        }
        if other.values == nil, other.steps.isEmpty, other.excludedNumbers.isEmpty {
            return other.bounds.map { bound in
                var beyond = meaning
                beyond.bounds.append(bound.inverted)
                return beyond
            }
        }
        // An integer is written in one way, so that texts compare as numbers do.
        guard kind == .integer || theirs.values != nil else { return nil }
        ours.excludedNumbers.append(excluded)
        return builder.pool.isAlive(try number(ours, &builder)) ? [ours] : []
    }

    // MARK: Arrays

    private mutating func arraysApart(
        _ meaning: SchemaMeaning, _ other: SchemaMeaning, _ common: ValueKinds,
        _ builder: inout GrammarBuilder
    ) throws(GrammarError) -> [SchemaMeaning]? {
        guard common.contains(.array) else { return [meaning] }
        guard other.hasArrayRules else { return [] }
        guard meaning.values == nil else { return nil }
        if let most = meaning.itemsMax, most < other.itemsMin { return [meaning] }
        if let most = other.itemsMax, meaning.itemsMin > most { return [meaning] }
        if meaning.itemsMin > 0, other.contained.isEmpty {
            let (ours, theirs) = (meaning.elementSchemas(at: 0), other.elementSchemas(at: 0))
            if try areDisjoint(ours, theirs, &builder) { return [meaning] }
        }
        var result: [SchemaMeaning] = []
        if other.itemsMin > meaning.itemsMin {
            var shorter = meaning
            shorter.itemsMax = min(meaning.itemsMax ?? .max, other.itemsMin - 1)
            result.append(shorter)
        }
        if let most = other.itemsMax, meaning.itemsMax.map({ $0 > most }) ?? true {
            var longer = meaning
            longer.itemsMin = max(meaning.itemsMin, most + 1)
            result.append(longer)
        }
        for contained in other.contained {
            for (min, max) in [(0, contained.min - 1), (contained.max.map { $0 + 1 } ?? -1, nil)]
            where min >= 0 && max ?? 0 >= 0 {
                var beyond = meaning
                beyond.contained.append(
                    SchemaMeaning.Contained(
                        schema: contained.schema, min: min, max: max, pointer: contained.pointer))
                result.append(beyond)
            }
        }
        // An element that the other one does not allow tells them apart.
        if other.arrays.allSatisfy(\.prefix.isEmpty) {
            let differing = document.notAll(other.elementSchemas(at: 0), at: "")
            let ours = meaning.elementSchemas(at: meaning.arrays.map(\.prefix.count).max() ?? 0)
            if !other.arrays.isEmpty, let left = try? meanings(of: ours + [differing], &builder),
                !left.isEmpty
            {
                var with = meaning
                with.contained.append(
                    SchemaMeaning.Contained(schema: differing, min: 1, max: nil, pointer: ""))
                result.append(with)
            }
        }
        return result.isEmpty ? nil : result
    }

    // MARK: Objects

    private mutating func objectsApart(
        _ meaning: SchemaMeaning, _ other: SchemaMeaning, _ common: ValueKinds,
        _ builder: inout GrammarBuilder
    ) throws(GrammarError) -> [SchemaMeaning]? {
        guard common.contains(.object) else { return [meaning] }
        guard other.hasObjectRules else { return [] }
        guard meaning.values == nil else { return nil }
        // Names that either speaks of: what the other one does not allow under ours tells them apart too.
        let names = OrderedSet((other.objects + meaning.objects).flatMap(\.properties.keys)).union(
            other.required)
        // They are apart already where one wants a property and the other does not allow it, or not as it is.
        for name in other.required where meaning.forbidden.contains(name) { return [meaning] }
        for name in meaning.required {
            if other.forbidden.contains(name) { return [meaning] }
            let ours = meaning.memberSchemas(name, &builder.pool)
            let theirs = other.memberSchemas(name, &builder.pool)
            if try areDisjoint(ours, theirs, &builder) { return [meaning] }
        }
        var result: [SchemaMeaning] = []
        for name in other.required where !meaning.required.contains(name) {
            var without = meaning
            without.forbidden.insert(name)
            result.append(without)
        }
        for name in other.forbidden where !meaning.forbidden.contains(name) {
            var with = meaning
            with.required.append(name)
            result.append(with)
        }
        for name in names where !meaning.forbidden.contains(name) {
            let schemas = other.memberSchemas(name, &builder.pool)
            guard !schemas.isEmpty else { continue }
            let differing = document.notAll(schemas, at: "")
            var with = meaning
            with.required.append(name)
            with.objects.append(ObjectRules(properties: [name: differing], isSilent: true))
            let ours = with.memberSchemas(name, &builder.pool)
            guard let left = try? meanings(of: ours, &builder), !left.isEmpty else { continue }
            result.append(with)
        }
        return result.isEmpty ? nil : result
    }

    /// Whether no value has a meaning of both; false where that is not plain to see.
    private mutating func areDisjoint(
        _ left: [SchemaID], _ right: [SchemaID], _ builder: inout GrammarBuilder
    ) throws(GrammarError) -> Bool {
        guard let ours = try? meanings(of: left, &builder), let theirs = try? meanings(of: right, &builder)
        else {
            return false
        }
        for first in ours {
            for second in theirs {
                let both = first.combined(with: second)
                if both.isImpossible { continue }
                if !both.kinds.isSubset(of: [.string, .number]) { return false }
                if both.kinds.contains(.string) {
                    let texts = builder.pool.allOf([
                        try content(of: first, isUpperBound: true, &builder),
                        try content(of: second, isUpperBound: true, &builder),
                    ])
                    if builder.pool.isAlive(texts) { return false }
                }
                if !both.kinds.isDisjoint(with: .number) {
                    let texts = builder.pool.allOf([
                        try number(first, &builder), try number(second, &builder),
                    ])
                    if builder.pool.isAlive(texts) { return false }
                }
            }
        }
        return true
    }
}
