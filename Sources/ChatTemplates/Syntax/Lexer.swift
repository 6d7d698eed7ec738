/// Cuts a template into tokens as Jinja2 does with `trim_blocks` and `lstrip_blocks`: outside tags there is data, whose
/// white space at a tag's border falls to the tag's `-` sign or to those two options.
struct Lexer {
    /// The template with normal line ends and without its last one.
    let source: [UInt8]
    /// Where the next token starts.
    var offset = 0
    var tokens: [Token] = []
    /// The brackets that are open inside the current tag, by what closes them.
    var closers: [UInt8] = []
    /// Where each line of the source starts.
    private let lineStarts: [Int]
    /// Whether the text since the last line end holds nothing yet, so that a tag may strip what stands before it.
    private var startsLine = true

    init(_ text: String) {
        source = Lexer.normalized(text)
        var starts = [0]
        for (index, byte) in source.enumerated() where byte == UInt8(ascii: "\n") { starts.append(index + 1) }
        lineStarts = starts
    }

    /// Every token of that template, with `.end` last.
    static func tokens(of text: String) throws(TemplateError) -> [Token] {
        var lexer = Lexer(text)
        try lexer.run()
        return lexer.tokens
    }

    private static func normalized(_ text: String) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        var followsReturn = false
        for byte in text.utf8 {
            if byte == UInt8(ascii: "\r") {
                bytes.append(UInt8(ascii: "\n"))
            } else if byte != UInt8(ascii: "\n") || !followsReturn {
                bytes.append(byte)
            }
            followsReturn = byte == UInt8(ascii: "\r")
        }
        if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
        return bytes
    }

    private mutating func run() throws(TemplateError) {
        while offset < source.count {
            let start = offset
            guard let tag = nextTag(from: start) else {
                appendData(start..<source.count, at: start)
                offset = source.count
                break
            }
            offset = tag + 2
            let sign = takeSign()
            let isVariable = source[tag + 1] == UInt8(ascii: "{")
            appendData(start..<dataEnd(from: start, to: tag, sign: sign, isVariable: isVariable), at: start)
            startsLine = false
            switch source[tag + 1] {
            case UInt8(ascii: "#"): try skipComment(from: tag)
            case UInt8(ascii: "%"):
                if let body = rawBody() {
                    offset = body
                    try lexRaw(from: tag)
                } else {
                    append(.blockBegin, at: tag)
                    try lexTag(closedBy: UInt8(ascii: "%"), openedAt: tag)
                }
            default:
                append(.variableBegin, at: tag)
                try lexTag(closedBy: UInt8(ascii: "}"), openedAt: tag)
            }
            startsLine = source[offset - 1] == UInt8(ascii: "\n")
        }
        append(.end, at: source.count)
    }

    /// Where the next `{{`, `{%` or `{#` stands.
    private func nextTag(from start: Int) -> Int? {
        var index = start
        while index + 1 < source.count {
            if source[index] == UInt8(ascii: "{") {
                switch source[index + 1] {
                case UInt8(ascii: "{"), UInt8(ascii: "%"), UInt8(ascii: "#"): return index
                default: break
                }
            }
            index += 1
        }
        return nil
    }

    /// Where the data before a tag ends once the tag has taken its white space.
    private func dataEnd(from start: Int, to tag: Int, sign: UInt8?, isVariable: Bool) -> Int {
        if sign == UInt8(ascii: "-") { return PythonSpace.trimmedEnd(of: source, in: start..<tag) }
        guard sign == nil, !isVariable else { return tag }
        let end = PythonSpace.trimmedEnd(of: source, in: start..<tag)
        let newline = source[start..<tag].lastIndex(of: UInt8(ascii: "\n"))
        guard let line = newline.map({ $0 + 1 }) ?? (startsLine ? start : nil) else { return tag }
        return end <= line ? line : tag
    }

    private mutating func skipComment(from tag: Int) throws(TemplateError) {
        let start = offset
        while offset + 1 < source.count {
            if source[offset] == UInt8(ascii: "#"), source[offset + 1] == UInt8(ascii: "}") {
                let sign = offset > start ? source[offset - 1] : 0
                offset += 2
                finishTag(sign: sign, trimsNewline: true)
                return
            }
            offset += 1
        }
        throw TemplateError(.syntax, "Missing end of comment tag", at: position(tag))
    }

    /// Where the text of a raw block starts, if the tag that was just opened is `raw`.
    private func rawBody() -> Int? {
        var index = PythonSpace.skipped(in: source, from: offset)
        guard source[index...].starts(with: "raw".utf8) else { return nil }
        index = PythonSpace.skipped(in: source, from: index + 3)
        let strips = index < source.count && source[index] == UInt8(ascii: "-")
        if strips { index += 1 }
        guard source[index...].starts(with: "%}".utf8) else { return nil }
        return strips ? PythonSpace.skipped(in: source, from: index + 2) : index + 2
    }

    private mutating func lexRaw(from tag: Int) throws(TemplateError) {
        let start = offset
        while let end = nextTag(from: offset) {
            offset = end + 2
            guard source[end + 1] == UInt8(ascii: "%") else { continue }
            let sign = takeSign()
            var index = PythonSpace.skipped(in: source, from: offset)
            guard source[index...].starts(with: "endraw".utf8) else { continue }
            index = PythonSpace.skipped(in: source, from: index + 6)
            let endSign = index < source.count ? source[index] : 0
            if endSign == UInt8(ascii: "-") || endSign == UInt8(ascii: "+") { index += 1 }
            guard source[index...].starts(with: "%}".utf8) else { continue }
            startsLine = source[start - 1] == UInt8(ascii: "\n")
            appendData(start..<dataEnd(from: start, to: end, sign: sign, isVariable: false), at: start)
            offset = index + 2
            finishTag(sign: endSign, trimsNewline: true)
            return
        }
        throw TemplateError(.syntax, "Missing end of raw directive", at: position(tag))
    }

    /// Takes the white space after a tag that its closing sign, or `trim_blocks`, removes.
    mutating func finishTag(sign: UInt8, trimsNewline: Bool) {
        if sign == UInt8(ascii: "-") {
            offset = PythonSpace.skipped(in: source, from: offset)
        } else if sign != UInt8(ascii: "+"), trimsNewline, offset < source.count,
            source[offset] == UInt8(ascii: "\n")
        {
            offset += 1
        }
    }

    private mutating func takeSign() -> UInt8? {
        guard offset < source.count,
            source[offset] == UInt8(ascii: "-") || source[offset] == UInt8(ascii: "+")
        else {
            return nil
        }
        offset += 1
        return source[offset - 1]
    }

    private mutating func appendData(_ range: Range<Int>, at start: Int) {
        guard !range.isEmpty else { return }
        append(.data(String(decoding: source[range], as: UTF8.self)), at: start)
    }

    mutating func append(_ kind: Token.Kind, at index: Int) {
        tokens.append(Token(kind: kind, position: position(index)))
    }

    /// The line and column of a byte.
    func position(_ index: Int) -> Position {
        var low = 0
        var high = lineStarts.count
        while low + 1 < high {
            let middle = (low + high) / 2
            if lineStarts[middle] <= index { low = middle } else { high = middle }
        }
        return Position(line: low + 1, column: index - lineStarts[low] + 1)
    }
}
