import Glibc
package import JSON
package import OrderedCollections

/// A checkpoint's own chat template: a Jinja2 template that turns messages into the text the model was trained on.
///
/// It renders byte for byte what `apply_chat_template` of Hugging Face's Transformers does: Jinja2's immutable sandbox
/// with `trim_blocks` and `lstrip_blocks`, loop controls, and the functions that Transformers adds. Templates are
/// foreign code: whatever one does ends in a text or a `TemplateError` within `Limits`.
package struct ChatTemplate: Sendable {
    /// The template as it was given.
    package let source: String
    private let body: [Statement]
    private let names: [String: Int]
    /// The variables that the template reads, its own among them.
    package let readNames: Set<String>

    /// Parses a template.
    ///
    /// Throws an error of the kind `syntax`, `unsupported` or `limit` that says where.
    package init(_ source: String) throws(TemplateError) {
        self.source = source
        var parser = Parser(try Lexer.tokens(of: source))
        body = try parser.parse()
        names = parser.names
        readNames = Set(parser.readNames.map(\.text))
    }

    /// Whether the template reads `tools`: a model that was trained to call them has a template that does.
    package var supportsTools: Bool { readNames.contains("tools") }

    /// What one rendering may spend.
    package struct Limits: Sendable {
        /// How deep statements, expressions and macro calls may nest in each other, and how deep values may.
        package var depthMax: Int
        /// How many expressions, statements and elements may be visited; 16 bytes of text count as one.
        package var stepsMax: Int
        /// How long the output, and any text on the way to it, may become.
        package var outputBytesMax: Int

        /// Makes limits.
        package init(depthMax: Int = 400, stepsMax: Int = 8_000_000, outputBytesMax: Int = 64 << 20) {
            self.depthMax = depthMax
            self.stepsMax = stepsMax
            self.outputBytesMax = outputBytesMax
        }

        /// Far more than any conversation needs, and about a second of work.
        package static let `default` = Limits()
    }

    /// Renders the template with these variables. `now` is the time for `strftime_now` in seconds since 1970, by default
    /// the clock's.
    ///
    /// Throws the template's own complaint as an error of the kind `raised`.
    package func render(
        _ variables: OrderedDictionary<String, JSONValue>, limits: Limits = .default, now: Int? = nil
    ) throws(TemplateError) -> String {
        let interpreter = Interpreter(limits: limits, now: now ?? time(nil))
        defer { interpreter.dismantle() }
        Globals.define(names, in: interpreter.scope)
        interpreter.scope = Scope(interpreter.scope)
        for (name, value) in variables {
            guard let id = names[name] else { continue }
            interpreter.scope.set(id, to: Value(value))
        }
        _ = try interpreter.run(body)
        return String(decoding: interpreter.output, as: UTF8.self)
    }

    /// Renders a conversation as `apply_chat_template` does: `tools` and `documents` are none where not given, and a
    /// message's reasoning is found under each of the names that templates know it by.
    package func render(
        messages: [JSONValue], tools: [JSONValue]? = nil, documents: [JSONValue]? = nil,
        addGenerationPrompt: Bool = true, beginningOfSequence: String? = nil, endOfSequence: String? = nil,
        extra: OrderedDictionary<String, JSONValue> = [:], limits: Limits = .default, now: Int? = nil
    ) throws(TemplateError) -> String {
        var variables: OrderedDictionary<String, JSONValue> = [
            "messages": .array(messages.map(ChatTemplate.aliasingReasoning)),
            "tools": tools.map(JSONValue.array) ?? .null,
            "documents": documents.map(JSONValue.array) ?? .null,
            "add_generation_prompt": .bool(addGenerationPrompt),
        ]
        if let beginningOfSequence { variables["bos_token"] = .string(beginningOfSequence) }
        if let endOfSequence { variables["eos_token"] = .string(endOfSequence) }
        variables.merge(extra) { _, extra in extra }
        return try render(variables, limits: limits, now: now)
    }

    private static func aliasingReasoning(_ message: JSONValue) -> JSONValue {
        guard case .object(var members) = message,
            let reasoning = ["reasoning_content", "thinking", "reasoning"].lazy.compactMap({ members[$0] })
                .first(where: { !$0.isNull })
        else { return message }
        if members["thinking"] == nil { members.updateValue(reasoning, forKey: "thinking", insertingAt: 0) }
        members["reasoning_content"] = reasoning
        return .object(members)
    }
}
