/// What a regular expression is made of, groups resolved.
indirect enum Pattern: Hashable, Sendable {
    case empty
    case set(ScalarClassMeaning)
    case sequence([Pattern])
    case anyOf([Pattern])
    /// nil stands for no end.
    case loop(Pattern, min: Int, max: Int?)
    /// `^`
    case start
    /// `$`
    case end

    /// Whether `^` or `$` occurs.
    var hasAnchors: Bool {
        switch self {
        case .empty, .set: false
        case .start, .end: true
        case .sequence(let parts), .anyOf(let parts): parts.contains(where: \.hasAnchors)
        case .loop(let body, _, _): body.hasAnchors
        }
    }
}

/// Which of the texts that dialects disagree on a pattern matches.
enum PatternSense: Sendable {
    /// What every dialect matches: for what output must match.
    case surely
    /// What some dialect matches: for what output must not match.
    case perhaps
}

extension ExpressionPool {
    /// What a pattern matches as a whole, or, with `anywhere`, the texts in which it matches somewhere.
    ///
    /// - Throws: ``GrammarError`` for a pattern that is malformed or no regular expression.
    mutating func pattern(
        _ text: String, _ form: TextForm, anywhere: Bool, sense: PatternSense = .surely, limits: GrammarLimits
    ) throws(GrammarError) -> ExpressionID {
        var parser = PatternParser(text, limits: limits)
        let pattern = try parser.parse()
        let variants = try variants(of: pattern, form, sense, source: text)
        let fill = anywhere ? loop(character(.all, form), 0, nil) : .empty
        let lineEnd = sense == .perhaps ? optional(character(ScalarRanges(0x0A), form)) : .empty
        var options: [ExpressionID] = []
        for (anchors, body) in variants {
            options.append(
                sequence([
                    anchors.contains(.start) ? .empty : fill, body, anchors.contains(.end) ? lineEnd : fill,
                ]))
        }
        return anyOf(options)
    }

    /// The texts of a pattern by which of its ends must be the text's.
    private mutating func variants(
        of pattern: Pattern, _ form: TextForm, _ sense: PatternSense, source: String
    ) throws(GrammarError) -> [Anchors: ExpressionID] {
        switch pattern {
        case .empty: return [[]: .empty]
        case .start: return [.start: .empty]
        case .end: return [.end: .empty]
        case .set(let meaning):
            return [[]: character(sense == .surely ? meaning.surely : meaning.perhaps, form)]
        case .anyOf(let options):
            var result: [Anchors: ExpressionID] = [:]
            var grouped: [Anchors: [ExpressionID]] = [:]
            for option in options {
                for (anchors, id) in try variants(of: option, form, sense, source: source) {
                    grouped[anchors, default: []].append(id)
                }
            }
            for (anchors, ids) in grouped { result[anchors] = anyOf(ids) }
            return result
        case .sequence(let parts):
            var result: [Anchors: ExpressionID] = [[]: .empty]
            for part in parts.reversed() {
                result = followed(try variants(of: part, form, sense, source: source), by: result)
            }
            return result
        case .loop(let body, let min, let max):
            let inner = try variants(of: body, form, sense, source: source)
            if inner.count == 1, let only = inner[[]] { return [[]: loop(only, min, max)] }
            guard max == 1 else {
                throw .invalidPattern(source, offset: 0, reason: "^ or $ stands in a part that is repeated")
            }
            if min == 1 { return inner }
            return inner.merging([[]: .empty]) { anyOf([$0, $1]) }
        }
    }

    private mutating func followed(
        _ heads: [Anchors: ExpressionID], by tails: [Anchors: ExpressionID]
    ) -> [Anchors: ExpressionID] {
        var grouped: [Anchors: [ExpressionID]] = [:]
        for (headAnchors, head) in heads {
            for (tailAnchors, tail) in tails {
                // What stands before the text's start, or after its end, must be empty.
                let first = tailAnchors.contains(.start) ? (isNullable(head) ? .empty : .nothing) : head
                let second = headAnchors.contains(.end) ? (isNullable(tail) ? .empty : .nothing) : tail
                grouped[headAnchors.union(tailAnchors), default: []].append(sequence(first, second))
            }
        }
        var result: [Anchors: ExpressionID] = [:]
        for (anchors, ids) in grouped { result[anchors] = anyOf(ids) }
        return result
    }
}

/// The ends of a text that a match must touch.
private struct Anchors: OptionSet, Hashable {
    let rawValue: Int

    static let start = Anchors(rawValue: 1)
    static let end = Anchors(rawValue: 2)
}
