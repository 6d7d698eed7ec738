import OrderedCollections

/// Attributes, items, slices and elements of values.
extension Interpreter {
    /// `owner.name`: the attribute of the type if there is one, else the member.
    func attribute(_ name: String, of owner: Value) throws(TemplateError) -> Value {
        if let value = try ownAttribute(name, of: owner) { return value }
        if case .dict(let dict) = owner, let value = dict[name] { return value }
        return .undefined(Undefined(.attribute(name, typeName: owner.typeName)))
    }

    /// The attribute of the type, leaving members aside.
    func ownAttribute(_ name: String, of owner: Value) throws(TemplateError) -> Value? {
        if case .undefined(let undefined) = owner { throw undefined.error }
        if Interpreter.innerAttributes.contains(name) { return unsafe(name, of: owner) }
        switch owner {
        case .string(let text): return TextMethods.method(name, of: text)
        case .list(let list): return ListMethods.attribute(name, of: list)
        case .dict(let dict): return DictMethods.attribute(name, of: dict)
        case .object(let object): return try object.attribute(name, self)
        default: return nil
        }
    }

    /// Attributes that every Python object has and the sandbox hides.
    private static let innerAttributes: Set<String> = [
        "__class__", "__delattr__", "__dir__", "__doc__", "__eq__", "__format__", "__ge__",
        "__getattribute__",
        "__gt__", "__hash__", "__init__", "__init_subclass__", "__le__", "__lt__", "__ne__", "__new__",
        "__reduce__",
        "__reduce_ex__", "__repr__", "__setattr__", "__sizeof__", "__str__", "__subclasshook__",
    ]

    private func unsafe(_ name: String, of owner: Value) -> Value {
        .undefined(Undefined(.unsafe(attribute: name, typeName: owner.typeName)))
    }

    /// `owner[key]`: the item if there is one, else the attribute of that name.
    func item(_ key: Value, of owner: Value) throws(TemplateError) -> Value {
        switch owner {
        case .undefined(let undefined): throw undefined.error
        case .dict(let dict): if key.isHashable, let value = dict.members[try self.key(key)] { return value }
        case .list(let list) where list.kind.isIndexed:
            if let index = key.integer, let position = position(index, count: list.elements.count) {
                return list.elements[position]
            }
        case .string(let text):
            if let index = key.integer, let character = try character(index, of: text) {
                return .string(character)
            }
        default: break
        }
        if case .string(let name) = key {
            return try ownAttribute(name, of: owner)
                ?? .undefined(Undefined(.attribute(name, typeName: owner.typeName)))
        }
        return .undefined(Undefined(.element(try repr(of: key), typeName: owner.typeName)))
    }

    private func position(_ index: Int, count: Int) -> Int? {
        let position = index < 0 ? index &+ count : index
        return position >= 0 && position < count ? position : nil
    }

    private func character(_ index: Int, of text: String) throws(TemplateError) -> String? {
        try charge(bytes: text.utf8.count)
        let scalars = text.unicodeScalars
        guard let position = position(index, count: scalars.count) else { return nil }
        return String(scalars[scalars.index(scalars.startIndex, offsetBy: position)])
    }

    // MARK: Slices

    func sliced(_ owner: Value, start: Value, stop: Value, step: Value) throws(TemplateError) -> Value {
        switch owner {
        case .undefined(let undefined): throw undefined.error
        case .string(let text):
            try charge(bytes: text.utf8.count)
            let scalars = Array(text.unicodeScalars)
            let positions = try positions(scalars.count, start, stop, step)
            var result = String.UnicodeScalarView()
            for position in positions { result.append(scalars[position]) }
            return .string(String(result))
        case .list(let list) where list.kind.isIndexed:
            let positions = try positions(list.elements.count, start, stop, step)
            try charge(list.elements.count)
            return .list(ListValue(list.kind.sliced(by: positions), positions.map { list.elements[$0] }))
        case .dict: throw TemplateError(.type, "unhashable type: 'slice'")
        default: throw TemplateError(.type, "'\(owner.typeName)' object is not subscriptable")
        }
    }

    /// The positions that a slice takes from `count` elements.
    private func positions(
        _ count: Int, _ start: Value, _ stop: Value, _ step: Value
    ) throws(TemplateError) -> Positions {
        guard [start, stop, step].allSatisfy({ $0.isNone || $0.integer != nil }) else {
            throw TemplateError(.type, "slice indices must be integers or None")
        }
        let step = step.integer ?? 1
        guard step != 0 else { throw TemplateError(.value, "slice step cannot be zero") }
        func clamped(_ bound: Value, _ fallback: Int) -> Int {
            guard let bound = bound.integer else { return fallback }
            let position = bound < 0 ? bound + count : bound
            return step > 0 ? min(max(position, 0), count) : min(max(position, -1), count - 1)
        }
        let first = clamped(start, step > 0 ? 0 : count - 1)
        let end = clamped(stop, step > 0 ? count : -1)
        return Positions(stride: stride(from: first, to: end, by: step), first: first, end: end, step: step)
    }

    // MARK: Elements

    /// What iterating over a value yields.
    func elements(of value: Value, action: String? = nil) throws(TemplateError) -> [Value] {
        let elements: [Value]
        switch value {
        case .undefined: elements = []
        case .list(let list): elements = list.elements
        case .dict(let dict): elements = dict.members.keys.elements
        case .iterator(let iterator): elements = iterator.rest()
        case .string(let text):
            try charge(text.utf8.count)
            return text.unicodeScalars.map { .string(String($0)) }
        default:
            throw TemplateError(.type, action ?? "'\(value.typeName)' object is not iterable")
        }
        try charge(elements.count)
        return elements
    }

    /// The value as a dictionary's key, if it can be one.
    func key(_ value: Value) throws(TemplateError) -> Value {
        guard value.isHashable else { throw TemplateError(.type, "unhashable type: '\(value.typeName)'") }
        try chargeKey(value)
        return value
    }

    private func chargeKey(_ value: Value) throws(TemplateError) {
        switch value {
        case .string(let text): try charge(bytes: text.utf8.count)
        case .list(let list):
            try charge(list.elements.count)
            for element in list.elements {
                guard element.isHashable else {
                    throw TemplateError(.type, "unhashable type: '\(element.typeName)'")
                }
                try chargeKey(element)
            }
        default: break
        }
    }
}

extension Value {
    /// Whether the value's own type can be a key; a tuple's elements are another matter.
    var isHashable: Bool {
        switch self {
        case .dict: false
        case .list(let list): list.kind.isHashable
        default: true
        }
    }
}

/// The positions that a slice takes.
private struct Positions: Sequence {
    let stride: StrideTo<Int>
    let first: Int
    let end: Int
    let step: Int

    func makeIterator() -> StrideTo<Int>.Iterator { stride.makeIterator() }
}

extension ListValue.Kind {
    /// What a slice of such a collection is.
    fileprivate func sliced(by positions: Positions) -> ListValue.Kind {
        switch self {
        case .range(let start, _, let step):
            .range(
                start: start &+ positions.first &* step, stop: start &+ positions.end &* step,
                step: step &* positions.step)
        case .tuple, .group: .tuple
        default: .list
        }
    }
}

/// The methods of lists and tuples.
enum ListMethods {
    private static let mutating: Set<String> = [
        "append", "clear", "pop", "reverse", "insert", "sort", "extend", "remove",
    ]

    static func attribute(_ name: String, of list: ListValue) -> Value? {
        guard list.kind.isIndexed else { return nil }
        if list.kind.isList, mutating.contains(name) {
            return .undefined(Undefined(.unsafe(attribute: name, typeName: list.kind.typeName)))
        }
        if case .group = list.kind {
            if name == "grouper" { return list.elements[0] }
            if name == "list" { return list.elements[1] }
        }
        guard name == "index" || name == "count" || (name == "copy" && list.kind.isList) else { return nil }
        return .object(
            FunctionValue(name, receiver: .list(list)) { (arguments, interpreter) throws(TemplateError) in
                if name == "copy" { return .list(list) }
                let values = try arguments.bind(
                    name, name == "index" ? ["value", "start", "stop"] : ["value"], required: 1)
                guard let wanted = values[0] else { return .none }
                var matches: [Int] = []
                for (index, element) in list.elements.enumerated()
                where try interpreter.areEqual(element, wanted) {
                    matches.append(index)
                }
                if name == "count" { return .int(matches.count) }
                let start = try bound(values[1], 0, list.elements.count)
                let stop = try bound(values[2], list.elements.count, list.elements.count)
                guard let match = matches.first(where: { $0 >= start && $0 < stop }) else {
                    throw TemplateError(.value, "\(try interpreter.repr(of: wanted)) is not in list")
                }
                return .int(match)
            })
    }

    private static func bound(_ value: Value?, _ fallback: Int, _ count: Int) throws(TemplateError) -> Int {
        let index = try value.integer("index", default: fallback)
        return index < 0 ? max(index + count, 0) : index
    }
}

/// The methods of dictionaries.
enum DictMethods {
    private static let mutating: Set<String> = ["clear", "pop", "popitem", "setdefault", "update"]

    static func attribute(_ name: String, of dict: DictValue) -> Value? {
        if mutating.contains(name) {
            return .undefined(Undefined(.unsafe(attribute: name, typeName: "dict")))
        }
        guard ["get", "items", "keys", "values", "copy"].contains(name) else { return nil }
        return .object(
            FunctionValue(name, receiver: .dict(dict)) { (arguments, interpreter) throws(TemplateError) in
                if name == "get" {
                    let values = try arguments.bind(name, ["key", "default"], required: 1)
                    let member = try values[0].flatMap { (key) throws(TemplateError) in
                        dict.members[try interpreter.key(key)]
                    }
                    return member ?? values[1] ?? .none
                }
                _ = try arguments.bind(name, [])
                switch name {
                case "keys": return .list(ListValue(.keys, dict.members.keys.elements))
                case "values": return .list(ListValue(.values, dict.members.values.elements))
                case "items": return .list(ListValue(.items, dict.items))
                default: return .dict(dict)
                }
            })
    }
}

extension DictValue {
    /// The members as pairs.
    var items: [Value] { members.map { .tuple([$0.key, $0.value]) } }
}
