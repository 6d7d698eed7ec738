import JSON
import OrderedCollections

/// The file that holds keys: an object a line, or all of them in one array.
///
/// Blank lines and lines that begin with `#` are skipped, so that entries can be added with `>>` and taken away
/// with an editor.
package enum KeyFile {
    /// Entries of one file.
    package static let keysMax = 10_000
    /// Names that the server gives to callers itself.
    static let reservedNames: Set<String> = [Caller.anonymousName, Caller.plainKeyName]

    private static let memberNames: Set<String> = [
        "name", "hash", "models", "requests_per_minute", "tokens_per_minute", "expires", "admin",
    ]

    /// Reads the file at that path.
    ///
    /// - Throws: ``AccessError`` that names the file and the entry.
    package static func keys(at path: String) throws(AccessError) -> [APIKey] {
        let bytes = try AccessFile(path: path, purpose: "keys file").read()
        return try keys(in: bytes, path: path)
    }

    /// Reads what a file holds.
    static func keys(in bytes: [UInt8], path: String) throws(AccessError) -> [APIKey] {
        var keys: [APIKey] = []
        for (place, value) in try values(in: bytes, path: path) {
            keys.append(try key(value, at: "\(path): \(place)"))
            guard keys.count <= keysMax else { throw AccessError("\(path) has more than \(keysMax) keys") }
        }
        try checkAgainstEachOther(keys, path: path)
        return keys
    }

    private static func values(
        in bytes: [UInt8], path: String
    ) throws(AccessError) -> [(place: String, value: JSONValue)] {
        let first = bytes.first { !(0x09...0x0D ~= $0 || $0 == 0x20) }
        do {
            if first == UInt8(ascii: "[") {
                let elements = try JSONValue(parsing: bytes).arrayValue ?? []
                return elements.enumerated().map { ("key \($0.offset + 1)", $0.element) }
            }
        } catch {
            throw AccessError("\(path) is not valid JSON: \(error)")
        }
        var values: [(place: String, value: JSONValue)] = []
        for (index, line) in bytes.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
            let content = line.drop { 0x09...0x0D ~= $0 || $0 == 0x20 }
            guard let first = content.first, first != UInt8(ascii: "#") else { continue }
            do {
                values.append(("line \(index + 1)", try JSONValue(parsing: content)))
            } catch {
                throw AccessError("\(path): line \(index + 1) is not valid JSON: \(error.reason)")
            }
        }
        return values
    }

    private static func key(_ value: JSONValue, at place: String) throws(AccessError) -> APIKey {
        guard let members = value.objectValue else {
            throw AccessError("\(place) must be an object, not of type \(value.kind)")
        }
        // A mistyped `models` must not open all of them.
        if let name = members.keys.first(where: { !memberNames.contains($0) }) {
            throw AccessError(
                "\(place) has the unknown member \(name.prefix(40)); known are "
                    + memberNames.sorted().joined(separator: ", "))
        }
        guard let name = members["name"]?.stringValue, isName(name) else {
            throw AccessError(
                "\(place) needs a name of 1 to 64 letters, digits and . _ @ - that is not "
                    + reservedNames.sorted().joined(separator: " or "))
        }
        guard let hash = members["hash"]?.stringValue, hash.hasPrefix("sha256:"),
            let digest = Hexadecimal.bytes(of: hash.dropFirst("sha256:".count)), digest.count == 32
        else {
            throw AccessError(
                "\(place) (\(name)) needs a hash, \"sha256:\" and 64 hexadecimal digits; make one with: "
                    + "needletail keys new \(name)")
        }
        var key = APIKey(name: name, digest: digest)
        key.models = try models(members["models"], "\(place) (\(name))")
        key.requestsPerMinuteMax = try limit(members["requests_per_minute"], "\(place): requests_per_minute")
        key.tokensPerMinuteMax = try limit(members["tokens_per_minute"], "\(place): tokens_per_minute")
        key.expires = try expiry(members["expires"], "\(place): expires")
        if let admin = members["admin"], !admin.isNull {
            guard let isAdmin = admin.boolValue else {
                throw AccessError("\(place): admin must be true or false")
            }
            key.isAdmin = isAdmin
        }
        return key
    }

    /// Whether that may be a caller's name.
    package static func isName(_ name: String) -> Bool {
        1...64 ~= name.utf8.count && !reservedNames.contains(name)
            && name.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
                default: "._@-".utf8.contains(byte)
                }
            }
    }

    private static func models(_ value: JSONValue?, _ place: String) throws(AccessError) -> Set<String>? {
        guard let value, !value.isNull else { return nil }
        let names = value.arrayValue?.compactMap(\.stringValue)
        guard let names, names.count == value.arrayValue?.count, !names.isEmpty else {
            throw AccessError("\(place): models must be an array of names; leave it out to open all models")
        }
        return Set(names)
    }

    private static func limit(_ value: JSONValue?, _ place: String) throws(AccessError) -> Int? {
        guard let value, !value.isNull else { return nil }
        guard let limit = value.intValue, 1...1_000_000_000 ~= limit else {
            throw AccessError(
                "\(place) must be an integer from 1 to 1000000000, not \(value.serialized().prefix(40))")
        }
        return limit
    }

    private static func expiry(_ value: JSONValue?, _ place: String) throws(AccessError) -> Int? {
        guard let value, !value.isNull else { return nil }
        guard let seconds = value.stringValue.flatMap(CalendarTime.seconds) else {
            throw AccessError(
                "\(place) must be a day or a time in UTC, such as \"2027-01-31\" or "
                    + "\"2027-01-31T12:00:00Z\", not \(value.serialized().prefix(40))")
        }
        return seconds
    }

    /// One caller may have several keys, an old one and its successor, but what they may is one thing.
    private static func checkAgainstEachOther(_ keys: [APIKey], path: String) throws(AccessError) {
        var digests: [[UInt8]: String] = [:]
        var first: [String: APIKey] = [:]
        for key in keys {
            if let other = digests.updateValue(key.name, forKey: key.digest) {
                throw AccessError("\(path): \(key.name) has the same hash as \(other); remove one of them")
            }
            guard let earlier = first[key.name] else {
                first[key.name] = key
                continue
            }
            guard earlier.models == key.models, earlier.requestsPerMinuteMax == key.requestsPerMinuteMax,
                earlier.tokensPerMinuteMax == key.tokensPerMinuteMax, earlier.isAdmin == key.isAdmin
            else {
                throw AccessError(
                    "\(path): the keys of \(key.name) differ in what they may; give them the same models and limits"
                )
            }
        }
    }
}
