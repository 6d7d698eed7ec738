import OrderedCollections

extension SchemaMeaning {
    /// What the element at a position must satisfy, all at once.
    func elementSchemas(at position: Int) -> [SchemaID] {
        var result: [SchemaID] = []
        var isSpokenOf = false
        for rules in arrays {
            if position < rules.prefix.count {
                result.append(rules.prefix[position])
                isSpokenOf = true
            } else if let rest = rules.rest {
                result.append(rest)
                isSpokenOf = true
            }
        }
        return isSpokenOf ? result : arrays.compactMap(\.unevaluated)
    }

    /// What the member of a name must satisfy, all at once.
    func memberSchemas(_ name: String, _ pool: inout ExpressionPool) -> [SchemaID] {
        var result: [SchemaID] = []
        var isSpokenOf = false
        for rules in objects {
            var isOwn = false
            if let own = rules.properties[name] {
                result.append(own)
                isOwn = true
            }
            for pattern in rules.patterns {
                guard let perhaps = pattern.plain.perhaps, pool.matches(perhaps, name.utf8) else { continue }
                result.append(pattern.schema)
                // Where dialects disagree on the name both may hold.
                isOwn = isOwn || pool.matches(pattern.plain.surely, name.utf8)
            }
            if !isOwn, let additional = rules.additional { result.append(additional) }
            isSpokenOf = isSpokenOf || isOwn || rules.additional != nil
        }
        return isSpokenOf ? result : result + objects.compactMap(\.unevaluated)
    }
}
