/// A regular expression as tokenizer files write them: a tree.
indirect enum PatternNode {
    case sequence([PatternNode])
    case alternation([PatternNode])
    case set(ScalarSet)
    case repetition(PatternNode, min: Int, max: Int?, mode: RepetitionMode)
    case lookahead(PatternNode, isNegated: Bool)
    case atomic(PatternNode)
    case textStart
    case textEnd

    /// Whether the node can match without consuming anything.
    var canBeEmpty: Bool {
        switch self {
        case .sequence(let nodes): nodes.allSatisfy(\.canBeEmpty)
        case .alternation(let nodes): nodes.contains(where: \.canBeEmpty)
        case .set: false
        case .repetition(let node, let min, _, _): min == 0 || node.canBeEmpty
        case .lookahead, .textStart, .textEnd: true
        case .atomic(let node): node.canBeEmpty
        }
    }
}

/// How often a repetition tries first.
enum RepetitionMode {
    /// As often as it can, then fewer.
    case greedy
    /// As seldom as it can, then more.
    case lazy
    /// As often as it can, and no fewer.
    case possessive
}

/// Parses the subset of Oniguruma's syntax that tokenizer files use: alternation, groups (`(…)`, `(?:…)`,
/// `(?i:…)`, `(?>…)`), look-ahead, sets with properties, quantifiers of all three modes, `^` and `$` at the
/// ends of the text.
struct PatternParser {
    private let expression: [Unicode.Scalar]
    private var position = 0
    private var depth = 0
    private var ignoresCase = false
    private let text: String

    init(_ expression: String) {
        self.text = expression
        self.expression = Array(expression.unicodeScalars)
    }

    mutating func parse() throws(TokenizerError) -> PatternNode {
        let node = try parseAlternation()
        guard position == expression.count else { throw fault("an unmatched closing parenthesis") }
        return node
    }

    private mutating func parseAlternation() throws(TokenizerError) -> PatternNode {
        depth += 1
        guard depth <= TokenizerLimits.patternDepthMax else {
            throw .overLimit(place, "nested groups", limit: TokenizerLimits.patternDepthMax, value: depth)
        }
        var branches = [try parseSequence()]
        while take("|") { branches.append(try parseSequence()) }
        depth -= 1
        return branches.count == 1 ? branches[0] : .alternation(branches)
    }

    private mutating func parseSequence() throws(TokenizerError) -> PatternNode {
        var nodes: [PatternNode] = []
        while let next = peek(), next != "|", next != ")" {
            nodes.append(try parseQuantifiers(after: try parseAtom()))
        }
        return nodes.count == 1 ? nodes[0] : .sequence(nodes)
    }

    private mutating func parseAtom() throws(TokenizerError) -> PatternNode {
        guard let scalar = next() else { throw fault("the pattern ends too early") }
        switch scalar {
        case "(": return try parseGroup()
        case "[": return .set(try parseSet())
        case ".": return .set(ScalarSet([.range(0x0A...0x0A)], isNegated: true))
        case "^": return .textStart
        case "$": return .textEnd
        case "*", "+", "?": throw fault("nothing to repeat")
        case "\\":
            if take("z") || take("Z") { return .textEnd }
            if take("A") { return .textStart }
            return .set(ScalarSet([try parseEscape()]))
        default: return .set(ScalarSet([.range(scalar.value...scalar.value)], ignoringCase: ignoresCase))
        }
    }

    private mutating func parseGroup() throws(TokenizerError) -> PatternNode {
        let outer = ignoresCase
        defer { ignoresCase = outer }
        var wrap: (PatternNode) -> PatternNode = { $0 }
        if take("?") {
            switch next() {
            case ":": break
            case "i":
                ignoresCase = true
                if take(")") {
                    // `(?i)` reaches to the end of the group around it.
                    return try parseAlternation()
                }
                guard take(":") else { throw fault("unknown group") }
            case ">": wrap = { .atomic($0) }
            case "=": wrap = { .lookahead($0, isNegated: false) }
            case "!": wrap = { .lookahead($0, isNegated: true) }
            default: throw fault("unknown group")
            }
        }
        let node = try parseAlternation()
        guard take(")") else { throw fault("a closing parenthesis is missing") }
        return wrap(node)
    }

    private mutating func parseQuantifiers(after atom: PatternNode) throws(TokenizerError) -> PatternNode {
        var node = atom
        var quantifiers = 0
        while let scalar = peek() {
            let bounds: (min: Int, max: Int?)
            switch scalar {
            case "*": bounds = (0, nil)
            case "+": bounds = (1, nil)
            case "?": bounds = (0, 1)
            case "{":
                bounds = try parseBounds()
                position -= 1
            default: return node
            }
            position += 1
            quantifiers += 1
            guard quantifiers <= 3 else { throw fault("more than 3 quantifiers in a row") }
            let mode: RepetitionMode = take("?") ? .lazy : take("+") ? .possessive : .greedy
            if bounds.max == nil, node.canBeEmpty {
                throw fault("a group repeated without limit can be empty")
            }
            node = .repetition(node, min: bounds.min, max: bounds.max, mode: mode)
        }
        return node
    }

    private mutating func parseBounds() throws(TokenizerError) -> (min: Int, max: Int?) {
        position += 1
        let min = parseNumber()
        let max = take(",") ? parseNumber() : min
        let isOpen = min != nil && max == nil
        guard take("}"), min != nil || max != nil, isOpen || (max ?? 0) >= (min ?? 0) else {
            throw fault("a repetition should read {n}, {n,}, {,m} or {n,m}, each at most 9999")
        }
        return (min ?? 0, max)
    }

    private mutating func parseNumber() -> Int? {
        var digits = ""
        while let scalar = peek(), ("0"..."9").contains(scalar), digits.utf8.count < 4 {
            digits.unicodeScalars.append(scalar)
            position += 1
        }
        return Int(digits)
    }

    /// Reads what follows `[`, to the closing bracket.
    private mutating func parseSet() throws(TokenizerError) -> ScalarSet {
        let isNegated = take("^")
        var items: [ScalarSet.Item] = []
        var isFirst = true
        while let scalar = next() {
            if scalar == "]", !isFirst {
                return ScalarSet(items, isNegated: isNegated, ignoringCase: ignoresCase)
            }
            isFirst = false
            if scalar == "[" {
                if peek() == ":" { throw fault("POSIX classes are not supported") }
                depth += 1
                guard depth <= TokenizerLimits.patternDepthMax else { throw fault("sets nested too deeply") }
                items.append(.set(try parseSet()))
                depth -= 1
                continue
            }
            if scalar == "&", peek() == "&" { throw fault("set intersections are not supported") }
            let item: ScalarSet.Item =
                scalar == "\\" ? try parseEscape() : .range(scalar.value...scalar.value)
            guard case .range(let lower) = item, peek() == "-", position + 1 < expression.count,
                expression[position + 1] != "]"
            else {
                items.append(item)
                continue
            }
            position += 1
            guard let bound = next(),
                case .range(let upper) = bound == "\\"
                    ? try parseEscape() : .range(bound.value...bound.value),
                lower.lowerBound <= upper.upperBound
            else { throw fault("a range in a set should end in a later character") }
            items.append(.range(lower.lowerBound...upper.upperBound))
        }
        throw fault("a closing bracket is missing")
    }

    /// Reads what follows a backslash.
    private mutating func parseEscape() throws(TokenizerError) -> ScalarSet.Item {
        guard let scalar = next() else { throw fault("the pattern ends in a backslash") }
        switch scalar {
        case "n": return .range(0x0A...0x0A)
        case "r": return .range(0x0D...0x0D)
        case "t": return .range(0x09...0x09)
        case "f": return .range(0x0C...0x0C)
        case "v": return .range(0x0B...0x0B)
        case "s": return .whitespace
        case "S": return .set(ScalarSet([.whitespace], isNegated: true))
        case "d": return .categories(1 << 8)
        case "D": return .set(ScalarSet([.categories(1 << 8)], isNegated: true))
        case "w": return .word
        case "W": return .set(ScalarSet([.word], isNegated: true))
        case "p", "P": return try parseProperty(isNegated: scalar == "P")
        case "x", "u": return try parseCodePoint(hasMarker: scalar)
        default:
            guard !scalar.properties.isAlphabetic, !("0"..."9").contains(scalar) else {
                throw fault("unknown escape \\\(scalar)")
            }
            return .range(scalar.value...scalar.value)
        }
    }

    private mutating func parseProperty(isNegated: Bool) throws(TokenizerError) -> ScalarSet.Item {
        guard take("{") else { throw fault("a property in braces should follow \\p") }
        let isInverted = take("^") != isNegated
        var name = ""
        while let scalar = next(), scalar != "}" { name.unicodeScalars.append(scalar) }
        let short =
            ["Letter": "L", "Mark": "M", "Number": "N", "Punctuation": "P", "Symbol": "S"][name] ?? name
        guard let mask = ScalarCategory.mask(named: short) else { throw fault("unknown property \(name)") }
        return isInverted ? .set(ScalarSet([.categories(mask)], isNegated: true)) : .categories(mask)
    }

    private mutating func parseCodePoint(
        hasMarker marker: Unicode.Scalar
    ) throws(TokenizerError) -> ScalarSet.Item {
        let isBraced = marker == "x" && take("{")
        let limit = isBraced ? 8 : marker == "x" ? 2 : 4
        var digits = ""
        while let scalar = peek(), digits.utf8.count < limit, scalar.properties.isASCIIHexDigit {
            digits.unicodeScalars.append(scalar)
            position += 1
        }
        guard let value = UInt32(digits, radix: 16), !isBraced || take("}") else {
            throw fault("a code point in hexadecimal should stand here")
        }
        return .range(value...value)
    }

    private func peek() -> Unicode.Scalar? { position < expression.count ? expression[position] : nil }

    private mutating func next() -> Unicode.Scalar? {
        guard position < expression.count else { return nil }
        position += 1
        return expression[position - 1]
    }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard peek() == scalar else { return false }
        position += 1
        return true
    }

    private var place: String { "pattern \(text.prefix(80))" }

    private func fault(_ reason: String) -> TokenizerError {
        .unsupported(place, "\(reason), before character \(position + 1)")
    }
}
