import OrderedCollections

/// A value with attributes or behaviour of its own.
class ObjectValue {
    var typeName: String { "object" }
    /// What printing the object writes.
    var description: String { "<\(typeName) object>" }
    var depth: Int { 1 }
    var isCallable: Bool { false }

    /// The attribute of that name, or nil where there is none.
    func attribute(_ name: String, _ interpreter: Interpreter) throws(TemplateError) -> Value? { nil }

    func call(_ arguments: Arguments, _ interpreter: Interpreter) throws(TemplateError) -> Value {
        throw TemplateError(.type, "'\(typeName)' object is not callable")
    }
}

/// A function of the host, or a method that knows its receiver.
final class FunctionValue: ObjectValue {
    typealias Body = (Arguments, Interpreter) throws(TemplateError) -> Value

    let name: String
    private let receiver: Value?
    private let body: Body

    init(_ name: String, receiver: Value? = nil, _ body: @escaping Body) {
        self.name = name
        self.receiver = receiver
        self.body = body
    }

    override var typeName: String { receiver == nil ? "function" : "builtin_function_or_method" }
    override var description: String { "<function \(name)>" }
    override var depth: Int { 1 + (receiver?.depth ?? 0) }
    override var isCallable: Bool { true }

    override func call(_ arguments: Arguments, _ interpreter: Interpreter) throws(TemplateError) -> Value {
        try body(arguments, interpreter)
    }
}

/// The only value that a template can change: `{% set namespace.attribute = value %}`.
final class NamespaceValue: ObjectValue {
    private(set) var attributes: OrderedDictionary<String, Value>

    init(_ attributes: OrderedDictionary<String, Value>) throws(TemplateError) {
        self.attributes = attributes
        super.init()
        for name in attributes.keys { try check(name) }
    }

    override var typeName: String { "transformers.utils.chat_template_utils.TemplateNamespace" }
    override var description: String { "<Namespace>" }

    override func attribute(_ name: String, _ interpreter: Interpreter) -> Value? { attributes[name] }

    func set(_ name: String, to value: Value) throws(TemplateError) {
        try check(name)
        attributes[name] = value
    }

    /// Lets go of every value, so that namespaces that hold each other can be freed.
    func clear() { attributes = [:] }

    private func check(_ name: String) throws(TemplateError) {
        guard !name.utf8.starts(with: "_".utf8) else {
            throw TemplateError(
                .security,
                "Chat templates cannot store underscore-prefixed attributes on a namespace, but got"
                    + " \(PythonText.repr(name)). Please rename the attribute.")
        }
    }
}

/// `cycler(a, b, …)`: gives its items in turn.
final class CyclerValue: ObjectValue {
    private let items: [Value]
    private var position = 0

    init(_ items: [Value]) { self.items = items }

    override var typeName: String { "jinja2.utils.Cycler" }
    override var depth: Int { 1 + (items.map(\.depth).max() ?? 0) }

    override func attribute(_ name: String, _ interpreter: Interpreter) -> Value? {
        switch name {
        case "current": items[position]
        case "next":
            .object(
                FunctionValue(name, receiver: .object(self)) { [self] (_, _) throws(TemplateError) in
                    defer { position = (position + 1) % items.count }
                    return items[position]
                })
        case "reset":
            .object(
                FunctionValue(name, receiver: .object(self)) { [self] (_, _) throws(TemplateError) in
                    position = 0
                    return .none
                })
        default: nil
        }
    }
}

/// `joiner(separator)`: gives nothing at its first call and the separator at every later one.
final class JoinerValue: ObjectValue {
    private let separator: Value
    private var isUsed = false

    init(_ separator: Value) { self.separator = separator }

    override var typeName: String { "jinja2.utils.Joiner" }
    override var depth: Int { 1 + separator.depth }
    override var isCallable: Bool { true }

    override func call(_ arguments: Arguments, _ interpreter: Interpreter) -> Value {
        defer { isUsed = true }
        return isUsed ? separator : .string("")
    }
}
