/// Reads tokens into statements by Jinja2's grammar.
struct Parser {
    let tokens: [Token]
    var index = 0
    /// Every name that the template reads, in order.
    var readNames: [Name] = []
    private var ids: [String: Int] = [:]
    /// How deep the construct at hand is nested.
    private(set) var depth = 0
    /// The tags that are open, innermost last.
    private var openTags: [String] = []
    /// The loops around the statement at hand within its macro, for `break` and `continue`.
    private var loops = 0
    /// Filters and tests that do not exist, each an error unless a condition guards it.
    var unknownOperations: [TemplateError] = []
    /// Those of them that no condition guards.
    private var errors: [TemplateError] = []

    static let depthMax = 200

    init(_ tokens: [Token]) { self.tokens = tokens }

    mutating func parse() throws(TemplateError) -> [Statement] {
        let body = try statements(until: [])
        if let error = (errors + unknownOperations).first { throw error }
        return body
    }

    // MARK: Statements

    /// Statements up to one of these tags, of which the name is consumed; with no tags, up to the end.
    private mutating func statements(until ends: [String]) throws(TemplateError) -> [Statement] {
        try enter()
        defer { leave() }
        var body: [Statement] = []
        while true {
            let token = current
            switch token.kind {
            case .data(let text):
                advance()
                body.append(.text(text))
            case .variableBegin:
                advance()
                body.append(.output(try tuple()))
                try expect(.variableEnd)
            case .blockBegin:
                advance()
                if case .name(let tag) = current.kind, ends.contains(tag) { return body }
                body += try statement(ends: ends)
                try expect(.blockEnd)
            default:
                guard ends.isEmpty else { throw missingEnd(ends, at: token.position) }
                return body
            }
        }
    }

    /// The body of a block: what follows its head up to one of these tags, of which the name is returned and consumed.
    private mutating func body(until ends: String...) throws(TemplateError) -> ([Statement], end: String) {
        takeSymbol(":")
        try expect(.blockEnd)
        let body = try statements(until: ends)
        guard case .name(let end) = current.kind else { throw unexpected() }
        advance()
        return (body, end)
    }

    private mutating func statement(ends: [String]) throws(TemplateError) -> [Statement] {
        let token = current
        guard case .name(let tag) = token.kind else {
            throw TemplateError(.syntax, "tag name expected", at: token.position)
        }
        openTags.append(tag)
        defer { openTags.removeLast() }
        advance()
        switch tag {
        case "if": return [try conditional()]
        case "for":
            return [try scoped { parser throws(TemplateError) in try parser.loop(at: token.position) }]
        case "set": return [try scoped { parser throws(TemplateError) in try parser.set() }]
        case "macro": return [try function { parser throws(TemplateError) in try parser.macro() }]
        case "call":
            return [try function { parser throws(TemplateError) in try parser.callBlock(at: token.position) }]
        case "filter": return [try scoped { parser throws(TemplateError) in try parser.filterBlock() }]
        case "with": return [try scoped { parser throws(TemplateError) in try parser.with() }]
        case "generation":
            return [
                try function { parser throws(TemplateError) in
                    .generation(try parser.body(until: "endgeneration").0)
                }
            ]
        case "print": return try outputs()
        case "break", "continue":
            guard loops > 0 else { throw TemplateError(.syntax, "'\(tag)' outside loop", at: token.position) }
            return [tag == "break" ? .breakLoop : .continueLoop]
        case "include", "import", "from", "extends", "block", "autoescape":
            throw TemplateError(
                .unsupported, "'\(tag)' is not supported in a chat template", at: token.position)
        default:
            openTags[openTags.count - 1] = openTags.dropLast().last ?? ""
            throw unknownTag(tag, ends: ends, at: token.position)
        }
    }

    private mutating func conditional() throws(TemplateError) -> Statement {
        let mark = unknownOperations.count
        defer { unknownOperations.removeSubrange(mark...) }
        var branches: [Statement.Branch] = []
        while true {
            let condition = try tuple(allowsConditional: false)
            let (body, end) = try body(until: "elif", "else", "endif")
            branches.append(Statement.Branch(condition: condition, body: body))
            switch end {
            case "elif": continue
            case "else": return .conditional(branches, otherwise: try self.body(until: "endif").0)
            default: return .conditional(branches, otherwise: [])
            }
        }
    }

    private mutating func loop(at position: Position) throws(TemplateError) -> Statement {
        let target = try assignmentTarget(endedBy: "in")
        try expectName("in")
        let iterable = try tuple(allowsConditional: false, endedBy: "recursive")
        let filter: Expression? = takeName("if") ? try expression() : nil
        let isRecursive = takeName("recursive")
        loops += 1
        let (body, end) = try body(until: "endfor", "else")
        loops -= 1
        let otherwise = end == "else" ? try self.body(until: "endfor").0 : []
        return .loop(
            ForLoop(
                target: target, iterable: iterable, filter: filter, isRecursive: isRecursive, body: body,
                otherwise: otherwise, loopName: name("loop"), position: position))
    }

    private mutating func set() throws(TemplateError) -> Statement {
        let target = try assignmentTarget(allowsAttribute: true)
        if takeSymbol("=") { return .set(target, try tuple()) }
        var filters: [Expression.Operation] = []
        while takeSymbol("|") { filters.append(try filterOperation()) }
        return .capture(target, filters, try body(until: "endset").0)
    }

    private mutating func macro() throws(TemplateError) -> Statement {
        let name = try expectAnyName()
        let definition = try definition(named: name.text, parameters: try signature(), until: "endmacro")
        return .macro(name, definition)
    }

    private mutating func callBlock(at position: Position) throws(TemplateError) -> Statement {
        let parameters = current.kind == .symbol("(") ? try signature() : []
        guard case .call(let callee, let arguments, _) = try expression() else {
            throw TemplateError(.syntax, "expected call", at: position)
        }
        let definition = try definition(named: nil, parameters: parameters, until: "endcall")
        return .call(definition, callee: callee, arguments, position)
    }

    private mutating func definition(
        named name: String?, parameters: [MacroDefinition.Parameter], until end: String
    ) throws(TemplateError) -> MacroDefinition {
        let position = current.position
        let mark = readNames.count
        let (body, _) = try body(until: end)
        let read = readNames[mark...]
        func special(_ text: String) -> Name? {
            parameters.contains { $0.name.text == text } ? nil : read.first { $0.text == text }
        }
        if parameters.contains(where: { $0.name.text == "caller" && $0.fallback == nil }),
            read.contains(where: { $0.text == "caller" })
        {
            let message = "the parameter 'caller' must be omitted or be given a default"
            throw TemplateError(.syntax, message, at: position)
        }
        return MacroDefinition(
            name: name, parameters: parameters, body: body, caller: special("caller"),
            keywordArguments: special("kwargs"), variableArguments: special("varargs"))
    }

    private mutating func signature() throws(TemplateError) -> [MacroDefinition.Parameter] {
        var parameters: [MacroDefinition.Parameter] = []
        try expectSymbol("(")
        while !takeSymbol(")") {
            if !parameters.isEmpty { try expectSymbol(",") }
            let name = try expectAnyName()
            let fallback: Expression? = takeSymbol("=") ? try expression() : nil
            if fallback == nil, parameters.last?.fallback != nil {
                throw TemplateError(
                    .syntax, "non-default argument follows default argument", at: current.position)
            }
            guard !parameters.contains(where: { $0.name == name }) else {
                throw TemplateError(.syntax, "duplicate argument '\(name.text)'", at: current.position)
            }
            parameters.append(MacroDefinition.Parameter(name: name, fallback: fallback))
        }
        return parameters
    }

    private mutating func filterBlock() throws(TemplateError) -> Statement {
        var filters = [try filterOperation()]
        while takeSymbol("|") { filters.append(try filterOperation()) }
        return .filter(filters, try body(until: "endfilter").0)
    }

    private mutating func with() throws(TemplateError) -> Statement {
        var assignments: [(Target, Expression)] = []
        while current.kind != .blockEnd {
            if !assignments.isEmpty { try expectSymbol(",") }
            let target = try assignmentTarget()
            try expectSymbol("=")
            assignments.append((target, try expression()))
        }
        return .with(assignments, try body(until: "endwith").0)
    }

    private mutating func outputs() throws(TemplateError) -> [Statement] {
        var outputs: [Statement] = []
        while current.kind != .blockEnd {
            if !outputs.isEmpty { try expectSymbol(",") }
            outputs.append(.output(try expression()))
        }
        return outputs
    }

    // MARK: Bookkeeping

    /// Parses a statement that no condition outside guards: Jinja2 checks its filters and tests at once.
    private mutating func scoped(
        _ parse: (inout Parser) throws(TemplateError) -> Statement
    ) throws(TemplateError) -> Statement {
        let mark = unknownOperations.count
        let statement = try parse(&self)
        if case .set = statement { return statement }
        errors += unknownOperations[mark...]
        unknownOperations.removeSubrange(mark...)
        return statement
    }

    /// Parses a statement whose body is a function of its own, out of which `break` cannot lead.
    private mutating func function(
        _ parse: (inout Parser) throws(TemplateError) -> Statement
    ) throws(TemplateError) -> Statement {
        let outside = loops
        loops = 0
        defer { loops = outside }
        return try scoped(parse)
    }

    /// The variable of that name.
    mutating func name(_ text: String) -> Name {
        if let id = ids[text] { return Name(id: id, text: text) }
        ids[text] = ids.count
        return Name(id: ids.count - 1, text: text)
    }

    /// Every name of the template and the number that stands for it.
    var names: [String: Int] { ids }

    mutating func enter() throws(TemplateError) {
        depth += 1
        guard depth <= Parser.depthMax else {
            throw TemplateError(.limit, "nested deeper than \(Parser.depthMax) levels", at: current.position)
        }
    }

    mutating func leave() { depth -= 1 }

    private func missingEnd(_ ends: [String], at position: Position) -> TemplateError {
        let expected = ends.map { "'\($0)'" }.joined(separator: " or ")
        var message = "Unexpected end of template. Jinja was looking for the following tags: \(expected)."
        if let tag = openTags.last {
            message += " The innermost block that needs to be closed is '\(tag)'."
        }
        return TemplateError(.syntax, message, at: position)
    }

    private func unknownTag(_ tag: String, ends: [String], at position: Position) -> TemplateError {
        var message = "Encountered unknown tag '\(tag)'."
        if !ends.isEmpty {
            let expected = ends.map { "'\($0)'" }.joined(separator: " or ")
            message += " Jinja was looking for the following tags: \(expected)."
        }
        if let open = openTags.last, !open.isEmpty {
            message += " The innermost block that needs to be closed is '\(open)'."
        }
        return TemplateError(.syntax, message, at: position)
    }
}
