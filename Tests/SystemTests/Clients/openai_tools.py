#!/usr/bin/env python3
"""Calls tools through the official OpenAI client, and checks what comes back.

    "$(Scripts/python-env)" Tests/SystemTests/Clients/openai_tools.py http://127.0.0.1:8000 KEY [PATTERN]

The server is expected to ask for the API key KEY and to serve Qwen2.5-Coder-Instruct, or another model whose template
knows of tools. With PATTERN only the checks whose name contains it are run. Exit status 0 means that every check passed.
"""

import json
import sys
import typing

import openai
import pydantic

from checks import check, equal, run

URL, KEY = sys.argv[1].rstrip("/"), sys.argv[2]
PATTERN = sys.argv[3] if len(sys.argv) > 3 else ""
client = openai.OpenAI(base_url=URL + "/v1", api_key=KEY, max_retries=0, timeout=300)
MODEL = client.models.list().data[0].id

WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Get the current weather in a city.",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}, "unit": {"type": "string", "enum": ["celsius", "fahrenheit"]}},
            "required": ["city"],
        },
    },
}
QUESTION = [
    {"role": "system", "content": "You call the functions that you are given."},
    {"role": "user", "content": "What is the weather in Paris? Call get_weather."},
]


def chat(messages=QUESTION, **options):
    options = {"temperature": 0, "max_tokens": 96, **options}
    return client.chat.completions.create(model=MODEL, messages=messages, **options)


def collect(stream):
    """The message that a stream comes to, and why it ended."""
    content, calls, finish = "", [], None
    for chunk in stream:
        choice = chunk.choices[0]
        finish = choice.finish_reason or finish
        content += choice.delta.content or ""
        for call in choice.delta.tool_calls or []:
            if call.id:
                equal(call.index, len(calls), "index of a new call")
                calls.append({"id": call.id, "name": call.function.name, "arguments": "", "pieces": 0})
            calls[call.index]["arguments"] += call.function.arguments or ""
            calls[call.index]["pieces"] += 1
    return content, calls, finish


@check
def tells_text_from_calls():
    """With or without a call, no markup is left, and the reason says which it was."""
    response = chat(tools=[WEATHER])
    choice = response.choices[0]
    if "<tool_call>" in (choice.message.content or ""):
        raise AssertionError(f"markup in the content: {choice.message.content!r}")
    equal(choice.finish_reason == "tool_calls", bool(choice.message.tool_calls), "a reason that fits")
    for call in choice.message.tool_calls or []:
        equal((call.type, call.function.name), ("function", "get_weather"))
        json.loads(call.function.arguments)


@check
def streams_the_same():
    whole = chat(tools=[WEATHER]).choices[0]
    content, calls, finish = collect(chat(tools=[WEATHER], stream=True))
    equal((content, finish), (whole.message.content or "", whole.finish_reason), "text and reason")
    expected = [(call.function.name, call.function.arguments) for call in whole.message.tool_calls or []]
    equal([(call["name"], call["arguments"]) for call in calls], expected, "calls")


@check
def takes_a_tools_answer():
    call = {"id": "call_1", "type": "function", "function": {"name": "get_weather", "arguments": '{"city": "Paris"}'}}
    messages = QUESTION + [
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_1", "content": '{"celsius": 21, "sky": "cloudy"}'},
    ]
    message = chat(messages, tools=[WEATHER], tool_choice="none").choices[0].message
    equal(message.tool_calls, None, "calls where none may be")
    if "21" not in message.content and "cloudy" not in message.content:
        raise AssertionError(f"the tool's answer is not used: {message.content!r}")


@check
def takes_legacy_functions():
    response = chat(functions=[WEATHER["function"]])
    choice = response.choices[0]
    equal(choice.message.tool_calls, None, "tool calls")
    equal(choice.finish_reason == "function_call", bool(choice.message.function_call), "a reason that fits")
    messages = QUESTION + [
        {"role": "assistant", "content": None, "function_call": {"name": "get_weather", "arguments": '{"city": "Paris"}'}},
        {"role": "function", "name": "get_weather", "content": '{"celsius": 21, "sky": "cloudy"}'},
    ]
    chat(messages, functions=[WEATHER["function"]], function_call="none")


@check
def counts_the_tools_in_the_prompt():
    bare = chat(max_tokens=1).usage.prompt_tokens
    told = chat(max_tokens=1, tools=[WEATHER]).usage.prompt_tokens
    hidden = chat(max_tokens=1, tools=[WEATHER], tool_choice="none").usage.prompt_tokens
    if told < bare + 50:
        raise AssertionError(f"the model is not told of the tools: {bare} tokens, then {told}")
    equal(hidden, bare, "tokens where no tool may be used")


@check
def refuses_what_is_no_tool():
    cases = {
        "tools[0].function.name": {"tools": [{"type": "function", "function": {"name": "no spaces"}}]},
        "tool_choice": {"tools": [WEATHER], "tool_choice": {"type": "function", "function": {"name": "other"}}},
    }
    for parameter, options in cases.items():
        try:
            chat(**options)
        except openai.BadRequestError as error:
            equal(error.param, parameter, "parameter at fault")
        else:
            raise AssertionError(f"{options} was taken")


@check
def guaranteed_named_call():
    """Needs constrained decoding; at temperature 1, so that nothing but the grammar makes it a call."""
    choice = {"type": "function", "function": {"name": "get_weather"}}
    poem = [{"role": "user", "content": "Write a poem about the sea."}]
    for seed in range(4):
        response = chat(poem, tools=[WEATHER], tool_choice=choice, temperature=1, seed=seed)
        message = response.choices[0].message
        equal((len(message.tool_calls), message.content), (1, None), "calls and content")
        arguments = json.loads(message.tool_calls[0].function.arguments)
        equal(arguments.get("unit", "celsius") in ("celsius", "fahrenheit"), True, "unit")
        equal(isinstance(arguments["city"], str), True, "city")
        content, calls, finish = collect(chat(poem, tools=[WEATHER], tool_choice=choice, temperature=1, seed=seed, stream=True))
        equal((content, finish), ("", response.choices[0].finish_reason), "streamed content and reason")
        equal(finish, "stop", "OpenAI's reason where the function was named")
        equal(calls[0]["arguments"], message.tool_calls[0].function.arguments, "streamed arguments")
        if calls[0]["pieces"] < 3:
            raise AssertionError(f"{calls[0]['pieces']} deltas are no stream")


@check
def guaranteed_required_call():
    """Needs constrained decoding."""
    other = {"type": "function", "function": {"name": "now", "parameters": {"type": "object", "properties": {}}}}
    for parallel in (True, False):
        response = chat(
            [{"role": "user", "content": "Hello!"}], tools=[WEATHER, other], tool_choice="required", temperature=1, seed=3,
            max_tokens=400, parallel_tool_calls=parallel,
        )
        calls = response.choices[0].message.tool_calls
        equal(response.choices[0].finish_reason, "tool_calls", "finish reason")
        if not calls or not parallel and len(calls) != 1:
            raise AssertionError(f"{len(calls or [])} calls")
        for call in calls:
            json.loads(call.function.arguments)


class Bird(pydantic.BaseModel):
    """What is asked for as a type of Python's."""

    name: str = pydantic.Field(max_length=20)
    wings: int = pydantic.Field(ge=0, le=2)
    colour: typing.Literal["black", "white", "brown"]


@check
def guaranteed_types_are_parsed():
    """Needs constrained decoding: answers, responses and calls come back as objects of the client's own types."""
    question = "Tell me of a bird."
    for seed in range(3):
        options = {"temperature": 1, "seed": seed, "max_tokens": 200}
        messages = [{"role": "user", "content": question}]
        answer = client.chat.completions.parse(model=MODEL, messages=messages, response_format=Bird, **options)
        equal(isinstance(answer.choices[0].message.parsed, Bird), True, "parsed answer")
        tools = [openai.pydantic_function_tool(Bird)]
        call = client.chat.completions.parse(
            model=MODEL, messages=messages, tools=tools, tool_choice="required", parallel_tool_calls=False, **options
        )
        equal(isinstance(call.choices[0].message.tool_calls[0].function.parsed_arguments, Bird), True, "parsed call")
    response = client.responses.parse(model=MODEL, input=question, text_format=Bird, max_output_tokens=200)
    equal(isinstance(response.output_parsed, Bird), True, "parsed response")

@check
def guaranteed_strict_calls():
    """The model decides; where it calls, also at temperature 1, the call is of the client's own type."""
    tools = [openai.pydantic_function_tool(Bird), {**WEATHER, "function": {**WEATHER["function"], "strict": True}}]
    messages = [
        {"role": "system", "content": "You call the functions that you are given."},
        {"role": "user", "content": "Describe a blackbird. Call Bird."},
    ]
    calls = 0
    for seed in range(6):
        options = {"temperature": 1, "seed": seed, "max_tokens": 200}
        try:
            message = client.chat.completions.parse(model=MODEL, messages=messages, tools=tools, **options).choices[0].message
        except openai.LengthFinishReasonError:
            continue
        for call in message.tool_calls or []:
            if call.function.name == "Bird":
                equal(isinstance(call.function.parsed_arguments, Bird), True, "parsed arguments")
                calls += 1
        if "<tool_call>" in (message.content or ""):
            raise AssertionError(f"markup in the content: {message.content!r}")
    if calls < 3:
        raise AssertionError(f"{calls} calls in 6 answers")
    free = chat([{"role": "user", "content": "Write a poem about the sea."}], tools=tools).choices[0].message
    equal((bool(free.content), free.tool_calls), (True, None), "an answer without calls")


def main():
    # Without a pattern only what needs no constrained decoding.
    return run(PATTERN, leaves_out=lambda name: not PATTERN and name.startswith("guaranteed"))


if __name__ == "__main__":
    sys.exit(main())
