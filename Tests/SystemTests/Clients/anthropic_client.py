#!/usr/bin/env python3
"""Uses a running server through the official Anthropic client, and checks what comes back.

    "$(Scripts/python-env)" Tests/SystemTests/Clients/anthropic_client.py http://127.0.0.1:8000 KEY [PATTERN]

The server is expected to ask for the API key KEY. With PATTERN only the checks whose name contains it are run. Exit
status 0 means that every check passed.
"""

import sys

import anthropic
import openai

from checks import check, equal, raises, run

URL, KEY = sys.argv[1].rstrip("/"), sys.argv[2]
PATTERN = sys.argv[3] if len(sys.argv) > 3 else ""

client = anthropic.Anthropic(base_url=URL, api_key=KEY, max_retries=0, timeout=300)
chats = openai.OpenAI(base_url=URL + "/v1", api_key=KEY, max_retries=0, timeout=300)
MODEL = chats.models.list().data[0].id
SYSTEM = "You are a helpful assistant."
QUESTION = [{"role": "user", "content": "What is the capital of France? Answer in one sentence."}]


def ask(messages=QUESTION, temperature=0, **options):
    # This version of the client has no parameter for it any more; the API has.
    options = {"system": SYSTEM, "max_tokens": 24, "extra_body": {"temperature": temperature}, **options}
    return client.messages.create(model=MODEL, messages=messages, **options)


def chat(messages=QUESTION, **options):
    messages = [{"role": "system", "content": SYSTEM}, *messages]
    return chats.chat.completions.create(model=MODEL, messages=messages, temperature=0, max_tokens=24, **options)


@check
def answers_as_a_chat_completion_does():
    message, completion = ask(), chat()
    (block,) = message.content
    equal((block.type, block.text), ("text", completion.choices[0].message.content), "text")
    equal((message.role, message.model, message.stop_reason), ("assistant", MODEL, "end_turn"))
    usage = completion.usage
    equal((message.usage.input_tokens, message.usage.output_tokens), (usage.prompt_tokens, usage.completion_tokens))


@check
def takes_content_in_blocks():
    blocks = [{"type": "text", "text": QUESTION[0]["content"], "cache_control": {"type": "ephemeral"}}]
    system = [{"type": "text", "text": SYSTEM}]
    equal(ask([{"role": "user", "content": blocks}], system=system).content, ask().content, "content")


@check
def streams_the_same_text():
    whole = ask()
    with client.messages.stream(
        model=MODEL, messages=QUESTION, system=SYSTEM, max_tokens=24, extra_body={"temperature": 0}
    ) as stream:
        pieces = list(stream.text_stream)
        message = stream.get_final_message()
    equal("".join(pieces), whole.content[0].text, "text")
    if len(pieces) < 4:
        raise AssertionError(f"{len(pieces)} pieces are no stream")
    equal(message.content[0].text, whole.content[0].text, "the text of the whole")
    equal((message.stop_reason, message.usage), (whole.stop_reason, whole.usage), "the end")


@check
def streams_the_events_in_their_order():
    types = []
    for event in ask(stream=True):
        if not types or types[-1] != event.type:
            types.append(event.type)
    expected = ["message_start", "content_block_start", "content_block_delta", "content_block_stop"]
    equal([kind for kind in types if kind != "ping"], [*expected, "message_delta", "message_stop"], "events")


@check
def says_why_it_ended():
    equal(ask(max_tokens=3).stop_reason, "max_tokens")
    text = ask().content[0].text
    stop = text[len(text) // 2 : len(text) // 2 + 4]
    message = ask(stop_sequences=["never in it", stop])
    equal((message.stop_reason, message.stop_sequence), ("stop_sequence", stop))
    equal(message.content[0].text, text[: text.index(stop)], "text")
    # More than the context holds is no error: the answer ends where the context does.
    equal(ask(max_tokens=1_000_000).stop_reason, "end_turn")


@check
def goes_on_with_an_answer_that_is_begun():
    begun = [*QUESTION, {"role": "assistant", "content": "The capital of France is"}]
    text = ask(begun).content[0].text
    if "Paris" not in text or text.startswith("The capital"):
        raise AssertionError(f"not gone on with: {text!r}")


@check
def counts_the_tokens_that_it_will_charge():
    counted = client.messages.count_tokens(model=MODEL, messages=QUESTION, system=SYSTEM)
    equal(counted.input_tokens, ask(max_tokens=1).usage.input_tokens)


@check
def tells_errors_in_anthropics_words():
    stranger = client.with_options(api_key="wrong")
    for kind, type_, call in (
        (
            anthropic.AuthenticationError,
            "authentication_error",
            lambda: stranger.messages.create(model=MODEL, messages=QUESTION, max_tokens=1),
        ),
        (
            anthropic.NotFoundError,
            "not_found_error",
            lambda: client.messages.create(model="no-such-model", messages=QUESTION, max_tokens=1),
        ),
        (anthropic.BadRequestError, "invalid_request_error", lambda: ask(temperature=1.5)),
        (
            anthropic.BadRequestError,
            "invalid_request_error",
            lambda: ask([{"role": "user", "content": [{"type": "image", "source": {"type": "url", "url": "x"}}]}]),
        ),
    ):
        error = raises(kind, call)
        equal((error.body["type"], error.body["error"]["type"]), ("error", type_))
        if not error.request_id:
            raise AssertionError("the error has no request id")


@check
def takes_a_budget_for_thoughts_of_a_model_without_any():
    # Agents send it to whatever model there is.
    thinking = {"type": "enabled", "budget_tokens": 16}
    equal([block.text for block in ask(thinking=thinking).content], [ask().content[0].text], "text")
    error = raises(anthropic.BadRequestError, lambda: ask(thinking={"type": "enabled", "budget_tokens": 24}))
    if "thinking.budget_tokens" not in str(error):
        raise AssertionError(f"the error does not name the parameter: {error}")


if __name__ == "__main__":
    sys.exit(run(PATTERN))
