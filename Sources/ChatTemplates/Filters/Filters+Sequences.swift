import OrderedCollections

/// Filters of sequences and mappings.
extension Filters {
    static let sequences: [String: Filter] = [
        "length": { (interpreter, value, arguments) throws(TemplateError) in
            .int(try interpreter.length(of: value))
        },
        "count": { (interpreter, value, arguments) throws(TemplateError) in
            .int(try interpreter.length(of: value))
        },
        "list": { (interpreter, value, arguments) throws(TemplateError) in
            _ = try arguments.bind("list", [])
            return .list(try interpreter.elements(of: value))
        },
        "first": { (interpreter, value, arguments) throws(TemplateError) in
            _ = try arguments.bind("first", [])
            if case .iterator(let iterator) = value, let next = iterator.next() { return next }
            return try interpreter.elements(of: value).first
                ?? .undefined(hint: "No first item, sequence was empty.")
        },
        "last": { (interpreter, value, arguments) throws(TemplateError) in
            _ = try arguments.bind("last", [])
            if case .iterator = value {
                throw TemplateError(.type, "'\(value.typeName)' object is not reversible")
            }
            return try interpreter.elements(of: value, action: "'\(value.typeName)' object is not reversible")
                .last
                ?? .undefined(hint: "No last item, sequence was empty.")
        },
        "reverse": { (interpreter, value, arguments) throws(TemplateError) in
            _ = try arguments.bind("reverse", [])
            if case .string(let text) = value {
                try interpreter.charge(bytes: text.utf8.count)
                return .string(String(String.UnicodeScalarView(text.unicodeScalars.reversed())))
            }
            guard let elements = try? interpreter.elements(of: value) else {
                throw TemplateError(.runtime, "argument must be iterable")
            }
            if case .iterator = value { return .list(elements.reversed()) }
            return .iterator(IteratorValue("list_reverseiterator", elements.reversed()))
        },
        "join": { (interpreter, value, arguments) throws(TemplateError) in
            let values = try arguments.bind("join", ["d", "attribute"])
            let path = AttributePath(values[1])
            var texts: [String] = []
            for element in try interpreter.elements(of: value) {
                texts.append(try interpreter.text(of: try path.value(of: element, interpreter)))
            }
            return .string(
                try interpreter.joined(texts, by: try interpreter.text(of: values[0] ?? .string(""))))
        },
        "items": { (interpreter, value, arguments) throws(TemplateError) in
            _ = try arguments.bind("items", [])
            if value.isUndefined { return .generator([]) }
            guard case .dict(let dict) = value else {
                throw TemplateError(.type, "Can only get item pairs from a mapping.")
            }
            return .generator(dict.items)
        },
        "dictsort": { (interpreter, value, arguments) throws(TemplateError) in
            let values = try arguments.bind("dictsort", ["case_sensitive", "by", "reverse"])
            let key = try values[1].text("by") ?? "key"
            guard key == "key" || key == "value" else {
                throw TemplateError(.runtime, "You can only sort by either \"key\" or \"value\"")
            }
            if case .undefined(let undefined) = value { throw undefined.error }
            guard case .dict(let dict) = value else {
                throw TemplateError(.type, "'\(value.typeName)' object has no attribute 'items'")
            }
            return .list(
                try interpreter.sorted(dict.items, descending: values[2].isTrue) {
                    (pair) throws(TemplateError) in
                    guard case .list(let pair) = pair else { return .none }
                    return comparable(pair.elements[key == "key" ? 0 : 1], caseSensitive: values[0].isTrue)
                })
        },
        "sort": { (interpreter, value, arguments) throws(TemplateError) in
            let values = try arguments.bind("sort", ["reverse", "case_sensitive", "attribute"])
            let paths: [AttributePath] =
                if let text = values[2]?.string {
                    text.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
                        .map { AttributePath(.string(String($0) ?? "")) }
                } else { [AttributePath(values[2])] }
            let elements = try interpreter.elements(of: value)
            let sorted = try interpreter.sorted(elements, descending: values[0].isTrue) {
                (element) throws(TemplateError) in
                var keys: [Value] = []
                for path in paths {
                    let key = try path.value(of: element, interpreter)
                    keys.append(comparable(key, caseSensitive: values[1].isTrue))
                }
                return .list(keys)
            }
            return .list(sorted)
        },
        "unique": { (interpreter, value, arguments) throws(TemplateError) in
            let values = try arguments.bind("unique", ["case_sensitive", "attribute"])
            let path = AttributePath(values[1])
            var seen: Set<Value> = []
            var unique: [Value] = []
            for element in try interpreter.elements(of: value) {
                let key = try path.value(of: element, interpreter)
                let isNew = seen.insert(try interpreter.key(comparable(key, caseSensitive: values[0].isTrue)))
                    .inserted
                if isNew { unique.append(element) }
            }
            return .generator(unique)
        },
        "min": { (interpreter, value, arguments) throws(TemplateError) in
            try extreme(
                value, try arguments.bind("min", ["case_sensitive", "attribute"]), .less, interpreter)
        },
        "max": { (interpreter, value, arguments) throws(TemplateError) in
            try extreme(
                value, try arguments.bind("max", ["case_sensitive", "attribute"]), .greater, interpreter)
        },
        "batch": { (interpreter, value, arguments) throws(TemplateError) in
            let values = try arguments.bind("batch", ["linecount", "fill_with"], required: 1)
            let size = try values[0].integer("linecount", default: 1)
            var batches: [Value] = []
            var batch: [Value] = []
            for element in try interpreter.elements(of: value) {
                if batch.count == size {
                    batches.append(.list(batch))
                    batch = []
                }
                batch.append(element)
            }
            guard !batch.isEmpty else { return .generator(batches) }
            if let fill = values[1], !fill.isNone, batch.count < size {
                try interpreter.charge(size - batch.count)
                batch += repeatElement(fill, count: size - batch.count)
            }
            return .generator(batches + [.list(batch)])
        },
        "slice": { (interpreter, value, arguments) throws(TemplateError) in
            let values = try arguments.bind("slice", ["slices", "fill_with"], required: 1)
            let count = try values[0].integer("slices", default: 1)
            let elements = try interpreter.elements(of: value)
            guard count != 0 else { throw TemplateError(.arithmetic, "integer division or modulo by zero") }
            guard count > 0 else { return .generator([]) }
            try interpreter.charge(count)
            let (size, extra) = elements.count.quotientAndRemainder(dividingBy: count)
            var slices: [Value] = []
            var start = 0
            for index in 0..<count {
                let end = start + size + (index < extra ? 1 : 0)
                var slice = Array(elements[start..<end])
                if let fill = values[1], !fill.isNone, index >= extra { slice.append(fill) }
                slices.append(.list(slice))
                start = end
            }
            return .generator(slices)
        },
        "groupby": { (interpreter, value, arguments) throws(TemplateError) in
            try grouped(
                value,
                try arguments.bind("groupby", ["attribute", "default", "case_sensitive"], required: 1),
                interpreter)
        },
    ]

    private static func extreme(
        _ value: Value, _ values: [Value?], _ relation: Relation, _ interpreter: Interpreter
    ) throws(TemplateError) -> Value {
        let path = AttributePath(values[1])
        var best: (key: Value, value: Value)?
        for element in try interpreter.elements(of: value) {
            let key = comparable(try path.value(of: element, interpreter), caseSensitive: values[0].isTrue)
            if let current = best, !(try interpreter.holds(relation, key, current.key)) { continue }
            best = (key, element)
        }
        return best?.value ?? .undefined(hint: "No aggregated item, sequence was empty.")
    }

    private static func grouped(
        _ value: Value, _ values: [Value?], _ interpreter: Interpreter
    ) throws(TemplateError) -> Value {
        let path = AttributePath(values[0])
        let caseSensitive = values[2].isTrue
        func key(_ element: Value) throws(TemplateError) -> Value {
            comparable(
                try path.value(of: element, default: values[1], interpreter), caseSensitive: caseSensitive)
        }
        var groups: [(key: Value, elements: [Value])] = []
        for element in try interpreter.sorted(try interpreter.elements(of: value), by: key) {
            let key = try key(element)
            if let last = groups.last, try interpreter.areEqual(last.key, key) {
                groups[groups.count - 1].elements.append(element)
            } else {
                groups.append((key, [element]))
            }
        }
        var result: [Value] = []
        for group in groups {
            let name =
                caseSensitive
                ? group.key : try path.value(of: group.elements[0], default: values[1], interpreter)
            result.append(.list(ListValue(.group, [name, .list(group.elements)])))
        }
        return .list(result)
    }
}

extension Interpreter {
    func length(of value: Value) throws(TemplateError) -> Int {
        switch value {
        case .undefined: return 0
        case .string(let text):
            try charge(bytes: text.utf8.count)
            return text.unicodeScalars.count
        case .list(let list): return list.elements.count
        case .dict(let dict): return dict.members.count
        case .object(let object):
            guard object is LoopValue, let length = try object.attribute("length", self)?.integer else {
                break
            }
            return length
        default: break
        }
        throw TemplateError(.type, "object of type '\(value.typeName)' has no len()")
    }
}
