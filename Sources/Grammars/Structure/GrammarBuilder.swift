/// Puts a grammar together from parts.
struct GrammarBuilder {
    var pool: ExpressionPool
    let limits: GrammarLimits
    private var nodes: [GrammarNode] = []
    private var ids: [GrammarNode: NodeID] = [:]
    private var rules: [NodeID?] = []
    /// How deep parts may nest in one that becomes an expression.
    private static let expressionDepthMax = 1_000

    init(limits: GrammarLimits) {
        self.limits = limits
        pool = ExpressionPool(expressionsMax: limits.compiledExpressionsMax)
        pool.casesMax = limits.compiledCasesMax
        _ = add(.nothing)
        _ = add(.empty)
    }

    /// Matches no text.
    var nothing: NodeID { NodeID(rawValue: 0) }
    /// Matches the empty text.
    var empty: NodeID { NodeID(rawValue: 1) }

    subscript(id: NodeID) -> GrammarNode { nodes[id.index] }

    // MARK: Parts

    mutating func terminal(_ id: ExpressionID) -> NodeID {
        switch id {
        case .nothing: nothing
        case .empty: empty
        default: add(.terminal(id))
        }
    }

    mutating func sequence(_ first: NodeID, _ second: NodeID) -> NodeID {
        if first == nothing || second == nothing { return nothing }
        if first == empty { return second }
        if second == empty { return first }
        return add(.sequence(first, second))
    }

    mutating func sequence(_ parts: [NodeID]) -> NodeID {
        var id = empty
        for part in parts.reversed() { id = sequence(part, id) }
        return id
    }

    mutating func anyOf(_ options: [NodeID]) -> NodeID {
        var members: [NodeID] = []
        var known: Set<NodeID> = [nothing]
        for option in options {
            if case .anyOf(let nested) = self[option] {
                for member in nested where known.insert(member).inserted { members.append(member) }
            } else if known.insert(option).inserted {
                members.append(option)
            }
        }
        guard let first = members.first else { return nothing }
        return members.count == 1 ? first : add(.anyOf(members))
    }

    mutating func loop(_ body: NodeID, _ min: Int, _ max: Int?) -> NodeID {
        let high = max.map { Int32(clamping: $0) } ?? .max
        if min > high { return nothing }
        if high == 0 || body == empty { return empty }
        if body == nothing { return min == 0 ? empty : nothing }
        if min == 1, high == 1 { return body }
        return add(.loop(body, min: Int32(clamping: min), max: high))
    }

    /// A part within which ``distinct(_:)`` ones differ.
    mutating func scope(_ body: NodeID) -> NodeID { body == nothing ? nothing : add(.scope(body)) }

    /// A terminal that differs from the others of its scope. It must not match the empty text.
    mutating func distinct(_ id: ExpressionID) -> NodeID { id == .nothing ? nothing : add(.distinct(id)) }

    mutating func optional(_ id: NodeID) -> NodeID { anyOf([empty, id]) }

    /// A part that is defined later.
    mutating func makeRule() -> (rule: RuleID, node: NodeID) {
        let rule = RuleID(rawValue: Int32(rules.count))
        rules.append(nil)
        return (rule, add(.rule(rule)))
    }

    mutating func define(_ rule: RuleID, as body: NodeID) { rules[rule.index] = body }

    private mutating func add(_ node: GrammarNode) -> NodeID {
        if let id = ids[node] { return id }
        let id = NodeID(rawValue: Int32(nodes.count))
        nodes.append(node)
        ids[node] = id
        return id
    }

    /// - Throws: where a limit was passed.
    func checkSize() throws(GrammarError) {
        guard nodes.count <= limits.nodesMax else {
            throw .tooComplex("a grammar may have \(limits.nodesMax) parts")
        }
        guard !pool.isExhausted else {
            throw .tooComplex("expressions may have \(pool.expressionsMax) parts and must not nest too deep")
        }
    }

    /// A part as one regular expression; nil where it is none, or none that could be told.
    mutating func expression(of node: NodeID) -> ExpressionID? {
        var known: [NodeID: ExpressionID] = [:]
        var active: Set<NodeID> = []
        return expression(of: node, &known, &active)
    }

    private mutating func expression(
        of node: NodeID, _ known: inout [NodeID: ExpressionID], _ active: inout Set<NodeID>
    ) -> ExpressionID? {
        if let id = known[node] { return id }
        guard active.count < Self.expressionDepthMax, active.insert(node).inserted else { return nil }
        defer { active.remove(node) }
        var result: ExpressionID?
        switch nodes[node.index] {
        case .nothing: result = .nothing
        case .empty: result = .empty
        case .terminal(let id): result = id
        case .sequence(let first, let second):
            guard let head = expression(of: first, &known, &active),
                let tail = expression(of: second, &known, &active)
            else { return nil }
            result = pool.sequence(head, tail)
        case .anyOf(let options):
            var members: [ExpressionID] = []
            for option in options {
                guard let member = expression(of: option, &known, &active) else { return nil }
                members.append(member)
            }
            result = pool.anyOf(members)
        case .loop(let body, let min, let max):
            result = expression(of: body, &known, &active).map { pool.loop($0, min, max) }
        case .rule(let rule):
            result = rules[rule.index].flatMap { expression(of: $0, &known, &active) }
        case .scope, .distinct: result = nil
        }
        known[node] = result
        return result
    }

    // MARK: Completion

    /// Leaves out what can never end, and checks the rest.
    ///
    /// - Throws: ``GrammarError`` where nothing is left, or a rule begins with itself.
    mutating func finish(_ root: NodeID, name: String) throws(GrammarError) -> GrammarProgram {
        try checkSize()
        let needs = findNeeds()
        let isProductive = { (id: NodeID) in needs[id.index] < .max }
        let pruned = nodes.enumerated().map { index, node in
            guard needs[index] < .max else { return GrammarNode.nothing }
            return switch node {
            case .anyOf(let options): GrammarNode.anyOf(options.filter(isProductive))
            case .loop(let body, let min, let max):
                isProductive(body) ? .loop(body, min: min, max: max) : .empty
            default: node
            }
        }
        try checkSize()
        guard isProductive(root) else { throw .matchesNothing(name) }
        guard needs[root.index] < limits.outputDepthMax else {
            throw .tooComplex("the output would have to nest deeper than \(limits.outputDepthMax) levels")
        }
        let program = GrammarProgram(
            pool: pool, nodes: pruned, needs: needs, rules: rules.map { $0 ?? nothing }, root: root,
            limits: limits)
        try program.checkLeftRecursion()
        return program
    }

    /// For each part, how many parts must wait for it and those in it at the least until it has ended; `Int32.max`
    /// where it never ends.
    private mutating func findNeeds() -> [Int32] {
        var needs = [Int32](repeating: .max, count: nodes.count)
        func above(_ need: Int32) -> Int32 { need == .max ? .max : need + 1 }
        var hasChanged = true
        while hasChanged {
            hasChanged = false
            for index in nodes.indices where needs[index] > 0 {
                let need: Int32
                switch nodes[index] {
                case .nothing: need = .max
                case .empty: need = 0
                case .terminal(let expression): need = pool.isAlive(expression) ? 0 : .max
                case .sequence(let first, let second):
                    need = max(above(needs[first.index]), needs[second.index])
                case .anyOf(let options): need = options.map { needs[$0.index] }.min() ?? .max
                case .loop(let body, let min, _): need = min == 0 ? 0 : above(needs[body.index])
                case .rule(let rule): need = rules[rule.index].map { needs[$0.index] } ?? .max
                case .scope(let body): need = above(needs[body.index])
                case .distinct(let expression): need = pool.isAlive(expression) ? 0 : .max
                }
                if need < needs[index] {
                    needs[index] = need
                    hasChanged = true
                }
            }
        }
        return needs
    }
}

extension GrammarProgram {
    /// - Throws: where a rule can begin with itself, for reading it would never get on.
    fileprivate func checkLeftRecursion() throws(GrammarError) {
        let nullable = findNullable()
        // 0: not seen, 1: on the way, 2: done.
        var marks = [UInt8](repeating: 0, count: nodes.count)
        for start in nodes.indices where marks[start] == 0 {
            var stack = [(node: start, isLeaving: false)]
            while let (node, isLeaving) = stack.popLast() {
                if isLeaving {
                    marks[node] = 2
                    continue
                }
                if marks[node] != 0 { continue }
                marks[node] = 1
                stack.append((node, true))
                for next in firsts(of: node, nullable) {
                    if marks[next] == 1 { throw .tooComplex("a rule begins with itself (left recursion)") }
                    if marks[next] == 0 { stack.append((next, false)) }
                }
            }
        }
    }

    private func firsts(of node: Int, _ nullable: [Bool]) -> [Int] {
        switch nodes[node] {
        case .nothing, .empty, .terminal, .distinct: []
        case .scope(let body): [body.index]
        case .sequence(let first, let second):
            nullable[first.index] ? [first.index, second.index] : [first.index]
        case .anyOf(let options): options.map(\.index)
        case .loop(let body, _, _): [body.index]
        case .rule(let rule): [rules[rule.index].index]
        }
    }

    private func findNullable() -> [Bool] {
        var known = [Bool](repeating: false, count: nodes.count)
        var hasChanged = true
        while hasChanged {
            hasChanged = false
            for index in nodes.indices where !known[index] {
                let isNullable =
                    switch nodes[index] {
                    case .nothing: false
                    case .empty: true
                    case .terminal(let expression): pool.isNullable(expression)
                    case .sequence(let first, let second): known[first.index] && known[second.index]
                    case .anyOf(let options): options.contains { known[$0.index] }
                    case .loop(let body, let min, _): min == 0 || known[body.index]
                    case .rule(let rule): known[rules[rule.index].index]
                    case .scope(let body): known[body.index]
                    case .distinct: false
                    }
                if isNullable {
                    known[index] = true
                    hasChanged = true
                }
            }
        }
        return known
    }
}
