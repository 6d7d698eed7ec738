/// Regular expressions that share their parts: equal expressions have one number.
///
/// What builds them knows the laws that keep the derivatives of an expression few (Owens, Reppy and Turon,
/// "Regular-expression derivatives re-examined", 2009).
struct ExpressionPool: Sendable {
    private(set) var expressions: [Expression] = []
    private var ids: [Expression: ExpressionID] = [:]
    /// Whether each matches the empty text.
    private var nullability: [Bool] = []
    /// How deep working out the derivatives of each nests.
    private var depths: [Int32] = []
    /// Whether each is nothing but bytes, sequences, choices and loops, so that it matches something.
    private var plainness: [Bool] = []
    /// Whether each is nothing but bytes, sequences and choices, so that it matches finitely many texts.
    private var finiteness: [Bool] = []
    /// The derivatives that were worked out.
    var knownArcs: [[Arc]?] = []
    /// Whether each matches any text, where it was worked out.
    var knownLiveness: [Bool?] = []
    /// Whether a limit was passed. What was built since then is not to be trusted.
    private(set) var isExhausted = false
    /// The most expressions.
    let expressionsMax: Int
    /// Cases that derivatives have been put together from, and the most of them.
    private(set) var casesCount = 0
    var casesMax = Int.max
    private static let depthMax: Int32 = 400

    init(expressionsMax: Int) {
        self.expressionsMax = expressionsMax
        _ = add(.nothing)
        _ = add(.empty)
        _ = add(.anything)
    }

    subscript(id: ExpressionID) -> Expression { expressions[id.index] }

    /// Whether the expression matches the empty text.
    func isNullable(_ id: ExpressionID) -> Bool { nullability[id.index] }

    /// Whether the expression is built without intersection, complement and numbers.
    func isPlain(_ id: ExpressionID) -> Bool { plainness[id.index] }

    /// An expression without the finitely many texts that it, or its first part, excludes; nil where it excludes none.
    mutating func withoutExclusions(_ id: ExpressionID) -> ExpressionID? {
        switch self[id] {
        case .sequence(let first, let second):
            return withoutExclusions(first).map { sequence($0, second) }
        case .allOf(let conditions):
            let rest = conditions.filter { condition in
                if case .not(let texts) = self[condition] { !finiteness[texts.index] } else { true }
            }
            return rest.count == conditions.count ? nil : allOf(rest)
        default: return nil
        }
    }

    // MARK: Building

    mutating func bytes(_ set: ByteSet) -> ExpressionID { set.isEmpty ? .nothing : add(.bytes(set)) }

    /// Exactly these bytes.
    mutating func literal(_ bytes: some BidirectionalCollection<UInt8>) -> ExpressionID {
        var id = ExpressionID.empty
        for byte in bytes.reversed() { id = sequence(self.bytes(ByteSet(byte)), id) }
        return id
    }

    /// Exactly this text.
    mutating func literal(_ text: String) -> ExpressionID { literal(Array(text.utf8)) }

    /// One after the other.
    mutating func sequence(_ first: ExpressionID, _ second: ExpressionID) -> ExpressionID {
        if first == .nothing || second == .nothing { return .nothing }
        if first == .empty { return second }
        if second == .empty { return first }
        if first == .anything, second == .anything { return first }
        var heads: [ExpressionID] = []
        var rest = first
        while case .sequence(let head, let tail) = self[rest] {
            heads.append(head)
            rest = tail
        }
        var id = add(.sequence(rest, second))
        for head in heads.reversed() { id = add(.sequence(head, id)) }
        return id
    }

    /// One after the other.
    mutating func sequence(_ parts: [ExpressionID]) -> ExpressionID {
        var id = ExpressionID.empty
        for part in parts.reversed() { id = sequence(part, id) }
        return id
    }

    /// Any one of them.
    mutating func anyOf(_ options: [ExpressionID]) -> ExpressionID {
        var members: Set<ExpressionID> = []
        var bytes = ByteSet.none
        for option in options {
            switch self[option] {
            case .nothing: continue
            case .anything: return .anything
            case .bytes(let set): bytes = bytes.union(set)
            case .anyOf(let nested):
                for member in nested {
                    if case .bytes(let set) = self[member] {
                        bytes = bytes.union(set)
                    } else {
                        members.insert(member)
                    }
                }
            default: members.insert(option)
            }
        }
        if !bytes.isEmpty { members.insert(add(.bytes(bytes))) }
        if members.contains(.empty), members.contains(where: { $0 != .empty && isNullable($0) }) {
            members.remove(.empty)
        }
        dropCoveredLoops(from: &members)
        guard let first = members.first else { return .nothing }
        return members.count == 1 ? first : add(.anyOf(members.sorted()))
    }

    /// Of loops over one expression that differ in their counts, keeps those that no other one covers.
    private func dropCoveredLoops(from members: inout Set<ExpressionID>) {
        guard members.count > 1 else { return }
        var loops: [(id: ExpressionID, body: ExpressionID, min: Int32, max: Int32)] = []
        for member in members {
            if case .loop(let body, let min, let max) = self[member] {
                loops.append((member, body, min, max))
            }
        }
        guard loops.count > 1 else { return }
        for loop in loops {
            let isCovered = loops.contains {
                $0.id != loop.id && $0.body == loop.body && $0.min <= loop.min && $0.max >= loop.max
            }
            if isCovered { members.remove(loop.id) }
        }
    }

    /// What all of them match.
    mutating func allOf(_ conditions: [ExpressionID]) -> ExpressionID {
        var members: Set<ExpressionID> = []
        var bytes: ByteSet?
        for condition in conditions {
            switch self[condition] {
            case .nothing: return .nothing
            case .anything: continue
            case .bytes(let set): bytes = bytes?.intersection(set) ?? set
            case .allOf(let nested):
                for member in nested {
                    if case .bytes(let set) = self[member] {
                        bytes = bytes?.intersection(set) ?? set
                    } else {
                        members.insert(member)
                    }
                }
            default: members.insert(condition)
            }
        }
        if let bytes {
            if bytes.isEmpty { return .nothing }
            members.insert(add(.bytes(bytes)))
        }
        if members.contains(.empty) { return members.allSatisfy(isNullable) ? .empty : .nothing }
        guard let first = members.first else { return .anything }
        return members.count == 1 ? first : add(.allOf(members.sorted()))
    }

    /// What it does not match.
    mutating func not(_ id: ExpressionID) -> ExpressionID {
        switch self[id] {
        case .nothing: .anything
        case .anything: .nothing
        case .not(let inner): inner
        default: add(.not(id))
        }
    }

    /// From `min` to `max` times; nil stands for no end.
    mutating func loop(_ body: ExpressionID, _ min: Int, _ max: Int?) -> ExpressionID {
        let max = max.map { Int32(clamping: $0) } ?? .max
        return loop(body, Int32(clamping: min), max)
    }

    mutating func loop(_ body: ExpressionID, _ min: Int32, _ max: Int32) -> ExpressionID {
        if min > max { return .nothing }
        if max == 0 || body == .empty { return .empty }
        if body == .nothing { return min == 0 ? .empty : .nothing }
        if min == 1, max == 1 { return body }
        if body == .anything { return .anything }
        if body == bytes(.all), min == 0, max == .max { return .anything }
        if case .loop(_, 0, .max) = self[body] { return body }
        return add(.loop(body, min: isNullable(body) ? 0 : min, max: max))
    }

    /// The expression or nothing at all.
    mutating func optional(_ id: ExpressionID) -> ExpressionID { anyOf([id, .empty]) }

    mutating func remainder(_ automaton: RemainderAutomaton) -> ExpressionID { add(.remainder(automaton)) }

    mutating func quotient(_ automaton: QuotientAutomaton) -> ExpressionID { add(.quotient(automaton)) }

    mutating func comparison(_ automaton: ComparisonAutomaton) -> ExpressionID { add(.comparison(automaton)) }

    /// Counts work that was done.
    mutating func count(cases: Int) {
        casesCount += cases
        if casesCount > casesMax { isExhausted = true }
    }

    // MARK: Storage

    private mutating func add(_ expression: Expression) -> ExpressionID {
        if let id = ids[expression] { return id }
        guard expressions.count < expressionsMax, !isExhausted else {
            isExhausted = true
            return .nothing
        }
        let depth = depth(of: expression)
        if depth > Self.depthMax {
            isExhausted = true
            return .nothing
        }
        let id = ExpressionID(rawValue: Int32(expressions.count))
        nullability.append(matchesEmpty(expression))
        plainness.append(hasOnlyPlainParts(expression))
        finiteness.append(hasFinitelyManyTexts(expression))
        depths.append(depth)
        expressions.append(expression)
        knownArcs.append(nil)
        knownLiveness.append(nil)
        ids[expression] = id
        return id
    }

    private func matchesEmpty(_ expression: Expression) -> Bool {
        switch expression {
        case .nothing, .bytes: false
        case .empty, .anything: true
        case .sequence(let first, let second): isNullable(first) && isNullable(second)
        case .anyOf(let options): options.contains(where: isNullable)
        case .allOf(let conditions): conditions.allSatisfy(isNullable)
        case .not(let id): !isNullable(id)
        case .loop(let body, let min, _): min == 0 || isNullable(body)
        case .remainder(let automaton): automaton.isAccepting
        case .quotient(let automaton): automaton.isAccepting
        case .comparison(let automaton): automaton.isAccepting
        }
    }

    private func hasOnlyPlainParts(_ expression: Expression) -> Bool {
        switch expression {
        case .nothing, .allOf, .not, .remainder, .quotient, .comparison: false
        case .empty, .anything, .bytes: true
        case .sequence(let first, let second): isPlain(first) && isPlain(second)
        case .anyOf(let options): options.allSatisfy(isPlain)
        case .loop(let body, _, _): isPlain(body)
        }
    }

    private func hasFinitelyManyTexts(_ expression: Expression) -> Bool {
        switch expression {
        case .empty, .bytes: true
        case .sequence(let first, let second): finiteness[first.index] && finiteness[second.index]
        case .anyOf(let options): options.allSatisfy { finiteness[$0.index] }
        default: false
        }
    }

    private func depth(of expression: Expression) -> Int32 {
        switch expression {
        case .nothing, .empty, .anything, .bytes, .remainder, .quotient, .comparison: 1
        case .sequence(let first, let second):
            1 + max(depths[first.index], isNullable(first) ? depths[second.index] : 0)
        case .anyOf(let members), .allOf(let members): 1 + (members.map { depths[$0.index] }.max() ?? 0)
        case .not(let id): 1 + depths[id.index]
        case .loop(let body, _, _): 1 + depths[body.index]
        }
    }
}
