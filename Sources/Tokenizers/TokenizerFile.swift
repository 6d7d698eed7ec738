import JSON

/// A tokenizer.json, taken apart: the vocabulary and merges as bytes, the rest as JSON values.
///
/// The two big members are scanned by hand: that is several times faster than a tree of 500,000 values, and a
/// dictionary of Swift strings would confuse entries that are canonically equivalent.
struct TokenizerFile {
    /// The top-level members other than `model`.
    private(set) var members: [String: JSONValue] = [:]
    /// The members of `model` other than `vocab` and `merges`.
    private(set) var model: [String: JSONValue] = [:]
    /// The vocabulary's entries in the file's order, and their ids.
    private(set) var entries = PieceTable()
    private(set) var ids: [Int] = []
    /// The entries' scores, where the vocabulary is a list of pairs.
    private(set) var scores: [Double] = []
    /// The two parts of each merge, one after the other.
    private(set) var mergeParts = PieceTable()

    private let bytes: [UInt8]
    private var position = 0

    /// Reads a file's text.
    ///
    /// - Throws: ``TokenizerError`` with the place of the first fault.
    init(_ bytes: [UInt8]) throws(TokenizerError) {
        self.bytes = bytes
        try forEachMember { (file, name) throws(TokenizerError) in
            if name == "model", file.peek() == UInt8(ascii: "{") {
                try file.readModel()
            } else {
                file.members[name] = try file.readValue()
            }
        }
        guard peek() == nil else { throw fault("something follows the end of the object") }
    }

    private mutating func readModel() throws(TokenizerError) {
        try forEachMember { (file, name) throws(TokenizerError) in
            switch (name, file.peek()) {
            case ("vocab", UInt8(ascii: "{")): try file.readVocabulary()
            case ("vocab", UInt8(ascii: "[")): try file.readScoredVocabulary()
            case ("merges", UInt8(ascii: "[")): try file.readMerges()
            case ("vocab", _), ("merges", _): try file.skipValue()
            default: file.model[name] = try file.readValue()
            }
        }
    }

    private mutating func readVocabulary() throws(TokenizerError) {
        (entries, ids) = (PieceTable(), [])
        try expect("{")
        if take("}") { return }
        repeat {
            entries.append(try readString())
            try expect(":")
            ids.append(try readID())
            guard ids.count <= TokenizerLimits.vocabularyMax else {
                throw .overLimit("vocab", "entries", limit: TokenizerLimits.vocabularyMax, value: ids.count)
            }
        } while take(",")
        try expect("}")
    }

    /// Reads `[["entry", score], …]`: an entry's id is its place.
    private mutating func readScoredVocabulary() throws(TokenizerError) {
        (entries, ids, scores) = (PieceTable(), [], [])
        try expect("[")
        if take("]") { return }
        repeat {
            try expect("[")
            entries.append(try readString())
            try expect(",")
            guard let score = try readValue().doubleValue, score.isFinite else {
                throw fault("a score should stand here")
            }
            try expect("]")
            ids.append(ids.count)
            scores.append(score)
            guard ids.count <= TokenizerLimits.vocabularyMax else {
                throw .overLimit("vocab", "entries", limit: TokenizerLimits.vocabularyMax, value: ids.count)
            }
        } while take(",")
        try expect("]")
    }

    private mutating func readMerges() throws(TokenizerError) {
        mergeParts = PieceTable()
        try expect("[")
        if take("]") { return }
        repeat {
            if take("[") {
                mergeParts.append(try readString())
                try expect(",")
                mergeParts.append(try readString())
                try expect("]")
            } else {
                let rule = try readString()
                let parts = rule.split(separator: 0x20, omittingEmptySubsequences: false)
                guard parts.count == 2 else {
                    throw fault("a merge should be two parts with one space between")
                }
                mergeParts.append(parts[0])
                mergeParts.append(parts[1])
            }
        } while take(",")
        try expect("]")
    }

    private mutating func readID() throws(TokenizerError) -> Int {
        skipWhitespace()
        let start = position
        var id = 0
        while position < bytes.count, (0x30...0x39).contains(bytes[position]),
            id < TokenizerLimits.vocabularyMax
        {
            id = id * 10 + Int(bytes[position] - 0x30)
            position += 1
        }
        guard position > start else { throw fault("a token id should stand here") }
        guard id < TokenizerLimits.vocabularyMax else {
            throw .overLimit("byte \(start)", "token id", limit: TokenizerLimits.vocabularyMax - 1, value: id)
        }
        return id
    }

    /// Reads a string; one with escapes goes through the JSON parser.
    private mutating func readString() throws(TokenizerError) -> ArraySlice<UInt8> {
        guard peek() == UInt8(ascii: "\"") else { throw fault("a string should stand here") }
        let start = position
        var hasEscapes = false
        position += 1
        while position < bytes.count, bytes[position] != UInt8(ascii: "\"") {
            if bytes[position] == UInt8(ascii: "\\") {
                hasEscapes = true
                position += 1
            }
            position += 1
        }
        guard position < bytes.count else { throw fault("the file ends inside a string") }
        position += 1
        if !hasEscapes { return bytes[start + 1..<position - 1] }
        guard let text = try parse(start..<position).stringValue else {
            throw fault("a string should stand here")
        }
        return Array(text.utf8)[...]
    }

    private mutating func readValue() throws(TokenizerError) -> JSONValue {
        skipWhitespace()
        let start = position
        try skipValue()
        return try parse(start..<position)
    }

    private func parse(_ range: Range<Int>) throws(TokenizerError) -> JSONValue {
        do {
            return try JSONValue(parsing: bytes[range])
        } catch {
            throw .malformed("byte \(range.lowerBound + error.offset)", error.reason)
        }
    }

    /// Passes over a value by its brackets and strings alone; whoever keeps it parses it.
    private mutating func skipValue() throws(TokenizerError) {
        var depth = 0
        repeat {
            switch peek() {
            case nil: throw fault("the file ends too early")
            case UInt8(ascii: "\""): _ = try readString()
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                position += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                position += 1
            case UInt8(ascii: ","), UInt8(ascii: ":"): position += 1
            default:
                while position < bytes.count, !",:[]{}\" \n\r\t".utf8.contains(bytes[position]) {
                    position += 1
                }
            }
        } while depth > 0
    }

    /// Calls `body` at the value of each member of the object that starts here.
    private mutating func forEachMember(
        _ body: (inout TokenizerFile, String) throws(TokenizerError) -> Void
    ) throws(TokenizerError) {
        try expect("{")
        if take("}") { return }
        repeat {
            let name = String(decoding: try readString(), as: UTF8.self)
            try expect(":")
            try body(&self, name)
        } while take(",")
        try expect("}")
    }

    private mutating func skipWhitespace() {
        while position < bytes.count, " \n\r\t".utf8.contains(bytes[position]) { position += 1 }
    }

    private mutating func peek() -> UInt8? {
        skipWhitespace()
        return position < bytes.count ? bytes[position] : nil
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard peek() == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func expect(_ character: Unicode.Scalar) throws(TokenizerError) {
        guard take(character) else { throw fault("\(character) should stand here") }
    }

    private func fault(_ reason: String) -> TokenizerError { .malformed("byte \(position)", reason) }
}
