/// A macro, or the body of a `call` block, with the variables that were around it.
final class MacroValue: ObjectValue {
    let definition: MacroDefinition
    private let scope: Scope

    init(_ definition: MacroDefinition, scope: Scope) {
        self.definition = definition
        self.scope = scope
    }

    override var typeName: String { "jinja2.runtime.Macro" }
    override var isCallable: Bool { true }
    override var description: String {
        "<Macro \(definition.name.map { PythonText.repr($0) } ?? "anonymous")>"
    }

    private var title: String { definition.name.map { PythonText.repr($0) } ?? "None" }

    override func attribute(_ name: String, _ interpreter: Interpreter) -> Value? {
        switch name {
        case "name": definition.name.map(Value.string) ?? Value.none
        case "arguments": .tuple(definition.parameters.map { .string($0.name.text) })
        case "caller": .bool(definition.caller != nil)
        case "catch_kwargs": .bool(definition.keywordArguments != nil)
        case "catch_varargs": .bool(definition.variableArguments != nil)
        default: nil
        }
    }

    override func call(_ arguments: Arguments, _ interpreter: Interpreter) throws(TemplateError) -> Value {
        try interpreter.nested { () throws(TemplateError) in
            let (_, text) = try interpreter.capturing { () throws(TemplateError) in
                try interpreter.scoped(on: scope) { () throws(TemplateError) in
                    try bind(arguments, interpreter)
                    return try interpreter.run(definition.body)
                }
            }
            return .string(text)
        }
    }

    /// Sets the parameters and the special variables in the current scope.
    private func bind(_ arguments: Arguments, _ interpreter: Interpreter) throws(TemplateError) {
        let parameters = definition.parameters
        var named = arguments.named
        var missing: [MacroDefinition.Parameter] = []
        for (index, parameter) in parameters.enumerated() {
            if index < arguments.positional.count {
                try set(parameter.name, to: arguments.positional[index], interpreter)
            } else if let given = named.firstIndex(where: { $0.name == parameter.name.text }) {
                try set(parameter.name, to: named.remove(at: given).value, interpreter)
            } else {
                missing.append(parameter)
            }
        }
        if let caller = definition.caller {
            let given = named.firstIndex { $0.name == "caller" }
            let value = given.map { named.remove(at: $0).value }
            try set(caller, to: value ?? .undefined(hint: "No caller defined"), interpreter)
        }
        if let keywordArguments = definition.keywordArguments {
            let members = named.map { (Value.string($0.name), $0.value) }
            try set(keywordArguments, to: try interpreter.dict(members), interpreter)
        } else if let extra = named.first {
            throw TemplateError(
                .type,
                extra.name == "caller" && parameters.contains { $0.name.text == "caller" }
                    ? "macro \(title) was invoked with two values for the special caller argument."
                        + " This is most likely a bug."
                    : "macro \(title) takes no keyword argument \(PythonText.repr(extra.name))")
        }
        let variable = Array(arguments.positional.dropFirst(parameters.count))
        if let variableArguments = definition.variableArguments {
            try set(variableArguments, to: .tuple(variable), interpreter)
        } else if !variable.isEmpty {
            throw TemplateError(.type, "macro \(title) takes not more than \(parameters.count) argument(s)")
        }
        for parameter in missing {
            let value = try parameter.fallback.map { (fallback) throws(TemplateError) in
                try interpreter.value(of: fallback)
            }
            let hint = "parameter \(PythonText.repr(parameter.name.text)) was not provided"
            try set(parameter.name, to: value ?? .undefined(hint: hint), interpreter)
        }
    }

    private func set(_ name: Name, to value: Value, _ interpreter: Interpreter) throws(TemplateError) {
        try interpreter.checkDepth(value)
        interpreter.scope.set(name, to: value)
    }
}
