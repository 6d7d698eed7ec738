extension ExpressionPool {
    /// Where each byte leads: disjoint sets, and none that leads to nothing.
    ///
    /// The derivatives of Brzozowski (1964), all at once: sets of bytes with the same derivative are one arc.
    mutating func arcs(of id: ExpressionID) -> [Arc] {
        if let arcs = knownArcs[id.index] { return arcs }
        let arcs = makeArcs(of: id)
        knownArcs[id.index] = arcs
        count(cases: arcs.count + 1)
        return arcs
    }

    /// Where one byte leads, worked out without a table.
    mutating func next(_ id: ExpressionID, _ byte: UInt8) -> ExpressionID {
        arcs(of: id).first { $0.bytes.contains(byte) }?.target ?? .nothing
    }

    /// Whether the whole text matches.
    mutating func matches(_ id: ExpressionID, _ text: some Sequence<UInt8>) -> Bool {
        var state = id
        for byte in text {
            state = next(state, byte)
            if state == .nothing { return false }
        }
        return isNullable(state)
    }

    private mutating func makeArcs(of id: ExpressionID) -> [Arc] {
        switch self[id] {
        case .nothing, .empty: return []
        case .anything: return [Arc(bytes: .all, target: .anything)]
        case .bytes(let set): return [Arc(bytes: set, target: .empty)]
        case .sequence(let first, let second):
            let own = followed(arcs(of: first), by: second)
            return isNullable(first) ? united([own, arcs(of: second)]) : own
        case .anyOf(let options):
            var lists: [[Arc]] = []
            for option in options { lists.append(arcs(of: option)) }
            return united(lists)
        case .allOf(let conditions): return intersected(conditions)
        case .not(let inner):
            var rest = ByteSet.all
            var result: [Arc] = []
            for arc in arcs(of: inner) {
                rest = rest.subtracting(arc.bytes)
                Self.append(Arc(bytes: arc.bytes, target: not(arc.target)), to: &result)
            }
            Self.append(Arc(bytes: rest, target: .anything), to: &result)
            return result
        case .loop(let body, let min, let max):
            let rest = loop(body, Swift.max(min - 1, 0), max == .max ? max : max - 1)
            return followed(arcs(of: body), by: rest)
        case .remainder(let automaton):
            return digitArcs(point: automaton.afterPoint.map { remainder($0) }) { pool, digit in
                automaton.next(digit: Int(digit)).map { pool.remainder($0) }
            }
        case .quotient(let automaton):
            return digitArcs(point: automaton.afterPoint.map { quotient($0) }) { pool, digit in
                automaton.next(digit: Int(digit)).map { pool.quotient($0) }
            }
        case .comparison(let automaton):
            return digitArcs(point: automaton.afterPoint.map { comparison($0) }) { pool, digit in
                automaton.next(digit: digit).map { pool.comparison($0) }
            }
        }
    }

    private mutating func followed(_ arcs: [Arc], by rest: ExpressionID) -> [Arc] {
        var result: [Arc] = []
        result.reserveCapacity(arcs.count)
        for arc in arcs {
            Self.append(Arc(bytes: arc.bytes, target: sequence(arc.target, rest)), to: &result)
        }
        return result
    }

    /// Appends an arc, or widens the one that leads to the same place.
    ///
    /// Static, for to a method `self` would be a second reference while an argument adds to the pool: a copy each time.
    private static func append(_ arc: Arc, to arcs: inout [Arc]) {
        guard arc.target != .nothing, !arc.bytes.isEmpty else { return }
        if let index = arcs.firstIndex(where: { $0.target == arc.target }) {
            arcs[index].bytes = arcs[index].bytes.union(arc.bytes)
        } else {
            arcs.append(arc)
        }
    }

    private mutating func united(_ lists: [[Arc]]) -> [Arc] {
        var parts: [(bytes: ByteSet, targets: [ExpressionID])] = []
        for arc in lists.joined() {
            var rest = arc.bytes
            count(cases: 1)
            for index in parts.indices {
                let common = parts[index].bytes.intersection(rest)
                guard !common.isEmpty else { continue }
                let outside = parts[index].bytes.subtracting(common)
                if !outside.isEmpty { parts.append((outside, parts[index].targets)) }
                parts[index].bytes = common
                parts[index].targets.append(arc.target)
                rest = rest.subtracting(common)
                if rest.isEmpty { break }
            }
            if !rest.isEmpty { parts.append((rest, [arc.target])) }
        }
        var result: [Arc] = []
        for part in parts {
            let target = part.targets.count == 1 ? part.targets[0] : anyOf(part.targets)
            Self.append(Arc(bytes: part.bytes, target: target), to: &result)
        }
        return result
    }

    private mutating func intersected(_ conditions: [ExpressionID]) -> [Arc] {
        var parts: [(bytes: ByteSet, targets: [ExpressionID])] = [(.all, [])]
        for condition in conditions {
            let arcs = arcs(of: condition)
            var next: [(bytes: ByteSet, targets: [ExpressionID])] = []
            for part in parts {
                for arc in arcs {
                    let common = part.bytes.intersection(arc.bytes)
                    if !common.isEmpty { next.append((common, part.targets + [arc.target])) }
                }
            }
            count(cases: parts.count * arcs.count)
            parts = next
        }
        var result: [Arc] = []
        for part in parts { Self.append(Arc(bytes: part.bytes, target: allOf(part.targets)), to: &result) }
        return result
    }

    private mutating func digitArcs(
        point: ExpressionID?, _ next: (inout ExpressionPool, UInt8) -> ExpressionID?
    ) -> [Arc] {
        var result: [Arc] = []
        if let point { Self.append(Arc(bytes: ByteSet(UInt8(ascii: ".")), target: point), to: &result) }
        for digit in UInt8(0)..<10 {
            guard let target = next(&self, digit) else { continue }
            Self.append(Arc(bytes: ByteSet(UInt8(ascii: "0") + digit), target: target), to: &result)
        }
        return result
    }
}

extension ExpressionPool {
    /// Expressions looked at before an expression counts as matching nothing.
    private static let searchMax = 20_000

    /// Whether the expression matches any text at all.
    ///
    /// Where that takes too long to find out the answer is no: better to leave texts out than to run into a dead
    /// end.
    mutating func isAlive(_ id: ExpressionID) -> Bool {
        if id == .nothing { return false }
        if isPlain(id) || isNullable(id) { return true }
        if let known = knownLiveness[id.index] { return known }
        let answer: Bool
        switch self[id] {
        case .sequence(let first, let second): answer = isAlive(first) && isAlive(second)
        case .anyOf(let options):
            var found = false
            for option in options where !found { found = isAlive(option) }
            answer = found
        case .loop(let body, let min, _): answer = min == 0 || isAlive(body)
        default: answer = findText(of: id)
        }
        knownLiveness[id.index] = answer
        return answer
    }

    /// How many texts the expression matches; nil where there are more than `max`, or it takes too long to find out.
    mutating func textCount(of id: ExpressionID, max: Int) -> Int? {
        var total = 0
        var looked = 0
        // Where texts of one length lead, and how many of them.
        var level = [id: 1]
        while !level.isEmpty {
            var next: [ExpressionID: Int] = [:]
            for (state, count) in level {
                if isNullable(state) { total += count }
                for arc in arcs(of: state) where isAlive(arc.target) {
                    next[arc.target, default: 0] += count * arc.bytes.count
                }
            }
            looked += level.count
            let coming = next.values.max() ?? 0
            guard total <= max, coming <= max, looked <= Self.searchMax, !isExhausted else { return nil }
            level = next
        }
        return total
    }

    /// Searches the derivatives, depth first, for one that matches the empty text.
    private mutating func findText(of start: ExpressionID) -> Bool {
        var origins: [ExpressionID: ExpressionID] = [start: start]
        var stack = [start]
        while let id = stack.popLast() {
            if isNullable(id) || isPlain(id) || knownLiveness[id.index] == true {
                var step = id
                while step != start {
                    knownLiveness[step.index] = true
                    step = origins[step] ?? start
                }
                return true
            }
            if knownLiveness[id.index] == false { continue }
            // Last what should be looked at first: of digits the zeros, that multiples end in.
            for arc in arcs(of: id).reversed() where origins[arc.target] == nil {
                origins[arc.target] = id
                stack.append(arc.target)
            }
            if origins.count > Self.searchMax || isExhausted {
                knownLiveness[start.index] = false
                return false
            }
        }
        for id in origins.keys { knownLiveness[id.index] = false }
        return false
    }
}
