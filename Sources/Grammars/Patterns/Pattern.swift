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
    /// `(?=…)`, or `(?!…)` where it is negated.
    case ahead(Pattern, isNegated: Bool)

    /// Whether anything in it speaks of what stands before or after.
    var hasAssertions: Bool {
        switch self {
        case .empty, .set: false
        case .start, .end, .ahead: true
        case .sequence(let parts), .anyOf(let parts): parts.contains(where: \.hasAssertions)
        case .loop(let body, _, _): body.hasAssertions
        }
    }
}

/// Which of the texts that dialects disagree on a pattern matches.
enum PatternSense: Sendable {
    /// What every dialect matches: for what output must match.
    case surely
    /// What some dialect matches: for what output must not match.
    case perhaps

    var opposite: PatternSense { self == .surely ? .perhaps : .surely }
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
        let any = character(.all, form)
        let fill = anywhere ? loop(any, 0, nil) : .empty
        let writing = PatternWriting(form: form, sense: sense, source: text)
        let rests = try rests(of: pattern, before: Rests(atStart: fill, later: fill), writing)
        guard anywhere, rests.later != .nothing else { return rests.atStart }
        if rests.atStart == rests.later { return sequence(fill, rests.later) }
        return anyOf([rests.atStart, sequence(loop(any, 1, nil), rests.later)])
    }

    /// What a text goes on with from where a pattern begins, which is before what comes after the pattern.
    ///
    /// Patterns are put together from their ends, so that what looks ahead sees all that follows: it must be, or must
    /// not be, what is looked for.
    private mutating func rests(
        of pattern: Pattern, before next: Rests, _ writing: PatternWriting
    ) throws(GrammarError) -> Rests {
        guard pattern.hasAssertions else { return followed(plain(pattern, writing), by: next) }
        switch pattern {
        case .empty, .set: return next
        case .start: return Rests(atStart: next.atStart, later: .nothing)
        case .end:
            // To some dialects an end is also before a line break that is the last character.
            let lineEnd =
                writing.sense == .perhaps ? optional(character(ScalarRanges(0x0A), writing.form)) : .empty
            return Rests(atStart: allOf([next.atStart, lineEnd]), later: allOf([next.later, lineEnd]))
        case .ahead(let body, let isNegated):
            var writing = writing
            if isNegated { writing.sense = writing.sense.opposite }
            let sought = try rests(of: body, before: Rests(atStart: .anything, later: .anything), writing)
            let (first, second) =
                isNegated ? (not(sought.atStart), not(sought.later)) : (sought.atStart, sought.later)
            return Rests(atStart: allOf([next.atStart, first]), later: allOf([next.later, second]))
        case .anyOf(let options):
            var all: [Rests] = []
            for option in options { all.append(try rests(of: option, before: next, writing)) }
            return Rests(atStart: anyOf(all.map(\.atStart)), later: anyOf(all.map(\.later)))
        case .sequence(let parts):
            var result = next
            for part in parts.reversed() { result = try rests(of: part, before: result, writing) }
            return result
        case .loop(let body, let min, let max):
            guard max == 1 else {
                throw .invalidPattern(
                    writing.source, offset: 0,
                    reason: "^, $ or looking ahead stands in a part that is repeated")
            }
            let once = try rests(of: body, before: next, writing)
            if min == 1 { return once }
            return Rests(
                atStart: anyOf([next.atStart, once.atStart]), later: anyOf([next.later, once.later]))
        }
    }

    private mutating func followed(_ head: ExpressionID, by next: Rests) -> Rests {
        let later = sequence(head, next.later)
        if next.atStart == next.later { return Rests(atStart: later, later: later) }
        guard isNullable(head) else { return Rests(atStart: later, later: later) }
        let moved = sequence(allOf([head, not(.empty)]), next.later)
        return Rests(atStart: anyOf([next.atStart, moved]), later: later)
    }

    /// A pattern that speaks of nothing around it.
    private mutating func plain(_ pattern: Pattern, _ writing: PatternWriting) -> ExpressionID {
        switch pattern {
        case .empty, .start, .end, .ahead: return .empty
        case .set(let meaning):
            return character(writing.sense == .surely ? meaning.surely : meaning.perhaps, writing.form)
        case .anyOf(let options):
            var members: [ExpressionID] = []
            for option in options { members.append(plain(option, writing)) }
            return anyOf(members)
        case .sequence(let parts):
            var members: [ExpressionID] = []
            for part in parts { members.append(plain(part, writing)) }
            return sequence(members)
        case .loop(let body, let min, let max): return loop(plain(body, writing), min, max)
        }
    }
}

/// How a pattern's characters are written, and which of them are meant.
private struct PatternWriting {
    let form: TextForm
    var sense: PatternSense
    let source: String
}

/// What a text goes on with at its start, and at any other place.
private struct Rests {
    var atStart: ExpressionID
    var later: ExpressionID
}
