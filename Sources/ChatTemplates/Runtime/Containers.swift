import OrderedCollections

/// An ordered collection that never changes.
final class ListValue {
    enum Kind {
        case list, tuple
        case range(start: Int, stop: Int, step: Int)
        case keys, values, items
        /// A pair of `groupby`, whose parts also have names.
        case group

        var typeName: String {
            switch self {
            case .list: "list"
            case .tuple: "tuple"
            case .range: "range"
            case .keys: "dict_keys"
            case .values: "dict_values"
            case .items: "dict_items"
            case .group: "_GroupTuple"
            }
        }

        var isTuple: Bool {
            switch self {
            case .tuple, .group: true
            default: false
            }
        }

        var isHashable: Bool { if case .range = self { true } else { isTuple } }

        var isList: Bool { if case .list = self { true } else { false } }

        /// Whether elements can be had by position.
        var isIndexed: Bool {
            switch self {
            case .keys, .values, .items: false
            default: true
            }
        }
    }

    let kind: Kind
    let elements: [Value]
    let depth: Int

    init(_ kind: Kind, _ elements: [Value]) {
        self.kind = kind
        self.elements = elements
        depth = 1 + elements.greatestDepth
    }
}

/// A dictionary that keeps its order and never changes.
final class DictValue {
    let members: OrderedDictionary<Value, Value>
    let depth: Int

    init(_ members: OrderedDictionary<Value, Value>) {
        self.members = members
        depth = 1 + max(members.values.elements.greatestDepth, members.keys.elements.greatestDepth)
    }

    subscript(name: String) -> Value? { members[.string(name)] }
}

/// What a generator has yet to yield.
final class IteratorValue {
    let typeName: String
    let depth: Int
    private var elements: ArraySlice<Value>

    init(_ typeName: String, _ elements: [Value]) {
        self.typeName = typeName
        self.elements = elements[...]
        depth = 1 + elements.greatestDepth
    }

    func next() -> Value? { elements.popFirst() }

    /// Takes everything that is left.
    func rest() -> [Value] {
        defer { elements = [] }
        return Array(elements)
    }
}

extension [Value] {
    fileprivate var greatestDepth: Int {
        var greatest = 0
        for element in self { greatest = Swift.max(greatest, element.depth) }
        return greatest
    }
}

/// Equality and hashing of dictionary keys, as Python has them: `1`, `1.0` and `True` are one key. Keys are checked
/// by `Interpreter.key` first, which admits only scalars, ranges and tuples of bounded size.
extension Value: Hashable {
    static func == (left: Value, right: Value) -> Bool {
        switch (left, right) {
        case (.string(let left), .string(let right)): left.isIdentical(to: right)
        case (.none, .none), (.undefined, .undefined): true
        case (.list(let left), .list(let right)):
            left === right || (left.kind.isTuple == right.kind.isTuple && left.elements == right.elements)
        case (.object(let left), .object(let right)): left === right
        case (.float, _), (_, .float):
            if let left = left.number, let right = right.number { left == right } else { false }
        default: if let left = left.integer, let right = right.integer { left == right } else { false }
        }
    }

    func hash(into hasher: inout Hasher) {
        switch self {
        case .string(var text): text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        case .list(let list): for element in list.elements { element.hash(into: &hasher) }
        case .object(let object): hasher.combine(ObjectIdentifier(object))
        case .bool, .int, .float: hasher.combine(number)
        default: break
        }
    }
}

extension String {
    /// Whether both hold the same code points, which is when Python calls them equal; `==` would also equate texts
    /// that Unicode normalisation maps to each other.
    func isIdentical(to other: String) -> Bool {
        utf8.count == other.utf8.count && utf8.elementsEqual(other.utf8)
    }
}
