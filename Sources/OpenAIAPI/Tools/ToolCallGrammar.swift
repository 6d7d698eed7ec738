import Grammars
import JSON
import OrderedCollections
import OutputParsing

/// What an answer that must be a call looks like, in the words of the model's own format.
enum ToolCallGrammar {
    /// One call at least, up to `callsMax`, of any of the tools, each with arguments that its schema allows.
    static func source(_ format: ToolCallFormat, tools: [Tool], callsMax: Int) -> GrammarSource {
        let counts = 1...max(1, callsMax)
        func calls(_ call: (Tool) -> [GrammarSource], between separator: String) -> GrammarSource {
            .repeated(.anyOf(tools.map { .sequence(call($0)) }), separator: separator, counts: counts)
        }
        func single(_ call: (Tool) -> [GrammarSource]) -> GrammarSource {
            .anyOf(tools.map { .sequence(call($0)) })
        }
        func list(_ opening: String) -> GrammarSource {
            .sequence([.literal(opening), calls({ object($0, "arguments") }, between: ", "), .literal("]")])
        }
        switch format {
        case .hermes:
            return calls(
                { [.literal("<tool_call>\n")] + object($0, "arguments") + [.literal("\n</tool_call>")] },
                between: "\n")
        case .qwenCoder: return calls(qwenCoder, between: "\n")
        case .llama: return calls({ object($0, "parameters") }, between: "; ")
        case .mistral:
            // Which of its two dialects the model writes is for the model to say.
            return .anyOf([
                list("[TOOL_CALLS]["),
                calls(
                    { [.literal("[TOOL_CALLS]\($0.name)[ARGS]"), .jsonSchema($0.parameters)] },
                    between: ""),
            ])
        case .granite: return list("<|tool_call|>[")
        case .pythonic:
            return .sequence([.literal("["), calls(pythonic, between: ", "), .literal("]")])
        case .deepSeek:
            return .sequence([
                .literal("<｜tool▁calls▁begin｜>"), calls(deepSeek, between: "\n"),
                .literal("<｜tool▁calls▁end｜>"),
            ])
        case .glm: return calls(glm, between: "\n")
        case .namedLine: return single { [.literal("\($0.name)\n"), .jsonSchema($0.parameters)] }
        case .internLM:
            return single {
                [.literal("<|action_start|><|plugin|>\n")] + object($0, "parameters")
                    + [.literal("<|action_end|>")]
            }
        case .reAct:
            return .sequence([
                .literal("Thought:"), .textThrough("\nAction: "),
                single { [.literal("\($0.name)\nAction Input: "), .jsonSchema($0.parameters)] },
            ])
        case .seed: return calls(seed, between: "\n")
        case .miniMax:
            return .sequence([
                .literal("<minimax:tool_call>\n"), calls(miniMax, between: "\n"),
                .literal("\n</minimax:tool_call>"),
            ])
        case .lfm2:
            return .sequence([
                .literal("<|tool_call_start|>["), calls(pythonic, between: ", "),
                .literal("]<|tool_call_end|>"),
            ])
        case .kimi:
            return .sequence([
                .literal("<|tool_calls_section_begin|>"), calls(kimi, between: ""),
                .literal("<|tool_calls_section_end|>"),
            ])
        case .phi: return .sequence([list("<|tool_call|>["), .literal("<|/tool_call|>")])
        case .harmony: return single(harmony)
        }
    }

    /// `{"name": "f", "arguments": …}`; a name needs no escapes, see ``Tool``.
    private static func object(_ tool: Tool, _ arguments: String) -> [GrammarSource] {
        [
            .literal(#"{"name": "\#(tool.name)", "\#(arguments)": "#), .jsonSchema(tool.parameters),
            .literal("}"),
        ]
    }

    private static func deepSeek(_ tool: Tool) -> [GrammarSource] {
        [
            .literal("<｜tool▁call▁begin｜>function<｜tool▁sep｜>\(tool.name)\n```json\n"),
            .jsonSchema(tool.parameters), .literal("\n```<｜tool▁call▁end｜>"),
        ]
    }

    private static func qwenCoder(_ tool: Tool) -> [GrammarSource] {
        [.literal("<tool_call>\n<function=\(tool.name)>\n")]
            + parameters(of: tool) { name, schema, isText in
                [.literal("<parameter=\(name)>\n")]
                    + (isText
                        ? [.textThrough("\n</parameter>\n")] : [schema, .literal("\n</parameter>\n")])
            } + [.literal("</function>\n</tool_call>")]
    }

    private static func glm(_ tool: Tool) -> [GrammarSource] {
        [.literal("<tool_call>\(tool.name)\n")]
            + parameters(of: tool) { name, schema, isText in
                [.literal("<arg_key>\(name)</arg_key>\n<arg_value>")]
                    + (isText
                        ? [.textThrough("</arg_value>\n")] : [schema, .literal("</arg_value>\n")])
            } + [.literal("</tool_call>")]
    }

    private static func seed(_ tool: Tool) -> [GrammarSource] {
        [.literal("<seed:tool_call>\n<function=\(tool.name)>\n")]
            + parameters(of: tool) { name, schema, isText in
                [.literal("<parameter=\(name)>")]
                    + (isText ? [.textThrough("</parameter>\n")] : [schema, .literal("</parameter>\n")])
            } + [.literal("</function>\n</seed:tool_call>")]
    }

    private static func miniMax(_ tool: Tool) -> [GrammarSource] {
        [.literal("<invoke name=\"\(tool.name)\">\n")]
            + parameters(of: tool) { name, schema, isText in
                [.literal("<parameter name=\"\(name)\">")]
                    + (isText ? [.textThrough("</parameter>\n")] : [schema, .literal("</parameter>\n")])
            } + [.literal("</invoke>")]
    }

    private static func kimi(_ tool: Tool) -> [GrammarSource] {
        [
            .literal("<|tool_call_begin|>functions.\(tool.name):"), .regex("[0-9]{1,4}"),
            .literal("<|tool_call_argument_begin|>"), .jsonSchema(tool.parameters),
            .literal("<|tool_call_end|>"),
        ]
    }

    /// The first message of an answer follows its role, which the prompt has written.
    private static func harmony(_ tool: Tool) -> [GrammarSource] {
        [
            .anyOf([.literal(""), .literal("<|start|>assistant")]),
            .literal("<|channel|>commentary to=functions.\(tool.name) <|constrain|>json<|message|>"),
            .jsonSchema(tool.parameters),
        ]
    }

    /// Each parameter in the schema's order; those that are not required may be left out.
    private static func parameters(
        of tool: Tool, _ write: (_ name: String, _ schema: GrammarSource, _ isText: Bool) -> [GrammarSource]
    ) -> [GrammarSource] {
        let required = Set(tool.parameters["required"]?.arrayValue?.compactMap(\.stringValue) ?? [])
        return (tool.parameters["properties"]?.members ?? []).map { name, schema in
            let isText = schema["type"] == "string" && schema["enum"] == nil && schema["const"] == nil
            let written = GrammarSource.sequence(write(name, value(schema, of: tool), isText))
            return required.contains(name) ? written : .anyOf([written, .literal("")])
        }
    }

    /// A value between tags: texts without quotes where only some are allowed.
    private static func value(_ schema: JSONValue, of tool: Tool) -> GrammarSource {
        let values = schema["enum"]?.arrayValue ?? schema["const"].map { [$0] }
        if let texts = values?.compactMap(\.stringValue), !texts.isEmpty, texts.count == values?.count {
            return .choice(texts)
        }
        return .jsonSchema(rooted(schema, in: tool))
    }

    /// `f(a=1, b="x")`: the required ones first, so that commas stand between any two that are there.
    private static func pythonic(_ tool: Tool) -> [GrammarSource] {
        let required = Set(tool.parameters["required"]?.arrayValue?.compactMap(\.stringValue) ?? [])
        let members = tool.parameters["properties"]?.members ?? []
        var arguments: [GrammarSource] = []
        var isFirst = true
        for (name, schema) in members where required.contains(name) {
            arguments += [
                .literal((isFirst ? "" : ", ") + "\(name)="), .jsonSchema(rooted(schema, in: tool)),
            ]
            isFirst = false
        }
        let optional = members.filter { !required.contains($0.name) }.map { name, schema in
            (name, GrammarSource.jsonSchema(rooted(schema, in: tool)))
        }
        return [.literal("\(tool.name)(")] + arguments + [self.optional(optional[...], isFirst: isFirst)]
            + [.literal(")")]
    }

    /// Any of the arguments in their order, with commas.
    private static func optional(
        _ arguments: ArraySlice<(String, GrammarSource)>, isFirst: Bool
    ) -> GrammarSource {
        guard !arguments.isEmpty else { return .literal("") }
        guard isFirst else {
            return .sequence(
                arguments.map { name, value in
                    .anyOf([.sequence([.literal(", \(name)="), value]), .literal("")])
                })
        }
        // Which one comes first decides where commas stand; the number of these alternatives is that of arguments.
        return .anyOf(
            [.literal("")]
                + arguments.indices.map { first in
                    let (name, value) = arguments[first]
                    return .sequence([
                        .literal("\(name)="), value, optional(arguments[(first + 1)...], isFirst: false),
                    ])
                })
    }

    /// A part of a schema that can still point to the whole's definitions.
    private static func rooted(_ schema: JSONValue, in tool: Tool) -> JSONValue {
        guard var members = schema.objectValue else { return schema }
        for name in ["$defs", "definitions"] where members[name] == nil {
            if let definitions = tool.parameters[name] { members[name] = definitions }
        }
        return .object(members)
    }
}

extension GrammarSource {
    /// This after the model's thoughts, where the prompt has begun them, or after thoughts that it may begin itself.
    func afterThoughts(_ format: ReasoningFormat, start: ReasoningStart) -> GrammarSource {
        switch start {
        case .over: self
        case .inside: .sequence([.textThrough(format.closingTag), .regex("[ \\n]*"), self])
        case .open:
            .sequence([
                .anyOf([
                    .literal(""),
                    .sequence([
                        .literal(format.openingTag), .textThrough(format.closingTag), .regex("[ \\n]*"),
                    ]),
                ]), self,
            ])
        }
    }
}
