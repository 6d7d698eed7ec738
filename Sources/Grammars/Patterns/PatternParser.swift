/// Reads the part that ECMAScript's and Python's regular expressions have in common.
///
/// What is no regular expression (references back) or not supported (looking behind, borders of words) is refused, and
/// so is what the dialects understand differently.
struct PatternParser {
    private let source: String
    private let scalars: [Unicode.Scalar]
    private let limits: GrammarLimits
    private var position = 0
    private var depth = 0

    init(_ source: String, limits: GrammarLimits) {
        self.source = source
        self.limits = limits
        scalars = Array(source.unicodeScalars)
    }

    mutating func parse() throws(GrammarError) -> Pattern {
        guard source.utf8.count <= limits.sourceBytesMax else {
            throw .tooComplex("a pattern may have \(limits.sourceBytesMax) bytes, not \(source.utf8.count)")
        }
        let pattern = try parseOptions()
        guard position == scalars.count else { throw fault("an unmatched )") }
        return pattern
    }

    private mutating func parseOptions() throws(GrammarError) -> Pattern {
        var options = [try parseSequence()]
        while take("|") { options.append(try parseSequence()) }
        return options.count == 1 ? options[0] : .anyOf(options)
    }

    private mutating func parseSequence() throws(GrammarError) -> Pattern {
        var parts: [Pattern] = []
        while let next = peek, next != "|", next != ")" {
            let atom = try parseAtom()
            parts.append(try parseQuantifiers(of: atom))
        }
        return parts.count == 1 ? parts[0] : parts.isEmpty ? .empty : .sequence(parts)
    }

    private mutating func parseAtom() throws(GrammarError) -> Pattern {
        guard let scalar = peek else { throw fault("something should stand here") }
        position += 1
        switch scalar {
        case "(": return try parseGroup()
        case "[": return .set(try parseClass())
        case ".": return .set(.dot)
        case "^": return .start
        case "$": return .end
        case "\\": return try parseEscape()
        case "*", "+", "?":
            position -= 1
            throw fault("nothing stands before \(scalar) that could be repeated")
        default: return .set(ScalarClassMeaning(ScalarRanges(scalar.value)))
        }
    }

    private mutating func parseGroup() throws(GrammarError) -> Pattern {
        depth += 1
        defer { depth -= 1 }
        guard depth <= limits.groupDepthMax else {
            throw .tooComplex("a pattern may nest \(limits.groupDepthMax) groups")
        }
        if take("?") {
            if take("P") {
                guard take("<") else {
                    throw fault("(?P is followed by < and a name; references are refused")
                }
                try skipName()
            } else if take("<") {
                if peek == "=" || peek == "!" { throw fault("looking behind is not supported") }
                try skipName()
            } else if let sign = peek, sign == "=" || sign == "!" {
                position += 1
                let body = try parseOptions()
                guard take(")") else { throw fault("a ) is missing") }
                return .ahead(body, isNegated: sign == "!")
            } else if !take(":") {
                throw fault(
                    "of groups that start with (? only (?:…), (?<name>…) and (?P<name>…) are supported")
            }
        }
        let body = try parseOptions()
        guard take(")") else { throw fault("a ) is missing") }
        return body
    }

    private mutating func skipName() throws(GrammarError) {
        while let next = peek, next != ">" {
            guard next == "_" || next.properties.isAlphabetic || next.properties.numericType != nil else {
                break
            }
            position += 1
        }
        guard take(">") else { throw fault("a group's name ends with >") }
    }

    // MARK: Repetition

    private mutating func parseQuantifiers(of atom: Pattern) throws(GrammarError) -> Pattern {
        var result = atom
        while let counts = try parseQuantifier() {
            switch result {
            case .start, .end, .ahead: throw fault("^, $ and looking ahead cannot be repeated")
            default: break
            }
            result = .loop(result, min: counts.min, max: counts.max)
            // Which of several matches is found does not matter here.
            _ = take("?")
            if peek == "+" { throw fault("possessive repetition is no regular expression") }
            if let next = peek, next == "*" || next == "?" {
                throw fault("\(next) follows another repetition")
            }
        }
        return result
    }

    private mutating func parseQuantifier() throws(GrammarError) -> (min: Int, max: Int?)? {
        if take("*") { return (0, nil) }
        if take("+") { return (1, nil) }
        if take("?") { return (0, 1) }
        guard peek == "{" else { return nil }
        let start = position
        position += 1
        guard let min = parseCount() else {
            position = start
            if scalars.dropFirst(start + 1).first == "," {
                throw fault("a count is missing before the comma")
            }
            // A brace that counts nothing stands for itself; the caller reads it as the next atom.
            return nil
        }
        var max: Int? = min
        if take(",") { max = peek == "}" ? nil : parseCount() ?? -1 }
        guard take("}"), max.map({ $0 >= min }) ?? true else {
            throw fault("counts look like {2}, {2,} or {2,5}, and the second is no less than the first")
        }
        for count in [min, max ?? 0] where count > limits.repetitionsMax {
            throw .tooComplex(
                "a part of a pattern may be repeated \(limits.repetitionsMax) times, not \(count)")
        }
        return (min, max)
    }

    private mutating func parseCount() -> Int? {
        var digits = ""
        while let next = peek, ("0"..."9").contains(next), digits.utf8.count < 12 {
            digits.unicodeScalars.append(next)
            position += 1
        }
        return Int(digits)
    }

    // MARK: Classes and escapes

    private mutating func parseEscape() throws(GrammarError) -> Pattern {
        switch peek {
        case "A":
            position += 1
            return .start
        case "z", "Z":
            position += 1
            return .end
        case "b", "B": throw fault("borders of words are not supported")
        default: return .set(try parseClassEscape())
        }
    }

    /// What follows a backslash where it stands for characters.
    private mutating func parseClassEscape() throws(GrammarError) -> ScalarClassMeaning {
        guard let scalar = peek else { throw fault("a backslash stands at the end") }
        position += 1
        switch scalar {
        case "d": return .digits
        case "D": return ScalarClassMeaning.digits.complement
        case "w": return .word
        case "W": return ScalarClassMeaning.word.complement
        case "s": return .space
        case "S": return ScalarClassMeaning.space.complement
        case "n": return single(0x0A)
        case "r": return single(0x0D)
        case "t": return single(0x09)
        case "f": return single(0x0C)
        case "v": return single(0x0B)
        case "a": return single(0x07)
        case "0": return single(0)
        case "x": return single(try parseHex(count: 2))
        case "u":
            if take("{") {
                let value = try parseHex(count: nil)
                guard take("}") else { throw fault("\\u{ is followed by hexadecimal digits and }") }
                return single(value)
            }
            return single(try parseUTF16())
        case "U": return single(try parseHex(count: 8))
        case "p", "P": return try parseProperty(isNegated: scalar == "P")
        case "1"..."9": throw fault("references back are no regular expression")
        case let scalar where scalar.isASCII && scalar.properties.isAlphabetic:
            throw fault("\\\(scalar) is not known")
        default: return single(scalar.value)
        }
    }

    private func single(_ value: UInt32) -> ScalarClassMeaning { ScalarClassMeaning(ScalarRanges(value)) }

    /// `\uD83D\uDE00` is one character.
    private mutating func parseUTF16() throws(GrammarError) -> UInt32 {
        let unit = try parseHex(count: 4)
        guard 0xD800...0xDBFF ~= unit, peek == "\\", scalars.dropFirst(position + 1).first == "u" else {
            return unit
        }
        position += 2
        let trail = try parseHex(count: 4)
        guard 0xDC00...0xDFFF ~= trail else {
            // Half of a pair stands for itself, and no text has it.
            position -= 6
            return unit
        }
        return 0x10000 + (unit - 0xD800) << 10 + (trail - 0xDC00)
    }

    private mutating func parseHex(count: Int?) throws(GrammarError) -> UInt32 {
        var value: UInt32 = 0
        var digits = 0
        while digits < count ?? 6, let next = peek, next.isASCII, let digit = Character(next).hexDigitValue {
            value = value << 4 | UInt32(digit)
            position += 1
            digits += 1
        }
        guard digits > 0, digits == count ?? digits, value <= 0x10FFFF else {
            throw fault("hexadecimal digits of a character should stand here")
        }
        return value
    }

    private mutating func parseProperty(isNegated: Bool) throws(GrammarError) -> ScalarClassMeaning {
        var name = ""
        if take("{") {
            while let next = peek, next != "}" {
                name.unicodeScalars.append(next)
                position += 1
            }
            guard take("}") else { throw fault("a property's name ends with }") }
        } else if let next = peek {
            name.unicodeScalars.append(next)
            position += 1
        }
        for prefix in ["General_Category=", "gc=", "Script=", "sc="] where name.hasPrefix(prefix) {
            name.removeFirst(prefix.count)
        }
        guard let ranges = ScalarCategories.named(name) else {
            throw fault(
                "the property \(name) is not known; general categories such as L or Lu are, and some scripts")
        }
        let meaning = ScalarClassMeaning(ranges)
        return isNegated ? meaning.complement : meaning
    }

    private mutating func parseClass() throws(GrammarError) -> ScalarClassMeaning {
        let isNegated = take("^")
        var meaning = ScalarClassMeaning(ScalarRanges.none)
        var ranges: [ClosedRange<UInt32>] = []
        if peek == "]" { throw fault("a class has no members; escape the ] that belongs to it") }
        while let next = peek, next != "]" {
            let first = try parseClassMember()
            guard peek == "-", let after = scalars.dropFirst(position + 1).first, after != "]" else {
                if let value = first.single {
                    ranges.append(value...value)
                } else {
                    meaning = meaning.union(first.set)
                }
                continue
            }
            position += 1
            let last = try parseClassMember()
            guard let low = first.single, let high = last.single, low <= high else {
                throw fault("a range goes from one character to a later one")
            }
            ranges.append(low...high)
        }
        guard take("]") else { throw fault("a ] is missing") }
        meaning = meaning.union(ScalarClassMeaning(ScalarRanges(ranges)))
        return isNegated ? meaning.complement : meaning
    }

    private mutating func parseClassMember() throws(GrammarError) -> (
        single: UInt32?, set: ScalarClassMeaning
    ) {
        guard let scalar = peek else { throw fault("a ] is missing") }
        position += 1
        if scalar == "\\" {
            if take("b") { return (0x08, single(0x08)) }
            if peek == "u", scalars.dropFirst(position + 1).first != "{" {
                position += 1
                let unit = try parseUTF16()
                return (unit, single(unit))
            }
            let isClass = peek.map { "dDwWsSpP".unicodeScalars.contains($0) } ?? false
            let set = try parseClassEscape()
            return (isClass ? nil : set.surely.ranges.first?.lowerBound, set)
        }
        return (scalar.value, single(scalar.value))
    }

    // MARK: Reading

    private var peek: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard peek == scalar else { return false }
        position += 1
        return true
    }

    private func fault(_ reason: String) -> GrammarError {
        .invalidPattern(source, offset: min(position, scalars.count), reason: reason)
    }
}
