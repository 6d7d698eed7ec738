"""Texts that models write beside the rules, or with whitespace, order and markup that families.py has not.

`right` is (content, thoughts, calls) where vLLM is wrong or has no answer, and `why` says so; without it vLLM's whole
outcome is right.
"""

BROKEN = []


def text(family, text, why=None, right=None, reasoning=None, start="open"):
    entry = {"family": family, "text": text}
    if reasoning:
        entry |= {"reasoning": reasoning, "start": start}
    if why:
        entry |= {"why": why, "right": right}
    BROKEN.append(entry)


# Hermes, Qwen 2 to 3
text("hermes", '<tool_call>{"name":"now","arguments":{}}</tool_call>')
text("hermes", '<tool_call>{"arguments": {"city": "Bern"}, "name": "get_weather"}</tool_call>')
text("hermes", '<tool_call>\n\n  {"name" : "get_weather" ,\n "arguments" : { "city" : "Bern" } }  \n</tool_call>\n\n')
text("hermes", 'I will call. <tool_call>{"name": "now", "arguments": {}}</tool_call> Then I wait.',
     why="text behind a call is content; vLLM drops it",
     right=('I will call. Then I wait.', '', [['now', '{}']]))
text("hermes", '<tool_call>{"name": "now", "arguments": {}}</tool_call><tool_call>{"name": "now", "arguments": {}}</tool_call>')
text("hermes", '<tool_call>{"name": "now", "arguments": {}}</tool_call> and <tool_call>{"name": "search", "arguments": {"query": "x"}}</tool_call>',
     why="text behind a call is content; vLLM drops it",
     right=('and', '', [['now', '{}'], ['search', '{"query": "x"}']]))
text("hermes", '<tool_call>{"name": "get_weather", "arguments": {"city": "Bern"}}')
text("hermes", '<tool_call>\n{"name": "get_weather", "arguments": {"city": "Be',
     why="a call that is cut off goes out as far as it goes, whole as well as streamed",
     right=('', '', [['get_weather', '{"city": "Be']]))
text("hermes", '<tool_call>\n{"name": "get_wea',
     why="a call that is cut off before it begins is dropped, whole as well as streamed",
     right=('', '', []))
text("hermes", "<tool_call>\n",
     why="a call that is cut off before it begins is dropped, whole as well as streamed",
     right=('', '', []))
text("hermes", "<tool_call>\nget_weather\n</tool_call>")
text("hermes", "<tool_call></tool_call>")
text("hermes", '<tool_call>[{"name": "now", "arguments": {}}]</tool_call>')
text("hermes", '<tool_call>{"name": "now", "arguments": {}}{"name": "search", "arguments": {"query": "a"}}</tool_call>',
     why="two objects between two tags are two calls",
     right=('', '', [['now', '{}'], ['search', '{"query": "a"}']]))
text("hermes", '<tool_call>{"name": "now", "arguments": {}}\n{"name": "search", "arguments": {"query": "a"}}\n</tool_call>',
     why="two objects between two tags are two calls",
     right=('', '', [['now', '{}'], ['search', '{"query": "a"}']]))
text("hermes", '<tool_call>{"name": "now", "parameters": {"a": 1}}</tool_call>',
     why="`parameters` stands for `arguments`, and a call may lack both",
     right=('', '', [['now', '{"a": 1}']]))
text("hermes", '<tool_call>{"name": "now"}</tool_call>',
     why="`parameters` stands for `arguments`, and a call may lack both",
     right=('', '', [['now', '{}']]))
text("hermes", '<tool_call>{"name": "now", "arguments": null}</tool_call>',
     why="no arguments are {}: clients parse them",
     right=('', '', [['now', '{}']]))
text("hermes", '<tool_call>{"name": "get_weather", "arguments": "{\\"city\\": \\"Bern\\"}"}</tool_call>',
     why="arguments that are a string hold the JSON; vLLM quotes it again",
     right=('', '', [['get_weather', '{"city": "Bern"}']]))
text("hermes", "<tool_call>{'name': 'now', 'arguments': {}}</tool_call>")
text("hermes", '<tool_call>{"name": "get_weather", "arguments": {"city": "Bern",}}</tool_call>',
     why="arguments that are no JSON go out as they are; vLLM does so in streams only",
     right=('', '', [['get_weather', '{"city": "Bern",}}']]))
text("hermes", '<tool_call>{"name": "get_weather", "arguments": {"city": "a\nb"}}</tool_call>',
     why="a line break in a string is escaped",
     right=('', '', [['get_weather', '{"city": "a\\nb"}']]))
text("hermes", '<tool_call>{"name": "get_weather", "arguments": {"city": "Bern"}</tool_call>',
     why="a brace too few or too many does no harm",
     right=('', '', [['get_weather', '{"city": "Bern"}']]))
text("hermes", '<tool_call>{"name": "get_weather", "arguments": {"city": "Bern"}}}</tool_call>',
     why="a brace too few or too many does no harm",
     right=('', '', [['get_weather', '{"city": "Bern"}']]))
text("hermes", '<tool_call>{"id": 1, "type": "function", "name": "now", "arguments": {}, "more": [{"a": "}"}]}</tool_call>')
text("hermes", '<tool_call>{"function": {"name": "now", "arguments": {}}}</tool_call>')
text("hermes", '```json\n{"name": "now", "arguments": {}}\n```',
     why="small models forget the tags: an answer that is an object and names a tool is a call",
     right=('', '', [['now', '{}']]))
text("hermes", '{"name": "get_weather", "arguments": {"city": "Bern"}}',
     why="small models forget the tags: an answer that is an object and names a tool is a call",
     right=('', '', [['get_weather', '{"city": "Bern"}']]))
text("hermes", '{"name": "nothing", "arguments": {"city": "Bern"}}')
text("hermes", "a < b <tool_cal")
text("hermes", "Use </tool_call> to end it.")
text("hermes", '<tool_call>{"name": "store", "arguments": {"text": "\\ud83d\\ude00 \\u00e9 \\/ \\b\\f"}}</tool_call>')

# Thoughts
text("hermes", "<think>\nI need it.\n</think>\n\n<tool_call>\n{\"name\": \"now\", \"arguments\": {}}\n</tool_call>", reasoning="qwen3")
text("hermes", "I need it.\n</think>\n\nHere: <tool_call>{\"name\": \"now\", \"arguments\": {}}</tool_call>", reasoning="qwen3", start="inside")
text("hermes", "\n<think>\n\n</think>\n\nYes.", reasoning="qwen3")
text("hermes", "Yes.", reasoning="qwen3", start="over",
     why="the prompt has ended the thoughts; vLLM looks at it in streams only",
     right=('Yes.', '', []))
text("hermes", "<think>Should I write <tool_call>? No.</think>No.", reasoning="qwen3",
     why="a marker in thoughts is a thought unless a call begins with it",
     right=('No.', 'Should I write <tool_call>? No.', []))
text("hermes", "I am still think", reasoning="qwen3", start="inside")
text(None, "<think>a</think>b", reasoning="deepseek_r1", start="inside")
text(None, "a\n</think>\n\nb</think>c", reasoning="deepseek_r1", start="inside")
text(None, "a <b> </thin", reasoning="deepseek_r1", start="inside")
text(None, "</think>b", reasoning="deepseek_r1", start="inside")
text(None, "<think>a\n\nb</think>\n", reasoning="qwen3")
text(None, "<seed:think>a</seed:think>b", reasoning="seed_oss")
text("mistral_v11", "[THINK]a[/THINK]b", reasoning="mistral")
text(None, "Here is my thought process: a Here is my response: b", reasoning="granite")
text(None, "Here's my thought process: a\nb Here's my response: c\nd", reasoning="granite")
text("minimax_m2", 'a\n</think>\n\n<minimax:tool_call>\n<invoke name="now">\n</invoke>\n</minimax:tool_call>', reasoning="minimax_m2", start="inside")
text("glm45", "<think>a</think>\n<tool_call>now\n</tool_call>", reasoning="glm45")
text("kimi_k2", "<think>a</think><|tool_calls_section_begin|><|tool_call_begin|>functions.now:0<|tool_call_argument_begin|>{}<|tool_call_end|><|tool_calls_section_end|>", reasoning="kimi_k2")
text("deepseek_v31", "a</think>b<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>now<｜tool▁sep｜>{}<｜tool▁call▁end｜><｜tool▁calls▁end｜>", reasoning="deepseek_r1", start="inside")
text("hermes", "<think>a <tool_call>{\"name\": \"now\", \"arguments\": {}}</tool_call>", reasoning="qwen3")

# Qwen3-Coder
text("qwen3_coder", "<function=get_weather>\n<parameter=city>\nBern\n</parameter>\n</function>\n</tool_call>")
text("qwen3_coder", "Text. <function=now></function> more",
     why="text behind a call is content; vLLM drops it",
     right=('Text. more', '', [['now', '{}']]))
text("qwen3_coder", "<tool_call><function=get_weather><parameter=city>Bern</parameter><parameter=days>2</parameter></function></tool_call>")
text("qwen3_coder", "<tool_call>\n<function=get_weather>\n<parameter=city>\nBern\n<parameter=days>\n2\n</parameter>\n</function>\n</tool_call>")
text("qwen3_coder", "<tool_call>\n<function=get_weather>\n<parameter=city>\nBern\n</function>\n</tool_call>",
     why="the function's end ends a value that lacks its own",
     right=('', '', [['get_weather', '{"city": "Bern"}']]))
text("qwen3_coder", "<tool_call>\n<function=get_weather>\n<parameter=city>\nBern\n</parameter>\n</tool_call>")
text("qwen3_coder", "<tool_call>\n<function=get_weather>\n<parameter=city>\nBern\n</parameter>\n</function>")
text("qwen3_coder", "<tool_call>\n<function=get_weather>\n<parameter=city>\nBe",
     why="a call that is cut off goes out as far as it goes, whole as well as streamed",
     right=('', '', [['get_weather', '{"city": "Be']]))
text("qwen3_coder", "<tool_call>\n<function=get_wea",
     why="a call that is cut off before it begins is dropped, whole as well as streamed",
     right=('', '', []))
text("qwen3_coder", "<tool_call>\n<function=now>\n</function>\n<function=search>\n<parameter=query>\na\n</parameter>\n</function>\n</tool_call>")
text("qwen3_coder", "<tool_call>\n<function=store>\n<parameter=flag>\nTrue\n</parameter>\n<parameter=none>\nNone\n</parameter>\n<parameter=list>\n['a', 1]\n</parameter>\n</function>\n</tool_call>",
     why="what the schema says is no text may be written as Python writes it",
     right=('', '', [['store', '{"flag": true, "none": null, "list": ["a", 1]}']]))
text("qwen3_coder", "<tool_call>\n<function=store>\n<parameter=count>\n3.7\n</parameter>\n<parameter=number>\nmany\n</parameter>\n<parameter=object>\n{broken\n</parameter>\n</function>\n</tool_call>")
text("qwen3_coder", "<tool_call>\n<function=store>\n<parameter=text>\n\n\nblank lines\n\n\n</parameter>\n</function>\n</tool_call>")
text("qwen3_coder", "<tool_call>\n<function=store>\n<parameter=unknown>\n5\n</parameter>\n</function>\n</tool_call>",
     why="where the schema says nothing, JSON is JSON; vLLM takes it for text",
     right=('', '', [['store', '{"unknown": 5}']]))
text("qwen3_coder", "<tool_call>\n<function=no_such>\n<parameter=a>\n5\n</parameter>\n</function>\n</tool_call>",
     why="where the schema says nothing, JSON is JSON; vLLM takes it for text",
     right=('', '', [['no_such', '{"a": 5}']]))
text("qwen3_coder", "<tool_call>\n{\"name\": \"now\", \"arguments\": {}}\n</tool_call>",
     why="what stands between tags and is no call is content; vLLM drops it",
     right=('<tool_call>\n{"name": "now", "arguments": {}}\n</tool_call>', '', []))
text("qwen3_coder", "<tool_call>\n<function=write_file>\n<parameter=text>\n<html><body></parameters></body></html>\n</parameter>\n</function>\n</tool_call>")
text("qwen3_coder", "<think>\na\n</think>\n\n<tool_call>\n<function=now>\n</function>\n</tool_call>", reasoning="qwen3")

# Seed-OSS, MiniMax M2
text("seed_oss", "<seed:tool_call><function=get_weather><parameter=city>Bern</parameter></function></seed:tool_call>")
text("seed_oss", "<seed:think>a</seed:think>\n<seed:tool_call>\n<function=now>\n</function>\n</seed:tool_call>", reasoning="seed_oss")
text("minimax_m2", '<minimax:tool_call><invoke name="get_weather"><parameter name="city"> Bern </parameter></invoke></minimax:tool_call>')
text("minimax_m2", '<minimax:tool_call>\n<invoke name="get_weather">\n<parameter name="city">Bern',
     why="a call that is cut off goes out as far as it goes, whole as well as streamed",
     right=('', '', [['get_weather', '{"city": "Bern']]))
text("minimax_m2", "<minimax:tool_call>\nnothing\n</minimax:tool_call>",
     why="what stands between tags and is no call is content; vLLM drops it",
     right=('<minimax:tool_call>\nnothing\n</minimax:tool_call>', '', []))

# GLM 4.5
text("glm45", "<tool_call>get_weather<arg_key>city</arg_key><arg_value>Bern</arg_value></tool_call>")
text("glm45", "<tool_call>now</tool_call><tool_call>now\n</tool_call>")
text("glm45", "<tool_call>get_weather\n<arg_key> city </arg_key>\n<arg_value> Bern </arg_value>\n</tool_call>")
text("glm45", "<tool_call>store\n<arg_key>flag</arg_key>\n<arg_value>True</arg_value>\n<arg_key>list</arg_key>\n<arg_value>['a']</arg_value>\n</tool_call>",
     why="what the schema says is no text may be written as Python writes it",
     right=('', '', [['store', '{"flag": true, "list": ["a"]}']]))
text("glm45", "<tool_call>get_weather\n<arg_key>city</arg_key>\n<arg_value>Bern",
     why="a call that is cut off goes out as far as it goes, whole as well as streamed",
     right=('', '', [['get_weather', '{"city": "Bern']]))
text("glm45", "<tool_call>get_weather\n<arg_key>city</arg_key>\n<arg_value>Bern</arg_value>")
text("glm45", "<tool_call>get_weather\n<arg_key>city</arg_key>\n</tool_call>")
text("glm45", "<tool_call>\n</tool_call>",
     why="what stands between tags and is no call is content; vLLM drops it",
     right=('<tool_call>\n</tool_call>', '', []))

# Llama 3
text("llama3_json", '<|python_tag|>{"name": "now", "parameters": {}}')
text("llama3_json", '{"type": "function", "name": "now", "parameters": {}}')
text("llama3_json", '{"name": "now", "arguments": {"a": 1}}')
text("llama3_json", '{"parameters": {"city": "Bern"}, "name": "get_weather"}')
text("llama3_json", '{"name": "now", "parameters": {}}; {"name": "search", "parameters": {"query": ";"}}')
text("llama3_json", '{"name": "now", "parameters": {}}\n{"name": "now", "parameters": {}}')
text("llama3_json", '{"name": "now", "parameters": {}}, {"name": "now", "parameters": {}}')
text("llama3_json", '[{"name": "now", "parameters": {}}, {"name": "now", "parameters": {}}]')
text("llama3_json", '{"name": "no_such", "parameters": {}}',
     why="an object without a tag is a call only where the answer begins with it and it names a tool",
     right=('{"name": "no_such", "parameters": {}}', '', []))
text("llama3_json", 'Sure: {"name": "now", "parameters": {}}',
     why="an object without a tag is a call only where the answer begins with it and it names a tool",
     right=('Sure: {"name": "now", "parameters": {}}', '', []))
text("llama3_json", '<|python_tag|>{"name": "no_such", "parameters": {}}')
text("llama3_json", '{"name": "get_weather", "parameters": {"city": "Be',
     why="a call that is cut off goes out as far as it goes, whole as well as streamed",
     right=('', '', [['get_weather', '{"city": "Be']]))
text("llama3_json", '{"city": "Bern"}')
text("llama3_json", '{"name": "get_weather", "parameters": "{\\"city\\": \\"Bern\\"}"}',
     why="arguments that are a string hold the JSON; vLLM quotes it again",
     right=('', '', [['get_weather', '{"city": "Bern"}']]))
text("llama3_json", '{"function": "now", "parameters": {}}')

# Mistral
text("mistral", '[TOOL_CALLS][{"name": "now", "arguments": {}}]')
text("mistral", '[TOOL_CALLS]  [ {"arguments": {"city": "Bern"}, "name": "get_weather"} ]  ')
text("mistral", '[TOOL_CALLS] {"name": "now", "arguments": {}}')
text("mistral", '[TOOL_CALLS] [{"name": "now", "arguments": "{}"}]')
text("mistral", 'First. [TOOL_CALLS] [{"name": "now", "arguments": {}}] after',
     why="text behind a call is content; vLLM drops it",
     right=('First. after', '', [['now', '{}']]))
text("mistral", '[TOOL_CALLS] [{"name": "now", "arguments": {}}',
     why="a call that is cut off goes out as far as it goes, whole as well as streamed",
     right=('', '', [['now', '{}']]))
text("mistral", '[TOOL_CALLS] [{"name": "get_weather", "arguments": {"city": "Be',
     why="a call that is cut off goes out as far as it goes, whole as well as streamed",
     right=('', '', [['get_weather', '{"city": "Be']]))
text("mistral", "[TOOL_CALLS] []",
     why="what stands between tags and is no call is content; vLLM drops it",
     right=('[TOOL_CALLS] []', '', []))
text("mistral", '[{"name": "now", "arguments": {}}]')
text("mistral_v11", '[TOOL_CALLS]get_weather{"city": "Bern"}')
text("mistral_v11", '[TOOL_CALLS]get_weather[ARGS]{"city": "Bern"}\n[TOOL_CALLS]now[ARGS]{}')
text("mistral_v11", '[TOOL_CALLS] get_weather [ARGS] {"city": "Bern"} ')
text("mistral_v11", '[TOOL_CALLS]get_weather[CALL_ID]123456789[ARGS]{"city": "Bern"}',
     why="an id before the arguments is no part of the name",
     right=('', '', [['get_weather', '{"city": "Bern"}']]))
text("mistral_v11", '[TOOL_CALLS]get_weather[ARGS]{"city": "Be')
text("mistral_v11", '[THINK]a[/THINK]b[TOOL_CALLS]now[ARGS]{}', reasoning="mistral")

# Python's way
text("pythonic", "[now()]")
text("pythonic", "[get_weather(city='Bern'), now()]")
text("pythonic", "[get_weather(\n    city=\"Bern\",\n    days=2,\n)]",
     why="a list may go over several lines",
     right=('', '', [['get_weather', '{"city": "Bern", "days": 2}']]))
text("pythonic", "[store(text='''a''')]")
text("pythonic", "[store(object={'a': (1, 2), 'b': {1: True}}, list=[None, -1.5e3, \"x\"])]")
text("pythonic", "[store(text=\"it's\", number=.5)]")
text("pythonic", "[store(text='a\\n\\t\\x41\\u00e9')]")
text("pythonic", "[store(text='a' 'b')]")
text("pythonic", "[store(count=1+1)]",
     why="what is no literal is text",
     right=('', '', [['store', '{"count": "1+1"}']]))
text("pythonic", "[store(count=0x10, number=1_000)]")
text("pythonic", "now()")
text("pythonic", "[now()] done",
     why="text behind a call is content; vLLM drops it",
     right=('done', '', [['now', '{}']]))
text("pythonic", "[get_weather(city='Be",
     why="a call that is cut off goes out as far as it goes, whole as well as streamed",
     right=('', '', [['get_weather', '{"city": "Be']]))
text("pythonic", "[1, 2, 3]")
text("llama4_pythonic", "<|python_start|>[now()]<|python_end|>")
text("llama4_pythonic", "Sure. <|python_start|>[now()]<|python_end|>",
     why="text may come before the tag",
     right=('Sure.', '', [['now', '{}']]))
text("lfm2", "<|tool_call_start|>[get_weather(city=\"Bern\")]<|tool_call_end|>Checking the weather.")
text("lfm2", "I check.<|tool_call_start|>[now(), now()]<|tool_call_end|>")
text("lfm2", "<|tool_call_start|>[get_weather(city=\"Be",
     why="a call that is cut off goes out as far as it goes, whole as well as streamed",
     right=('', '', [['get_weather', '{"city": "Be']]))

# DeepSeek, Kimi K2
text("deepseek_v3", "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>now\n```json\n{}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜><｜end▁of▁sentence｜>".replace("<｜end▁of▁sentence｜>", ""))
text("deepseek_v3", "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>get_weather\n```json\n{\n  \"city\": \"Bern\"\n}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>",
     why="arguments may go over several lines",
     right=('', '', [['get_weather', '{\n  "city": "Bern"\n}']]))
text("deepseek_v3", "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>get_weather\n```json\n{\"city\": \"Be",
     why="a call that is cut off goes out as far as it goes, whole as well as streamed",
     right=('', '', [['get_weather', '{"city": "Be']]))
text("deepseek_v3", "<｜tool▁calls▁begin｜>none<｜tool▁calls▁end｜>",
     why="what stands between tags and is no call is content; vLLM drops it",
     right=('<｜tool▁calls▁begin｜>none<｜tool▁calls▁end｜>', '', []))
text("deepseek_v31", "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>get_weather<｜tool▁sep｜>{\"city\": \"Bern\"}<｜tool▁call▁end｜>")
text("kimi_k2", "Let me.<|tool_calls_section_begin|><|tool_call_begin|>functions.get_weather:3<|tool_call_argument_begin|>{\"city\": \"Bern\"}<|tool_call_end|><|tool_calls_section_end|>")
text("kimi_k2", "<|tool_calls_section_begin|>\n<|tool_call_begin|> functions.now:0 <|tool_call_argument_begin|> {} <|tool_call_end|>\n<|tool_calls_section_end|>")
text("kimi_k2", "<|tool_calls_section_begin|><|tool_call_begin|>functions.get_weather:0<|tool_call_argument_begin|>{\"city\": \"Be")
text("kimi_k2", "<|tool_calls_section_begin|><|tool_call_begin|>now:0<|tool_call_argument_begin|>{}<|tool_call_end|><|tool_calls_section_end|>")

# InternLM 2, Granite, Phi-4-mini
text("internlm", 'OK <|action_start|><|plugin|>{"name": "now", "parameters": {}}<|action_end|>')
text("internlm", '<|action_start|><|plugin|>\n{"name": "now", "arguments": {"a": 1}}\n<|action_end|>')
text("internlm", '<|action_start|><|plugin|>\n{"name": "get_weather", "parameters": {"city": "Be',
     why="a call that is cut off goes out as far as it goes, whole as well as streamed",
     right=('', '', [['get_weather', '{"city": "Be']]))
text("granite", '<|tool_call|> [{"name": "now", "arguments": {}}]')
text("granite", '<tool_call>[{"name": "now", "arguments": {}}, {"name": "search", "arguments": {"query": "]"}}]')
text("granite", 'Let me. <|tool_call|>[{"name": "now", "arguments": {}}]')
text("granite", '<|tool_call|>[{"name": "get_weather", "arguments": {"city": "Be')
text("phi4", 'functools[{"name": "now", "arguments": {}}]')
text("phi4", 'functools[{"name": "now", "parameters": {"a": 1}}]')
text("phi4", 'functools[{"name": "get_weather", "arguments": {"city": "Be',
     why="a call that is cut off goes out as far as it goes, whole as well as streamed",
     right=('', '', [['get_weather', '{"city": "Be']]))
text("phi4", "the functools module")

# Harmony
text("harmony", "<|channel|>analysis<|message|>Need it.<|end|><|start|>assistant<|channel|>final<|message|>It is 3.<|return|>", reasoning="openai_gptoss")
text("harmony", '<|channel|>analysis<|message|>Need it.<|end|><|start|>assistant<|channel|>commentary to=functions.get_weather <|constrain|>json<|message|>{"city": "Bern"}<|call|>', reasoning="openai_gptoss")
text("harmony", '<|channel|>analysis<|message|>Need it.<|end|><|start|>assistant to=functions.now<|channel|>commentary json<|message|>{}<|call|>', reasoning="openai_gptoss")
text("harmony", '<|channel|>analysis<|message|>a<|end|><|start|>assistant<|channel|>commentary<|message|>I will look.<|end|><|start|>assistant<|channel|>commentary to=functions.now <|constrain|>json<|message|>{}<|call|>', reasoning="openai_gptoss")
text("harmony", "<|channel|>analysis<|message|>a < b, still think", reasoning="openai_gptoss")
text("harmony", "<|channel|>final<|message|>Only this", reasoning="openai_gptoss")
text("harmony", "<|channel|>analysis<|message|>a<|end|><|start|>assistant<|channel|>analysis<|message|>b<|end|><|start|>assistant<|channel|>final<|message|>c", reasoning="openai_gptoss")
text(None, "<|channel|>analysis<|message|>a<|end|><|start|>assistant<|channel|>final<|message|>b<|return|>", reasoning="openai_gptoss")
