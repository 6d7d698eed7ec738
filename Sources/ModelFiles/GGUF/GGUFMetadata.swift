/// The key-value pairs of a GGUF file, in the file's order.
package struct GGUFMetadata: Sendable {
    /// The pairs in the order in which they stand in the file; no key twice.
    package private(set) var entries: [(key: String, value: GGUFValue)] = []
    private var positions: [String: Int] = [:]

    /// The value of that key, or nil where there is none.
    package subscript(key: String) -> GGUFValue? {
        positions[key].map { entries[$0].value }
    }

    /// Adds a pair at the end; false where the key already stands there.
    mutating func append(_ key: String, _ value: GGUFValue) -> Bool {
        guard positions.updateValue(entries.count, forKey: key) == nil else { return false }
        entries.append((key, value))
        return true
    }
}
