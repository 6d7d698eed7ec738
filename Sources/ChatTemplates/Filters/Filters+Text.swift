/// Filters of texts.
extension Filters {
    static let texts: [String: Filter] = [
        "capitalize": plain { TextMethods.capitalized($0) },
        "lower": plain { $0.lowercased() },
        "upper": plain { $0.uppercased() },
        "title": plain { titled($0) },
        "string": plain { $0 },
        "safe": plain { $0 },
        "escape": plain { escaped($0) },
        "e": plain { escaped($0) },
        "forceescape": plain { escaped($0) },
        "striptags": { (interpreter, value, arguments) throws(TemplateError) in
            .string(try withoutTags(try interpreter.text(of: value), interpreter))
        },
        "trim": { (interpreter, value, arguments) throws(TemplateError) in
            let characters = try arguments.bind("trim", ["chars"])[0].text("strip arg")
            return .string(
                try interpreter.stripped(
                    try soft(value, interpreter), of: characters, front: true, back: true))
        },
        "replace": { (interpreter, value, arguments) throws(TemplateError) in
            let values = try arguments.bind("replace", ["old", "new", "count"], required: 2)
            let count = values[2].map(\.isNone) ?? true ? -1 : try values[2].integer("count", default: -1)
            return .string(
                try interpreter.replacing(
                    try interpreter.text(of: values[0] ?? .none),
                    with: try interpreter.text(of: values[1] ?? .none),
                    in: try interpreter.text(of: value), atMost: count < 0 ? nil : count))
        },
        "format": { (interpreter, value, arguments) throws(TemplateError) in
            guard arguments.positional.isEmpty || arguments.named.isEmpty else {
                throw TemplateError(
                    .runtime, "can't handle positional and keyword arguments at the same time")
            }
            let operand =
                arguments.named.isEmpty
                ? Value.tuple(arguments.positional)
                : try interpreter.dict(arguments.named.map { (.string($0.name), $0.value) })
            return .string(try PercentFormat.format(try soft(value, interpreter), operand, interpreter))
        },
        "indent": { (interpreter, value, arguments) throws(TemplateError) in
            let values = try arguments.bind("indent", ["width", "first", "blank"])
            let width =
                if let text = values[0]?.string { text } else {
                    try interpreter.spaces(try values[0].integer("width", default: 4))
                }
            return .string(
                try indented(value, by: width, first: values[1].isTrue, blank: values[2].isTrue, interpreter))
        },
        "center": { (interpreter, value, arguments) throws(TemplateError) in
            let width = try arguments.bind("center", ["width"])[0] ?? .int(80)
            let method = TextMethods.method("center", of: try soft(value, interpreter)) ?? .none
            return try interpreter.call(method, Arguments(positional: [width]))
        },
        "truncate": { (interpreter, value, arguments) throws(TemplateError) in
            try truncated(
                value, try arguments.bind("truncate", ["length", "killwords", "end", "leeway"]), interpreter)
        },
        "wordcount": { (interpreter, value, arguments) throws(TemplateError) in
            let text = try soft(value, interpreter)
            try interpreter.charge(bytes: text.utf8.count)
            var words = 0
            var isInside = false
            for scalar in text.unicodeScalars {
                let properties = scalar.properties
                let isWord = scalar == "_" || properties.isPythonLetter || properties.numericType != nil
                if isWord && !isInside { words += 1 }
                isInside = isWord
            }
            return .int(words)
        },
        "urlencode": { (interpreter, value, arguments) throws(TemplateError) in
            try urlEncoded(value, interpreter)
        },
    ]

    private static func plain(_ map: @escaping @Sendable (String) -> String) -> Filter {
        { (interpreter, value, arguments) throws(TemplateError) in
            _ = try arguments.bind("filter", [])
            let text = try soft(value, interpreter)
            try interpreter.charge(bytes: text.utf8.count)
            return .string(map(text))
        }
    }

    /// Capitalises what follows white space or an opening bracket or a hyphen.
    private static func titled(_ text: String) -> String {
        var result = ""
        var startsWord = true
        for scalar in text.unicodeScalars {
            let separates = PythonSpace.contains(scalar) || "-({[<".unicodeScalars.contains(scalar)
            result += startsWord ? scalar.properties.uppercaseMapping : scalar.properties.lowercaseMapping
            startsWord = separates
        }
        return result
    }

    private static func escaped(_ text: String) -> String {
        var result: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "&"): result += "&amp;".utf8
            case UInt8(ascii: "<"): result += "&lt;".utf8
            case UInt8(ascii: ">"): result += "&gt;".utf8
            case UInt8(ascii: "'"): result += "&#39;".utf8
            case UInt8(ascii: "\""): result += "&#34;".utf8
            default: result.append(byte)
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// The text without comments and tags, each run of white space as one space, and the common entities as characters.
    private static func withoutTags(
        _ text: String, _ interpreter: Interpreter
    ) throws(TemplateError) -> String {
        let bytes = Array(text.utf8)
        var kept: [UInt8] = []
        var start = 0
        while let open = bytes[start...].firstIndex(of: UInt8(ascii: "<")) {
            let closer = bytes[open...].starts(with: "<!--".utf8) ? "-->" : ">"
            guard let end = try interpreter.find(Array(closer.utf8), in: bytes, from: open) else { break }
            kept += bytes[start..<open]
            start = end + closer.utf8.count
        }
        kept += bytes[start...]
        let words = try interpreter.words(
            of: String(decoding: kept, as: UTF8.self), atMost: nil, fromBack: false)
        var result = words.compactMap(\.string).joined(separator: " ")
        for (entity, character) in [
            ("&lt;", "<"), ("&gt;", ">"), ("&#34;", "\""), ("&#39;", "'"), ("&quot;", "\""), ("&amp;", "&"),
        ] {
            result = try interpreter.replacing(entity, with: character, in: result)
        }
        return result
    }

    private static func indented(
        _ value: Value, by indent: String, first: Bool, blank: Bool, _ interpreter: Interpreter
    ) throws(TemplateError) -> String {
        if case .undefined(let undefined) = value { throw undefined.error }
        guard let text = value.string else {
            throw TemplateError(.type, "unsupported operand type(s) for +=: '\(value.typeName)' and 'str'")
        }
        let lines = try interpreter.lines(of: text + "\n")
        let (growth, overflows) = lines.count.multipliedReportingOverflow(by: indent.utf8.count)
        try interpreter.charge(
            bytes: overflows ? .max : text.utf8.count + min(growth, interpreter.limits.outputBytesMax + 1))
        var result = first ? indent : ""
        for (index, line) in lines.enumerated() {
            if index > 0 { result += "\n" }
            if index > 0, blank || !line.isEmpty { result += indent }
            result += line
        }
        return result
    }

    private static func truncated(
        _ value: Value, _ values: [Value?], _ interpreter: Interpreter
    ) throws(TemplateError) -> Value {
        let length = try values[0].integer("length", default: 255)
        let end = try values[2].text("end") ?? "..."
        let leeway = values[3].map(\.isNone) ?? true ? 5 : try values[3].integer("leeway", default: 5)
        let endCount = end.unicodeScalars.count
        guard length >= endCount else {
            throw TemplateError(.value, "expected length >= \(endCount), got \(length)")
        }
        guard leeway >= 0 else { throw TemplateError(.value, "expected leeway >= 0, got \(leeway)") }
        if try interpreter.length(of: value) - length <= leeway { return value }
        guard let text = value.string else {
            throw TemplateError(.type, "'\(value.typeName)' object cannot be truncated")
        }
        let scalars = text.unicodeScalars
        let head = String(String.UnicodeScalarView(scalars.prefix(length - endCount)))
        if values[1].isTrue { return .string(head + end) }
        let words = try interpreter.split(head, by: " ", atMost: 1, fromBack: true)
        return .string((words.first?.string ?? "") + end)
    }

    private static func urlEncoded(_ value: Value, _ interpreter: Interpreter) throws(TemplateError) -> Value
    {
        func quoted(_ value: Value, isQuery: Bool) throws(TemplateError) -> String {
            let text = try interpreter.text(of: value)
            try interpreter.charge(bytes: text.utf8.count * 3)
            var result = ""
            for byte in text.utf8 {
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."),
                    UInt8(ascii: "-"),
                    UInt8(ascii: "~"):
                    result.unicodeScalars.append(Unicode.Scalar(byte))
                case UInt8(ascii: "/") where !isQuery: result += "/"
                case UInt8(ascii: " ") where isQuery: result += "+"
                default: result += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
                }
            }
            return result
        }
        let pairs: [Value]
        switch value {
        case .dict(let dict): pairs = dict.items
        case .list, .iterator, .undefined: pairs = try interpreter.elements(of: value)
        default: return .string(try quoted(value, isQuery: false))
        }
        var parts: [String] = []
        for pair in pairs {
            let pair = try interpreter.elements(of: pair)
            guard pair.count == 2 else { throw TemplateError(.value, "a pair of name and value is expected") }
            parts.append(try quoted(pair[0], isQuery: true) + "=" + (try quoted(pair[1], isQuery: true)))
        }
        return .string(try interpreter.joined(parts, by: "&"))
    }
}

extension Interpreter {
    func spaces(_ count: Int) throws(TemplateError) -> String {
        try charge(bytes: max(count, 0))
        return String(repeating: " ", count: max(count, 0))
    }
}
