/// The methods of Python's `str`.
enum TextMethods {
    typealias Method = @Sendable (Interpreter, String, Arguments) throws(TemplateError) -> Value

    /// The method of that name with its receiver, or nil where `str` has none.
    static func method(_ name: String, of text: String) -> Value? {
        guard let method = table[name] else {
            return unsupported.contains(name)
                ? .object(
                    FunctionValue(name, receiver: .string(text)) { (_, _) throws(TemplateError) in
                        throw TemplateError(.unsupported, "str.\(name) is not supported in a chat template")
                    })
                : nil
        }
        return .object(
            FunctionValue(name, receiver: .string(text)) { (arguments, interpreter) throws(TemplateError) in
                try method(interpreter, text, arguments)
            })
    }

    private static let unsupported: Set<String> = [
        "encode", "expandtabs", "format_map", "isidentifier", "maketrans", "translate",
    ]

    private static let table: [String: Method] = [
        "capitalize": plain { capitalized($0) },
        "casefold": plain { $0.lowercased() },
        "lower": plain { $0.lowercased() },
        "swapcase": plain { text in
            String(
                text.unicodeScalars.map {
                    $0.properties.isUppercase
                        ? $0.properties.lowercaseMapping : $0.properties.uppercaseMapping
                }.joined())
        },
        "title": plain { titled($0) },
        "upper": plain { $0.uppercased() },
        "isalnum": check { $0.properties.isPythonLetter || $0.properties.numericType != nil },
        "isalpha": check { $0.properties.isPythonLetter },
        "isascii": { (_, text, _) throws(TemplateError) in .bool(text.utf8.allSatisfy { $0 < 0x80 }) },
        "isdecimal": check { $0.properties.numericType == .decimal },
        "isdigit": check { $0.properties.numericType == .decimal || $0.properties.numericType == .digit },
        "isnumeric": check { $0.properties.numericType != nil },
        "isprintable": { (_, text, _) throws(TemplateError) in
            .bool(text.unicodeScalars.allSatisfy(PythonText.isPrintable))
        },
        "isspace": check { PythonSpace.contains($0) },
        "islower": { (_, text, _) throws(TemplateError) in .bool(isLowercase(text)) },
        "isupper": { (_, text, _) throws(TemplateError) in .bool(isUppercase(text)) },
        "istitle": { (_, text, _) throws(TemplateError) in
            .bool(
                text.unicodeScalars.contains { $0.properties.isCased } && titled(text).isIdentical(to: text))
        },
        "strip": { (interpreter, text, arguments) throws(TemplateError) in
            try strip(interpreter, text, arguments, front: true, back: true)
        },
        "lstrip": { (interpreter, text, arguments) throws(TemplateError) in
            try strip(interpreter, text, arguments, front: true, back: false)
        },
        "rstrip": { (interpreter, text, arguments) throws(TemplateError) in
            try strip(interpreter, text, arguments, front: false, back: true)
        },
        "split": { (interpreter, text, arguments) throws(TemplateError) in
            try split(interpreter, text, arguments, fromBack: false)
        },
        "rsplit": { (interpreter, text, arguments) throws(TemplateError) in
            try split(interpreter, text, arguments, fromBack: true)
        },
        "splitlines": { (interpreter, text, arguments) throws(TemplateError) in
            let keepsEnds = try arguments.bind("splitlines", ["keepends"])[0].isTrue
            return .list(try interpreter.lines(of: text, keepsEnds: keepsEnds).map(Value.string))
        },
        "partition": { (interpreter, text, arguments) throws(TemplateError) in
            let separator = try required("partition", ["sep"], arguments)[0]
            let parts = try interpreter.split(text, by: separator, atMost: 1, fromBack: false)
            return .tuple(
                parts.count == 2
                    ? [parts[0], .string(separator), parts[1]] : [.string(text), .string(""), .string("")])
        },
        "rpartition": { (interpreter, text, arguments) throws(TemplateError) in
            let separator = try required("rpartition", ["sep"], arguments)[0]
            let parts = try interpreter.split(text, by: separator, atMost: 1, fromBack: true)
            return .tuple(
                parts.count == 2
                    ? [parts[0], .string(separator), parts[1]] : [.string(""), .string(""), .string(text)])
        },
        "replace": { (interpreter, text, arguments) throws(TemplateError) in
            let texts = try required("replace", ["old", "new"], arguments, optional: ["count"])
            let count = try arguments.bind("replace", ["old", "new", "count"])[2].integer(
                "count", default: -1)
            return .string(
                try interpreter.replacing(texts[0], with: texts[1], in: text, atMost: count < 0 ? nil : count)
            )
        },
        "removeprefix": { (_, text, arguments) throws(TemplateError) in
            let prefix = try required("removeprefix", ["prefix"], arguments)[0]
            return .string(
                text.utf8.starts(with: prefix.utf8)
                    ? String(text.utf8.dropFirst(prefix.utf8.count)) ?? text : text)
        },
        "removesuffix": { (_, text, arguments) throws(TemplateError) in
            let suffix = try required("removesuffix", ["suffix"], arguments)[0]
            return .string(
                hasSuffix(text, suffix) ? String(text.utf8.dropLast(suffix.utf8.count)) ?? text : text)
        },
        "startswith": { (_, text, arguments) throws(TemplateError) in
            .bool(try affix("startswith", text, arguments) { $0.utf8.starts(with: $1.utf8) })
        },
        "endswith": { (_, text, arguments) throws(TemplateError) in
            .bool(try affix("endswith", text, arguments) { hasSuffix($0, $1) })
        },
        "find": { (interpreter, text, arguments) throws(TemplateError) in
            .int(try position("find", interpreter, text, arguments, last: false) ?? -1)
        },
        "rfind": { (interpreter, text, arguments) throws(TemplateError) in
            .int(try position("rfind", interpreter, text, arguments, last: true) ?? -1)
        },
        "index": { (interpreter, text, arguments) throws(TemplateError) in
            .int(try found(try position("index", interpreter, text, arguments, last: false)))
        },
        "rindex": { (interpreter, text, arguments) throws(TemplateError) in
            .int(try found(try position("rindex", interpreter, text, arguments, last: true)))
        },
        "count": { (interpreter, text, arguments) throws(TemplateError) in
            let (text, part, _) = try window("count", text, arguments)
            guard let text else { return .int(0) }
            if part.utf8.isEmpty { return .int(text.unicodeScalars.count + 1) }
            return .int(try interpreter.places(of: Array(part.utf8), in: Array(text.utf8)).count)
        },
        "join": { (interpreter, text, arguments) throws(TemplateError) in
            let values = try arguments.bind("join", ["iterable"], required: 1)
            return .string(try interpreter.join(try interpreter.elements(of: values[0] ?? .none), by: text))
        },
        "center": { (interpreter, text, arguments) throws(TemplateError) in
            try justify("center", interpreter, text, arguments) {
                ($0 / 2 + ($0 & $1 & 1), $0 - $0 / 2 - ($0 & $1 & 1))
            }
        },
        "ljust": { (interpreter, text, arguments) throws(TemplateError) in
            try justify("ljust", interpreter, text, arguments) { (padding, _) in (0, padding) }
        },
        "rjust": { (interpreter, text, arguments) throws(TemplateError) in
            try justify("rjust", interpreter, text, arguments) { (padding, _) in (padding, 0) }
        },
        "zfill": { (interpreter, text, arguments) throws(TemplateError) in
            let width = try arguments.bind("zfill", ["width"], required: 1)[0].integer("width", default: 0)
            let count = text.unicodeScalars.count
            let missing = width > count ? width - count : 0
            try interpreter.charge(bytes: missing)
            let sign = text.utf8.first == UInt8(ascii: "-") || text.utf8.first == UInt8(ascii: "+") ? 1 : 0
            return .string(text.prefix(sign) + String(repeating: "0", count: missing) + text.dropFirst(sign))
        },
        "format": { (interpreter, text, arguments) throws(TemplateError) in
            .string(try BraceFormat.format(text, arguments, interpreter))
        },
    ]

    // MARK: Shapes of methods

    private static func plain(_ map: @escaping @Sendable (String) -> String) -> Method {
        { (interpreter, text, arguments) throws(TemplateError) in
            _ = try arguments.bind("str method", [])
            try interpreter.charge(bytes: text.utf8.count)
            return .string(map(text))
        }
    }

    private static func check(_ holds: @escaping @Sendable (Unicode.Scalar) -> Bool) -> Method {
        { (interpreter, text, arguments) throws(TemplateError) in
            _ = try arguments.bind("str method", [])
            try interpreter.charge(bytes: text.utf8.count)
            return .bool(!text.utf8.isEmpty && text.unicodeScalars.allSatisfy(holds))
        }
    }

    /// The texts that these parameters must be.
    private static func required(
        _ name: String, _ parameters: [String], _ arguments: Arguments, optional: [String] = []
    ) throws(TemplateError) -> [String] {
        let values = try arguments.bind(name, parameters + optional, required: parameters.count)
        var texts: [String] = []
        for (parameter, value) in zip(parameters, values) {
            guard let text = value?.string else {
                throw TemplateError(
                    .type, "\(name)() argument '\(parameter)' must be str, not \(value?.typeName ?? "None")")
            }
            texts.append(text)
        }
        return texts
    }

    private static func strip(
        _ interpreter: Interpreter, _ text: String, _ arguments: Arguments, front: Bool, back: Bool
    ) throws(TemplateError) -> Value {
        let characters = try arguments.bind("strip", ["chars"])[0].text("strip arg")
        return .string(try interpreter.stripped(text, of: characters, front: front, back: back))
    }

    private static func split(
        _ interpreter: Interpreter, _ text: String, _ arguments: Arguments, fromBack: Bool
    ) throws(TemplateError) -> Value {
        let values = try arguments.bind("split", ["sep", "maxsplit"])
        let limit = try values[1].integer("maxsplit", default: -1)
        let most = limit < 0 ? nil : limit
        guard let separator = try values[0].text("sep") else {
            return .list(try interpreter.words(of: text, atMost: most, fromBack: fromBack))
        }
        return .list(try interpreter.split(text, by: separator, atMost: most, fromBack: fromBack))
    }

    private static func justify(
        _ name: String, _ interpreter: Interpreter, _ text: String, _ arguments: Arguments,
        _ share: (_ padding: Int, _ width: Int) -> (Int, Int)
    ) throws(TemplateError) -> Value {
        let values = try arguments.bind(name, ["width", "fillchar"], required: 1)
        let width = try values[0].integer("width", default: 0)
        let fill = try values[1].text("fillchar") ?? " "
        guard fill.unicodeScalars.count == 1 else {
            throw TemplateError(.type, "The fill character must be exactly one character long")
        }
        let count = text.unicodeScalars.count
        guard width > count else { return .string(text) }
        try interpreter.charge(bytes: min(width, interpreter.limits.outputBytesMax + 1) * fill.utf8.count)
        let (front, back) = share(width - count, width)
        return .string(String(repeating: fill, count: front) + text + String(repeating: fill, count: back))
    }

    // MARK: Places

    private static func affix(
        _ name: String, _ text: String, _ arguments: Arguments, _ matches: (String, String) -> Bool
    ) throws(TemplateError) -> Bool {
        let values = try arguments.bind(name, ["prefix", "start", "end"], required: 1)
        let (window, _) = try window(of: text, values[1], values[2])
        guard case .list(let list) = values[0], list.kind.isTuple else {
            guard let affix = values[0]?.string else {
                let type = values[0]?.typeName ?? "None"
                throw TemplateError(.type, "\(name) first arg must be str or a tuple of str, not \(type)")
            }
            return window.map { matches($0, affix) } ?? false
        }
        for element in list.elements {
            guard let affix = element.string else {
                throw TemplateError(.type, "tuple for \(name) must only contain str, not \(element.typeName)")
            }
            if let window, matches(window, affix) { return true }
        }
        return false
    }

    private static func hasSuffix(_ text: String, _ suffix: String) -> Bool {
        text.utf8.count >= suffix.utf8.count && text.utf8.suffix(suffix.utf8.count).elementsEqual(suffix.utf8)
    }

    /// The part of the text that a search is limited to and where it starts, in characters; nil where it starts
    /// beyond the end.
    private static func window(
        of text: String, _ start: Value?, _ end: Value?
    ) throws(TemplateError) -> (String?, Int) {
        guard start != nil || end != nil else { return (text, 0) }
        let scalars = text.unicodeScalars
        func bound(_ value: Value?, _ fallback: Int) throws(TemplateError) -> Int {
            guard let value, !value.isNone else { return fallback }
            let index = try Optional(value).integer("slice index", default: fallback)
            return index < 0 ? max(index + scalars.count, 0) : index
        }
        let first = try bound(start, 0)
        let last = min(try bound(end, scalars.count), scalars.count)
        guard first <= last else { return (nil, first) }
        return (String(String.UnicodeScalarView(scalars.dropFirst(first).prefix(last - first))), first)
    }

    private static func window(
        _ name: String, _ text: String, _ arguments: Arguments
    ) throws(TemplateError) -> (String?, part: String, start: Int) {
        let part = try required(name, ["sub"], arguments, optional: ["start", "end"])[0]
        let values = try arguments.bind(name, ["sub", "start", "end"])
        let (window, start) = try window(of: text, values[1], values[2])
        return (window, part, start)
    }

    private static func position(
        _ name: String, _ interpreter: Interpreter, _ text: String, _ arguments: Arguments, last: Bool
    ) throws(TemplateError) -> Int? {
        let (window, part, start) = try window(name, text, arguments)
        guard let window else { return nil }
        let bytes = Array(window.utf8)
        var place: Int?
        if last {
            let reversed = try interpreter.find(part.utf8.reversed(), in: bytes.reversed(), from: 0)
            place = reversed.map { bytes.count - $0 - part.utf8.count }
        } else {
            place = try interpreter.find(part, in: window, from: 0)
        }
        return place.map { start + String(decoding: bytes[..<$0], as: UTF8.self).unicodeScalars.count }
    }

    private static func found(_ position: Int?) throws(TemplateError) -> Int {
        guard let position else { throw TemplateError(.value, "substring not found") }
        return position
    }
}
