/// The tests of Jinja2 by name: what may follow `is`.
enum ValueTests {
    typealias Test = @Sendable (Interpreter, Value, Arguments) throws(TemplateError) -> Bool

    static let table: [String: Test] = makeTable()

    private static func makeTable() -> [String: Test] {
        var table = kinds
        let relations: [(Relation, [String])] = [
            (.equal, ["==", "eq", "equalto"]), (.notEqual, ["!=", "ne"]),
            (.greater, [">", "gt", "greaterthan"]),
            (.greaterOrEqual, [">=", "ge"]), (.less, ["<", "lt", "lessthan"]), (.lessOrEqual, ["<=", "le"]),
            (.in, ["in"]),
        ]
        for (relation, names) in relations {
            for name in names { table[name] = comparison(relation) }
        }
        return table
    }

    private static func comparison(_ relation: Relation) -> Test {
        { (interpreter: Interpreter, value: Value, arguments: Arguments) throws(TemplateError) -> Bool in
            let other = try arguments.bind(relation.rawValue, ["other"], required: 1)[0] ?? Value.none
            return try interpreter.holds(relation, value, other)
        }
    }

    private static let kinds: [String: Test] = [
        "defined": simple { !$0.isUndefined },
        "undefined": simple { $0.isUndefined },
        "none": simple { $0.isNone },
        "boolean": simple { if case .bool = $0 { true } else { false } },
        "true": simple { if case .bool(true) = $0 { true } else { false } },
        "false": simple { if case .bool(false) = $0 { true } else { false } },
        "integer": simple { if case .int = $0 { true } else { false } },
        "float": simple { if case .float = $0 { true } else { false } },
        "number": simple { $0.number != nil },
        "string": simple { $0.string != nil },
        "mapping": simple { if case .dict = $0 { true } else { false } },
        "callable": simple { if case .object(let object) = $0 { object.isCallable } else { $0.isUndefined } },
        "escaped": simple { _ in false },
        "sequence": simple { value in
            switch value {
            case .string, .dict, .undefined: true
            case .list(let list): list.kind.isIndexed
            default: false
            }
        },
        "iterable": simple { value in
            switch value {
            case .string, .dict, .undefined, .list, .iterator: true
            case .object(let object): object is LoopValue
            default: false
            }
        },
        "lower": { (interpreter, value, arguments) throws(TemplateError) in
            _ = try arguments.bind("lower", [])
            return TextMethods.isLowercase(try interpreter.text(of: value))
        },
        "upper": { (interpreter, value, arguments) throws(TemplateError) in
            _ = try arguments.bind("upper", [])
            return TextMethods.isUppercase(try interpreter.text(of: value))
        },
        "odd": { (interpreter, value, arguments) throws(TemplateError) in
            _ = try arguments.bind("odd", [])
            return try interpreter.areEqual(try interpreter.apply(.modulo, value, .int(2)), .int(1))
        },
        "even": { (interpreter, value, arguments) throws(TemplateError) in
            _ = try arguments.bind("even", [])
            return try interpreter.areEqual(try interpreter.apply(.modulo, value, .int(2)), .int(0))
        },
        "divisibleby": { (interpreter, value, arguments) throws(TemplateError) in
            let divisor = try arguments.bind("divisibleby", ["num"], required: 1)[0] ?? .none
            return try interpreter.areEqual(try interpreter.apply(.modulo, value, divisor), .int(0))
        },
        "sameas": { (interpreter, value, arguments) throws(TemplateError) in
            isSame(value, try arguments.bind("sameas", ["other"], required: 1)[0] ?? .none)
        },
        "filter": { (interpreter, value, arguments) throws(TemplateError) in
            _ = try arguments.bind("filter", [])
            return value.string.map { Filters.table[$0] != nil } ?? false
        },
        "test": { (interpreter, value, arguments) throws(TemplateError) in
            _ = try arguments.bind("test", [])
            return value.string.map { table[$0] != nil } ?? false
        },
    ]

    private static func simple(_ holds: @escaping @Sendable (Value) -> Bool) -> Test {
        { (_, value, arguments) throws(TemplateError) in
            _ = try arguments.bind("test", [])
            return holds(value)
        }
    }

    /// Whether both are one object to Python, as far as values that never change can tell.
    private static func isSame(_ left: Value, _ right: Value) -> Bool {
        switch (left, right) {
        case (.list(let left), .list(let right)): left === right
        case (.dict(let left), .dict(let right)): left === right
        case (.iterator(let left), .iterator(let right)): left === right
        case (.object(let left), .object(let right)): left === right
        case (.undefined(let left), .undefined(let right)): left === right
        default: left.typeName == right.typeName && left == right
        }
    }
}
