import Glibc
import OrderedCollections

/// The functions that every template finds: Jinja2's own and those that Transformers adds.
enum Globals {
    /// The sandbox's limit for `range`.
    static let rangeCountMax = 100_000

    typealias Function = @Sendable (Arguments, Interpreter) throws(TemplateError) -> Value

    static let table: [String: Function] = [
        "range": { (arguments, interpreter) throws(TemplateError) in try range(arguments, interpreter) },
        "dict": { (arguments, interpreter) throws(TemplateError) in
            try interpreter.dict(try members(of: arguments, interpreter))
        },
        "namespace": { (arguments, interpreter) throws(TemplateError) in
            var attributes: OrderedDictionary<String, Value> = [:]
            for (key, value) in try members(of: arguments, interpreter) {
                guard let name = key.string else { continue }
                try interpreter.checkDepth(value)
                attributes[name] = value
            }
            let namespace = try NamespaceValue(attributes)
            interpreter.register(namespace)
            return .object(namespace)
        },
        "cycler": { (arguments, interpreter) throws(TemplateError) in
            guard !arguments.positional.isEmpty else {
                throw TemplateError(.runtime, "at least one item has to be provided")
            }
            return .object(CyclerValue(arguments.positional))
        },
        "joiner": { (arguments, interpreter) throws(TemplateError) in
            .object(JoinerValue(try arguments.bind("joiner", ["sep"])[0] ?? .string(", ")))
        },
        "raise_exception": { (arguments, interpreter) throws(TemplateError) in
            let message = try arguments.bind("raise_exception", ["message"], required: 1)[0] ?? .none
            throw TemplateError(.raised, try interpreter.text(of: message))
        },
        "strftime_now": { (arguments, interpreter) throws(TemplateError) in
            let format = try arguments.bind("strftime_now", ["format"], required: 1)[0]
            guard let format = format?.string else {
                throw TemplateError(
                    .type, "strftime() argument 1 must be str, not \(format?.typeName ?? "None")")
            }
            return .string(try time(interpreter.now, format, interpreter))
        },
    ]

    /// Sets the functions as variables of a scope, for the names that the template mentions.
    static func define(_ names: [String: Int], in scope: Scope) {
        for (name, function) in table {
            guard let id = names[name] else { continue }
            scope.set(id, to: .object(FunctionValue(name, function)))
        }
    }

    private static func range(
        _ arguments: Arguments, _ interpreter: Interpreter
    ) throws(TemplateError) -> Value {
        guard arguments.named.isEmpty else {
            throw TemplateError(.type, "range() takes no keyword arguments")
        }
        let values = try arguments.bind("range", ["start", "stop", "step"], required: 1)
        var bounds: [Int] = []
        for value in arguments.positional { bounds.append(try Optional(value).integer("range", default: 0)) }
        let start = values[1] == nil ? 0 : bounds[0]
        let stop = values[1] == nil ? bounds[0] : bounds[1]
        let step = bounds.count > 2 ? bounds[2] : 1
        guard step != 0 else { throw TemplateError(.value, "range() arg 3 must not be zero") }
        var elements: [Value] = []
        for element in stride(from: start, to: stop, by: step) {
            guard elements.count < rangeCountMax else {
                throw TemplateError(
                    .arithmetic,
                    "Range too big. The sandbox blocks ranges larger than MAX_RANGE (\(rangeCountMax)).")
            }
            elements.append(.int(element))
        }
        try interpreter.charge(elements.count)
        return .list(ListValue(.range(start: start, stop: stop, step: step), elements))
    }

    /// The members that `dict(…)` takes: a mapping or pairs, and names.
    private static func members(
        of arguments: Arguments, _ interpreter: Interpreter
    ) throws(TemplateError) -> [(Value, Value)] {
        guard arguments.positional.count <= 1 else {
            throw TemplateError(.type, "dict expected at most 1 argument, got \(arguments.positional.count)")
        }
        var members: [(Value, Value)] = []
        if let source = arguments.positional.first {
            if case .dict(let dict) = source {
                members = dict.members.map { ($0.key, $0.value) }
            } else {
                for pair in try interpreter.elements(of: source) {
                    let pair = try interpreter.elements(of: pair)
                    guard pair.count == 2 else {
                        throw TemplateError(
                            .value,
                            "dictionary update sequence element has length \(pair.count); 2 is required")
                    }
                    members.append((pair[0], pair[1]))
                }
            }
        }
        return members + arguments.named.map { (.string($0.name), $0.value) }
    }

    /// The time in the machine's time zone, by C's `strftime`.
    private static func time(
        _ seconds: Int, _ format: String, _ interpreter: Interpreter
    ) throws(TemplateError) -> String {
        guard format.utf8.count <= 1024 else {
            throw TemplateError(.limit, "a time format of \(format.utf8.count) bytes is longer than 1024")
        }
        var moment = time_t(seconds)
        var parts = tm()
        localtime_r(&moment, &parts)
        // A naive date knows no zone: Python writes nothing for %z and %Z.
        let format = try interpreter.replacing(
            "%z", with: "", in: try interpreter.replacing("%Z", with: "", in: format))
        let local = try interpreter.replacing("%f", with: "000000", in: format)
        var buffer = [CChar](repeating: 0, count: 64 * 1024)
        let count = strftime(&buffer, buffer.count, local, &parts)
        return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
