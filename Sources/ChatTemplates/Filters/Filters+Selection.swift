/// Filters that apply a filter or a test to each element, and those that look at one value.
extension Filters {
    static let selections: [String: Filter] = [
        "default": { (interpreter, value, arguments) throws(TemplateError) in try fallback(value, arguments)
        },
        "d": { (interpreter, value, arguments) throws(TemplateError) in try fallback(value, arguments) },
        "attr": { (interpreter, value, arguments) throws(TemplateError) in
            guard let name = try arguments.bind("attr", ["name"], required: 1)[0]?.string else {
                throw TemplateError(.type, "attribute name must be string")
            }
            return try interpreter.ownAttribute(name, of: value)
                ?? .undefined(Undefined(.attribute(name, typeName: value.typeName)))
        },
        "map": { (interpreter, value, arguments) throws(TemplateError) in
            try mapped(value, arguments, interpreter)
        },
        "select": { (interpreter, value, arguments) throws(TemplateError) in
            try selected(value, arguments, interpreter, keeps: true, byAttribute: false)
        },
        "reject": { (interpreter, value, arguments) throws(TemplateError) in
            try selected(value, arguments, interpreter, keeps: false, byAttribute: false)
        },
        "selectattr": { (interpreter, value, arguments) throws(TemplateError) in
            try selected(value, arguments, interpreter, keeps: true, byAttribute: true)
        },
        "rejectattr": { (interpreter, value, arguments) throws(TemplateError) in
            try selected(value, arguments, interpreter, keeps: false, byAttribute: true)
        },
    ]

    private static func fallback(_ value: Value, _ arguments: Arguments) throws(TemplateError) -> Value {
        let values = try arguments.bind("default", ["default_value", "boolean"])
        let isMissing = value.isUndefined || (values[1].isTrue && !value.isTrue)
        return isMissing ? values[0] ?? .string("") : value
    }

    private static func mapped(
        _ value: Value, _ arguments: Arguments, _ interpreter: Interpreter
    ) throws(TemplateError) -> Value {
        guard value.isTrue else { return .generator([]) }
        var result: [Value] = []
        if arguments.positional.isEmpty,
            let attribute = arguments.named.first(where: { $0.name == "attribute" })
        {
            let fallback = arguments.named.first { $0.name == "default" }?.value
            if let extra = arguments.named.first(where: { $0.name != "attribute" && $0.name != "default" }) {
                throw TemplateError(.runtime, "Unexpected keyword argument '\(extra.name)'")
            }
            let path = AttributePath(attribute.value)
            for element in try interpreter.elements(of: value) {
                result.append(try path.value(of: element, default: fallback, interpreter))
            }
            return .generator(result)
        }
        guard let filter = arguments.positional.first else {
            throw TemplateError(.runtime, "map requires a filter argument")
        }
        let rest = Arguments(positional: Array(arguments.positional.dropFirst()), named: arguments.named)
        for element in try interpreter.elements(of: value) {
            let name = try interpreter.text(of: filter)
            result.append(
                try interpreter.nested { () throws(TemplateError) in
                    try interpreter.filter(name, element, rest)
                })
        }
        return .generator(result)
    }

    private static func selected(
        _ value: Value, _ arguments: Arguments, _ interpreter: Interpreter, keeps: Bool, byAttribute: Bool
    ) throws(TemplateError) -> Value {
        guard value.isTrue else { return .generator([]) }
        var rest = arguments.positional[...]
        var path: AttributePath?
        if byAttribute {
            guard let attribute = rest.popFirst() else {
                throw TemplateError(.runtime, "Missing parameter for attribute name")
            }
            path = AttributePath(attribute)
        }
        let test = rest.popFirst()
        let values = Arguments(positional: Array(rest), named: arguments.named)
        var result: [Value] = []
        for element in try interpreter.elements(of: value) {
            let subject = try path?.value(of: element, interpreter) ?? element
            let holds =
                if let test { try interpreter.test(try interpreter.text(of: test), subject, values) } else {
                    subject.isTrue
                }
            if holds == keeps { result.append(element) }
        }
        return .generator(result)
    }
}
