import OrderedCollections

/// A value while a template is rendered: what Python would hold there.
///
/// Lists and dictionaries never change (the sandbox forbids it), so that they can be shared freely.
enum Value {
    case undefined(Undefined)
    case none
    case bool(Bool)
    case int(Int)
    case float(Double)
    case string(String)
    /// A list, a tuple, or another ordered collection.
    case list(ListValue)
    case dict(DictValue)
    /// A generator: what it yields can be taken once.
    case iterator(IteratorValue)
    case object(ObjectValue)
}

extension Value {
    static func list(_ elements: [Value]) -> Value { .list(ListValue(.list, elements)) }

    static func tuple(_ elements: [Value]) -> Value { .list(ListValue(.tuple, elements)) }

    static func generator(_ elements: [Value]) -> Value { .iterator(IteratorValue("generator", elements)) }

    /// An undefined value whose use fails with that message.
    static func undefined(hint: String) -> Value { .undefined(Undefined(.hint(hint))) }

    /// The name of the value's type in Python.
    var typeName: String {
        switch self {
        case .undefined: "Undefined"
        case .none: "NoneType"
        case .bool: "bool"
        case .int: "int"
        case .float: "float"
        case .string: "str"
        case .list(let list): list.kind.typeName
        case .dict: "dict"
        case .iterator(let iterator): iterator.typeName
        case .object(let object): object.typeName
        }
    }

    var isTrue: Bool {
        switch self {
        case .undefined, .none: false
        case .bool(let value): value
        case .int(let value): value != 0
        case .float(let value): value != 0
        case .string(let value): !value.utf8.isEmpty
        case .list(let list): !list.elements.isEmpty
        case .dict(let dict): !dict.members.isEmpty
        case .iterator, .object: true
        }
    }

    var isUndefined: Bool { if case .undefined = self { true } else { false } }

    var isNone: Bool { if case .none = self { true } else { false } }

    /// The integer that this is to Python: also a truth value.
    var integer: Int? {
        switch self {
        case .int(let value): value
        case .bool(let value): value ? 1 : 0
        default: nil
        }
    }

    /// The number that this is to Python as a float.
    var number: Double? {
        if case .float(let value) = self { value } else { integer.map(Double.init) }
    }

    var string: String? { if case .string(let value) = self { value } else { nil } }

    /// How deep containers are nested in this value.
    var depth: Int {
        switch self {
        case .list(let list): list.depth
        case .dict(let dict): dict.depth
        case .iterator(let iterator): iterator.depth
        case .object(let object): object.depth
        default: 0
        }
    }
}

/// A value that is missing. It holds no other value, so that none can nest without bound. It can be printed, as nothing, tested and iterated; anything else fails.
final class Undefined {
    enum Origin {
        case variable(String)
        /// A value of that type has no such attribute.
        case attribute(String, typeName: String)
        /// A value of that type has no such element; the key as an error quotes it.
        case element(String, typeName: String)
        case hint(String)
        /// The attribute exists, but the sandbox keeps it from templates.
        case unsafe(attribute: String, typeName: String)
    }

    let origin: Origin

    init(_ origin: Origin) { self.origin = origin }

    /// What a use of this value fails with.
    var error: TemplateError {
        switch origin {
        case .variable(let name): TemplateError(.undefined, "\(PythonText.repr(name)) is undefined")
        case .attribute(let name, let typeName):
            TemplateError(
                .undefined, "'\(Undefined.describe(typeName))' has no attribute \(PythonText.repr(name))")
        case .element(let key, let typeName):
            TemplateError(.undefined, "\(Undefined.describe(typeName)) has no element \(key)")
        case .hint(let message): TemplateError(.undefined, message)
        case .unsafe(let attribute, let typeName):
            TemplateError(
                .security,
                "access to attribute \(PythonText.repr(attribute)) of '\(typeName)' object is unsafe.")
        }
    }

    private static func describe(_ typeName: String) -> String {
        typeName == "NoneType" ? "None" : "\(typeName) object"
    }
}
