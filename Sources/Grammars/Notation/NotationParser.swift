/// Reads grammars as llama.cpp (GBNF) and XGrammar (EBNF after the W3C's) write them.
///
/// `name ::= "text" [a-z^0-9] ( group ) | other`, with `*`, `+`, `?` and `{m,n}` behind a part and `#` before a comment.
struct NotationParser {
    private let scalars: [Unicode.Scalar]
    private let limits: GrammarLimits
    private var position = 0
    private var depth = 0

    init(_ text: String, limits: GrammarLimits) throws(GrammarError) {
        guard text.utf8.count <= limits.sourceBytesMax else {
            throw .tooComplex("a grammar may have \(limits.sourceBytesMax) bytes, not \(text.utf8.count)")
        }
        scalars = Array(text.unicodeScalars)
        self.limits = limits
    }

    /// All rules in the order they were written.
    mutating func parse() throws(GrammarError) -> [(name: String, body: Notation)] {
        var rules: [(name: String, body: Notation)] = []
        var names: Set<String> = []
        skipSpace()
        while peek != nil {
            guard let name = takeName() else { throw fault("a rule starts with its name") }
            skipSpace()
            guard take("::=") else { throw fault("::= should follow the name \(name)") }
            guard names.insert(name).inserted else { throw fault("the rule \(name) is defined twice") }
            rules.append((name, try parseOptions()))
            skipSpace()
        }
        return rules
    }

    private mutating func parseOptions() throws(GrammarError) -> Notation {
        var options = [try parseSequence()]
        while take("|") { options.append(try parseSequence()) }
        return options.count == 1 ? options[0] : .anyOf(options)
    }

    private mutating func parseSequence() throws(GrammarError) -> Notation {
        var parts: [Notation] = []
        skipSpace()
        while let next = peek, next != "|", next != ")", !isAtRule {
            var part = try parsePart()
            skipSpace()
            while let counts = try parseCounts() {
                part = .loop(part, min: counts.min, max: counts.max)
                skipSpace()
            }
            parts.append(part)
        }
        return parts.count == 1 ? parts[0] : parts.isEmpty ? .empty : .sequence(parts)
    }

    private mutating func parsePart() throws(GrammarError) -> Notation {
        if let name = takeName() { return .rule(name) }
        guard let next = peek else { throw fault("something should stand here") }
        switch next {
        case "\"", "'": return try parseLiteral()
        case "[": return .set(try parseSet())
        case ".":
            position += 1
            return .set(ScalarRanges(0x0A).complement)
        case "(":
            position += 1
            depth += 1
            defer { depth -= 1 }
            guard depth <= limits.groupDepthMax else {
                throw .tooComplex("a grammar may nest \(limits.groupDepthMax) groups")
            }
            guard peek != "=" else { throw fault("looking ahead is not supported") }
            let body = try parseOptions()
            guard take(")") else { throw fault("a ) is missing") }
            return body
        default: throw fault("\(next) should not stand here")
        }
    }

    private mutating func parseCounts() throws(GrammarError) -> (min: Int, max: Int?)? {
        if take("*") { return (0, nil) }
        if take("+") { return (1, nil) }
        if take("?") { return (0, 1) }
        guard take("{") else { return nil }
        skipSpace()
        let low = takeNumber()
        skipSpace()
        var high = low
        if take(",") {
            skipSpace()
            high = takeNumber()
        } else if low == nil {
            throw fault("a count should stand in the braces")
        }
        skipSpace()
        guard take("}"), low ?? 0 <= high ?? .max else {
            throw fault("counts look like {2}, {2,} or {2,5}, and the second is no less than the first")
        }
        for count in [low ?? 0, high ?? 0] where count > limits.repetitionsMax {
            throw .tooComplex("a part may be repeated \(limits.repetitionsMax) times, not \(count)")
        }
        return (low ?? 0, high)
    }

    // MARK: Characters

    private mutating func parseLiteral() throws(GrammarError) -> Notation {
        let quote = peek
        position += 1
        var text = ""
        while let next = peek, next != quote {
            guard next != "\n" else { break }
            position += 1
            text.unicodeScalars.append(next == "\\" ? try parseEscape() : next)
        }
        guard peek == quote else { throw fault("a text does not end") }
        position += 1
        return text.isEmpty ? .empty : .literal(text)
    }

    private mutating func parseSet() throws(GrammarError) -> ScalarRanges {
        position += 1
        let isNegated = take("^")
        var ranges: [ClosedRange<UInt32>] = []
        while let next = peek, next != "]" {
            position += 1
            let low = next == "\\" ? try parseEscape() : next
            var high = low
            if peek == "-", let after = scalars.dropFirst(position + 1).first, after != "]" {
                position += 2
                high = after == "\\" ? try parseEscape() : after
            }
            guard low.value <= high.value else {
                throw fault("a range goes from one character to a later one")
            }
            ranges.append(low.value...high.value)
        }
        guard take("]") else { throw fault("a ] is missing") }
        let set = ScalarRanges(ranges)
        return isNegated ? set.complement : set
    }

    private mutating func parseEscape() throws(GrammarError) -> Unicode.Scalar {
        guard let next = peek else { throw fault("a backslash stands at the end") }
        position += 1
        switch next {
        case "n": return "\n"
        case "r": return "\r"
        case "t": return "\t"
        case "f": return "\u{0C}"
        case "v": return "\u{0B}"
        case "b": return "\u{08}"
        case "a": return "\u{07}"
        case "e": return "\u{1B}"
        case "0": return "\u{00}"
        case "x": return try parseHex(2)
        case "u": return try parseHex(4)
        case "U": return try parseHex(8)
        case let next
        where next.isASCII && (next.properties.isAlphabetic || next.properties.numericType != nil):
            throw fault("\\\(next) is not known")
        default: return next
        }
    }

    private mutating func parseHex(_ count: Int) throws(GrammarError) -> Unicode.Scalar {
        var value: UInt32 = 0
        for _ in 0..<count {
            guard let next = peek, next.isASCII, let digit = Character(next).hexDigitValue else {
                throw fault("\(count) hexadecimal digits should stand here")
            }
            value = value << 4 | UInt32(digit)
            position += 1
        }
        guard let scalar = Unicode.Scalar(value) else { throw fault("no character has this number") }
        return scalar
    }

    // MARK: Reading

    private var peek: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

    /// Whether the next rule starts here.
    private var isAtRule: Bool {
        var ahead = self
        guard ahead.takeName() != nil else { return false }
        ahead.skipSpace()
        return ahead.take("::=")
    }

    private mutating func takeName() -> String? {
        guard let first = peek, Self.isLetter(first) || first == "_" else { return nil }
        var name = String.UnicodeScalarView()
        while let next = peek, Self.isLetter(next) || "0"..."9" ~= next || "-_.".unicodeScalars.contains(next)
        {
            name.append(next)
            position += 1
        }
        return String(name)
    }

    private static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
        "a"..."z" ~= scalar || "A"..."Z" ~= scalar
    }

    private mutating func takeNumber() -> Int? {
        var digits = ""
        while let next = peek, "0"..."9" ~= next, digits.utf8.count < 12 {
            digits.unicodeScalars.append(next)
            position += 1
        }
        return Int(digits)
    }

    private mutating func take(_ text: String) -> Bool {
        guard scalars[position...].starts(with: text.unicodeScalars) else { return false }
        position += text.unicodeScalars.count
        return true
    }

    private mutating func skipSpace() {
        while let next = peek {
            if next == "#" {
                while let next = peek, next != "\n" { position += 1 }
            } else if next.properties.isWhitespace {
                position += 1
            } else {
                return
            }
        }
    }

    private func fault(_ reason: String) -> GrammarError {
        let line = 1 + scalars[..<min(position, scalars.count)].count { $0 == "\n" }
        return .invalidGrammar(line: line, reason: reason)
    }
}
