import OutputParsing

extension Transcript {
    static let seed: [Transcript] = [
        Transcript(
            description: "seed_oss: two calls", format: .seed, reasoning: .seed,
            text: """
                <seed:think>Hm.</seed:think>Gut.
                <seed:tool_call>
                <function=get_weather>
                <parameter=city>Zürich < Bern</parameter>
                <parameter=days>3</parameter>
                </function>
                </seed:tool_call>
                <seed:tool_call>
                <function=now>
                </function>
                </seed:tool_call>
                """,
            content: "Gut.", thoughts: "Hm.",
            calls: [("get_weather", #"{"city": "Zürich < Bern", "days": 3}"#), ("now", "{}")],
            markup: ["seed:", "<function", "<parameter", "</"]),
        Transcript(
            description: "seed_oss: no function", format: .seed, text: "<seed:tool_call>{}</seed:tool_call>",
            content: "<seed:tool_call>{}</seed:tool_call>"),
    ]

    static let miniMax: [Transcript] = [
        Transcript(
            description: "minimax_m2: two calls in one block", format: .miniMax,
            text: """
                Gut.
                <minimax:tool_call>
                <invoke name="get_weather">
                <parameter name="city">Genève "1"</parameter>
                <parameter name="days">3</parameter>
                </invoke>
                <invoke name="write_file">
                <parameter name="tags">["a"]</parameter>
                </invoke>
                </minimax:tool_call>
                """,
            content: "Gut.",
            calls: [
                ("get_weather", #"{"city": "Genève \"1\"", "days": 3}"#), ("write_file", #"{"tags": ["a"]}"#),
            ], markup: ["minimax", "<invoke", "<param", "</"]),
        Transcript(
            description: "minimax_m2: a name that is none", format: .miniMax,
            text: #"<minimax:tool_call><invoke name="a b"></invoke></minimax:tool_call>"#,
            content: #"<minimax:tool_call><invoke name="a b"></invoke></minimax:tool_call>"#),
    ]

    static let kimi: [Transcript] = [
        Transcript(
            description: "kimi_k2: two calls", format: .kimi, reasoning: .think,
            text: """
                <think>Hm.</think>Gut.<|tool_calls_section_begin|><|tool_call_begin|>functions.get_weather:0\
                <|tool_call_argument_begin|>{"city": "北京"}<|tool_call_end|><|tool_call_begin|>functions.now:1\
                <|tool_call_argument_begin|>{}<|tool_call_end|><|tool_calls_section_end|>
                """,
            content: "Gut.", thoughts: "Hm.", calls: [("get_weather", #"{"city": "北京"}"#), ("now", "{}")],
            markup: ["<|", "functions"]),
        Transcript(
            description: "kimi_k2: no arguments", format: .kimi,
            text: "<|tool_calls_section_begin|><|tool_call_begin|>functions.now:0<|tool_call_end|>",
            calls: [("now", "{}")], markup: ["<|", "functions"]),
        Transcript(
            description: "kimi_k2: no id", format: .kimi,
            text: "<|tool_calls_section_begin|><|tool_call_begin|>now<|tool_call_end|>",
            content: "<|tool_calls_section_begin|><|tool_call_begin|>now<|tool_call_end|>"),
    ]

    static let phi: [Transcript] = [
        Transcript(
            description: "phi4_mini_json: between tags", format: .phi,
            text:
                #"<|tool_call|>[{"name": "search", "arguments": {"query": "é]"}}, {"name": "now", "arguments": {}}]<|/tool_call|>"#,
            calls: [("search", #"{"query": "é]"}"#), ("now", "{}")], markup: ["<|"]),
        Transcript(
            description: "phi4_mini_json: functools", format: .phi,
            text: #"Gut. functools[{"name": "now", "arguments": {}}]"#, content: "Gut.",
            calls: [("now", "{}")],
            markup: ["func"]),
        Transcript(
            description: "phi4_mini_json: a word", format: .phi, text: "Use functools, or functools[0].",
            content: "Use functools, or functools[0]."),
    ]

    static let lfm2: [Transcript] = [
        Transcript(
            description: "lfm2: calls between texts", format: .lfm2,
            text:
                #"Gut.<|tool_call_start|>[get_weather(city="Zürich", days=3), other(a=[1])]<|tool_call_end|>Fertig."#,
            content: "Gut.Fertig.",
            calls: [("get_weather", #"{"city": "Zürich", "days": 3}"#), ("other", #"{"a": [1]}"#)],
            markup: ["<|"]),
        Transcript(
            description: "lfm2: a list that is bare is text", format: .lfm2, text: "[now()]",
            content: "[now()]"),
        Transcript(
            description: "lfm2: no list", format: .lfm2, text: "<|tool_call_start|>now()<|tool_call_end|>",
            content: "<|tool_call_start|>now()"),
    ]

    static let harmony: [Transcript] = [
        Transcript(
            description: "openai: thoughts, a preamble and a call", format: .harmony, reasoning: .harmony,
            text: """
                <|channel|>analysis<|message|>Need <b> é.<|end|><|start|>assistant<|channel|>commentary\
                <|message|>Gut.<|end|><|start|>assistant<|channel|>commentary to=functions.get_weather \
                <|constrain|>json<|message|>{"city": "Zürich"}<|call|>
                """,
            content: "Gut.", thoughts: "Need <b> é.", calls: [("get_weather", #"{"city": "Zürich"}"#)],
            markup: ["<|", "functions", "commentary", "assistant"]),
        Transcript(
            description: "openai: the recipient before the channel, two calls", format: .harmony,
            text:
                " to=functions.now<|channel|>commentary json<|message|>{}<|call|><|start|>assistant to=functions.search<|channel|>commentary json<|message|>{\"query\": \"<\"}",
            calls: [("now", "{}"), ("search", #"{"query": "<"}"#)], markup: ["<|", "functions"]),
        Transcript(
            description: "openai: thoughts twice, then the answer", reasoning: .harmony,
            text:
                "<|channel|>analysis<|message|>a<|end|><|start|>assistant<|channel|>analysis<|message|>b<|end|><|start|>assistant<|channel|>final<|message|>c < d<|return|>",
            content: "c < d", thoughts: "a\nb", markup: ["<|", "assistant"]),
        Transcript(
            description: "openai: a tool of OpenAI's own is left out", reasoning: .harmony,
            text: "<|channel|>commentary to=browser.search code<|message|>x<|call|>", markup: ["<|", "x"]),
        Transcript(
            description: "openai: no channels", format: .harmony, text: "Just < text.",
            content: "Just < text."),
    ]
}
