import JSON
import OrderedCollections

extension Value {
    /// The value that Python would read from that JSON.
    init(_ json: JSONValue) {
        switch json {
        case .null: self = .none
        case .bool(let value): self = .bool(value)
        case .int(let value): self = .int(value)
        case .double(let value): self = .float(value)
        case .string(let text): self = .string(text)
        case .array(let elements): self = .list(elements.map(Value.init))
        case .object(let members):
            var result = OrderedDictionary<Value, Value>(minimumCapacity: members.count)
            for (name, value) in members { result[.string(name)] = Value(value) }
            self = .dict(DictValue(result))
        }
    }
}
