package import JSON
import OrderedCollections

extension JSONValue {
    /// An object with these members in this order; of members with one name the last counts.
    package init(members: [(name: String, value: JSONValue)]) {
        self = .object(
            OrderedDictionary(members.map { ($0.name, $0.value) }, uniquingKeysWith: { _, last in last }))
    }
}
