import OutputParsing
import Testing

@Suite struct ToolCallFormatTests {
    @Test(arguments: [
        ("{{ '<tool_call>\\n{\"name\": ' }}", ToolCallFormat.hermes),
        ("<tool_call>\\n<function=example_function_name>\\n<parameter=x>", .qwenCoder),
        ("<tool_call>{{ name }}\\n<arg_key>", .glm), ("<|action_start|><|plugin|>", .internLM),
        ("'<｜tool▁calls▁begin｜>'", .deepSeek), ("[AVAILABLE_TOOLS] [", .mistral),
        ("<|start_of_role|>tools<|end_of_role|>", .granite), ("<|start_of_role|>… <tool_call>", .hermes),
        ("[func_name1(params_name1=params_value1)]", .pythonic),
        ("<|start_header_id|> {\"name\": …, \"parameters\": …}", .llama), ("Action Input: …", .reAct),
        ("[gMASK]<sop>", .namedLine), ("<seed:tool_call>\\n<function=x>", .seed),
        ("{%- set toolcall_begin = '<minimax:tool_call>' %}", .miniMax),
        ("<|start|>assistant<|channel|>final<|message|>", .harmony),
        ("<|tool_calls_section_begin|>", .kimi), ("<|tool_list_start|>[", .lfm2),
        ("<|system|>…<|tool|>{{ message['tools'] }}<|/tool|>", .phi),
    ])
    func `a template's words tell the format`(template: String, format: ToolCallFormat) {
        #expect(ToolCallFormat(template: template) { _ in false } == format)
    }

    @Test func `where they do not, the tokenizer's special tokens do, or nothing`() {
        #expect(ToolCallFormat(template: "{{ tools }}") { $0 == "[TOOL_CALLS]" } == .mistral)
        #expect(ToolCallFormat(template: "{{ tools }}") { $0 == "<|tool_call_start|>" } == .lfm2)
        #expect(ToolCallFormat(template: "{{ tools }}") { _ in false } == nil)
    }

    @Test func `every format can be chosen by name, and names are vLLM's`() {
        #expect(Set(ToolCallFormat.names.map(\.format)) == Set(ToolCallFormat.allCases))
        #expect(Set(ToolCallFormat.names.map(\.name)).count == ToolCallFormat.names.count)
        for format in ToolCallFormat.allCases { #expect(ToolCallFormat(name: format.name) == format) }
        for name in [
            "hermes", "llama3_json", "mistral", "pythonic", "deepseek_v3", "qwen3_coder", "internlm",
            "openai",
            "kimi_k2", "seed_oss", "minimax_m2", "lfm2", "phi4_mini_json", "granite4",
        ] {
            #expect(ToolCallFormat(name: name) != nil)
        }
        #expect(ToolCallFormat(name: "nonsense") == nil)
    }

    @Test func `thoughts are found by their tags, and by where the prompt ends`() {
        #expect(ReasoningFormat(template: "{% if '</think>' in content %}") == .think)
        #expect(ReasoningFormat(template: "[THINK]") == .mistral)
        #expect(ReasoningFormat(template: "<|channel|>analysis<|message|>") == .harmony)
        #expect(ReasoningFormat(template: "{{ content }}") == nil)
        #expect(ReasoningFormat.think.start(after: "…<|im_start|>assistant\n<think>\n") == .inside)
        #expect(ReasoningFormat.think.start(after: "…assistant\n<think>\n\n</think>\n\n") == .over)
        #expect(ReasoningFormat.think.start(after: "…assistant\n") == .open)
        #expect(Set(ReasoningFormat.names.map(\.format)) == Set(ReasoningFormat.allCases))
        #expect(ReasoningFormat(name: "deepseek_r1") == .think)
    }
}
