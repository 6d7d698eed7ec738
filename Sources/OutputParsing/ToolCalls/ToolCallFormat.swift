/// How models write calls of tools.
package enum ToolCallFormat: String, Sendable, CaseIterable {
    /// `<tool_call>{"name": …, "arguments": …}</tool_call>`: Hermes 2, Qwen 2 to 3, Granite 4.
    case hermes
    /// `<tool_call><function=…><parameter=…>`: Qwen3-Coder.
    case qwenCoder
    /// `<seed:tool_call><function=…><parameter=…>`: Seed-OSS.
    case seed
    /// `<minimax:tool_call><invoke name="…"><parameter name="…">`: MiniMax M2.
    case miniMax
    /// `{"name": …, "parameters": …}`: Llama 3.
    case llama
    /// `[TOOL_CALLS]…`: Mistral.
    case mistral
    /// `[f(a=1), g()]`: Llama 3.2 and 4.
    case pythonic
    /// `<|tool_call_start|>[f(a=1)]<|tool_call_end|>`: LFM2.
    case lfm2
    /// `<｜tool▁calls▁begin｜>…`: DeepSeek V3, R1 and V3.1.
    case deepSeek
    /// `<|tool_calls_section_begin|>…`: Kimi K2.
    case kimi
    /// `<tool_call>NAME<arg_key>…`: GLM 4.5.
    case glm
    /// The name on a line of its own, the arguments on the next: GLM 4.
    case namedLine
    /// `<|action_start|><|plugin|>{…}<|action_end|>`: InternLM 2.
    case internLM
    /// `<|tool_call|>[{…}]`: Granite 3.
    case granite
    /// `<|tool_call|>[{…}]<|/tool_call|>` or `functools[{…}]`: Phi-4-mini.
    case phi
    /// `<|channel|>commentary to=functions.NAME …`: gpt-oss.
    case harmony
    /// `Action: … Action Input: …`: the first Qwen.
    case reAct

    /// vLLM's names of parsers (`glm4` and `qwen_react` are ours), and what they stand for.
    package static let names: [(name: String, format: ToolCallFormat)] = [
        ("hermes", .hermes), ("qwen3_json", .hermes), ("granite4", .hermes), ("qwen3_coder", .qwenCoder),
        ("qwen3_xml", .qwenCoder), ("step3p5", .qwenCoder), ("seed_oss", .seed), ("minimax_m2", .miniMax),
        ("llama3_json", .llama), ("llama4_json", .llama), ("mistral", .mistral), ("pythonic", .pythonic),
        ("llama4_pythonic", .pythonic), ("lfm2", .lfm2), ("deepseek_v3", .deepSeek),
        ("deepseek_v31", .deepSeek), ("kimi_k2", .kimi), ("glm45", .glm), ("glm47", .glm),
        ("glm4", .namedLine), ("internlm", .internLM), ("granite", .granite), ("phi4_mini_json", .phi),
        ("openai", .harmony), ("qwen_react", .reAct),
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
        case .hermes: ["<tool_call>", "</tool_call>"]
        case .qwenCoder, .seed, .miniMax, .glm: argumentTags?.markers.map(\.text) ?? []
        case .llama: ["<|python_tag|>"]
        case .mistral: Self.mistralMarkers + ["[ARGS]", "[CALL_ID]"]
        case .pythonic: ["<|python_start|>", "<|python_end|>"]
        case .lfm2: ["<|tool_call_start|>", "<|tool_call_end|>"]
        case .deepSeek: CallTokens.deepSeek.all.map(\.text)
        case .kimi: CallTokens.kimi.all.map(\.text)
        case .internLM: ["<|action_start|>", "<|plugin|>", "<|action_end|>"]
        case .granite: Self.graniteMarkers
        case .phi: Self.phiMarkers + [Self.phiClosing]
        case .harmony: ReasoningFormat.harmony.markers
        case .namedLine, .reAct: []
        }
    }

    /// With what calls begin, where that can be nothing else: such a call may end thoughts that the model left open.
    var opensCalls: [String] {
        switch self {
        case .hermes, .qwenCoder, .seed, .miniMax, .glm, .lfm2: [markers[0]]
        case .mistral: Self.mistralMarkers
        case .deepSeek: [CallTokens.deepSeek.callsBegin.text]
        case .kimi: [CallTokens.kimi.callsBegin.text]
        case .llama, .pythonic, .namedLine, .internLM, .granite, .phi, .harmony, .reAct: []
        }
    }

    /// Texts at which the model must be stopped, because it would go on to make up a tool's answer.
    package var stopStrings: [String] { self == .reAct ? ["Observation:"] : [] }

    private static let mistralMarkers = ["[TOOL_CALLS]"]
    private static let graniteMarkers = ["<|tool_call|>", "<tool_call>"]
    private static let phiMarkers = ["<|tool_call|>", "functools"]
    private static let phiClosing = "<|/tool_call|>"

    private var argumentTags: ArgumentTags? {
        switch self {
        case .qwenCoder: .qwenCoder
        case .seed: .seed
        case .miniMax: .miniMax
        case .glm: .glm
        default: nil
        }
    }

    /// How ids look.
    var identifiers: CallIdentifiers { self == .mistral ? .nineCharacters : .openAI }

    /// A parser for one answer of a model that is offered these tools.
    func parser(_ tools: [ToolDescription]) -> any ToolCallParser {
        if let argumentTags { return ArgumentTagsParser(argumentTags, tools) }
        let names = tools.map(\.name)
        switch self {
        case .llama: return ObjectParser(opening: "<|python_tag|>", closing: "", bareNames: Set(names))
        case .mistral: return CallListParser(markers: Self.mistralMarkers, takesNames: true)
        case .granite: return CallListParser(markers: Self.graniteMarkers)
        case .phi: return CallListParser(markers: Self.phiMarkers, closing: Self.phiClosing)
        case .pythonic, .lfm2:
            return PythonicParser(
                opening: markers[0], closing: markers[1], takesBare: self == .pythonic, tools)
        case .deepSeek: return TokenCallParser(.deepSeek)
        case .kimi: return TokenCallParser(.kimi)
        case .namedLine: return NamedLineParser(names: names)
        case .internLM:
            return ObjectParser(opening: "<|action_start|><|plugin|>", closing: "<|action_end|>")
        case .harmony: return HarmonyParser()
        case .reAct: return ReActParser(tools)
        case .hermes, .qwenCoder, .seed, .miniMax, .glm:
            return ObjectParser(
                opening: "<tool_call>", closing: "</tool_call>", bareNames: Set(names))
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
            if source.contains("<seed:tool_call>") {
                .seed
            } else if source.contains("minimax:tool_call") {
                .miniMax
            } else if source.contains("<function=") {
                .qwenCoder
            } else if source.contains("<|channel|>"), source.contains("<|message|>") {
                .harmony
            } else if source.contains("<|tool_calls_section_begin|>") {
                .kimi
            } else if source.contains("<|tool_call_start|>") || source.contains("<|tool_list_start|>") {
                .lfm2
            } else if source.contains("<arg_key>") {
                .glm
            } else if source.contains("<|action_start|>") {
                .internLM
            } else if source.contains("tool▁call") {
                .deepSeek
            } else if source.contains("[TOOL_CALLS]") || source.contains("[AVAILABLE_TOOLS]") {
                .mistral
            } else if source.contains("<|tool|>") {
                .phi
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
            } else if hasToken("<|tool_call_start|>") {
                .lfm2
            } else if hasToken("<tool_call>") {
                .hermes
            } else {
                nil
            }
        guard let format else { return nil }
        self = format
    }
}
