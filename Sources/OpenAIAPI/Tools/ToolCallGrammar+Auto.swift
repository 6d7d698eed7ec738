import Grammars
import OutputParsing

extension ToolCallGrammar {
    /// A text without calls, or a text and then calls, whose arguments are held to the tools' schemas: what a model may
    /// write that decides whether to call (`tool_choice` `auto`), where a function is `strict`.
    ///
    /// The text is free but for what the format's parser would take for the beginning of a call.
    static func textOrCalls(_ format: ToolCallFormat, tools: [Tool], callsMax: Int) -> GrammarSource {
        let calls = source(format, tools: tools, callsMax: callsMax)
        let text = GrammarSource.textWithout(opening(of: format, tools))
        switch format {
        case .hermes:
            // The parser also takes objects for calls that its model forgot to set between tags.
            let bare = objects(tools, "arguments", separator: "\n", callsMax)
            return .anyOf([
                text, .sequence([text, calls]), .sequence([.regex(space), bare, .regex(space)]),
                .sequence([.regex("\(space)```json\(space)"), bare, .regex("\(space)```")]),
            ])
        case .llama:
            return .anyOf([
                text,
                .sequence([
                    .anyOf([.regex(space), .sequence([text, .literal("<|python_tag|>")])]),
                    objects(tools, "parameters", separator: "; ", callsMax),
                ]),
            ])
        case .pythonic:
            let tagged = GrammarSource.sequence([
                .literal("<|python_start|>"), calls, .literal("<|python_end|>"),
            ])
            return .anyOf([text, .sequence([.regex(space), .anyOf([calls, tagged])])])
        // Its calls come after thoughts, which are text.
        case .reAct: return .anyOf([text, calls])
        default: return .anyOf([text, .sequence([text, calls])])
        }
    }

    /// White space of JSON, as much as models write.
    private static let space = "[ \\n]{0,16}"
    private static let anySpace = "[ \\t\\r\\n]*"

    /// A regular expression of what the format's parser takes for the beginning of a call; `^` is the text's.
    private static func opening(of format: ToolCallFormat, _ tools: [Tool]) -> String {
        let names = tools.map { $0.name.replacing(".", with: "\\.") }.joined(separator: "|")
        // An object that names a tool first, or may do so behind its type. A name with escapes may be anything.
        let object =
            "\\{\(anySpace)\"(type\"|name\"\(anySpace):\(anySpace)\"((\(names))\"|[^\"\\\\]*\\\\))"
        switch format {
        case .hermes: return "<tool_call>|^\(anySpace)(```json\(anySpace))?\(object)"
        case .qwenCoder: return "<tool_call>|<function="
        case .seed: return "<seed:tool_call>|<function="
        case .miniMax: return "<minimax:tool_call>|<invoke name=\""
        case .llama: return "<\\|python_tag\\|>|^\(anySpace)\(object)"
        case .mistral: return "\\[TOOL_CALLS\\]"
        case .pythonic:
            return "<\\|python_start\\|>|^\(anySpace)\\[\(anySpace)(\(names))\(anySpace)\\("
        case .lfm2: return "<\\|tool_call_start\\|>"
        case .kimi: return "<\\|tool_calls_section_begin\\|>|<\\|tool_call_begin\\|>"
        case .deepSeek: return "<｜tool▁calls▁begin｜>|<｜tool▁call▁begin｜>"
        case .glm: return "<tool_call>"
        case .namedLine: return "(^|\\n)(\(names))\\n"
        case .internLM: return "<\\|action_start\\|><\\|plugin\\|>"
        case .granite: return "<\\|tool_call\\|>|<tool_call>"
        case .phi: return "<\\|tool_call\\|>|functools"
        case .harmony: return "to=functions\\."
        case .reAct: return "(^|\\n)Action:"
        }
    }

    private static func objects(
        _ tools: [Tool], _ arguments: String, separator: String, _ callsMax: Int
    ) -> GrammarSource {
        .repeated(
            .anyOf(tools.map { object(calling: $0, arguments) }), separator: separator,
            counts: 1...max(1, callsMax))
    }

    /// A call as an object, with the white space that the model likes.
    private static func object(calling tool: Tool, _ arguments: String) -> GrammarSource {
        let (colon, comma) = ("\(space):\(space)", "\(space),\(space)")
        let name = tool.name.replacing(".", with: "\\.")
        return .sequence([
            .regex(
                "\\{\(space)(\"type\"\(colon)\"function\"\(comma))?\"name\"\(colon)\"\(name)\"\(comma)"
                    + "\"\(arguments)\"\(colon)"),
            .jsonSchema(tool.parameters), .regex("\(space)\\}"),
        ])
    }
}
