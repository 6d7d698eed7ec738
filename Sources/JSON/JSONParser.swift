import OrderedCollections

/// Limits that keep a hostile text from exhausting memory or stack.
package struct JSONLimits: Sendable {
    /// The deepest nesting of arrays and objects.
    package var depthMax: Int
    /// The most values, all levels together.
    package var valuesMax: Int

    /// Limits fit for files and requests; a tokenizer.json has some 500,000 values.
    package init(depthMax: Int = 128, valuesMax: Int = 20_000_000) {
        self.depthMax = depthMax
        self.valuesMax = valuesMax
    }
}

extension JSONValue {
    /// Parses one JSON text (RFC 8259) in UTF-8.
    ///
    /// Of an object's members with the same name the last one counts, in the first one's place, as in Python.
    /// - Throws: ``JSONError`` with the place of the first fault.
    package init(parsing bytes: some Sequence<UInt8>, limits: JSONLimits = JSONLimits()) throws(JSONError) {
        var result: Swift.Result<JSONValue, JSONError>?
        let parse = { (buffer: UnsafeBufferPointer<UInt8>) in
            result = Swift.Result { () throws(JSONError) in
                var parser = JSONParser(bytes: buffer, limits: limits)
                return try parser.parseDocument()
            }
        }
        if bytes.withContiguousStorageIfAvailable(parse) == nil {
            Array(bytes).withUnsafeBufferPointer(parse)
        }
        guard let result else { preconditionFailure("the closure above always sets the result") }
        self = try result.get()
    }

    /// Parses one JSON text (RFC 8259).
    ///
    /// - Throws: ``JSONError`` with the place of the first fault.
    package init(parsing text: String, limits: JSONLimits = JSONLimits()) throws(JSONError) {
        try self.init(parsing: text.utf8, limits: limits)
    }
}

/// A recursive-descent parser over bytes.
struct JSONParser {
    private let bytes: UnsafeBufferPointer<UInt8>
    private let limits: JSONLimits
    private var position = 0
    private var depth = 0
    private var values = 0

    init(bytes: UnsafeBufferPointer<UInt8>, limits: JSONLimits) {
        self.bytes = bytes
        self.limits = limits
    }

    mutating func parseDocument() throws(JSONError) -> JSONValue {
        if bytes.count >= 3, bytes[0] == 0xEF, bytes[1] == 0xBB, bytes[2] == 0xBF { position = 3 }
        skipWhitespace()
        let value = try parseValue()
        skipWhitespace()
        guard position == bytes.count else { throw fault("something follows the end of the value") }
        return value
    }

    private mutating func parseValue() throws(JSONError) -> JSONValue {
        values += 1
        guard values <= limits.valuesMax else { throw fault("more than \(limits.valuesMax) values") }
        switch peek() {
        case UInt8(ascii: "{"): return try parseObject()
        case UInt8(ascii: "["): return try parseArray()
        case UInt8(ascii: "\""): return .string(try parseString())
        case UInt8(ascii: "t"): return try parseWord("true", .bool(true))
        case UInt8(ascii: "f"): return try parseWord("false", .bool(false))
        case UInt8(ascii: "n"): return try parseWord("null", .null)
        case UInt8(ascii: "-"), .some(UInt8(ascii: "0")...UInt8(ascii: "9")): return try parseNumber()
        case nil: throw fault("the text ends where a value should stand")
        default: throw fault("a value should stand here")
        }
    }

    private mutating func parseObject() throws(JSONError) -> JSONValue {
        try enter()
        var members: OrderedDictionary<String, JSONValue> = [:]
        skipWhitespace()
        if !take(UInt8(ascii: "}")) {
            repeat {
                skipWhitespace()
                guard peek() == UInt8(ascii: "\"") else {
                    throw fault("a member's name in quotes should stand here")
                }
                let name = try parseString()
                skipWhitespace()
                guard take(UInt8(ascii: ":")) else { throw fault("a colon should stand here") }
                skipWhitespace()
                members[name] = try parseValue()
                skipWhitespace()
            } while take(UInt8(ascii: ","))
            guard take(UInt8(ascii: "}")) else { throw fault("a comma or a closing brace should stand here") }
        }
        depth -= 1
        return .object(members)
    }

    private mutating func parseArray() throws(JSONError) -> JSONValue {
        try enter()
        var elements: [JSONValue] = []
        skipWhitespace()
        if !take(UInt8(ascii: "]")) {
            repeat {
                skipWhitespace()
                elements.append(try parseValue())
                skipWhitespace()
            } while take(UInt8(ascii: ","))
            guard take(UInt8(ascii: "]")) else {
                throw fault("a comma or a closing bracket should stand here")
            }
        }
        depth -= 1
        return .array(elements)
    }

    private mutating func enter() throws(JSONError) {
        position += 1
        depth += 1
        guard depth <= limits.depthMax else { throw fault("nested deeper than \(limits.depthMax) levels") }
    }

    private mutating func parseWord(_ word: StaticString, _ value: JSONValue) throws(JSONError) -> JSONValue {
        for index in 0..<word.utf8CodeUnitCount {
            guard position + index < bytes.count, bytes[position + index] == word.utf8Start[index] else {
                throw fault("a value should stand here")
            }
        }
        position += word.utf8CodeUnitCount
        return value
    }

    private mutating func parseNumber() throws(JSONError) -> JSONValue {
        let start = position
        _ = take(UInt8(ascii: "-"))
        if !take(UInt8(ascii: "0")) {
            guard takeDigits() > 0 else { throw fault("a digit should stand here") }
        }
        var isInteger = true
        if take(UInt8(ascii: ".")) {
            isInteger = false
            guard takeDigits() > 0 else { throw fault("a digit should follow the decimal point") }
        }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            isInteger = false
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            guard takeDigits() > 0 else { throw fault("a digit should stand in the exponent") }
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if isInteger, let value = Int(text) { return .int(value) }
        guard let value = Double(text), value.isFinite else {
            position = start
            throw fault("the number is out of range")
        }
        return .double(value)
    }

    private mutating func takeDigits() -> Int {
        let start = position
        while let byte = peek(), byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") { position += 1 }
        return position - start
    }

    private mutating func parseString() throws(JSONError) -> String {
        position += 1
        let start = position
        while position < bytes.count, bytes[position] != UInt8(ascii: "\""),
            bytes[position] != UInt8(ascii: "\\"),
            bytes[position] >= 0x20
        {
            position += 1
        }
        if peek() == UInt8(ascii: "\"") {
            defer { position += 1 }
            return try text(UnsafeBufferPointer(rebasing: bytes[start..<position]), from: start)
        }
        var unescaped = Array(bytes[start..<position])
        while true {
            guard let byte = peek() else { throw fault("the text ends inside a string") }
            position += 1
            switch byte {
            case UInt8(ascii: "\""):
                let result = unescaped.withUnsafeBufferPointer { buffer in
                    Swift.Result { () throws(JSONError) in try text(buffer, from: start) }
                }
                return try result.get()
            case UInt8(ascii: "\\"): try unescape(into: &unescaped)
            case 0..<0x20:
                position -= 1
                throw fault("a control character in a string must be escaped")
            default: unescaped.append(byte)
            }
        }
    }

    private func text(_ utf8: UnsafeBufferPointer<UInt8>, from start: Int) throws(JSONError) -> String {
        guard let text = String(validating: utf8, as: UTF8.self) else {
            throw JSONError("the string is not valid UTF-8", at: start, in: bytes)
        }
        return text
    }

    private mutating func unescape(into text: inout [UInt8]) throws(JSONError) {
        guard let byte = peek() else { throw fault("the text ends inside a string") }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(8)
        case UInt8(ascii: "f"): text.append(12)
        case UInt8(ascii: "n"): text.append(10)
        case UInt8(ascii: "r"): text.append(13)
        case UInt8(ascii: "t"): text.append(9)
        case UInt8(ascii: "u"): text.append(contentsOf: String(try parseEscapedScalar()).utf8)
        default:
            position -= 1
            throw fault("unknown escape in a string")
        }
    }

    /// Reads what follows `\u`; a lone surrogate becomes U+FFFD, since a Swift string cannot hold it.
    private mutating func parseEscapedScalar() throws(JSONError) -> Character {
        let unit = try parseHexUnit()
        if let scalar = Unicode.Scalar(unit) { return Character(scalar) }
        guard UTF16.isLeadSurrogate(unit), position + 1 < bytes.count, bytes[position] == UInt8(ascii: "\\"),
            bytes[position + 1] == UInt8(ascii: "u")
        else { return "\u{FFFD}" }
        let resume = position
        position += 2
        let trail = try parseHexUnit()
        guard UTF16.isTrailSurrogate(trail) else {
            position = resume
            return "\u{FFFD}"
        }
        return Character(UTF16.decode(UTF16.EncodedScalar([unit, trail])))
    }

    private mutating func parseHexUnit() throws(JSONError) -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard let byte = peek(), let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw fault("four hexadecimal digits should follow \\u")
            }
            unit = unit << 4 | UInt16(digit)
            position += 1
        }
        return unit
    }

    private func peek() -> UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    private mutating func skipWhitespace() {
        while let byte = peek(), byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
            position += 1
        }
    }

    private func fault(_ reason: String) -> JSONError {
        JSONError(reason, at: min(position, bytes.count), in: bytes)
    }
}
