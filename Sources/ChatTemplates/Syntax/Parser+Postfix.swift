/// Literals, and what may follow a value: attributes, items, calls, filters and tests.
extension Parser {
    mutating func primary() throws(TemplateError) -> Expression {
        let token = current
        switch token.kind {
        case .name(let text):
            advance()
            switch text {
            case "true", "True": return .bool(true)
            case "false", "False": return .bool(false)
            case "none", "None": return .none
            default:
                let name = name(text)
                readNames.append(name)
                return .name(name)
            }
        case .string(var text):
            advance()
            while case .string(let more) = current.kind {
                text += more
                advance()
            }
            return .string(text)
        case .integer(let value):
            advance()
            return .int(value)
        case .float(let value):
            advance()
            return .float(value)
        case .symbol("("):
            advance()
            let inner = try tuple(inParentheses: true)
            try expectSymbol(")")
            return inner
        case .symbol("["): return try list()
        case .symbol("{"): return try dict()
        default: throw unexpected()
        }
    }

    private mutating func list() throws(TemplateError) -> Expression {
        try expectSymbol("[")
        var elements: [Expression] = []
        while current.kind != .symbol("]") {
            if !elements.isEmpty { try expectSymbol(",") }
            if current.kind == .symbol("]") { break }
            elements.append(try expression())
        }
        try expectSymbol("]")
        return .list(elements)
    }

    private mutating func dict() throws(TemplateError) -> Expression {
        try expectSymbol("{")
        var pairs: [Expression.Pair] = []
        while current.kind != .symbol("}") {
            if !pairs.isEmpty { try expectSymbol(",") }
            if current.kind == .symbol("}") { break }
            let key = try expression()
            try expectSymbol(":")
            pairs.append(Expression.Pair(key: key, value: try expression()))
        }
        try expectSymbol("}")
        return .dict(pairs)
    }

    mutating func postfix(_ first: Expression) throws(TemplateError) -> Expression {
        try links(first) { (parser, value) throws(TemplateError) in
            switch parser.current.kind {
            case .symbol("."), .symbol("["): try parser.subscripted(value)
            case .symbol("("): try parser.call(value)
            default: nil
            }
        }
    }

    mutating func filtersAndTests(_ first: Expression) throws(TemplateError) -> Expression {
        try links(first) { (parser, value) throws(TemplateError) in
            switch parser.current.kind {
            case .symbol("|"):
                parser.advance()
                return .filter(value, try parser.filterOperation())
            case .name("is"): return try parser.test(value)
            case .symbol("("): return try parser.call(value)
            default: return nil
            }
        }
    }

    private mutating func links(
        _ first: Expression, _ link: (inout Parser, Expression) throws(TemplateError) -> Expression?
    ) throws(TemplateError) -> Expression {
        var result = first
        var levels = 0
        defer { for _ in 0..<levels { leave() } }
        while let longer = try link(&self, result) {
            levels += 1
            result = longer
            try enter()
        }
        return result
    }

    private mutating func subscripted(_ value: Expression) throws(TemplateError) -> Expression {
        let position = current.position
        if takeSymbol(".") {
            let token = current
            advance()
            switch token.kind {
            case .name(let name): return .attribute(value, name, position)
            case .integer(let index): return .item(value, .int(index), position)
            default: throw TemplateError(.syntax, "expected name or number", at: token.position)
            }
        }
        try expectSymbol("[")
        var keys: [Expression] = []
        if current.kind != .symbol("]") {
            let start: Expression? = current.kind == .symbol(":") ? nil : try expression()
            if takeSymbol(":") { return try slice(of: value, from: start, at: position) }
            if let start { keys.append(start) }
        }
        while current.kind != .symbol("]") {
            try expectSymbol(",")
            keys.append(try expression())
        }
        try expectSymbol("]")
        return .item(value, keys.count == 1 ? keys[0] : .tuple(keys), position)
    }

    /// What follows the first colon of a slice.
    private mutating func slice(
        of value: Expression, from start: Expression?, at position: Position
    )
        throws(TemplateError) -> Expression
    {
        let stop = try bound()
        let step = takeSymbol(":") ? try bound() : nil
        try expectSymbol("]")
        return .slice(value, Expression.Bounds(start: start, stop: stop, step: step), position)
    }

    private mutating func bound() throws(TemplateError) -> Expression? {
        switch current.kind {
        case .symbol(":"), .symbol("]"): nil
        default: try expression()
        }
    }

    private mutating func call(_ callee: Expression) throws(TemplateError) -> Expression {
        let position = current.position
        return .call(callee, try callArguments(), position)
    }

    private mutating func callArguments() throws(TemplateError) -> CallArguments {
        let position = current.position
        var arguments = CallArguments()
        func ensure(_ isValid: Bool) throws(TemplateError) {
            guard isValid else {
                throw TemplateError(.syntax, "invalid syntax for function call expression", at: position)
            }
        }
        try expectSymbol("(")
        var isFirst = true
        while current.kind != .symbol(")") {
            if !isFirst {
                try expectSymbol(",")
                if current.kind == .symbol(")") { break }
            }
            isFirst = false
            if takeSymbol("*") {
                try ensure(arguments.spread == nil && arguments.namedSpread == nil)
                arguments.spread = try expression()
            } else if takeSymbol("**") {
                try ensure(arguments.namedSpread == nil)
                arguments.namedSpread = try expression()
            } else if case .name(let name) = current.kind, next.kind == .symbol("=") {
                try ensure(arguments.namedSpread == nil)
                advance()
                advance()
                guard !arguments.named.contains(where: { $0.name == name }) else {
                    throw TemplateError(.syntax, "keyword argument repeated: \(name)", at: current.position)
                }
                arguments.named.append(CallArguments.Named(name: name, value: try expression()))
            } else {
                try ensure(arguments.spread == nil && arguments.namedSpread == nil && arguments.named.isEmpty)
                arguments.positional.append(try expression())
            }
        }
        try expectSymbol(")")
        return arguments
    }

    /// The name of a filter, after its bar, and its arguments.
    mutating func filterOperation() throws(TemplateError) -> Expression.Operation {
        let position = current.position
        let name = try dottedName()
        if Filters.table[name] == nil {
            unknownOperations.append(TemplateError(.syntax, "No filter named '\(name)'.", at: position))
        }
        let arguments = current.kind == .symbol("(") ? try callArguments() : CallArguments()
        return Expression.Operation(name: name, arguments: arguments, position: position)
    }

    private mutating func dottedName() throws(TemplateError) -> String {
        var name = try expectAnyName().text
        while takeSymbol(".") { name += "." + (try expectAnyName().text) }
        return name
    }

    private mutating func test(_ value: Expression) throws(TemplateError) -> Expression {
        let position = current.position
        advance()
        let isNegated = takeName("not")
        let name = try dottedName()
        if ValueTests.table[name] == nil {
            unknownOperations.append(TemplateError(.syntax, "No test named '\(name)'.", at: position))
        }
        let operation = Expression.Operation(name: name, arguments: try testArguments(), position: position)
        let result = Expression.test(value, operation)
        return isNegated ? .not(result) : result
    }

    /// The arguments of a test: a call's, or a single value without parentheses.
    private mutating func testArguments() throws(TemplateError) -> CallArguments {
        switch current.kind {
        case .symbol("("): return try callArguments()
        case .name("else"), .name("or"), .name("and"): return CallArguments()
        case .name("is"):
            throw TemplateError(.syntax, "You cannot chain multiple tests with is", at: current.position)
        case .name, .string, .integer, .float, .symbol("["), .symbol("{"):
            return CallArguments(positional: [try postfix(try primary())])
        default: return CallArguments()
        }
    }
}
