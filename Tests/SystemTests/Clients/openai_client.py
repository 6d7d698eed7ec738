#!/usr/bin/env python3
"""Uses a running server through the official OpenAI client, and checks what comes back.

    "$(Scripts/python-env)" Tests/SystemTests/Clients/openai_client.py http://127.0.0.1:8000 KEY [PATTERN]

The server is expected to ask for the API key KEY and to serve one chat model with a context of at most 8192 tokens.
With PATTERN only the checks whose name contains it are run. Exit status 0 means that every check passed.
"""

import asyncio
import sys
import time

import openai

from checks import check, equal, post, raises, run

URL, KEY = sys.argv[1].rstrip("/"), sys.argv[2]
PATTERN = sys.argv[3] if len(sys.argv) > 3 else ""
CONTEXT_TOKENS_MAX = 8192

client = openai.OpenAI(base_url=URL + "/v1", api_key=KEY, max_retries=0, timeout=300)
MODEL = client.models.list().data[0].id
QUESTION = [
    {"role": "system", "content": "You are a helpful assistant."},
    {"role": "user", "content": "What is the capital of France? Answer in one sentence."},
]


def tokenize(**body):
    return post(URL + "/tokenize", KEY, {"model": MODEL, **body})["tokens"]


def chat(messages=QUESTION, **options):
    options = {"temperature": 0, "max_tokens": 24, **options}
    return client.chat.completions.create(model=MODEL, messages=messages, **options)


def complete(prompt, **options):
    options = {"temperature": 0, "max_tokens": 8, **options}
    return client.completions.create(model=MODEL, prompt=prompt, **options)


# Models


@check
def lists_and_retrieves_the_model():
    models = client.models.list().data
    equal(len(models), 1, "models")
    model = client.models.retrieve(MODEL)
    equal((model.id, model.object), (MODEL, "model"))
    if abs(time.time() - model.created) > 86400 * 365 * 50:
        raise AssertionError(f"created is no time: {model.created}")


@check
def refuses_a_wrong_key():
    stranger = client.with_options(api_key="wrong")
    raises(openai.AuthenticationError, stranger.models.list, "invalid_api_key")
    ask = lambda: stranger.chat.completions.create(model=MODEL, messages=QUESTION)
    raises(openai.AuthenticationError, ask, "invalid_api_key")


@check
def knows_no_other_model():
    raises(openai.NotFoundError, lambda: client.models.retrieve("no-such-model"), "model_not_found")
    ask = lambda: client.chat.completions.create(model="no-such-model", messages=QUESTION)
    raises(openai.NotFoundError, ask, "model_not_found")


# Chat


@check
def answers_a_chat():
    response = chat()
    choice = response.choices[0]
    equal((response.object, response.model, choice.message.role), ("chat.completion", MODEL, "assistant"))
    equal(choice.finish_reason, "stop", "finish reason")
    if "Paris" not in choice.message.content:
        raise AssertionError(f"not the capital of France: {choice.message.content!r}")


@check
def counts_usage_as_tokenize_does():
    usage = chat(max_tokens=5, extra_body={"ignore_eos": True}).usage
    equal(usage.prompt_tokens, len(tokenize(messages=QUESTION)), "prompt tokens")
    equal(usage.completion_tokens, 5, "completion tokens")
    equal(usage.total_tokens, usage.prompt_tokens + 5, "total tokens")


@check
def streams_the_same_text():
    whole = chat()
    chunks = list(chat(stream=True, stream_options={"include_usage": True}))
    equal({chunk.id for chunk in chunks}, {chunks[0].id}, "ids of one answer")
    equal({chunk.object for chunk in chunks}, {"chat.completion.chunk"}, "objects")
    *deltas, last = chunks
    equal((last.choices, last.usage), ([], whole.usage), "the usage chunk")
    text = "".join(chunk.choices[0].delta.content or "" for chunk in deltas)
    equal(text, whole.choices[0].message.content, "text")
    equal(deltas[0].choices[0].delta.role, "assistant", "role")
    equal(deltas[-1].choices[0].finish_reason, "stop", "finish reason")
    if len(deltas) < 4:
        raise AssertionError(f"{len(deltas)} chunks are no stream")


@check
def streams_without_usage_unless_asked():
    chunks = list(chat(stream=True))
    equal([chunk for chunk in chunks if chunk.usage or not chunk.choices], [], "chunks with usage")


@check
def says_length_where_the_limit_ended_the_answer():
    for limit in ({"max_tokens": 3}, {"max_tokens": openai.omit, "max_completion_tokens": 3}):
        response = chat(**limit)
        equal((response.choices[0].finish_reason, response.usage.completion_tokens), ("length", 3))


@check
def ends_before_a_stop_string():
    text = chat().choices[0].message.content
    stop = text[len(text) // 2 : len(text) // 2 + 4]  # Most likely not at the border of a token.
    expected = text[: text.index(stop)]
    response = chat(stop=["never in it", stop])
    equal((response.choices[0].message.content, response.choices[0].finish_reason), (expected, "stop"))
    chunks = [chunk.choices[0] for chunk in chat(stop=stop, stream=True)]
    equal("".join(chunk.delta.content or "" for chunk in chunks), expected, "streamed text")
    equal(chunks[-1].finish_reason, "stop", "streamed finish reason")


@check
def gives_n_choices_that_a_seed_repeats():
    ask = lambda seed: chat(n=2, seed=seed, temperature=1, max_tokens=16, extra_body={"ignore_eos": True})
    texts = lambda response: [choice.message.content for choice in response.choices]
    first = ask(7)
    equal([choice.index for choice in first.choices], [0, 1], "indices")
    equal(first.usage.completion_tokens, 32, "completion tokens")
    equal(texts(ask(7)), texts(first), "the same seed")
    if texts(first)[0] == texts(first)[1] or texts(ask(8)) == texts(first):
        raise AssertionError(f"the seed decides nothing: {texts(first)}")


@check
def streams_n_choices_apart():
    texts = ["", ""]
    for chunk in chat(n=2, seed=7, temperature=1, stream=True):
        texts[chunk.choices[0].index] += chunk.choices[0].delta.content or ""
    whole = chat(n=2, seed=7, temperature=1)
    equal(texts, [choice.message.content for choice in whole.choices], "streamed choices")


@check
def bans_a_token_by_logit_bias():
    first = tokenize(prompt=chat(max_tokens=1).choices[0].message.content, add_special_tokens=False)[0]
    biased = chat(max_tokens=1, logit_bias={str(first): -100}).choices[0].message.content
    equal(first in tokenize(prompt=biased, add_special_tokens=False), False, "the banned token is in the answer")


# Plain completions


@check
def completes_text_and_token_ids_alike():
    prompt = "The three primary colours are"
    text = complete(prompt).choices[0].text
    ids = tokenize(prompt=prompt)
    equal(complete(ids).choices[0].text, text, "from ids")
    equal(complete([prompt]).choices[0].text, text, "from a list of one text")
    equal(complete([ids]).choices[0].text, text, "from a list of one list of ids")


@check
def completes_a_batch_of_prompts():
    prompts = ["One, two, three,", "The opposite of hot is", "def add(a, b):\n    return"]
    alone = [complete(prompt) for prompt in prompts]
    batch = complete(prompts)
    equal([choice.index for choice in batch.choices], [0, 1, 2], "indices")
    equal([choice.text for choice in batch.choices], [one.choices[0].text for one in alone], "texts")
    equal(batch.usage.prompt_tokens, sum(one.usage.prompt_tokens for one in alone), "prompt tokens")
    equal(batch.usage.completion_tokens, sum(one.usage.completion_tokens for one in alone), "completion tokens")
    ids = complete([tokenize(prompt=prompt) for prompt in prompts])
    equal([choice.text for choice in ids.choices], [choice.text for choice in batch.choices], "texts from ids")
    texts = ["", "", ""]
    for chunk in complete(prompts, stream=True):
        texts[chunk.choices[0].index] += chunk.choices[0].text
    equal(texts, [choice.text for choice in batch.choices], "streamed texts")


@check
def detokenizes_what_it_tokenizes():
    for text in ("Hello, world", "Größe 東京 🐦\n\n\ttab", ""):
        ids = tokenize(prompt=text, add_special_tokens=False)
        equal(post(URL + "/detokenize", KEY, {"model": MODEL, "tokens": ids})["prompt"], text, "text")


# Requests that cannot be


@check
def refuses_a_prompt_over_the_context():
    long = [{"role": "user", "content": "swift " * (CONTEXT_TOKENS_MAX + 1)}]
    error = raises(openai.BadRequestError, lambda: chat(long), "context_length_exceeded")
    if not any(character.isdigit() for character in error.message):
        raise AssertionError(f"the message names no limit: {error.message}")


@check
def refuses_values_that_cannot_be():
    for parameter, options in {
        "temperature": {"temperature": -1},
        "top_p": {"top_p": 2},
        "n": {"n": 0},
        "max_tokens": {"max_tokens": -5},
        "messages": {"messages": []},
    }.items():
        try:
            chat(**options)
        except openai.BadRequestError as error:
            equal(error.param, parameter, "parameter at fault")
        else:
            raise AssertionError(f"{options} was taken")


@check
def refuses_the_unsupported_and_takes_the_unknown():
    try:
        chat(modalities=["text", "audio"])
    except openai.BadRequestError as error:
        equal(error.param, "modalities", "parameter at fault")
    else:
        raise AssertionError("a modality that there is not was taken")
    equal(chat(extra_body={"some_new_thing": 1}).choices[0].message, chat().choices[0].message, "answer")


# Many at once


@check
def answers_many_at_once_as_each_alone():
    subjects = "rain snow wind fog ice sun moon stars rivers lakes seas hills caves birds bees wolves".split()
    requests = [
        {
            "messages": [{"role": "user", "content": f"Tell me about {subject}." + " Be brief." * (index * 5)}],
            "max_tokens": 16 + 2 * index,
        }
        for index, subject in enumerate(subjects)
    ]

    async def stream(asynchronous, request):
        chunks = await asynchronous.chat.completions.create(
            model=MODEL, temperature=0, stream=True, extra_body={"ignore_eos": True}, **request
        )
        return "".join([chunk.choices[0].delta.content or "" async for chunk in chunks])

    async def stream_all():
        async with openai.AsyncOpenAI(base_url=URL + "/v1", api_key=KEY, max_retries=0, timeout=300) as asynchronous:
            return await asyncio.gather(*(stream(asynchronous, request) for request in requests))

    together = asyncio.run(stream_all())
    for request, text in zip(requests, together):
        alone = chat(extra_body={"ignore_eos": True}, **request).choices[0].message.content
        equal(text, alone, request["messages"][0]["content"])


if __name__ == "__main__":
    sys.exit(run(PATTERN))
