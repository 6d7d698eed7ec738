/// Walks over the bytes of a `.env` file once.
struct DotEnvParser {
    private let bytes: [UInt8]
    private var position = 0
    private var line = 1

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    }

    /// The next assignment, or nil at the end; after an error it goes on with the next line.
    mutating func next() throws(DotEnvError) -> DotEnv.Entry? {
        skipBlankLinesAndComments()
        guard peek != nil else { return nil }
        let start = line
        do {
            let name = try readName(at: start)
            let value = try readValue(at: start)
            return DotEnv.Entry(name: name, value: value, line: start)
        } catch {
            skipLine()
            throw error
        }
    }
}

// MARK: - The parts of an assignment

extension DotEnvParser {
    private mutating func readName(at start: Int) throws(DotEnvError) -> String {
        skipExport()
        let bytes = take { !$0.isBlank && !$0.isLineEnd && $0 != .equals && $0 != .hash }
        guard !bytes.isEmpty else { throw .noName(line: start) }
        guard bytes.count <= DotEnv.Limits.nameBytesMax else {
            throw .nameTooLong(line: start, bytes: bytes.count)
        }
        let isQuoted = bytes.count > 2 && bytes.first == .singleQuote && bytes.last == .singleQuote
        let name = try text(isQuoted ? Array(bytes[1..<bytes.count - 1]) : bytes, at: start)
        skipBlanks()
        guard peek == .equals else { throw .noValue(line: start) }
        position += 1
        return name
    }

    private mutating func readValue(at start: Int) throws(DotEnvError) -> String {
        let beforeBlanks = position
        skipBlanks()
        let value: [UInt8]
        if let quote = peek, quote == .singleQuote || quote == .doubleQuote {
            position += 1
            value = try readQuoted(quote, at: start)
            skipBlanks()
            guard peek.map({ $0.isLineEnd || $0 == .hash }) ?? true else {
                throw .textAfterQuote(line: start)
            }
            skipLine()
        } else {
            position = beforeBlanks
            value = readBare()
        }
        guard value.count <= DotEnv.Limits.valueBytesMax else {
            throw .valueTooLong(line: start, bytes: value.count)
        }
        return try text(value, at: start)
    }

    /// Up to the closing quote. Where there is none the position stays, so that only this line is lost.
    private mutating func readQuoted(_ quote: UInt8, at start: Int) throws(DotEnvError) -> [UInt8] {
        let opening = (position: position, line: line)
        var value: [UInt8] = []
        while let byte = peek {
            position += 1
            if byte == quote { return value }
            if byte == .newline { line += 1 }
            guard byte == .backslash, let escaped = peek else {
                value.append(byte)
                continue
            }
            position += 1
            if escaped == .newline { line += 1 }
            if let meant = quote == .doubleQuote ? doubleQuoted(escaped) : singleQuoted(escaped) {
                value.append(meant)
            } else {
                value += [byte, escaped]
            }
        }
        (position, line) = opening
        throw .unclosedQuote(line: start)
    }

    private func singleQuoted(_ escaped: UInt8) -> UInt8? {
        escaped == .backslash || escaped == .singleQuote ? escaped : nil
    }

    private func doubleQuoted(_ escaped: UInt8) -> UInt8? {
        switch escaped {
        case .backslash, .singleQuote, .doubleQuote: escaped
        case UInt8(ascii: "a"): 7
        case UInt8(ascii: "b"): 8
        case UInt8(ascii: "f"): 12
        case UInt8(ascii: "n"): 10
        case UInt8(ascii: "r"): 13
        case UInt8(ascii: "t"): 9
        case UInt8(ascii: "v"): 11
        default: nil
        }
    }

    /// Up to the end of the line, without a comment that white space separates, and without white space
    /// around.
    private mutating func readBare() -> [UInt8] {
        let line = take { !$0.isLineEnd }
        var end = line.endIndex
        for index in line.indices.dropFirst() where line[index] == .hash && line[index - 1].isBlank {
            end = index
            break
        }
        let start = line[..<end].firstIndex { !$0.isBlank } ?? end
        while end > start, line[end - 1].isBlank { end -= 1 }
        return Array(line[start..<end])
    }

    private func text(_ bytes: [UInt8], at start: Int) throws(DotEnvError) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else { throw .notUnicode(line: start) }
        return text
    }
}

// MARK: - Steps

extension DotEnvParser {
    private var peek: UInt8? { position < bytes.endIndex ? bytes[position] : nil }

    private mutating func take(while condition: (UInt8) -> Bool) -> [UInt8] {
        let start = position
        while let byte = peek, condition(byte) { position += 1 }
        return Array(bytes[start..<position])
    }

    private mutating func skipBlanks() {
        while let byte = peek, byte.isBlank { position += 1 }
    }

    private mutating func skipLine() {
        while let byte = peek, !byte.isLineEnd { position += 1 }
    }

    private mutating func skipBlankLinesAndComments() {
        while let byte = peek {
            if byte == .hash {
                skipLine()
            } else if byte.isBlank || byte.isLineEnd {
                let endsLine =
                    byte == .newline
                    || byte == .carriageReturn
                        && (position + 1 == bytes.endIndex || bytes[position + 1] != .newline)
                if endsLine { line += 1 }
                position += 1
            } else {
                return
            }
        }
    }

    private mutating func skipExport() {
        let word = Array("export".utf8)
        let end = position + word.count
        guard bytes[position...].starts(with: word), end < bytes.endIndex, bytes[end].isBlank else { return }
        position = end
        skipBlanks()
    }
}

extension UInt8 {
    fileprivate var isBlank: Bool { self == 32 || self == 9 || self == 11 || self == 12 }
    fileprivate var isLineEnd: Bool { self == .newline || self == .carriageReturn }
    fileprivate static let newline = UInt8(ascii: "\n")
    fileprivate static let carriageReturn = UInt8(ascii: "\r")
    fileprivate static let hash = UInt8(ascii: "#")
    fileprivate static let equals = UInt8(ascii: "=")
    fileprivate static let backslash = UInt8(ascii: "\\")
    fileprivate static let singleQuote = UInt8(ascii: "'")
    fileprivate static let doubleQuote = UInt8(ascii: "\"")
}
