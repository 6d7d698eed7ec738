import OpenAIAPI

/// The API keys that open the server.
struct KeyRing: Sendable {
    private let keys: [[UInt8]]

    init(_ keys: [String]) { self.keys = keys.map { Array($0.utf8) } }

    /// Looks at an `Authorization` header; without keys everybody may pass.
    ///
    /// - Throws: ``APIError`` 401.
    func check(authorization: String?) throws(APIError) {
        guard !keys.isEmpty else { return }
        guard let authorization else {
            throw .invalidKey("No API key was given; send the header \"Authorization: Bearer KEY\"")
        }
        let parts = authorization.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else {
            throw .invalidKey("The header Authorization must be \"Bearer KEY\"")
        }
        let given = Array(parts[1].utf8)
        // Every key is looked at to its end: how long it takes tells nothing about how much of it was right.
        var isKnown = false
        for key in keys where Self.equal(given, key) { isKnown = true }
        guard isKnown else { throw .invalidKey("Incorrect API key provided") }
    }

    private static func equal(_ given: [UInt8], _ key: [UInt8]) -> Bool {
        var difference: UInt8 = given.count == key.count ? 0 : 1
        for (index, byte) in given.enumerated() {
            difference |= byte ^ (key.isEmpty ? 1 : key[index % key.count])
        }
        return difference == 0
    }
}
