import Crypto
package import JSON
import OrderedCollections

/// A key as the server knows it: never its text, only its hash, whose it is, and what it may.
package struct APIKey: Sendable, Hashable {
    /// Whose key it is; shown in the log, and the owner of what is stored for the caller.
    package var name: String
    /// The SHA-256 of the key's text, 32 bytes. Keys have so much chance in them that nobody can guess a text from it.
    package var digest: [UInt8]
    /// The models that it opens, by any of their names; nil opens all.
    package var models: Set<String>?
    /// The most requests in a minute; nil sets no limit.
    package var requestsPerMinuteMax: Int?
    /// The most tokens in a minute, prompts and answers together; nil sets no limit.
    package var tokensPerMinuteMax: Int?
    /// When it stops working, in seconds since 1970; nil means never.
    package var expires: Int?
    /// Whether it shows how the server is set up.
    package var isAdmin: Bool

    /// An entry for a key with that text.
    package init(
        name: String, key: String, models: Set<String>? = nil, requestsPerMinuteMax: Int? = nil,
        tokensPerMinuteMax: Int? = nil, expires: Int? = nil, isAdmin: Bool = false
    ) {
        self.init(name: name, digest: Self.digest(of: key))
        self.models = models
        self.requestsPerMinuteMax = requestsPerMinuteMax
        self.tokensPerMinuteMax = tokensPerMinuteMax
        self.expires = expires
        self.isAdmin = isAdmin
    }

    init(name: String, digest: [UInt8]) {
        self.name = name
        self.digest = digest
        isAdmin = false
    }

    /// A new key's text: 43 letters and digits out of 62, 256 bits of chance, behind the prefix that clients expect.
    package static func makeText() -> String {
        let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
        var generator = SystemRandomNumberGenerator()
        return "sk-nt-"
            + String((0..<43).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &generator)] })
    }

    static func digest(of key: String) -> [UInt8] {
        var hash = SHA256()
        Array(key.utf8).withUnsafeBytes { hash.update(bufferPointer: $0) }
        return Array(hash.finalize())
    }

    /// The entry as a line of the keys file.
    package var json: JSONValue {
        var members: OrderedDictionary<String, JSONValue> = [
            "name": .string(name), "hash": .string("sha256:" + Hexadecimal.text(of: digest)),
        ]
        members["models"] = models.map { .array($0.sorted().map(JSONValue.string)) }
        members["requests_per_minute"] = requestsPerMinuteMax.map(JSONValue.int)
        members["tokens_per_minute"] = tokensPerMinuteMax.map(JSONValue.int)
        members["expires"] = expires.map { .string(CalendarTime.text(of: $0)) }
        if isAdmin { members["admin"] = true }
        return .object(members)
    }
}

/// Bytes as pairs of hexadecimal digits.
enum Hexadecimal {
    static func text(of bytes: [UInt8]) -> String {
        bytes.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }

    /// The bytes; nil where the text is something else.
    static func bytes(of text: Substring) -> [UInt8]? {
        let digits = text.utf8.compactMap { Character(Unicode.Scalar($0)).hexDigitValue }
        guard digits.count == text.utf8.count, digits.count % 2 == 0 else { return nil }
        return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }
}
