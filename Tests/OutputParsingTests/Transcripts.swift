import JSON
import OutputParsing

/// What a model of some family wrote, and what is to be made of it.
struct Transcript: Sendable, CustomStringConvertible {
    let description: String
    var format: ToolCallFormat?
    var reasoning: ReasoningFormat?
    var start = ReasoningStart.open
    let text: String
    var content = ""
    var thoughts = ""
    /// Names and arguments, byte for byte.
    var calls: [(String, String)] = []
    /// Markup that no delta may hold; none where it belongs to the text.
    var markup: [String] = []

    /// The tools that every model is offered.
    static let tools = [
        ToolDescription(
            name: "get_weather",
            parameters: [
                "type": "object",
                "properties": [
                    "city": ["type": "string"], "days": ["type": "integer"],
                    "unit": ["enum": ["celsius", "fahrenheit"]],
                ],
                "required": ["city"],
            ]),
        ToolDescription(
            name: "write_file",
            parameters: [
                "type": "object",
                "properties": [
                    "path": ["type": "string"], "text": ["type": "string"], "force": ["type": "boolean"],
                    "tags": ["$ref": "#/$defs/tags"],
                    "size": ["anyOf": [["type": "integer"], ["type": "null"]]],
                    "id": ["type": ["string", "integer"]],
                ],
                "$defs": ["tags": ["type": "array", "items": ["type": "string"]]],
            ]),
        ToolDescription(name: "now", parameters: ["type": "object", "properties": [:]]),
        ToolDescription(
            name: "search", parameters: ["type": "object", "properties": ["query": ["type": "string"]]]),
        ToolDescription(
            name: "store",
            parameters: [
                "type": "object",
                "properties": [
                    "text": ["type": "string"], "number": ["type": "number"], "count": ["type": "integer"],
                    "flag": ["type": "boolean"], "none": ["type": "null"], "list": ["type": "array"],
                    "object": ["type": "object"],
                ],
            ]),
    ]

    static let all =
        hermes + bare + qwenCoder + llama + mistral + pythonic + deepSeek + glm + namedLine + internLM
        + granite + reAct + thinking + seed + miniMax + kimi + phi + lfm2 + harmony
}

extension Transcript {
    private static let tags = ["<tool_call", "</tool_call"]

    private static let hermes: [Transcript] = [
        Transcript(
            description: "hermes: two calls after text", format: .hermes,
            text: """
                Let me look that up.
                <tool_call>
                {"name": "get_weather", "arguments": {"city": "Zürich", "days": 3}}
                </tool_call>
                <tool_call>
                {"name": "write_file", "arguments": {"path": "a \\"b\\".txt", "text": "1 < 2 }{ \\u00e9 \\n", "nested": {"a": [1, {"b": null}]}}}
                </tool_call>
                """,
            content: "Let me look that up.",
            calls: [
                ("get_weather", #"{"city": "Zürich", "days": 3}"#),
                (
                    "write_file",
                    #"{"path": "a \"b\".txt", "text": "1 < 2 }{ \u00e9 \n", "nested": {"a": [1, {"b": null}]}}"#
                ),
            ], markup: tags),
        Transcript(
            description: "hermes: markup inside of arguments", format: .hermes,
            text:
                #"<tool_call>{"name":"write_file","arguments":{"text":"</tool_call> and <tool_call>"}}</tool_call>"#,
            calls: [("write_file", #"{"text":"</tool_call> and <tool_call>"}"#)]),
        Transcript(
            description: "hermes: arguments first, as a string, or none", format: .hermes,
            text: #"""
                <tool_call>{"arguments": {"city": "Bern"}, "name": "get_weather"}</tool_call>
                <tool_call>{"name": "get_weather", "arguments": "{\"city\": \"B\u00e4\\n\"}"}</tool_call>
                <tool_call>{"name": "now"}</tool_call>
                <tool_call>{"name": "now", "arguments": null, "id": 7}</tool_call>
                """#,
            calls: [
                ("get_weather", #"{"city": "Bern"}"#), ("get_weather", #"{"city": "Bä\n"}"#), ("now", "{}"),
                ("now", "{}"),
            ], markup: tags),
        Transcript(
            description: "hermes: text that only looks like markup", format: .hermes,
            text: "a < b, <tool, <tool_calls>, </tool_call> and <tool_",
            content: "a < b, <tool, <tool_calls>, </tool_call> and <tool_"),
        Transcript(
            description: "hermes: no JSON is content, and the call after it is a call", format: .hermes,
            text:
                #"<tool_call>get_weather(1)</tool_call><tool_call>{"name": "now", "arguments": {}}</tool_call>"#,
            content: "<tool_call>get_weather(1)</tool_call>", calls: [("now", "{}")]),
        Transcript(
            description: "hermes: a name is missing", format: .hermes,
            text: #"<tool_call>{"arguments": {"city": "x"}}</tool_call> so"#,
            content: #"<tool_call>{"arguments": {"city": "x"}}</tool_call> so"#),
        Transcript(
            description: "hermes: a brace too few or too many does no harm", format: .hermes,
            text:
                #"<tool_call>{"name": "now", "arguments": {"a": 1}</tool_call><tool_call>{"name": "now", "arguments": {}}}</tool_call>done"#,
            content: "done", calls: [("now", #"{"a": 1}"#), ("now", "{}")], markup: tags),
        Transcript(
            description: "hermes: arguments that break off being JSON go out as they are", format: .hermes,
            text: #"<tool_call>{"name": "now", "arguments": {"a": oops}}</tool_call> then"#,
            content: "then", calls: [("now", #"{"a": oops}}"#)], markup: tags),
        Transcript(
            description: "hermes: a line break in a string is escaped", format: .hermes,
            text: "<tool_call>{\"name\": \"write_file\", \"arguments\": {\"text\": \"a\nb\"}}</tool_call>",
            calls: [("write_file", #"{"text": "a\nb"}"#)], markup: tags),
        Transcript(
            description: "hermes: the answer ends within a call", format: .hermes,
            text: "Yes.\n<tool_call>\n{\"name\": \"get_weather\", \"arguments\": {\"city\": \"Zü",
            content: "Yes.", calls: [("get_weather", "{\"city\": \"Zü")], markup: tags),
        Transcript(
            description: "hermes: the answer ends before a call has its name", format: .hermes,
            text: "Yes.\n<tool_call>\n{\"na", content: "Yes.\n", markup: tags),
        Transcript(
            description: "hermes: a closing tag is missing, text follows", format: .hermes,
            text:
                #"<tool_call>{"name": "now", "arguments": {}}<tool_call>{"name": "now", "arguments": {}} ok 👩‍👧"#,
            content: "ok 👩‍👧", calls: [("now", "{}"), ("now", "{}")], markup: tags),
    ]

    private static let bare: [Transcript] = [
        Transcript(
            description: "hermes: the tags are forgotten", format: .hermes,
            text:
                " {\"name\": \"now\", \"arguments\": {}}\n{\"name\": \"search\", \"arguments\": {\"query\": \"é\"}} Done.",
            content: "Done.", calls: [("now", "{}"), ("search", #"{"query": "é"}"#)]),
        Transcript(
            description: "hermes: a fence in the place of tags", format: .hermes,
            text: """
                ```json
                {
                  "name": "get_weather",
                  "arguments": {
                    "city": "Paris"
                  }
                }
                ```
                """,
            calls: [("get_weather", "{\n    \"city\": \"Paris\"\n  }")], markup: ["```", "json"]),
        Transcript(
            description: "hermes: a fence with other JSON is content", format: .hermes,
            text: "```json\n{\"name\": \"Ann\", \"arguments\": {}}\n```\n",
            content: "```json\n{\"name\": \"Ann\", \"arguments\": {}}\n```\n"),
        Transcript(
            description: "hermes: an object that is no call, further on one that would be", format: .hermes,
            text: "{\"a\": {\"name\": \"now\"}} {\"name\": \"now\"}",
            content: "{\"a\": {\"name\": \"now\"}} {\"name\": \"now\"}"),
        Transcript(
            description: "hermes: a fence that never came", format: .hermes, text: "\n```js",
            content: "\n```js"),
    ]

    private static let qwenCoder: [Transcript] = [
        Transcript(
            description: "qwen3_coder: types by schema", format: .qwenCoder,
            text: """
                I'll write it.

                <tool_call>
                <function=write_file>
                <parameter=path>
                dir/ä "b".txt
                </parameter>
                <parameter=text>
                line 1 </param

                	<b>line</b> 3 \\n
                </parameter>
                <parameter=force>
                True
                </parameter>
                <parameter=tags>
                ["x", 'y']
                </parameter>
                <parameter=size>
                12
                </parameter>
                <parameter=id>
                0x
                </parameter>
                <parameter=extra>
                {"a": [1, 2]}
                </parameter>
                </function>
                </tool_call>
                <tool_call>
                <function=now>
                </function>
                </tool_call>
                """,
            content: "I'll write it.",
            calls: [
                (
                    "write_file",
                    #"{"path": "dir/ä \"b\".txt", "text": "line 1 </param\n\n\t<b>line</b> 3 \\n", "force": true, "tags": ["x", "y"], "size": 12, "id": "0x", "extra": {"a": [1, 2]}}"#
                ), ("now", "{}"),
            ], markup: ["<tool_call", "<function", "<parameter", "</parameter", "</function", "</tool_call"]),
        Transcript(
            description: "qwen3_coder: without the outer tags, and a number that is a text",
            format: .qwenCoder,
            text:
                "<function=get_weather><parameter=city>123</parameter><parameter=days>\n4\n</parameter></function>ok",
            content: "ok", calls: [("get_weather", #"{"city": "123", "days": 4}"#)],
            markup: ["<function", "<parameter", "</"]),
        Transcript(
            description: "qwen3_coder: no function in the tags", format: .qwenCoder,
            text: "<tool_call>\nnone</tool_call> <function=a b>",
            content: "<tool_call>\nnone</tool_call> <function=a b>"),
        Transcript(
            description: "qwen3_coder: cut off within a text", format: .qwenCoder,
            text: "<tool_call>\n<function=write_file>\n<parameter=text>\nline\n\n",
            calls: [("write_file", "{\"text\": \"line\\n\\n")]),
        Transcript(
            description: "qwen3_coder: the function is not closed", format: .qwenCoder,
            text: "<tool_call>\n<function=now>\n</tool_call>", calls: [("now", "{}")]),
    ]

    private static let llama: [Transcript] = [
        Transcript(
            description: "llama3_json: the answer is a call", format: .llama,
            text: #"{"name": "get_weather", "parameters": {"city": "Paris", "days": 1.50}}"#,
            calls: [("get_weather", #"{"city": "Paris", "days": 1.50}"#)]),
        Transcript(
            description: "llama3_json: tagged, several", format: .llama,
            text:
                #"<|python_tag|>{"type": "function", "name": "search", "parameters": {"query": "a; b"}}; {"name": "now", "parameters": {}}"#,
            calls: [("search", #"{"query": "a; b"}"#), ("now", "{}")], markup: ["<|python", "; "]),
        Transcript(
            description: "llama3_json: JSON that names no tool is content", format: .llama,
            text: #" {"name": "Ann", "parameters": {"age": 3}} "#,
            content: #" {"name": "Ann", "parameters": {"age": 3}} "#),
        Transcript(
            description: "llama3_json: text before the tag, code behind it", format: .llama,
            text: #"Look: <|python_tag|>brave_search.call(query="x")"#,
            content: #"Look: <|python_tag|>brave_search.call(query="x")"#),
        Transcript(
            description: "llama3_json: text after a call", format: .llama,
            text: "{\"name\": \"now\", \"parameters\": {}}\n\nThat is all.", content: "That is all.",
            calls: [("now", "{}")]),
    ]

    private static let mistral: [Transcript] = [
        Transcript(
            description: "mistral: a list", format: .mistral,
            text:
                #"Sure. [TOOL_CALLS] [{"name": "get_weather", "arguments": {"city": "São Paulo [x]"}, "id": "abcDEF123"}, {"name": "now", "arguments": {}}]"#,
            content: "Sure.", calls: [("get_weather", #"{"city": "São Paulo [x]"}"#), ("now", "{}")],
            markup: ["[TOOL"]),
        Transcript(
            description: "mistral: names and arguments", format: .mistral,
            text:
                #"[TOOL_CALLS]get_weather[ARGS]{"city": "Lyon"}[TOOL_CALLS]now[CALL_ID]abc123def[ARGS]{}[TOOL_CALLS]search{"query": "é"}"#,
            calls: [("get_weather", #"{"city": "Lyon"}"#), ("now", "{}"), ("search", #"{"query": "é"}"#)],
            markup: ["[TOOL", "[ARGS", "[CALL"]),
        Transcript(
            description: "mistral: a broken list", format: .mistral,
            text: #"[TOOL_CALLS] [{"name": 3}] [TOOLS]"#, content: #"[TOOL_CALLS] [{"name": 3}] [TOOLS]"#),
        Transcript(
            description: "mistral: the second of a list is broken", format: .mistral,
            text: #"[TOOL_CALLS][{"name": "now", "arguments": {}}, {"nome": 1}]"#, content: #"{"nome": 1}]"#,
            calls: [("now", "{}")], markup: ["[TOOL"]),
        Transcript(
            description: "mistral: a name alone", format: .mistral, text: "[TOOL_CALLS]now",
            markup: ["[TOOL"]),
    ]

    private static let pythonic: [Transcript] = [
        Transcript(
            description: "pythonic: two calls", format: .pythonic,
            text:
                #"[get_weather(city='Köln, "Dom"', days=-3), write_file(path="a)\n", tags=['x', "y", (1, 2.5)], force=True, size=None, o={'k': [False]})]"#,
            calls: [
                ("get_weather", #"{"city": "Köln, \"Dom\"", "days": -3}"#),
                (
                    "write_file",
                    #"{"path": "a)\n", "tags": ["x", "y", [1, 2.5]], "force": true, "size": null, "o": {"k": [false]}}"#
                ),
            ]),
        Transcript(
            description: "pythonic: tagged, by place, no literal, JSON's words", format: .pythonic,
            text:
                #"<|python_start|>[get_weather("Bonn", 2), search(query=a + b), now(), write_file(force=true)]<|python_end|>"#,
            calls: [
                ("get_weather", #"{"city": "Bonn", "days": 2}"#), ("search", #"{"query": "a + b"}"#),
                ("now", "{}"), ("write_file", #"{"force": true}"#),
            ], markup: ["<|python"]),
        Transcript(
            description: "pythonic: lists that are none of calls", format: .pythonic, text: " [1, 2] [now()]",
            content: " [1, 2] [now()]"),
        Transcript(
            description: "pythonic: a function that is no tool", format: .pythonic, text: "[print(1)]",
            content: "[print(1)]"),
        Transcript(
            description: "pythonic: text is text", format: .pythonic, text: "The list [now()] is it.",
            content: "The list [now()] is it."),
    ]

    private static let deepSeek: [Transcript] = [
        Transcript(
            description: "deepseek_v3: two calls", format: .deepSeek,
            text: """
                Gut.<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>get_weather
                ```json
                {"city": "Genève ```", "days": 2}
                ```<｜tool▁call▁end｜>
                <｜tool▁call▁begin｜>function<｜tool▁sep｜>now
                ```json
                {}
                ```<｜tool▁call▁end｜><｜tool▁calls▁end｜>
                """,
            content: "Gut.", calls: [("get_weather", #"{"city": "Genève ```", "days": 2}"#), ("now", "{}")],
            markup: ["<｜", "▁", "json"]),
        Transcript(
            description: "deepseek_v31: two calls", format: .deepSeek,
            text:
                #"<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>search<｜tool▁sep｜>{"query": "｜"}<｜tool▁call▁end｜><｜tool▁call▁begin｜>now<｜tool▁sep｜>{}<｜tool▁call▁end｜><｜tool▁calls▁end｜>"#,
            calls: [("search", #"{"query": "｜"}"#), ("now", "{}")], markup: ["<｜", "▁"]),
        Transcript(
            description: "deepseek_v3: no call behind the token", format: .deepSeek,
            text: "<｜tool▁calls▁begin｜>no <｜tool▁cal", content: "<｜tool▁calls▁begin｜>no <｜tool▁cal"),
    ]

    private static let glm: [Transcript] = [
        Transcript(
            description: "glm45: two calls", format: .glm,
            text: """
                好的。
                <tool_call>get_weather
                <arg_key>city</arg_key>
                <arg_value>北京</arg_value>
                <arg_key>days</arg_key>
                <arg_value>3</arg_value>
                </tool_call>
                <tool_call>write_file
                <arg_key>text</arg_key>
                <arg_value>5 < 6</arg_value>
                <arg_key>tags</arg_key>
                <arg_value>["a"]</arg_value>
                </tool_call>
                """,
            content: "好的。",
            calls: [
                ("get_weather", #"{"city": "北京", "days": 3}"#),
                ("write_file", #"{"text": "5 < 6", "tags": ["a"]}"#),
            ], markup: ["<tool_call", "<arg", "</"]),
        Transcript(
            description: "glm47: without line breaks", format: .glm,
            text:
                "<tool_call>search<arg_key>query</arg_key><arg_value>a\n</arg_value></tool_call><tool_call>now</tool_call>",
            calls: [("search", #"{"query": "a\n"}"#), ("now", "{}")], markup: ["<tool_call", "<arg", "</"]),
        Transcript(
            description: "glm45: no name", format: .glm, text: #"<tool_call>{"name": "now"}</tool_call>"#,
            content: #"<tool_call>{"name": "now"}</tool_call>"#),
    ]

    private static let namedLine: [Transcript] = [
        Transcript(
            description: "glm4: a name and its arguments", format: .namedLine,
            text: "\nget_weather\n{\"city\": \"上海\"}\nnow\n{}",
            calls: [("get_weather", #"{"city": "上海"}"#), ("now", "{}")]),
        Transcript(
            description: "glm4: lines that begin like a name", format: .namedLine,
            text: "now\nand then\nget_weather is a tool\nnow",
            content: "now\nand then\nget_weather is a tool\nnow"),
    ]

    private static let internLM: [Transcript] = [
        Transcript(
            description: "internlm: a call after text", format: .internLM,
            text:
                "OK <|action_start|><|plugin|>\n{\"name\": \"search\", \"parameters\": {\"query\": \"<|\"}}<|action_end|>\n",
            content: "OK", calls: [("search", #"{"query": "<|"}"#)], markup: ["<|action", "<|plugin"]),
        Transcript(
            description: "internlm: the interpreter is no tool", format: .internLM,
            text: "<|action_start|><|interpreter|>\nprint(1)",
            content: "<|action_start|><|interpreter|>\nprint(1)"),
    ]

    private static let granite: [Transcript] = [
        Transcript(
            description: "granite: a list", format: .granite,
            text:
                #"<|tool_call|>[{"name": "search", "arguments": {"query": "x"}}, {"arguments": {}, "name": "now"}]"#,
            calls: [("search", #"{"query": "x"}"#), ("now", "{}")], markup: ["<|tool"]),
        Transcript(
            description: "granite: the newer marker", format: .granite,
            text: #"<tool_call>[{"name": "now", "arguments": {}}]"#, calls: [("now", "{}")], markup: ["<tool"]
        ),
        Transcript(
            description: "granite: an empty list", format: .granite, text: "<|tool_call|>[]",
            content: "<|tool_call|>[]"),
    ]

    private static let reAct: [Transcript] = [
        Transcript(
            description: "qwen_react: a call", format: .reAct,
            text: "Thought: I need\nthe weather.\nAction: get_weather\nAction Input: {\"city\": \"Graz\"}\n",
            thoughts: "I need\nthe weather.", calls: [("get_weather", #"{"city": "Graz"}"#)],
            markup: ["Thought", "Action"]),
        Transcript(
            description: "qwen_react: a made-up observation and the answer", format: .reAct,
            text:
                "Thought: a\nAction: search\nAction Input: birds that fly\nObservation: made up\nThought: b\nFinal Answer: Yes: é.",
            content: "Yes: é.", thoughts: "ab", calls: [("search", #"{"query": "birds that fly"}"#)],
            markup: ["Thought", "Action", "Obs", "Final", "made"]),
        Transcript(
            description: "qwen_react: no such tool", format: .reAct, text: "Action: sing\nAction Input: la",
            content: "Action: sing\nAction Input: la"),
        Transcript(
            description: "qwen_react: a plain answer", format: .reAct, text: "Thoughts are free.",
            content: "Thoughts are free."),
    ]

    private static let thinking: [Transcript] = [
        Transcript(
            description: "qwen3: thoughts, text, a call", format: .hermes, reasoning: .think,
            text: """
                <think>
                Use a tool? <tool_call> or < think.

                Yes.
                </think>

                Wait.
                <tool_call>
                {"name": "now", "arguments": {}}
                </tool_call>
                """,
            content: "Wait.", thoughts: "Use a tool? <tool_call> or < think.\n\nYes.", calls: [("now", "{}")],
            markup: ["think>", "</think"]),
        Transcript(
            description: "deepseek_r1: the prompt began the thoughts", reasoning: .think, start: .inside,
            text: "Hm, é…\n</think>\n\n42 </think>", content: "42 </think>", thoughts: "Hm, é…"),
        Transcript(
            description: "deepseek_r1: the tag comes again", reasoning: .think, start: .inside,
            text: "<think>\nHm.</think>42", content: "42", thoughts: "Hm.", markup: ["think"]),
        Transcript(
            description: "deepseek_r1: cut off while thinking", reasoning: .think, start: .inside,
            text: "Hm. </thi", thoughts: "Hm. </thi"),
        Transcript(
            description: "qwen3: no thoughts", reasoning: .think, text: "\n<b> <think> </think>",
            content: "\n<b> <think> </think>"),
        Transcript(
            description: "qwen3: the prompt ended them", reasoning: .think, start: .over, text: "<think>x",
            content: "<think>x"),
        Transcript(
            description: "mistral", format: .mistral, reasoning: .mistral,
            text: "[THINK]a[b]c[/THINK]So [TOOL_CALLS]now[ARGS]{}", content: "So", thoughts: "a[b]c",
            calls: [("now", "{}")], markup: ["THINK", "TOOL"]),
        Transcript(
            description: "granite", reasoning: .granite,
            text: "Here is my thought process: I see. Here is my response: Yes.", content: " Yes.",
            thoughts: " I see. ", markup: ["Here"]),
        Transcript(
            description: "seed_oss", reasoning: .seed, text: "<seed:think>x</seed:think>\n\ny", content: "y",
            thoughts: "x", markup: ["seed"]),
    ]
}
