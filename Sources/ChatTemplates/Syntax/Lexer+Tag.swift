/// Tokens inside `{{ … }}` and `{% … %}`.
extension Lexer {
    mutating func lexTag(closedBy closer: UInt8, openedAt tag: Int) throws(TemplateError) {
        closers.removeAll(keepingCapacity: true)
        while true {
            if closers.isEmpty, takeTagEnd(closedBy: closer) { return }
            let skipped = PythonSpace.skipped(in: source, from: offset)
            if skipped > offset {
                offset = skipped
                continue
            }
            guard offset < source.count else {
                append(.end, at: offset)
                throw TemplateError(.syntax, "Unexpected end of template inside a tag.", at: position(tag))
            }
            try lexToken()
        }
    }

    private mutating func takeTagEnd(closedBy closer: UInt8) -> Bool {
        let isBlock = closer == UInt8(ascii: "%")
        var index = offset
        guard index < source.count else { return false }
        let sign = source[index]
        if sign == UInt8(ascii: "-") || (isBlock && sign == UInt8(ascii: "+")) { index += 1 }
        guard index + 1 < source.count, source[index] == closer, source[index + 1] == UInt8(ascii: "}") else {
            return false
        }
        append(isBlock ? .blockEnd : .variableEnd, at: offset)
        offset = index + 2
        finishTag(sign: sign, trimsNewline: isBlock)
        return true
    }

    private mutating func lexToken() throws(TemplateError) {
        let byte = source[offset]
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): try lexNumber()
        case UInt8(ascii: "'"), UInt8(ascii: "\""): try lexString(quote: byte)
        case UInt8(ascii: "_"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            0x80...:
            try lexName()
        default: try lexSymbol()
        }
    }

    private mutating func lexName() throws(TemplateError) {
        let start = offset
        while offset < source.count, source[offset].isNameByte { offset += 1 }
        let text = String(decoding: source[start..<offset], as: UTF8.self)
        let scalars = text.unicodeScalars
        let isName = scalars.first.map { $0 == "_" || $0.properties.isXIDStart } ?? false
        guard isName, scalars.allSatisfy(\.properties.isXIDContinue) else {
            throw TemplateError(.syntax, "Invalid character in identifier", at: position(start))
        }
        append(.name(text), at: start)
    }

    private mutating func lexSymbol() throws(TemplateError) {
        let start = offset
        let two = source[start..<min(start + 2, source.count)]
        for symbol in ["//", "**", "==", "!=", ">=", "<="] where two.elementsEqual(symbol.utf8) {
            offset += 2
            append(.symbol(symbol), at: start)
            return
        }
        let byte = source[start]
        let text = String(decoding: [byte], as: UTF8.self)
        switch byte {
        case UInt8(ascii: "("): closers.append(UInt8(ascii: ")"))
        case UInt8(ascii: "["): closers.append(UInt8(ascii: "]"))
        case UInt8(ascii: "{"): closers.append(UInt8(ascii: "}"))
        case UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "}"):
            guard let expected = closers.popLast() else {
                throw TemplateError(.syntax, "unexpected '\(text)'", at: position(start))
            }
            guard expected == byte else {
                let expected = String(decoding: [expected], as: UTF8.self)
                throw TemplateError(
                    .syntax, "unexpected '\(text)', expected '\(expected)'", at: position(start))
            }
        default:
            guard "+-/*%~=><.:|,;".utf8.contains(byte) else {
                throw TemplateError(.syntax, "unexpected char '\(text)' at \(start)", at: position(start))
            }
        }
        offset += 1
        append(.symbol(text), at: start)
    }

    /// An integer in any of Python's bases, or a decimal fraction; underscores may stand between digits.
    private mutating func lexNumber() throws(TemplateError) {
        let start = offset
        if let float = floatEnd(from: start) {
            let digits = source[start..<float].filter { $0 != UInt8(ascii: "_") }
            offset = float
            guard let value = Double(String(decoding: digits, as: UTF8.self)) else {
                throw TemplateError(.syntax, "invalid number", at: position(start))
            }
            append(.float(value), at: start)
            return
        }
        var radix = 10
        var digits = start
        if source[start] == UInt8(ascii: "0"), start + 1 < source.count {
            switch source[start + 1] | 0x20 {
            case UInt8(ascii: "x"): radix = 16
            case UInt8(ascii: "o"): radix = 8
            case UInt8(ascii: "b"): radix = 2
            default: break
            }
        }
        if radix != 10 { digits = start + 2 }
        var end = digitsEnd(from: digits, leadingUnderscore: radix != 10) { byte in
            guard source[start] != UInt8(ascii: "0") || radix != 10 else { return byte == UInt8(ascii: "0") }
            return Character(Unicode.Scalar(byte)).hexDigitValue.map { $0 < radix } ?? false
        }
        if end == digits {
            radix = 10
            digits = start
            end = start + 1
        }
        let text = String(decoding: source[digits..<end].filter { $0 != UInt8(ascii: "_") }, as: UTF8.self)
        guard let value = Int(text, radix: radix) else {
            throw TemplateError(.syntax, "the integer \(text) does not fit 64 bits", at: position(start))
        }
        offset = end
        append(.integer(value), at: start)
    }

    /// Where a number with a fraction or an exponent ends, or nil where there is none.
    private func floatEnd(from start: Int) -> Int? {
        if start > 0, source[start - 1] == UInt8(ascii: ".") { return nil }
        let isDigit: (UInt8) -> Bool = { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
        var end = digitsEnd(from: start, leadingUnderscore: false, isDigit)
        var isFloat = false
        if end + 1 < source.count, source[end] == UInt8(ascii: "."), isDigit(source[end + 1]) {
            end = digitsEnd(from: end + 1, leadingUnderscore: false, isDigit)
            isFloat = true
        }
        if end < source.count, source[end] | 0x20 == UInt8(ascii: "e") {
            var digits = end + 1
            if digits < source.count,
                source[digits] == UInt8(ascii: "+") || source[digits] == UInt8(ascii: "-")
            {
                digits += 1
            }
            let exponentEnd = digitsEnd(from: digits, leadingUnderscore: false, isDigit)
            if exponentEnd > digits {
                end = exponentEnd
                isFloat = true
            }
        }
        return isFloat ? end : nil
    }

    private func digitsEnd(from start: Int, leadingUnderscore: Bool, _ isDigit: (UInt8) -> Bool) -> Int {
        var end = start
        while end < source.count {
            let isSeparator = source[end] == UInt8(ascii: "_") && (end > start || leadingUnderscore)
            let digit = isSeparator ? end + 1 : end
            guard digit < source.count, isDigit(source[digit]) else { break }
            end = digit + 1
        }
        return end
    }

    private mutating func lexString(quote: UInt8) throws(TemplateError) {
        let start = offset
        var end = start + 1
        while end < source.count, source[end] != quote { end += source[end] == UInt8(ascii: "\\") ? 2 : 1 }
        guard end < source.count else {
            let text = String(decoding: [quote], as: UTF8.self)
            throw TemplateError(
                .syntax, "unexpected char '\(text)' at \(start): the string has no end", at: position(start))
        }
        offset = end + 1
        do {
            append(.string(try StringLiteral.unescaped(source[(start + 1)..<end])), at: start)
        } catch {
            throw error.located(at: position(start))
        }
    }
}

extension UInt8 {
    /// Whether the byte may stand in a name; every byte of a character beyond ASCII counts.
    fileprivate var isNameByte: Bool {
        switch self {
        case UInt8(ascii: "_"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"), 0x80...:
            true
        default: false
        }
    }
}
