/// How models write calls of tools.
package enum ToolCallFormat: String, Sendable, CaseIterable {
    /// `<tool_call>{"name": …, "arguments": …}</tool_call>`: Hermes 2, Qwen 2 to 3.
    case hermes
    /// `<tool_call><function=…><parameter=…>`: Qwen3-Coder.
    case qwenCoder
    /// `{"name": …, "parameters": …}`: Llama 3.
    case llama
    /// `[TOOL_CALLS]…`: Mistral.
    case mistral
    /// `[f(a=1), g()]`: Llama 3.2 and 4.
    case pythonic
    /// `<｜tool▁calls▁begin｜>…`: DeepSeek V3, R1 and V3.1.
    case deepSeek
    /// `<tool_call>NAME<arg_key>…`: GLM 4.5.
    case glm
    /// The name on a line of its own, the arguments on the next: GLM 4.
    case namedLine
    /// `<|action_start|><|plugin|>{…}<|action_end|>`: InternLM 2.
    case internLM
    /// `<|tool_call|>[{…}]`: Granite 3.
    case granite
    /// `Action: … Action Input: …`: the first Qwen.
    case reAct

    /// vLLM's names of parsers (`glm4` and `qwen_react` are ours), and what they stand for.
    package static let names: [(name: String, format: ToolCallFormat)] = [
        ("hermes", .hermes), ("qwen3_coder", .qwenCoder), ("qwen3_xml", .qwenCoder), ("llama3_json", .llama),
        ("llama4_json", .llama), ("mistral", .mistral), ("pythonic", .pythonic),
        ("llama4_pythonic", .pythonic), ("deepseek_v3", .deepSeek), ("deepseek_v31", .deepSeek),
        ("glm45", .glm), ("glm47", .glm), ("glm4", .namedLine), ("internlm", .internLM),
        ("granite", .granite), ("qwen_react", .reAct),
    ]

    /// The format that a parser's name stands for.
    package init?(name: String) {
        guard let format = Self.names.first(where: { $0.name == name })?.format else { return nil }
        self = format
    }

    /// The name by which people choose the format.
    package var name: String { Self.names.first { $0.format == self }?.name ?? rawValue }

    /// The markup that may be special tokens, which an answer's text would lack if it were made without them.
    package var markers: [String] {
        switch self {
        case .hermes, .qwenCoder: ["<tool_call>", "</tool_call>"]
        case .llama: [LlamaParser.tag.text]
        case .mistral: Self.mistralMarkers + ["[ARGS]", "[CALL_ID]"]
        case .pythonic: [PythonicParser.opening.text, PythonicParser.closing.text]
        case .deepSeek:
            [
                DeepSeekParser.callsBegin, DeepSeekParser.callBegin, DeepSeekParser.separator,
                DeepSeekParser.callEnd, DeepSeekParser.callsEnd,
            ].map(\.text)
        case .glm:
            [
                "<tool_call>", "</tool_call>", "<arg_key>", "</arg_key>", "<arg_value>", "</arg_value>",
            ]
        case .internLM: ["<|action_start|>", "<|plugin|>", "<|action_end|>"]
        case .granite: Self.graniteMarkers
        case .namedLine, .reAct: []
        }
    }

    /// Texts at which the model must be stopped, because it would go on to make up a tool's answer.
    package var stopStrings: [String] { self == .reAct ? ["Observation:"] : [] }

    private static let mistralMarkers = ["[TOOL_CALLS]"]
    private static let graniteMarkers = ["<|tool_call|>", "<tool_call>"]

    /// How ids look.
    var identifiers: CallIdentifiers { self == .mistral ? .nineCharacters : .openAI }

    /// A parser for one answer of a model that is offered these tools.
    func parser(_ tools: [ToolDescription]) -> any ToolCallParser {
        switch self {
        case .hermes:
            TaggedObjectParser(
                opening: "<tool_call>", closing: "</tool_call>", bareNames: Set(tools.map(\.name)))
        case .qwenCoder: QwenCoderParser(tools)
        case .llama: LlamaParser(names: Set(tools.map(\.name)))
        case .mistral: CallListParser(markers: Self.mistralMarkers, takesNames: true)
        case .pythonic: PythonicParser(tools)
        case .deepSeek: DeepSeekParser()
        case .glm: GLMParser(tools)
        case .namedLine: NamedLineParser(names: tools.map(\.name))
        case .internLM:
            TaggedObjectParser(opening: "<|action_start|><|plugin|>", closing: "<|action_end|>")
        case .granite: CallListParser(markers: Self.graniteMarkers, takesNames: false)
        case .reAct: ReActParser(tools)
        }
    }
}

extension ToolCallFormat {
    /// The format that a chat template asks its model for; nil where it is none of these.
    ///
    /// - Parameters:
    ///   - template: the template's source.
    ///   - hasToken: whether the tokenizer has a special token of that text.
    package init?(template: String, hasToken: (String) -> Bool) {
        let source = Array(template.utf8)
        let format: ToolCallFormat? =
            if source.contains("<function=") {
                .qwenCoder
            } else if source.contains("<arg_key>") {
                .glm
            } else if source.contains("<|action_start|>") {
                .internLM
            } else if source.contains("tool▁call") {
                .deepSeek
            } else if source.contains("[TOOL_CALLS]") || source.contains("[AVAILABLE_TOOLS]") {
                .mistral
            } else if source.contains("<|start_of_role|>"), !source.contains("<tool_call>") {
                .granite
            } else if source.contains("<tool_call>") {
                .hermes
            } else if source.contains("<|python_start|>") || source.contains("func_name1(") {
                .pythonic
            } else if source.contains("<|python_tag|>")
                || source.contains("<|start_header_id|>") && source.contains("parameters")
            {
                .llama
            } else if source.contains("Action Input:") {
                .reAct
            } else if source.contains("<|observation|>") || source.contains("[gMASK]") {
                .namedLine
            } else if hasToken("[TOOL_CALLS]") {
                .mistral
            } else if hasToken("<tool_call>") {
                .hermes
            } else {
                nil
            }
        guard let format else { return nil }
        self = format
    }
}
