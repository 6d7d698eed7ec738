/// Renders one template once: walks its statements, holds its variables, and counts what it spends.
final class Interpreter {
    let limits: ChatTemplate.Limits
    /// Seconds since 1970, for `strftime_now`.
    let now: Int
    /// What has been written; captures (macros, `set` blocks) take what they wrote off the end again.
    var output: [UInt8] = []
    var scope: Scope
    /// Scopes that macros keep, and namespaces: cycles of references that `dismantle` breaks.
    private var captured: [Scope] = []
    private var namespaces: [NamespaceValue] = []
    private var steps = 0
    private var depth = 0

    init(limits: ChatTemplate.Limits, now: Int) {
        self.limits = limits
        self.now = now
        scope = Scope(nil)
    }

    // MARK: What a template may spend

    /// Counts steps: one for each expression and statement, each element that is walked and every 16 bytes that are
    /// handled.
    func charge(_ count: Int = 1) throws(TemplateError) {
        guard count <= limits.stepsMax - steps else {
            throw TemplateError(.limit, "the template takes more than \(limits.stepsMax) steps")
        }
        steps += count
    }

    /// Counts the making of a text, and refuses one that is longer than the output may be.
    func charge(bytes: Int) throws(TemplateError) {
        guard bytes <= limits.outputBytesMax else {
            throw TemplateError(
                .limit,
                "a text of \(bytes) bytes is longer than the \(limits.outputBytesMax) that are allowed")
        }
        try charge(bytes / 16)
    }

    /// Runs something one level deeper.
    func nested<Result>(_ body: () throws(TemplateError) -> Result) throws(TemplateError) -> Result {
        depth += 1
        defer { depth -= 1 }
        guard depth <= limits.depthMax else {
            throw TemplateError(.limit, "the template nests deeper than \(limits.depthMax) levels")
        }
        return try body()
    }

    /// Appends to the output.
    func write(_ text: String) throws(TemplateError) {
        output.append(contentsOf: text.utf8)
        guard output.count <= limits.outputBytesMax else {
            throw TemplateError(.limit, "the output is longer than \(limits.outputBytesMax) bytes")
        }
    }

    // MARK: Scopes

    /// Runs something in a scope of its own on top of that one, or of the current one.
    func scoped<Result>(
        on parent: Scope? = nil, _ body: () throws(TemplateError) -> Result
    ) throws(TemplateError) -> Result {
        let outside = scope
        scope = Scope(parent ?? outside)
        defer { scope = outside }
        return try body()
    }

    /// Runs something and takes what it wrote off the output.
    func capturing<Result>(
        _ body: () throws(TemplateError) -> Result
    ) throws(TemplateError) -> (Result, String) {
        let start = output.count
        let result = try body()
        let text = String(decoding: output[start...], as: UTF8.self)
        try charge(bytes: output.count - start)
        output.removeSubrange(start...)
        return (result, text)
    }

    /// The current scope, for a macro to keep.
    func capturedScope() -> Scope {
        if !scope.isCaptured {
            scope.isCaptured = true
            captured.append(scope)
        }
        return scope
    }

    func register(_ namespace: NamespaceValue) { namespaces.append(namespace) }

    /// Frees what the template made, also where it refers to itself.
    func dismantle() {
        for scope in captured { scope.clear() }
        for namespace in namespaces { namespace.clear() }
    }

    /// Sets a variable or namespace attribute, refusing a value so deeply nested that walking it would be unsafe.
    func checkDepth(_ value: Value) throws(TemplateError) {
        guard value.depth <= limits.depthMax else {
            throw TemplateError(.limit, "a value nests deeper than \(limits.depthMax) levels")
        }
    }
}
