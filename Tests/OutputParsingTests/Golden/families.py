"""How families of models write calls of tools: one function each, and the argument shapes that compare.py writes with them."""

import json


def dump(value):
    return json.dumps(value, ensure_ascii=False)


def plain(value):
    return value if isinstance(value, str) else dump(value)


def objects(opening, closing, key="arguments", between="\n"):
    def write(calls):
        texts = [f'{opening}{dump({"name": name, key: arguments})}{closing}' for name, arguments in calls]
        return between.join(texts)

    return write


def array(opening, closing):
    def write(calls):
        return opening + dump([{"name": name, "arguments": arguments} for name, arguments in calls]) + closing

    return write


def tags(begin, function, name_end, parameter, parameter_end, function_end, end, one_block=False):
    def one(name, arguments):
        body = "".join(f"{parameter(key)}{plain(value)}{parameter_end}\n" for key, value in arguments.items())
        return f"{function}{name}{name_end}\n{body}{function_end}"

    def write(calls):
        texts = [one(*call) for call in calls]
        if one_block:
            return begin + "\n" + "\n".join(texts) + "\n" + end
        return "\n".join(begin + "\n" + text + "\n" + end for text in texts)

    return write


def glm(calls):
    def one(name, arguments):
        body = "".join(
            f"<arg_key>{key}</arg_key>\n<arg_value>{plain(value)}</arg_value>\n" for key, value in arguments.items()
        )
        return f"<tool_call>{name}\n{body}</tool_call>"

    return "\n".join(one(*call) for call in calls)


def pythonic(opening="", closing=""):
    def one(name, arguments):
        return name + "(" + ", ".join(f"{key}={value!r}" for key, value in arguments.items()) + ")"

    return lambda calls: opening + "[" + ", ".join(one(*call) for call in calls) + "]" + closing


def deepseek_v3(calls):
    texts = [
        f"<｜tool▁call▁begin｜>function<｜tool▁sep｜>{name}\n```json\n{dump(arguments)}\n```<｜tool▁call▁end｜>"
        for name, arguments in calls
    ]
    return "<｜tool▁calls▁begin｜>" + "\n".join(texts) + "<｜tool▁calls▁end｜>"


def deepseek_v31(calls):
    texts = [
        f"<｜tool▁call▁begin｜>{name}<｜tool▁sep｜>{dump(arguments)}<｜tool▁call▁end｜>" for name, arguments in calls
    ]
    return "<｜tool▁calls▁begin｜>" + "".join(texts) + "<｜tool▁calls▁end｜>"


def kimi(calls):
    texts = [
        f"<|tool_call_begin|>functions.{name}:{index}<|tool_call_argument_begin|>{dump(arguments)}<|tool_call_end|>"
        for index, (name, arguments) in enumerate(calls)
    ]
    return "<|tool_calls_section_begin|>" + "".join(texts) + "<|tool_calls_section_end|>"


def mistral(calls):
    return "".join(f"[TOOL_CALLS]{name}[ARGS]{dump(arguments)}" for name, arguments in calls)


def harmony(calls):
    texts = [
        f"<|channel|>commentary to=functions.{name} <|constrain|>json<|message|>{dump(arguments)}<|call|>"
        for name, arguments in calls
    ]
    return "<|start|>assistant".join(texts)


DEEPSEEK = [
    "<｜tool▁calls▁begin｜>", "<｜tool▁calls▁end｜>", "<｜tool▁call▁begin｜>", "<｜tool▁call▁end｜>", "<｜tool▁sep｜>",
]
KIMI = [
    "<|tool_calls_section_begin|>", "<|tool_calls_section_end|>", "<|tool_call_begin|>", "<|tool_call_end|>",
    "<|tool_call_argument_begin|>",
]
QWEN = ["<tool_call>", "</tool_call>"]

# Name here → (our format, vLLM's tool parser, special tokens, how calls are written, a closing and an opening marker).
FAMILIES = {
    "hermes": ("hermes", "hermes", QWEN, objects("<tool_call>\n", "\n</tool_call>"), "</tool_call>", "<tool_call>"),
    "granite4": ("hermes", "granite4", QWEN, objects("<tool_call>\n", "\n</tool_call>"), None, None),
    "qwen3_coder": (
        "qwenCoder", "qwen3_coder", QWEN,
        tags("<tool_call>", "<function=", ">", lambda key: f"<parameter={key}>\n", "\n</parameter>", "</function>",
             "</tool_call>"), None, "<tool_call>"),
    "seed_oss": (
        "seed", "seed_oss", ["<seed:tool_call>", "</seed:tool_call>"],
        tags("<seed:tool_call>", "<function=", ">", lambda key: f"<parameter={key}>", "</parameter>", "</function>",
             "</seed:tool_call>"), None, None),
    "minimax_m2": (
        "miniMax", "minimax_m2", ["<minimax:tool_call>", "</minimax:tool_call>"],
        tags("<minimax:tool_call>", '<invoke name="', '">', lambda key: f'<parameter name="{key}">', "</parameter>",
             "</invoke>", "</minimax:tool_call>", one_block=True), None, None),
    "glm45": ("glm", "glm45", QWEN, glm, None, "<tool_call>"),
    "llama3_json": (
        "llama", "llama3_json", ["<|python_tag|>"], objects("", "", "parameters", "; "), None, "<|python_tag|>"),
    "mistral": ("mistral", "mistral", ["[TOOL_CALLS]"], array("[TOOL_CALLS] ", ""), None, "[TOOL_CALLS]"),
    "mistral_v11": ("mistral", "mistral", ["[TOOL_CALLS]", "[ARGS]"], mistral, None, None),
    "pythonic": ("pythonic", "pythonic", [], pythonic(), None, None),
    "llama4_pythonic": (
        "pythonic", "llama4_pythonic", ["<|python_start|>", "<|python_end|>"],
        pythonic("<|python_start|>", "<|python_end|>"), None, None),
    "lfm2": (
        "lfm2", "lfm2", ["<|tool_call_start|>", "<|tool_call_end|>"],
        pythonic("<|tool_call_start|>", "<|tool_call_end|>"), None, None),
    "deepseek_v3": ("deepSeek", "deepseek_v3", DEEPSEEK, deepseek_v3, "\n```", None),
    "deepseek_v31": ("deepSeek", "deepseek_v31", DEEPSEEK, deepseek_v31, None, None),
    "kimi_k2": ("kimi", "kimi_k2", KIMI, kimi, None, None),
    "internlm": (
        "internLM", "internlm", ["<|action_start|>", "<|plugin|>", "<|action_end|>"],
        objects("<|action_start|><|plugin|>\n", "<|action_end|>\n", "parameters"), None, None),
    "granite": ("granite", "granite", ["<|tool_call|>"], array("<|tool_call|>", ""), None, "<|tool_call|>"),
    "phi4": ("phi", "phi4_mini_json", [], array("functools", ""), None, None),
    "harmony": ("harmony", "openai", [], harmony, None, None),
}

TOOLS = [
    ("get_weather", {
        "type": "object",
        "properties": {
            "city": {"type": "string"}, "days": {"type": "integer"}, "unit": {"enum": ["celsius", "fahrenheit"]},
        },
        "required": ["city"],
    }),
    ("write_file", {
        "type": "object",
        "properties": {
            "path": {"type": "string"}, "text": {"type": "string"}, "force": {"type": "boolean"},
            "tags": {"$ref": "#/$defs/tags"}, "size": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
            "id": {"type": ["string", "integer"]},
        },
        "$defs": {"tags": {"type": "array", "items": {"type": "string"}}},
    }),
    ("now", {"type": "object", "properties": {}}),
    ("search", {"type": "object", "properties": {"query": {"type": "string"}}}),
    ("store", {
        "type": "object",
        "properties": {
            "text": {"type": "string"}, "number": {"type": "number"}, "count": {"type": "integer"},
            "flag": {"type": "boolean"}, "none": {"type": "null"}, "list": {"type": "array"},
            "object": {"type": "object"},
        },
    }),
]


def shapes(closing, opening):
    """Calls of one tool in many shapes: a name and arguments."""
    shapes = [
        ("get_weather", {"city": "Paris"}),
        ("get_weather", {"city": "Zürich 東京 👩‍👧 ﷽", "days": 3, "unit": "celsius"}),
        ("store", {"object": {"a": [1, {"b": None, "c": [[]]}], "d": {}, "e": {"f": {"g": "h"}}}}),
        ("store", {"list": ["x", "y, z", [1, 2, [3]], {"k": "v"}, True, None]}),
        ("store", {"text": 'a "quoted" \\ back / slash \t tab, \'single\' and `tick`'}),
        ("store", {"text": "line 1\n\nline 3\n  indented"}),
        ("store", {"number": -1.5e-07, "count": 0}),
        ("store", {"count": 1234567890123, "number": 3.25}),
        ("store", {"flag": True, "none": None}),
        ("store", {"flag": False, "text": "true"}),
        ("now", {}),
        ("store", {"text": ""}),
        ("store", {"text": "123"}),
        ("store", {"text": '{"a": [1, 2]}'}),
        ("store", {"text": "  spaces around  "}),
        ("store", {"text": "if a < b && c > d: print('{x}') # [y] (z)"}),
        ("store", {"text": "<b>bold</b> & <tool> </tool> <functions>", "count": 2}),
        ("store", {"text": "100 % ; {\"name\": \"now\", \"parameters\": {}}"}),
        ("search", {"query": "SELECT * FROM t WHERE a = 'b'; -- \\n"}),
    ]
    if closing:
        shapes.append(("store", {"text": f"the end is {closing} and on"}))
    if opening:
        shapes.append(("store", {"text": f"it begins with {opening} and on"}))
    return shapes
