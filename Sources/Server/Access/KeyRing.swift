import HTTPTypes
import OpenAIAPI
import Synchronization

/// The keys that open the server, and whose they are; without any, everybody may pass.
final class KeyRing: Sendable {
    private struct Entry {
        let key: APIKey
        let meter: RateMeter?
    }

    private static let xAPIKey = HTTPField.Name("x-api-key")

    /// Whether a key is asked for. A keys file that has lost its last key opens nothing.
    let asksForKeys: Bool
    private let entries: Mutex<[Entry]>

    /// - Parameters:
    ///   - keys: the keys of the file; nil where there is no file.
    ///   - plainKeys: keys as they are given by `--api-key`, which may all.
    init(_ keys: [APIKey]?, plainKeys: [String] = []) {
        asksForKeys = keys != nil || !plainKeys.isEmpty
        plain = plainKeys.map { APIKey(name: Caller.plainKeyName, key: $0, isAdmin: true) }
        entries = Mutex([])
        replace(with: keys ?? [])
    }

    private let plain: [APIKey]

    /// The names of the callers, sorted.
    var names: [String] { entries.withLock { Set($0.map(\.key.name)).sorted() } }

    /// The models that keys name, sorted.
    var modelNames: [String] {
        entries.withLock { Set($0.flatMap { $0.key.models ?? [] }).sorted() }
    }

    /// Takes the keys of the file anew; who keeps its limits keeps what it has used of them.
    func replace(with keys: [APIKey]) {
        entries.withLock { entries in
            var meters: [String: RateMeter] = [:]
            for entry in entries { meters[entry.key.name] = entry.meter }
            entries = (plain + keys).map { key in
                if meters[key.name]?.hasLimits(of: key) != true { meters[key.name] = RateMeter(key) }
                return Entry(key: key, meter: meters[key.name])
            }
        }
    }

    /// Whose key the headers bring: `Authorization: Bearer KEY` as OpenAI's clients send it, or `x-api-key: KEY`
    /// as Anthropic's do.
    ///
    /// - Throws: ``APIError`` 401.
    func caller(_ headers: HTTPFields, now: Int = SystemClock.secondsSince1970) throws(APIError) -> Caller {
        guard asksForKeys else { return .anonymous }
        let digest = APIKey.digest(of: try Self.key(in: headers))
        // Every hash is looked at to its end: how long it takes tells nothing about how much of it was right.
        var found: Entry?
        for entry in entries.withLock({ $0 }) where Self.equal(digest, entry.key.digest) { found = entry }
        guard let found else { throw .invalidKey("Incorrect API key provided") }
        if let expires = found.key.expires, expires <= now {
            throw .invalidKey("The API key of \(found.key.name) expired at \(CalendarTime.text(of: expires))")
        }
        return Caller(
            name: found.key.name, models: found.key.models, isAdmin: found.key.isAdmin, meter: found.meter)
    }

    /// Who owns something, as its key is today.
    ///
    /// - Throws: ``APIError`` 401 where there is no such key any more.
    func caller(owning name: String?, now: Int = SystemClock.secondsSince1970) throws(APIError) -> Caller {
        guard let name else { return .anonymous }
        guard let found = entries.withLock({ $0.first { $0.key.name == name } }),
            found.key.expires.map({ $0 > now }) ?? true
        else { throw .invalidKey("There is no API key of \(name) any more") }
        return Caller(
            name: name, models: found.key.models, isAdmin: found.key.isAdmin, meter: found.meter)
    }

    private static func key(in headers: HTTPFields) throws(APIError) -> String {
        guard let authorization = headers[.authorization] else {
            if let key = xAPIKey.flatMap({ headers[$0] }) { return key }
            throw .invalidKey("No API key was given; send the header \"Authorization: Bearer KEY\"")
        }
        let parts = authorization.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else {
            throw .invalidKey("The header Authorization must be \"Bearer KEY\"")
        }
        return String(parts[1])
    }

    /// Whether two hashes of one length are equal, in a time that does not depend on where they differ.
    private static func equal(_ given: [UInt8], _ known: [UInt8]) -> Bool {
        var difference: UInt8 = given.count == known.count ? 0 : 1
        for (left, right) in zip(given, known) { difference |= left ^ right }
        return difference == 0
    }
}
