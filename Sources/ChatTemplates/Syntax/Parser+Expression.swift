/// Expressions, from the loosest operator to the tightest.
extension Parser {
    mutating func expression(allowsConditional: Bool = true) throws(TemplateError) -> Expression {
        try enter()
        defer { leave() }
        return allowsConditional ? try conditionalExpression() : try disjunction()
    }

    /// Parses left-associative operators; each level of the tree that this builds counts as one of nesting.
    private mutating func chain(
        _ first: Expression, _ extend: (inout Parser, Expression) throws(TemplateError) -> Expression?
    ) throws(TemplateError) -> Expression {
        var result = first
        var levels = 0
        defer { for _ in 0..<levels { leave() } }
        while let longer = try extend(&self, result) {
            levels += 1
            result = longer
            try enter()
        }
        return result
    }

    private mutating func conditionalExpression() throws(TemplateError) -> Expression {
        let mark = unknownOperations.count
        return try chain(try disjunction()) { (parser, then) throws(TemplateError) in
            let position = parser.current.position
            guard parser.takeName("if") else { return nil }
            let test = try parser.disjunction()
            var otherwise: Expression?
            if parser.takeName("else") {
                try parser.enter()
                otherwise = try parser.conditionalExpression()
                parser.leave()
            }
            parser.unknownOperations.removeSubrange(mark...)
            return .conditional(test: test, then: then, otherwise: otherwise, position)
        }
    }

    private mutating func disjunction() throws(TemplateError) -> Expression {
        try chain(try conjunction()) { (parser, left) throws(TemplateError) in
            parser.takeName("or") ? .or(left, try parser.conjunction()) : nil
        }
    }

    private mutating func conjunction() throws(TemplateError) -> Expression {
        try chain(try negation()) { (parser, left) throws(TemplateError) in
            parser.takeName("and") ? .and(left, try parser.negation()) : nil
        }
    }

    private mutating func negation() throws(TemplateError) -> Expression {
        guard takeName("not") else { return try comparison() }
        try enter()
        defer { leave() }
        return .not(try negation())
    }

    private mutating func comparison() throws(TemplateError) -> Expression {
        let position = current.position
        let first = try sum()
        var comparisons: [Expression.Comparison] = []
        while let relation = takeRelation() {
            comparisons.append(Expression.Comparison(relation: relation, operand: try sum()))
        }
        return comparisons.isEmpty ? first : .compare(first, comparisons, position)
    }

    private mutating func takeRelation() -> Relation? {
        switch current.kind {
        case .symbol(let symbol):
            guard let relation = Relation(rawValue: symbol) else { return nil }
            advance()
            return relation
        case .name("in"):
            advance()
            return .in
        case .name("not") where next.kind == .name("in"):
            advance()
            advance()
            return .notIn
        default: return nil
        }
    }

    private mutating func sum() throws(TemplateError) -> Expression {
        try chain(try concatenation()) { (parser, left) throws(TemplateError) in
            guard let (sign, position) = parser.takeOperator("+", "-") else { return nil }
            return .binary(sign, left, try parser.concatenation(), position)
        }
    }

    private mutating func concatenation() throws(TemplateError) -> Expression {
        var parts = [try product()]
        while takeSymbol("~") { parts.append(try product()) }
        return parts.count == 1 ? parts[0] : .concatenation(parts)
    }

    private mutating func product() throws(TemplateError) -> Expression {
        try chain(try power()) { (parser, left) throws(TemplateError) in
            guard let (sign, position) = parser.takeOperator("*", "/", "//", "%") else { return nil }
            return .binary(sign, left, try parser.power(), position)
        }
    }

    private mutating func power() throws(TemplateError) -> Expression {
        try chain(try unary()) { (parser, left) throws(TemplateError) in
            guard let (sign, position) = parser.takeOperator("**") else { return nil }
            return .binary(sign, left, try parser.unary(), position)
        }
    }

    private mutating func takeOperator(_ symbols: String...) -> (BinaryOperator, Position)? {
        guard case .symbol(let symbol) = current.kind, symbols.contains(symbol),
            let sign = BinaryOperator(rawValue: symbol)
        else { return nil }
        defer { advance() }
        return (sign, current.position)
    }

    private mutating func unary(withFilters: Bool = true) throws(TemplateError) -> Expression {
        let position = current.position
        var result: Expression
        if takeSymbol("-") {
            try enter()
            defer { leave() }
            result = .negative(try unary(withFilters: false), position)
        } else if takeSymbol("+") {
            try enter()
            defer { leave() }
            result = .positive(try unary(withFilters: false), position)
        } else {
            result = try primary()
        }
        result = try postfix(result)
        return withFilters ? try filtersAndTests(result) : result
    }

    /// Expressions between commas, as a tuple if there is a comma. An empty tuple needs parentheses.
    mutating func tuple(
        allowsConditional: Bool = true, endedBy end: String? = nil, inParentheses: Bool = false
    ) throws(TemplateError) -> Expression {
        var elements: [Expression] = []
        var isTuple = false
        while true {
            if !elements.isEmpty { try expectSymbol(",") }
            if endsTuple(endedBy: end) { break }
            elements.append(try expression(allowsConditional: allowsConditional))
            guard current.kind == .symbol(",") else { break }
            isTuple = true
        }
        if !isTuple, let only = elements.first { return only }
        guard isTuple || inParentheses else {
            throw TemplateError(
                .syntax, "Expected an expression, got '\(current.summary)'", at: current.position)
        }
        return .tuple(elements)
    }

    func endsTuple(endedBy end: String?) -> Bool {
        switch current.kind {
        case .variableEnd, .blockEnd, .symbol(")"): true
        case .name(let name): name == end
        default: false
        }
    }

    // MARK: Targets

    /// What a `set` or a `for` assigns to.
    mutating func assignmentTarget(
        endedBy end: String? = nil, allowsAttribute: Bool = false
    ) throws(TemplateError) -> Target {
        let position = current.position
        var targets: [Target] = []
        var isTuple = false
        while true {
            if !targets.isEmpty { try expectSymbol(",") }
            if endsTuple(endedBy: end) { break }
            targets.append(try singleTarget(allowsAttribute: allowsAttribute))
            guard current.kind == .symbol(",") else { break }
            isTuple = true
        }
        if !isTuple, let only = targets.first { return only }
        guard isTuple else {
            throw TemplateError(.syntax, "Expected an expression, got '\(current.summary)'", at: position)
        }
        return .tuple(targets, position)
    }

    private mutating func singleTarget(allowsAttribute: Bool) throws(TemplateError) -> Target {
        let position = current.position
        if takeSymbol("(") {
            try enter()
            defer { leave() }
            let inner = try assignmentTarget()
            try expectSymbol(")")
            return inner
        }
        guard case .name(let text) = current.kind else { throw unexpected() }
        let isConstant = ["true", "false", "none", "True", "False", "None"].contains(text)
        guard !isConstant else { throw TemplateError(.syntax, "can't assign to 'const'", at: position) }
        let name = try expectAnyName()
        guard allowsAttribute, takeSymbol(".") else { return .name(name) }
        readNames.append(name)
        return .attribute(name, try expectAnyName().text, position)
    }
}
