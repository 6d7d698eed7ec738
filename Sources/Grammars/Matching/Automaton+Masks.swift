/// Tokens: a few of them by their ids, many of them by their bits.
enum TokenMask: Sendable {
    case few([Int32])
    case many([UInt64])

    var byteCount: Int {
        switch self {
        case .few(let ids): 64 + 4 * ids.count
        case .many(let words): 64 + 8 * words.count
        }
    }
}

/// The tokens that an expression takes, whatever comes after it.
struct ExpressionMask: Sendable {
    /// Those that end within it.
    var tokens: TokenMask
    /// Nodes at which it may end while tokens go on.
    var exits: [Int32]
    /// Whether those are nodes of the vocabulary's rest.
    var isOfRest: Bool
}

extension Automaton {
    /// More tokens than these are kept as bits.
    private static let fewMax = 512

    /// The tokens that may come in a state, but for those that end the output.
    mutating func mask(of state: Int32) -> TokenMask {
        if let known = stateMasks[state] { return known }
        if maskBytes > program.limits.maskBytesMax { forgetMasks() }
        let mask = makeMask(of: state)
        stateMasks[state] = mask
        maskBytes += mask.byteCount
        return mask
    }

    private mutating func forgetMasks() {
        stateMasks.removeAll()
        expressionMasks.removeAll()
        maskBytes = 0
    }

    private mutating func makeMask(of state: Int32) -> TokenMask {
        var few: [Int32] = []
        var many: [UInt64]?
        let threads = states[Int(state)].threads
        for thread in threads {
            let mask = expressionMask(of: thread.expression)
            switch mask.tokens {
            case .few(let ids): few += ids
            case .many(let words):
                if many == nil {
                    many = words
                } else {
                    for index in words.indices { many?[index] |= words[index] }
                }
            }
            guard thread.stack != 0, !mask.exits.isEmpty else { continue }
            // Which texts end here cannot be known for all tokens at once: none of them goes on into the next distinct
            // terminal of this scope.
            let after = open(thread.text == 0 ? thread.stack : note(.anything, on: thread.stack))
            guard !states[Int(after)].threads.isEmpty else { continue }
            let trie = mask.isOfRest ? vocabulary.rest : vocabulary.trie
            for exit in mask.exits { walk(trie, below: Int(exit), from: after, into: &few) }
        }
        if threads.count > 1, few.count > 1 {
            few.sort()
            var last: Int32 = -1
            few.removeAll { id in
                defer { last = id }
                return id == last
            }
        }
        return packed(few, many)
    }

    private func packed(_ few: [Int32], _ many: [UInt64]?) -> TokenMask {
        guard many != nil || few.count > Self.fewMax else { return .few(few) }
        var words = many ?? [UInt64](repeating: 0, count: vocabulary.wordCount)
        for id in few { words[Int(id) >> 6] |= 1 << UInt64(id & 63) }
        return .many(words)
    }

    /// Whether a token that begins with a text and goes on may come where the text leads to a state.
    mutating func takesToken(longerThan text: some Sequence<UInt8>, at state: Int32) -> Bool {
        guard let node = vocabulary.trie.node(of: text) else { return false }
        var found: [Int32] = []
        walk(vocabulary.trie, below: node, from: state, into: &found, atMost: 1)
        return !found.isEmpty
    }

    /// Looks for tokens below a node, until there are so many.
    private mutating func walk(
        _ trie: TokenTrie, below exit: Int, from state: Int32, into found: inout [Int32], atMost: Int = .max
    ) {
        let top = Int(trie.depths[exit])
        var path = [Int32](repeating: Automaton.dead, count: trie.depthMax + 1)
        path[top] = state
        let casesMax = pool.casesCount + program.limits.maskCasesMax
        var node = exit + 1
        let end = Int(trie.nexts[exit])
        while node < end, found.count < atMost {
            let depth = Int(trie.depths[node])
            let isTooMuch = depth > 1 && pool.casesCount > casesMax
            let next = isTooMuch ? Automaton.dead : next(path[depth - 1], trie.bytes[node])
            if next == Automaton.dead {
                node = Int(trie.nexts[node])
                continue
            }
            found += trie.tokens(at: node)
            path[depth] = next
            node += 1
        }
    }

    // MARK: Within an expression

    private mutating func expressionMask(of id: ExpressionID) -> ExpressionMask {
        if let known = expressionMasks[id] { return known }
        let reach = plainReach(of: id)
        var exits: [Int32] = []
        var few: [Int32] = []
        var many: [UInt64]?
        if let reach {
            walk(vocabulary.rest, from: id, into: &few, exits: &exits)
            if reach > 0 { many = vocabulary.plainMasks[min(reach, TokenVocabulary.plainCharactersMax)] }
        } else {
            walk(vocabulary.trie, from: id, into: &few, exits: &exits)
        }
        let mask = ExpressionMask(tokens: packed(few, many), exits: exits, isOfRest: reach != nil)
        expressionMasks[id] = mask
        maskBytes += mask.tokens.byteCount + 4 * exits.count
        return mask
    }

    private mutating func walk(
        _ trie: TokenTrie, from id: ExpressionID, into found: inout [Int32], exits: inout [Int32]
    ) {
        var path = [Int](repeating: 0, count: trie.depthMax + 1)
        path[0] = rowStart(of: id)
        let casesMax = pool.casesCount + program.limits.maskCasesMax
        var node = 0
        while node < trie.count {
            let depth = Int(trie.depths[node])
            let target = ExpressionID(rawValue: rows[path[depth - 1] + Int(trie.bytes[node])])
            let after = Int(trie.nexts[node])
            if target == .nothing || depth > 1 && pool.casesCount > casesMax {
                node = after
                continue
            }
            let (first, last) = (Int(trie.firsts[node]), Int(trie.firsts[node + 1]))
            for index in first..<last { found.append(trie.ids[index]) }
            guard after > node + 1 else {
                node = after
                continue
            }
            if pool.isNullable(target) { exits.append(Int32(node)) }
            path[depth] = rowStart(of: target)
            node += 1
        }
    }

    /// How many plain characters, any at all, an expression takes and does not end: then the plain tokens are known
    /// without a look at them. Nil where it depends on which characters they are.
    private mutating func plainReach(of id: ExpressionID) -> Int? {
        if let whole = pool.withoutExclusions(id) {
            // Of endlessly many texts some are left, whatever the first characters are.
            return plainReach(of: whole) == .max ? .max : nil
        }
        var state = id
        for count in 0..<TokenVocabulary.plainCharactersMax {
            if count > 0, pool.isNullable(state) { return nil }
            guard let next = plainTarget(of: state) else { return nil }
            if next == .nothing { return count }
            if next == state { return .max }
            state = next
        }
        return TokenVocabulary.plainCharactersMax
    }

    /// Where every plain character leads; nil where they do not lead to one place.
    private mutating func plainTarget(of id: ExpressionID) -> ExpressionID? {
        let start = rowStart(of: id)
        let target = rows[start + 0x20]
        for byte in 0x21..<0x80 where byte != 0x22 && byte != 0x5C {
            if rows[start + byte] != target { return nil }
        }
        for form in Self.encodings {
            var state = id
            for (index, range) in form.enumerated() {
                let start = rowStart(of: state)
                let next = rows[start + range.lowerBound]
                for byte in range where rows[start + byte] != next { return nil }
                state = ExpressionID(rawValue: next)
                if state == .nothing { break }
                if index + 1 < form.count, pool.isNullable(state) { return nil }
            }
            if state.rawValue != target { return nil }
        }
        return ExpressionID(rawValue: target)
    }

    /// The characters of two bytes and more (RFC 3629, section 4).
    private static let encodings: [[ClosedRange<Int>]] = [
        [0xC2...0xDF, 0x80...0xBF], [0xE0...0xE0, 0xA0...0xBF, 0x80...0xBF],
        [0xE1...0xEC, 0x80...0xBF, 0x80...0xBF], [0xED...0xED, 0x80...0x9F, 0x80...0xBF],
        [0xEE...0xEF, 0x80...0xBF, 0x80...0xBF], [0xF0...0xF0, 0x90...0xBF, 0x80...0xBF, 0x80...0xBF],
        [0xF1...0xF3, 0x80...0xBF, 0x80...0xBF, 0x80...0xBF],
        [0xF4...0xF4, 0x80...0x8F, 0x80...0xBF, 0x80...0xBF],
    ]
}
