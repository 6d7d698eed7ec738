import OrderedCollections

/// Evaluating expressions.
extension Interpreter {
    func value(of expression: Expression) throws(TemplateError) -> Value {
        try charge()
        switch expression {
        case .none: return .none
        case .bool(let value): return .bool(value)
        case .int(let value): return .int(value)
        case .float(let value): return .float(value)
        case .string(let text): return .string(text)
        case .name(let name): return scope.value(of: name) ?? .undefined(Undefined(.variable(name.text)))
        default: return try nested { () throws(TemplateError) in try compound(expression) }
        }
    }

    private func compound(_ expression: Expression) throws(TemplateError) -> Value {
        switch expression {
        case .list(let elements): return .list(try values(of: elements))
        case .tuple(let elements): return .tuple(try values(of: elements))
        case .dict(let pairs): return try dict(of: pairs)
        case .attribute(let owner, let name, let position):
            let owner = try value(of: owner)
            return try located(position) { () throws(TemplateError) in try attribute(name, of: owner) }
        case .item(let owner, let key, let position):
            let owner = try value(of: owner)
            let key = try value(of: key)
            return try located(position) { () throws(TemplateError) in try item(key, of: owner) }
        case .slice(let owner, let bounds, let position):
            return try located(position) { () throws(TemplateError) in try slice(owner, bounds) }
        case .call(let callee, let arguments, let position):
            let function = try value(of: callee)
            let values = try self.arguments(arguments)
            return try located(position) { () throws(TemplateError) in try call(function, values) }
        case .filter(let value, let operation): return try apply([operation], to: try self.value(of: value))
        case .test(let value, let operation): return .bool(try test(try self.value(of: value), operation))
        case .not(let operand): return .bool(!(try value(of: operand).isTrue))
        case .negative(let operand, let position):
            let value = try value(of: operand)
            return try located(position) { () throws(TemplateError) in try negated(value) }
        case .positive(let operand, let position):
            let value = try value(of: operand)
            return try located(position) { () throws(TemplateError) in try positive(value) }
        case .binary(let sign, let left, let right, let position):
            let left = try value(of: left)
            let right = try value(of: right)
            return try located(position) { () throws(TemplateError) in try apply(sign, left, right) }
        case .and(let left, let right):
            let left = try value(of: left)
            return left.isTrue ? try value(of: right) : left
        case .or(let left, let right):
            let left = try value(of: left)
            return left.isTrue ? left : try value(of: right)
        case .compare(let first, let comparisons, let position):
            return try located(position) { () throws(TemplateError) in try compare(first, comparisons) }
        case .concatenation(let parts): return .string(try concatenation(of: parts))
        case .conditional(let test, let then, let otherwise, let position):
            return try conditional(test, then, otherwise, position)
        case .none, .bool, .int, .float, .string, .name: return try value(of: expression)
        }
    }

    /// Runs something, and places an error that has no place yet.
    func located<Result>(
        _ position: Position, _ body: () throws(TemplateError) -> Result
    ) throws(TemplateError) -> Result {
        do {
            return try body()
        } catch {
            throw error.located(at: position)
        }
    }

    func values(of expressions: [Expression]) throws(TemplateError) -> [Value] {
        var values: [Value] = []
        values.reserveCapacity(expressions.count)
        for expression in expressions { values.append(try value(of: expression)) }
        return values
    }

    private func dict(of pairs: [Expression.Pair]) throws(TemplateError) -> Value {
        var members: [(Value, Value)] = []
        for pair in pairs { members.append((try value(of: pair.key), try value(of: pair.value))) }
        return try dict(members)
    }

    /// A dictionary of these members; of members with one key the last counts.
    func dict(_ members: [(Value, Value)]) throws(TemplateError) -> Value {
        var result: OrderedDictionary<Value, Value> = [:]
        for (key, value) in members { result[try self.key(key)] = value }
        return .dict(DictValue(result))
    }

    private func concatenation(of parts: [Expression]) throws(TemplateError) -> String {
        var text = ""
        for part in parts { text += try self.text(of: try value(of: part)) }
        try charge(bytes: text.utf8.count)
        return text
    }

    private func conditional(
        _ test: Expression, _ then: Expression, _ otherwise: Expression?, _ position: Position
    ) throws(TemplateError) -> Value {
        if try value(of: test).isTrue { return try value(of: then) }
        if let otherwise { return try value(of: otherwise) }
        return .undefined(
            hint:
                "the inline if-expression on line \(position.line) evaluated to false and no else section was defined."
        )
    }

    private func compare(
        _ first: Expression, _ comparisons: [Expression.Comparison]
    ) throws(TemplateError) -> Value {
        var left = try value(of: first)
        for comparison in comparisons {
            let right = try value(of: comparison.operand)
            guard try holds(comparison.relation, left, right) else { return .bool(false) }
            left = right
        }
        return .bool(true)
    }

    private func slice(_ owner: Expression, _ bounds: Expression.Bounds) throws(TemplateError) -> Value {
        let owner = try value(of: owner)
        let start = try bounds.start.map { (bound) throws(TemplateError) in try value(of: bound) } ?? .none
        let stop = try bounds.stop.map { (bound) throws(TemplateError) in try value(of: bound) } ?? .none
        let step = try bounds.step.map { (bound) throws(TemplateError) in try value(of: bound) } ?? .none
        return try sliced(owner, start: start, stop: stop, step: step)
    }

    // MARK: Calls

    func arguments(_ expressions: CallArguments) throws(TemplateError) -> Arguments {
        var arguments = Arguments(positional: try values(of: expressions.positional))
        for named in expressions.named { arguments.named.append((named.name, try value(of: named.value))) }
        if let spread = expressions.spread {
            arguments.positional += try elements(of: try value(of: spread))
        }
        if let spread = expressions.namedSpread {
            guard case .dict(let dict) = try value(of: spread) else {
                throw TemplateError(.type, "argument after ** must be a mapping")
            }
            for (key, value) in dict.members {
                guard let name = key.string else { throw TemplateError(.type, "keywords must be strings") }
                guard !arguments.named.contains(where: { $0.name.isIdentical(to: name) }) else {
                    throw TemplateError(.type, "got multiple values for keyword argument '\(name)'")
                }
                arguments.named.append((name, value))
            }
        }
        return arguments
    }

    func call(_ function: Value, _ arguments: Arguments) throws(TemplateError) -> Value {
        switch function {
        case .object(let object): return try object.call(arguments, self)
        case .undefined(let undefined): throw undefined.error
        default: throw TemplateError(.type, "'\(function.typeName)' object is not callable")
        }
    }

    /// Sends a value through filters.
    func apply(_ filters: [Expression.Operation], to value: Value) throws(TemplateError) -> Value {
        var result = value
        for operation in filters {
            let arguments = try self.arguments(operation.arguments)
            result = try located(operation.position) { () throws(TemplateError) in
                try filter(operation.name, result, arguments)
            }
        }
        return result
    }

    func filter(_ name: String, _ value: Value, _ arguments: Arguments) throws(TemplateError) -> Value {
        guard let filter = Filters.table[name] else {
            throw TemplateError(.runtime, "No filter named '\(name)' found.")
        }
        return try filter(self, value, arguments)
    }

    private func test(_ value: Value, _ operation: Expression.Operation) throws(TemplateError) -> Bool {
        let arguments = try self.arguments(operation.arguments)
        return try located(operation.position) { () throws(TemplateError) in
            try test(operation.name, value, arguments)
        }
    }

    func test(_ name: String, _ value: Value, _ arguments: Arguments) throws(TemplateError) -> Bool {
        guard let test = ValueTests.table[name] else {
            throw TemplateError(.runtime, "No test named '\(name)' found.")
        }
        return try test(self, value, arguments)
    }
}
