import OrderedCollections

/// Equality, order and membership as Python has them.
extension Interpreter {
    func holds(_ relation: Relation, _ left: Value, _ right: Value) throws(TemplateError) -> Bool {
        switch relation {
        case .equal: try areEqual(left, right)
        case .notEqual: !(try areEqual(left, right))
        case .in: try contains(right, left)
        case .notIn: !(try contains(right, left))
        case .less, .lessOrEqual, .greater, .greaterOrEqual: try isOrdered(left, relation, right)
        }
    }

    func areEqual(_ left: Value, _ right: Value) throws(TemplateError) -> Bool {
        switch (left, right) {
        case (.list(let left), .list(let right)): return try areEqual(left, right)
        case (.dict(let left), .dict(let right)):
            guard left.members.count == right.members.count else { return false }
            try charge(left.members.count)
            for (key, value) in left.members {
                guard let other = right.members[key], try areEqual(value, other) else { return false }
            }
            return true
        case (.iterator(let left), .iterator(let right)): return left === right
        case (.string(let left), .string(let right)):
            try charge(bytes: min(left.utf8.count, right.utf8.count))
            return left.isIdentical(to: right)
        default: return left == right
        }
    }

    private func areEqual(_ left: ListValue, _ right: ListValue) throws(TemplateError) -> Bool {
        if left === right { return true }
        switch (left.kind, right.kind) {
        case (.list, .list), (.range, .range), (.keys, .keys), (.items, .items): break
        default: guard left.kind.isTuple, right.kind.isTuple else { return false }
        }
        guard left.elements.count == right.elements.count else { return false }
        try charge(left.elements.count)
        for (left, right) in zip(left.elements, right.elements) {
            guard try areEqual(left, right) else { return false }
        }
        return true
    }

    private func isOrdered(_ left: Value, _ relation: Relation, _ right: Value) throws(TemplateError) -> Bool
    {
        if case .undefined(let undefined) = left { throw undefined.error }
        if case .undefined(let undefined) = right { throw undefined.error }
        if let left = left.integer, let right = right.integer { return matches(relation, left, right) }
        if let left = left.number, let right = right.number { return matches(relation, left, right) }
        switch (left, right) {
        case (.string(let left), .string(let right)):
            try charge(bytes: min(left.utf8.count, right.utf8.count))
            return matches(relation, PythonText.order(left, right), 0)
        case (.list(let left), .list(let right))
        where (left.kind.isList && right.kind.isList) || (left.kind.isTuple && right.kind.isTuple):
            for (left, right) in zip(left.elements, right.elements) where !(try areEqual(left, right)) {
                return try isOrdered(left, relation, right)
            }
            return matches(relation, left.elements.count, right.elements.count)
        default:
            throw TemplateError(
                .type,
                "'\(relation.rawValue)' not supported between instances of '\(left.typeName)' and '\(right.typeName)'"
            )
        }
    }

    private func matches<Number: Comparable>(_ relation: Relation, _ left: Number, _ right: Number) -> Bool {
        switch relation {
        case .less: left < right
        case .lessOrEqual: left <= right
        case .greater: left > right
        case .greaterOrEqual: left >= right
        case .equal, .notEqual, .in, .notIn: false
        }
    }

    /// Whether `element in container`.
    func contains(_ container: Value, _ element: Value) throws(TemplateError) -> Bool {
        switch container {
        case .string(let text):
            guard case .string(let part) = element else {
                throw TemplateError(
                    .type, "'in <string>' requires string as left operand, not \(element.typeName)")
            }
            return try find(part, in: text, from: 0) != nil
        case .dict(let dict): return dict.members[try key(element)] != nil
        case .list, .iterator, .undefined:
            for candidate in try elements(of: container) where try areEqual(candidate, element) {
                return true
            }
            return false
        case .none, .bool, .int, .float, .object:
            throw TemplateError(.type, "argument of type '\(container.typeName)' is not iterable")
        }
    }

    /// Sorts by keys, equal ones in their order.
    func sorted(
        _ values: [Value], descending: Bool = false, by key: (Value) throws(TemplateError) -> Value
    ) throws(TemplateError) -> [Value] {
        var pairs: [(key: Value, value: Value)] = []
        for value in values { pairs.append((try key(value), value)) }
        let relation = descending ? Relation.greater : .less
        var width = 1
        while width < pairs.count {
            for start in stride(from: 0, to: pairs.count - width, by: 2 * width) {
                try charge(2 * width)
                let middle = start + width
                let end = min(start + 2 * width, pairs.count)
                pairs.replaceSubrange(
                    start..<end, with: try merged(pairs[start..<middle], pairs[middle..<end], relation))
            }
            width *= 2
        }
        return pairs.map(\.value)
    }

    private func merged(
        _ left: ArraySlice<(key: Value, value: Value)>, _ right: ArraySlice<(key: Value, value: Value)>,
        _ relation: Relation
    ) throws(TemplateError) -> [(key: Value, value: Value)] {
        var left = left
        var right = right
        var result: [(key: Value, value: Value)] = []
        while let first = left.first, let second = right.first {
            let takesRight = try isOrdered(second.key, relation, first.key)
            result.append(takesRight ? second : first)
            if takesRight { right.removeFirst() } else { left.removeFirst() }
        }
        return result + left + right
    }
}
