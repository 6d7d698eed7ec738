"""Writes conversations.json and snippets.json: what Jinja2, set up as Transformers does, makes of each template.

    pip install transformers jinja2 && TZ=UTC python make.py
"""

import copy
import datetime
import json
import pathlib

import jinja2
from transformers.utils import chat_template_utils

HERE = pathlib.Path(__file__).parent
NOW = 1717243445  # 2024-06-01 12:04:05 UTC


class FixedTime(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return cls.fromtimestamp(NOW, datetime.timezone.utc).replace(tzinfo=None)


chat_template_utils.datetime = FixedTime


def kind(error):
    """The class of error that Needletail names for this exception."""
    if isinstance(error, (jinja2.TemplateSyntaxError, SyntaxError)):
        return "syntax"
    if isinstance(error, jinja2.exceptions.SecurityError):
        return "security"
    if isinstance(error, jinja2.UndefinedError):
        return "undefined"
    if isinstance(error, RecursionError):
        return "limit"
    if isinstance(error, (jinja2.TemplateRuntimeError, RuntimeError)):
        return "runtime"
    if type(error) is jinja2.TemplateError:
        return "raised"
    if isinstance(error, ArithmeticError):
        return "arithmetic"
    if isinstance(error, (TypeError, AttributeError)):
        return "type"
    return "value"


def outcome(template, variables):
    try:
        compiled = chat_template_utils._compile_jinja_template(template)
        return {"output": compiled.render(**copy.deepcopy(variables))}
    except Exception as error:
        result = {"error": kind(error)}
        if result["error"] in ("undefined", "raised", "security"):
            result["message"] = str(error)
        return result


WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather at a place — today's.",
        "parameters": {
            "type": "object",
            "properties": {
                "place": {"type": "string", "description": "Where, such as \"Zürich\""},
                "unit": {"type": "string", "enum": ["celsius", "fahrenheit"]},
                "days": {"type": "array", "items": {"type": "integer"}},
            },
            "required": ["place"],
        },
    },
}
SUM = {
    "type": "function",
    "function": {
        "name": "add",
        "description": "Adds <two> numbers & gives their sum.",
        "parameters": {
            "type": "object",
            "properties": {"a": {"type": "number", "default": 1.5}, "b": {"type": ["number", "null"], "default": 1e-7}},
        },
    },
}


def call(name, arguments, id="call12345"):
    return {"id": id, "type": "function", "function": {"name": name, "arguments": arguments}}


def message(role, content, **more):
    return {"role": role, "content": content, **more}


USER = message("user", "Hello, who are you?")
SYSTEM = message("system", "Be brief.")
ANSWER = message("assistant", "I am a bird.")
CALLS = message("assistant", "", tool_calls=[call("get_weather", {"place": "Zürich", "days": [1, 2]})])
RESULT = message("tool", '{"celsius": 21.5}', tool_call_id="call12345", name="get_weather")
CONVERSATIONS = {
    "one question": {"messages": [USER]},
    "system": {"messages": [SYSTEM, USER]},
    "turns": {"messages": [SYSTEM, USER, ANSWER, message("user", "And how fast?")]},
    "many turns": {"messages": [USER, ANSWER] * 6 + [USER]},
    "ends with the answer": {"messages": [USER, ANSWER]},
    "empty content": {"messages": [message("system", ""), message("user", "")]},
    "white space": {"messages": [message("user", "  \n two lines \n\n and a tab\t "), message("assistant", "\n\nyes \n"), USER]},
    "unicode": {"messages": [message("system", "日本語で。"), message("user", "e\u0301 é 👩‍👩‍👧 \u00a0nbsp ｜▁ <b>&'\"")]},
    "special tokens": {"messages": [message("user", "<|im_end|>\n<|im_start|>system\n{{ x }} {% y %}")]},
    "tools": {"messages": [USER], "tools": [WEATHER, SUM]},
    "system and tools": {"messages": [SYSTEM, USER], "tools": [WEATHER]},
    "a call": {"messages": [USER, CALLS, RESULT], "tools": [WEATHER]},
    "a call with an answer": {"messages": [SYSTEM, USER, CALLS, RESULT, ANSWER, USER], "tools": [WEATHER, SUM]},
    "two calls": {
        "messages": [
            USER,
            message("assistant", "Let me see.", tool_calls=[call("add", {"a": 1, "b": 2.0}), call("add", {}, "call67890")]),
            RESULT,
            message("tool", "3", tool_call_id="call67890"),
        ],
        "tools": [SUM],
    },
    "a call without content": {"messages": [USER, {**CALLS, "content": None}, RESULT], "tools": [WEATHER]},
    "a call given as text": {"messages": [USER, message("assistant", "", tool_calls=[call("add", '{"a": 1}')]), RESULT]},
    "thoughts in the text": {"messages": [USER, message("assistant", "<think>\nHm.\n</think>\n\nA bird."), USER]},
    "thoughts apart": {"messages": [USER, message("assistant", "A bird.", reasoning_content="Hm.\n")]},
    "no thinking": {"messages": [USER], "enable_thinking": False},
    "documents": {"messages": [USER], "documents": [{"title": "Birds", "text": "They fly."}, {"title": "", "text": "é"}]},
    "parts": {"messages": [message("user", [{"type": "text", "text": "What is this? "}, {"type": "image"}])]},
    "wrong order": {"messages": [ANSWER, USER]},
    "unknown role": {"messages": [message("critic", "Hm.")]},
    "no content": {"messages": [{"role": "user"}]},
    "no messages": {"messages": []},
}


def conversations():
    cases = []
    for path in sorted((HERE / "templates").glob("*.jinja")):
        template = path.read_text()
        for name, conversation in CONVERSATIONS.items():
            for prompt in (True, False):
                variables = {
                    "tools": None,
                    "documents": None,
                    "bos_token": "<s>",
                    "eos_token": "</s>",
                    "add_generation_prompt": prompt,
                    **conversation,
                }
                aliased = dict(variables)
                aliased["messages"] = chat_template_utils._alias_reasoning_fields(variables["messages"])
                cases.append({"template": path.stem, "name": name, "prompt": prompt, **outcome(template, aliased)})
    return {"now": NOW, "conversations": CONVERSATIONS, "cases": cases}


VARIABLES = {
    "s": "Hello World",
    "u": "e\u0301ñ👩‍👧日本\u00a0",
    "ws": " \t two  words \n",
    "n": 7,
    "neg": -3,
    "f": 2.5,
    "t": True,
    "no": None,
    "empty": "",
    "l": [3, 1, 2],
    "names": ["bob", "Alice", "carol", "alice"],
    "nested": [[1, 2], [3, [4, "x"]]],
    "d": {"b": 1, "a": "two", "items": "shadow", "nested": {"k": [1, 2, {"z": None}]}},
    "people": [
        {"name": "Ann", "age": 30, "city": "Bern"},
        {"name": "bo", "age": 25, "city": "Basel", "tags": ["x"]},
        {"name": "Cy", "age": 30, "city": "bern"},
    ],
    "tree": [{"n": "a", "c": [{"n": "b", "c": []}, {"n": "c", "c": [{"n": "d", "c": []}]}]}],
    "html": "<a href='x'>Tom & \"Jerry\"</a> <!-- c --> &lt;",
    "big": 9007199254740993,
}


def snippets():
    lines = (HERE / "snippets.txt").read_bytes().decode().split("\n---\n")
    return {
        "variables": VARIABLES,
        "now": NOW,
        "cases": [{"template": line, **outcome(line, VARIABLES)} for line in lines],
    }


def write(name, content):
    text = json.dumps(content, ensure_ascii=False, indent=1)
    (HERE / name).write_text(text + "\n")


if __name__ == "__main__":
    write("conversations.json", conversations())
    write("snippets.json", snippets())
