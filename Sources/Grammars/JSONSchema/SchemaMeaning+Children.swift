import OrderedCollections

extension ArrayRules {
    /// What the element at a position must satisfy; nil where these rules do not speak of it.
    func schema(at position: Int) -> SchemaID? {
        if let unevaluated { return scope.contains { $0.speaks(of: position) } ? nil : unevaluated }
        return position < prefix.count ? prefix[position] : rest
    }

    private func speaks(of position: Int) -> Bool {
        position < prefix.count || rest != nil || unevaluated != nil
    }
}

extension ObjectRules {
    /// What a member must satisfy.
    ///
    /// - Parameters:
    ///   - hasName: Whether it has one of ``properties``, and which.
    ///   - matches: Whether a pattern matches its name.
    func schemas(
        ofMember name: String?, matches: (Pattern) -> (perhaps: Bool, surely: Bool)
    ) -> [SchemaID] {
        if let unevaluated {
            return scope.contains { $0.speaks(ofMember: name, matches: matches) } ? [] : [unevaluated]
        }
        var result: [SchemaID] = []
        var isOwn = false
        if let own = name.flatMap({ properties[$0] }) {
            result.append(own)
            isOwn = true
        }
        for pattern in patterns {
            let match = matches(pattern)
            if match.perhaps { result.append(pattern.schema) }
            // Where dialects disagree on the name both may hold.
            isOwn = isOwn || match.surely
        }
        if !isOwn, let additional { result.append(additional) }
        return result
    }

    /// Whether the specification counts a member as evaluated by these rules.
    private func speaks(
        ofMember name: String?, matches: (Pattern) -> (perhaps: Bool, surely: Bool)
    ) -> Bool {
        guard !isSilent else { return false }
        return name.map { properties[$0] != nil } ?? false || additional != nil || unevaluated != nil
            || patterns.contains { matches($0).surely }
    }
}

extension SchemaMeaning {
    /// What the element at a position must satisfy, all at once.
    func elementSchemas(at position: Int) -> [SchemaID] { arrays.compactMap { $0.schema(at: position) } }

    /// What the member of a name must satisfy, all at once.
    func memberSchemas(_ name: String, _ pool: inout ExpressionPool) -> [SchemaID] {
        var matches: [ObjectRules.Pattern: (perhaps: Bool, surely: Bool)] = [:]
        for pattern in objects.flatMap(\.patterns) {
            let perhaps = pattern.plain.perhaps.map { pool.matches($0, name.utf8) } ?? true
            matches[pattern] = (perhaps, perhaps && pool.matches(pattern.plain.surely, name.utf8))
        }
        return objects.flatMap { $0.schemas(ofMember: name) { matches[$0] ?? (false, false) } }
    }

    /// The meaning without rules on what is not spoken of: it allows at least as much, whichever alternatives of its
    /// schema hold at once.
    var withoutUnevaluated: SchemaMeaning {
        var result = self
        result.arrays.removeAll { $0.unevaluated != nil }
        result.objects.removeAll { $0.unevaluated != nil }
        return result
    }
}
