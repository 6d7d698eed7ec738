/// The variable `loop` inside a `for`. It reads ahead only as far as it is asked, since the loop's filter may depend on
/// what its body does.
final class LoopValue: ObjectValue {
    /// Runs the same loop over other values, one level deeper.
    typealias Recursion = (Value, _ depth: Int) throws(TemplateError) -> Value

    private var source: ArraySlice<Value>
    private let filter: ((Value) throws(TemplateError) -> Bool)?
    private let recursion: Recursion?
    private let level: Int
    /// The greatest depth of nesting among the elements.
    private let elementsDepth: Int
    /// What was read ahead.
    private var ahead: [Value] = []
    private var index = -1
    private var current: Value = .none
    private var previous: Value = .none
    private var lastChanged: [Value]?

    init(
        _ elements: [Value], level: Int, filter: ((Value) throws(TemplateError) -> Bool)?,
        recursion: Recursion?
    ) {
        source = elements[...]
        self.filter = filter
        self.recursion = recursion
        self.level = level
        elementsDepth = elements.map(\.depth).max() ?? 0
    }

    override var typeName: String { "jinja2.runtime.LoopContext" }
    override var description: String { "<LoopContext \(index + 1)>" }
    override var depth: Int { 1 + elementsDepth }
    override var isCallable: Bool { true }

    /// Moves to the next element, or returns nil at the end.
    func advance() throws(TemplateError) -> Value? {
        let next = ahead.isEmpty ? try read() : ahead.removeFirst()
        guard let next else { return nil }
        index += 1
        previous = current
        current = next
        return next
    }

    private func read() throws(TemplateError) -> Value? {
        while let value = source.popFirst() {
            guard let filter else { return value }
            if try filter(value) { return value }
        }
        return nil
    }

    private func peek() throws(TemplateError) -> Value? {
        if ahead.isEmpty, let next = try read() { ahead.append(next) }
        return ahead.first
    }

    private func length() throws(TemplateError) -> Int {
        if filter == nil { return index + 1 + ahead.count + source.count }
        while let next = try read() { ahead.append(next) }
        return index + 1 + ahead.count
    }

    override func attribute(_ name: String, _ interpreter: Interpreter) throws(TemplateError) -> Value? {
        switch name {
        case "index": .int(index + 1)
        case "index0": .int(index)
        case "revindex": .int(try length() - index)
        case "revindex0": .int(try length() - index - 1)
        case "first": .bool(index == 0)
        case "last": .bool(try peek() == nil)
        case "length": .int(try length())
        case "depth": .int(level + 1)
        case "depth0": .int(level)
        case "previtem": index == 0 ? .undefined(hint: "there is no previous item") : previous
        case "nextitem": try peek() ?? .undefined(hint: "there is no next item")
        case "cycle":
            method(name) { (loop, arguments, _) throws(TemplateError) in try loop.cycle(arguments.positional)
            }
        case "changed":
            method(name) { (loop, arguments, interpreter) throws(TemplateError) in
                .bool(try loop.hasChanged(arguments.positional, interpreter))
            }
        default: nil
        }
    }

    private func method(
        _ name: String, _ body: @escaping (LoopValue, Arguments, Interpreter) throws(TemplateError) -> Value
    ) -> Value {
        .object(
            FunctionValue(name, receiver: .object(self)) {
                [self] (arguments, interpreter) throws(TemplateError) in
                try body(self, arguments, interpreter)
            })
    }

    private func cycle(_ values: [Value]) throws(TemplateError) -> Value {
        guard !values.isEmpty else { throw TemplateError(.type, "no items for cycling given") }
        return values[max(index, 0) % values.count]
    }

    private func hasChanged(_ values: [Value], _ interpreter: Interpreter) throws(TemplateError) -> Bool {
        if let lastChanged, try interpreter.areEqual(.tuple(lastChanged), .tuple(values)) { return false }
        for value in values { try interpreter.checkDepth(value) }
        lastChanged = values
        return true
    }

    override func call(_ arguments: Arguments, _ interpreter: Interpreter) throws(TemplateError) -> Value {
        guard let recursion else {
            throw TemplateError(
                .type, "The loop must have the 'recursive' marker to be called recursively.")
        }
        guard let values = try arguments.bind("loop", ["iterable"], required: 1)[0] else { return .none }
        return try recursion(values, level + 1)
    }
}

extension Interpreter {
    func run(_ loop: ForLoop) throws(TemplateError) -> Flow {
        let values: Value
        do {
            values = try value(of: loop.iterable)
            guard loop.isRecursive else { return try run(loop, over: values, level: 0) }
        } catch {
            throw error.located(at: loop.position)
        }
        _ = try run(loop, over: values, level: 0)
        return .next
    }

    private func run(_ loop: ForLoop, over values: Value, level: Int) throws(TemplateError) -> Flow {
        let elements: [Value]
        do {
            elements = try self.elements(of: values)
        } catch {
            throw error.located(at: loop.position)
        }
        let outside = scope
        defer { scope = outside }
        let context = LoopValue(
            elements, level: level, filter: filter(of: loop, in: outside),
            recursion: recursion(of: loop, in: outside))
        var runsOtherwise = true
        iteration: while let element = try context.advance() {
            try charge()
            scope = Scope(outside)
            scope.set(loop.loopName, to: .object(context))
            try assign(element, to: loop.target)
            switch try run(loop.body) {
            case .next: runsOtherwise = false
            case .breakLoop: break iteration
            case .continueLoop: continue
            }
        }
        guard runsOtherwise, !loop.otherwise.isEmpty else { return .next }
        scope = Scope(outside)
        return try run(loop.otherwise)
    }

    private func filter(of loop: ForLoop, in outside: Scope) -> ((Value) throws(TemplateError) -> Bool)? {
        guard let filter = loop.filter else { return nil }
        return { (element) throws(TemplateError) in
            try self.scoped(on: outside) { () throws(TemplateError) in
                try self.charge()
                try self.assign(element, to: loop.target)
                return try self.value(of: filter).isTrue
            }
        }
    }

    private func recursion(of loop: ForLoop, in outside: Scope) -> LoopValue.Recursion? {
        guard loop.isRecursive else { return nil }
        return { (values, level) throws(TemplateError) in
            try self.nested { () throws(TemplateError) in
                let (_, text) = try self.capturing { () throws(TemplateError) in
                    try self.scoped(on: outside) { () throws(TemplateError) in
                        try self.run(loop, over: values, level: level)
                    }
                }
                return .string(text)
            }
        }
    }
}
