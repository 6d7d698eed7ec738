#!/usr/bin/env python3
"""Shows with the official OpenAI client that every documented parameter does what docs/parameters.md says.

    "$(Scripts/python-env)" Tests/SystemTests/Clients/parameters_client.py http://127.0.0.1:8000 KEY [PATTERN]

The server is expected to ask for the API key KEY and to serve SmolLM2 or Qwen2.5-Coder. Every parameter in a table of the
page has a check of its name here, or the script fails. Exit status 0 means that every check passed.
"""

import json
import math
import pathlib
import re
import sys

import openai

from checks import equal, run

URL, KEY = sys.argv[1].rstrip("/"), sys.argv[2]
PATTERN = sys.argv[3] if len(sys.argv) > 3 else ""
REFERENCE = json.loads((pathlib.Path(__file__).parent / "reference-smollm2.json").read_text())
PAGE = pathlib.Path(__file__).resolve().parents[3] / "docs" / "parameters.md"

client = openai.OpenAI(base_url=URL + "/v1", api_key=KEY, max_retries=0, timeout=300)
MODEL = client.models.list().data[0].id
FILLS_GAPS = "qwen" in MODEL.lower()
QUESTION = [{"role": "user", "content": "Name three colours."}]
PROMPT = "The three primary colours are"
CHECKS = {}

# Parameters that other scripts of this folder, or other tests, show.
ELSEWHERE = set(
    "tools tool_choice parallel_tool_calls functions function_call include_reasoning thinking_token_budget "
    "reasoning_effort response_format structured_outputs guided_json guided_regex guided_choice guided_grammar "
    "grammar json_schema enable_thinking thinking_budget max_thinking_tokens thinking".split()
)


def shows(*names):
    """The function checks what these parameters change."""

    def register(function):
        for name in names:
            CHECKS.setdefault(name, []).append(function)
        return function

    return register


def split(client_method, options):
    """Puts what the client does not know into the body beside what it knows."""
    known = client_method.__wrapped__.__kwdefaults__ if hasattr(client_method, "__wrapped__") else {}
    own = {name: value for name, value in options.items() if name in known}
    extra = {name: value for name, value in options.items() if name not in known}
    return {**own, "extra_body": extra}


def chat(messages=QUESTION, **options):
    options = {"temperature": 0, "max_tokens": 12, **options}
    return client.chat.completions.create(
        model=MODEL, messages=messages, **split(client.chat.completions.create, options)
    )


def complete(prompt=PROMPT, **options):
    options = {"temperature": 0, "max_tokens": 12, **options}
    return client.completions.create(model=MODEL, prompt=prompt, **split(client.completions.create, options))


def said(response):
    return response.choices[0].message.content


def text(response):
    return response.choices[0].text


def true(condition, what):
    if not condition:
        raise AssertionError(what)


def refused(parameter, call):
    try:
        call()
    except openai.BadRequestError as error:
        equal(error.param, parameter, "parameter at fault")
    else:
        raise AssertionError(f"{parameter} was taken")


def ids(response):
    return response.choices[0].token_ids


def drawn(**options):
    """The first tokens of many answers, each drawn."""
    options = {"temperature": 1, "seed": 3, "n": 48, "max_tokens": 1, "return_token_ids": True, **options}
    return [choice.token_ids[0] for choice in complete("I think that", **options).choices]


# The prompt


@shows("model", "messages", "prompt")
def answers_what_is_asked():
    equal((chat().model, complete().model), (MODEL, MODEL))
    other = [{"role": "user", "content": "What is the capital of France?"}]
    true(said(chat(other)) != said(chat()), "one answer to two questions")
    true(text(complete("One, two, three,")) != text(complete("The opposite of hot is")), "one text for two prompts")
    parts = [{"type": "text", "text": "Name three"}, {"type": "text", "text": "colours."}]
    joined = chat([{"role": "user", "content": "Name three\ncolours."}])
    equal(said(chat([{"role": "user", "content": parts}])), said(joined), "parts")
    image = [{"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}]
    refused("messages[0].content[0].type", lambda: chat([{"role": "user", "content": image}]))


@shows("suffix")
def fills_the_gap_before_a_suffix():
    prefix, suffix = "def add(a, b):\n    return ", "\n\nprint(add(2, 3))\n"
    if not FILLS_GAPS:
        return refused("suffix", lambda: complete(prefix, suffix=suffix))
    response = complete(prefix, suffix=suffix, max_tokens=24)
    equal((text(response).strip()[:5], response.choices[0].finish_reason), ("a + b", "stop"))
    plain = complete(prefix, max_tokens=24)
    true(text(plain) != text(response), "the suffix changes nothing")
    chunks = complete(prefix, suffix=suffix, max_tokens=24, stream=True)
    equal("".join(chunk.choices[0].text for chunk in chunks), text(response), "streamed")
    refused("echo", lambda: complete(prefix, suffix=suffix, echo=True))


@shows("truncate_prompt_tokens")
def truncates_the_prompt():
    tokens = complete(return_token_ids=True, max_tokens=1).choices[0].prompt_token_ids
    cut = complete(truncate_prompt_tokens=3, return_token_ids=True)
    equal((cut.choices[0].prompt_token_ids, cut.usage.prompt_tokens), (tokens[-3:], 3))
    equal(text(cut), text(complete(tokens[-3:])), "text")
    shown = complete(truncate_prompt_tokens=3, echo=True, logprobs=1, max_tokens=1).choices[0]
    equal(len(shown.logprobs.tokens), 4, "echoed tokens")


@shows("add_generation_prompt", "continue_final_message", "add_special_tokens")
def writes_prompts_as_told():
    whole = chat(return_token_ids=True)
    open_ended = chat(return_token_ids=True, add_generation_prompt=False)
    count = open_ended.usage.prompt_tokens
    true(count < whole.usage.prompt_tokens, "as many tokens without a generation prompt")
    equal(whole.prompt_token_ids[:count], open_ended.prompt_token_ids, "prompt")
    messages = QUESTION + [{"role": "assistant", "content": "Red, green and"}]
    continued = chat(messages, continue_final_message=True, return_token_ids=True, max_tokens=3)
    true("blue" in said(continued).lower(), f"not continued: {said(continued)!r}")
    closed = chat(messages, return_token_ids=True, max_tokens=3).prompt_token_ids
    equal(closed[: len(continued.prompt_token_ids)], continued.prompt_token_ids, "prompt")
    # Neither model's tokenizer frames texts, so that nothing may change.
    equal(chat(add_special_tokens=True, return_token_ids=True).prompt_token_ids, whole.prompt_token_ids)


@shows("chat_template", "chat_template_kwargs", "documents", "verbosity")
def renders_what_the_request_brings():
    template = (
        "{{ messages[0].content }}{% for d in documents or [] %} {{ d.text }}{% endfor %}"
        "{% if mark %} {{ mark }}{% endif %}{% if verbosity %} {{ verbosity }}{% endif %}"
    )
    ask = lambda **options: chat(
        [{"role": "user", "content": "One, two,"}], chat_template=template, return_token_ids=True, **options
    )
    written = lambda prompt: complete(prompt, return_token_ids=True, max_tokens=1).choices[0].prompt_token_ids
    equal(ask().prompt_token_ids, written("One, two,"))
    documents = [{"text": "three"}, {"text": "four"}]
    equal(ask(documents=documents).prompt_token_ids, written("One, two, three four"))
    equal(ask(chat_template_kwargs={"mark": "five"}).prompt_token_ids, written("One, two, five"))
    equal(ask(verbosity="low").prompt_token_ids, written("One, two, low"))
    refused("chat_template", lambda: chat(chat_template="{% for %}"))


# Which token comes next


@shows("temperature", "seed")
def draws_by_temperature_and_seed():
    equal(len(set(drawn(temperature=0))), 1, "tokens at temperature 0")
    true(len(set(drawn())) > 8, "as good as greedy at temperature 1")
    true(len(set(drawn(temperature=0.3))) < len(set(drawn())), "no fewer tokens at temperature 0.3")
    equal(drawn(), drawn(), "the same seed")
    true(drawn(seed=4) != drawn(), "another seed changes nothing")


@shows("top_p", "top_k", "min_p", "typical_p")
def cuts_the_tail():
    entry = complete("I think that", max_tokens=1, logprobs=20).choices[0].logprobs.top_logprobs[0]
    ranked = sorted(entry.items(), key=lambda item: -item[1])
    draw = lambda **options: {
        choice.text
        for choice in complete("I think that", temperature=1, seed=3, n=48, max_tokens=1, **options).choices
    }
    equal(draw(top_k=1), {ranked[0][0]}, "top_k 1")
    true(draw(top_k=5) <= {token for token, _ in ranked[:5]}, "top_k 5")
    true(len(draw(top_k=0)) > len(draw(top_k=5)), "top_k 0")
    mass, nucleus = 0.0, set()
    for token, logprob in ranked:
        if mass < 0.3:
            nucleus.add(token)
        mass += math.exp(logprob)
    true(draw(top_p=0.3) <= nucleus, f"top_p: {draw(top_p=0.3)} and {nucleus}")
    floor = ranked[0][1] + math.log(0.3)
    likely = {token for token, logprob in ranked if logprob > floor - 0.02}
    true(draw(min_p=0.3) <= likely, f"min_p: {draw(min_p=0.3)} and {likely}")
    true(len(draw(typical_p=0.1)) < len(draw()), "typical_p")


@shows("presence_penalty", "frequency_penalty", "repetition_penalty")
def punishes_repetition():
    repeating = "red blue red blue red blue red blue red blue"
    options = {"max_tokens": 24, "ignore_eos": True, "return_token_ids": True}
    variety = lambda **penalty: len(set(ids(complete(repeating, **options, **penalty))))
    plain = variety()
    for penalty in ({"presence_penalty": 2}, {"frequency_penalty": 2}, {"repetition_penalty": 2}):
        # Qwen's next colour leads by more than the 2 that a presence costs once.
        least = plain if FILLS_GAPS and "presence_penalty" in penalty else plain + 1
        true(variety(**penalty) >= least, f"{penalty} leaves {variety(**penalty)} of {plain}")


@shows("logit_bias", "allowed_token_ids", "bad_words")
def forbids_and_prefers_tokens():
    plain = complete(return_token_ids=True)
    first = ids(plain)[0]
    true(first not in ids(complete(logit_bias={str(first): -100}, return_token_ids=True)), "biased against")
    equal(set(ids(complete(logit_bias={"99": 100}, return_token_ids=True))), {99}, "biased for")
    allowed = {100, 101, 102}
    true(set(ids(complete(allowed_token_ids=sorted(allowed), return_token_ids=True))) <= allowed, "allowed")
    word = next(word for word in re.findall(r"[a-z]{3,}", text(plain)))
    true(word not in text(complete(bad_words=[word])), f"{word!r} is in {text(complete(bad_words=[word]))!r}")


# Where the answer ends


@shows("max_tokens", "max_completion_tokens", "min_tokens", "ignore_eos")
def counts_tokens():
    equal(complete(max_tokens=3).usage.completion_tokens, 3)
    response = chat(max_completion_tokens=2)
    equal((response.usage.completion_tokens, response.choices[0].finish_reason), (2, "length"))
    short = [{"role": "user", "content": "Say only: Yes."}]
    plain = chat(short, max_tokens=60)
    equal(plain.choices[0].finish_reason, "stop")
    count = plain.usage.completion_tokens
    true(chat(short, max_tokens=60, min_tokens=count + 5).usage.completion_tokens >= count + 5, "min_tokens")
    equal(chat(short, max_tokens=60, ignore_eos=True).usage.completion_tokens, 60, "ignore_eos")


@shows("stop", "stop_token_ids", "include_stop_str_in_output")
def ends_where_told():
    plain = complete(return_token_ids=True)
    whole = text(plain)
    stop = whole[len(whole) // 2 :][:3]
    cut = complete(stop=stop).choices[0]
    equal((cut.text, cut.finish_reason, cut.stop_reason), (whole[: whole.index(stop)], "stop", stop))
    kept = text(complete(stop=[stop], include_stop_str_in_output=True))
    equal(kept, whole[: whole.index(stop) + len(stop)], "kept")
    token = ids(plain)[3]
    ended = complete(stop_token_ids=[token], return_token_ids=True).choices[0]
    equal((ended.finish_reason, ended.stop_reason), ("stop", token))
    equal(ended.token_ids, ids(plain)[: ids(plain).index(token) + 1], "ids")
    true(whole.startswith(ended.text) and len(ended.text) < len(whole), "text before a stop token")


# Beside Transformers


@shows("prompt_logprobs", "use_beam_search")
def agrees_with_transformers():
    """reference-smollm2.json has F32 weights throughout; this server rounds activations to 8 bits."""
    if "smollm2" not in MODEL.lower():
        return
    tokens = REFERENCE["tokens"]
    told = complete(tokens, prompt_logprobs=0, max_tokens=1).choices[0].prompt_logprobs[1:]
    ours = [entries[str(token)]["logprob"] for token, entries in zip(tokens[1:], told)]
    differences = [abs(a - b) for a, b in zip(ours, REFERENCE["logprobs"])]
    true(max(differences) < 0.35, f"log probabilities differ by {max(differences)}: {ours}")
    true(sum(differences) / len(differences) < 0.1, f"in the mean by {sum(differences) / len(differences)}")
    beams = REFERENCE["beams"]
    found = complete(
        tokens, use_beam_search=True, n=len(beams), max_tokens=len(beams[0]["tokens"]), ignore_eos=True,
        length_penalty=0, logprobs=0, return_token_ids=True, stop=None,
    ).choices
    equal(found[0].token_ids, beams[0]["tokens"], "the best continuation")
    theirs = {tuple(beam["tokens"]): beam["logprob"] for beam in beams}
    both = [choice for choice in found if tuple(choice.token_ids) in theirs]
    # Where scores are close, rounding decides which one is the last of four.
    true(len(both) >= len(beams) - 1, f"{len(both)} of {len(beams)} continuations are the same")
    for choice in both:
        ours = sum(choice.logprobs.token_logprobs)
        true(abs(ours - theirs[tuple(choice.token_ids)]) < 0.35, f"{ours} and {theirs[tuple(choice.token_ids)]}")


# Several answers


@shows("n", "best_of")
def shows_the_best_of_many():
    options = {"temperature": 1, "seed": 5, "max_tokens": 8, "ignore_eos": True, "logprobs": 0}
    mean = lambda choice: sum(choice.logprobs.token_logprobs) / len(choice.logprobs.token_logprobs)
    every = complete(n=6, **options)
    best = complete(n=2, best_of=6, **options)
    equal((len(every.choices), len(best.choices)), (6, 2), "choices")
    ranked = sorted(every.choices, key=mean, reverse=True)
    equal([choice.text for choice in best.choices], [choice.text for choice in ranked[:2]], "the best")
    equal(best.usage.completion_tokens, 48, "tokens paid for")
    refused("best_of", lambda: list(complete(best_of=2, stream=True)))


@shows("use_beam_search", "length_penalty", "early_stopping")
def searches_by_beams():
    options = {"max_tokens": 6, "ignore_eos": True, "logprobs": 0, "length_penalty": 0}
    total = lambda choice: sum(choice.logprobs.token_logprobs)
    beams = complete(use_beam_search=True, n=4, **options)
    sums = [total(choice) for choice in beams.choices]
    equal(sums, sorted(sums, reverse=True), "order")
    greedy = total(complete(max_tokens=6, ignore_eos=True, logprobs=0).choices[0])
    true(sums[0] >= greedy - 0.05, f"the search finds {sums[0]}, greedily it is {greedy}")
    equal(len({choice.text for choice in beams.choices}), 4, "texts")
    # By token ids, what a beam says of its tokens is what the model says of them as a prompt.
    shown = complete(
        use_beam_search=True, n=2, max_tokens=4, ignore_eos=True, logprobs=0, return_token_ids=True, length_penalty=0
    ).choices[1]
    whole = shown.prompt_token_ids + shown.token_ids
    again = complete(whole, max_tokens=1, prompt_logprobs=0).choices[0].prompt_logprobs[-4:]
    theirs = [entry[str(token)]["logprob"] for entry, token in zip(again, shown.token_ids)]
    true(
        all(abs(a - b) < 1e-3 for a, b in zip(shown.logprobs.token_logprobs, theirs)),
        f"{shown.logprobs.token_logprobs} and {theirs}",
    )
    listing = "Colours: red"
    length = lambda penalty: sum(
        len(choice.token_ids)
        for choice in complete(
            listing, use_beam_search=True, n=4, max_tokens=8, stop_token_ids=commas, length_penalty=penalty,
            return_token_ids=True,
        ).choices
    )
    commas = [token for token in complete(", , and.", max_tokens=1, return_token_ids=True).choices[0].prompt_token_ids]
    true(length(-5) < length(5), f"{length(-5)} tokens and {length(5)}")
    stopped = complete(listing, use_beam_search=True, n=2, max_tokens=8, stop_token_ids=commas, early_stopping=True)
    searched = complete(listing, use_beam_search=True, n=2, max_tokens=8, stop_token_ids=commas, length_penalty=5)
    true(all(choice.finish_reason == "stop" for choice in stopped.choices), "early stopping")
    true(stopped.usage.completion_tokens <= searched.usage.completion_tokens, "early stopping takes longer")
    refused("logit_bias", lambda: complete(use_beam_search=True, logit_bias={"5": 1}))


@shows("priority")
def takes_a_priority():
    equal(text(complete(priority=-5)), text(complete()), "text")
    refused("priority", lambda: complete(priority=10**9))


# What the response shows


@shows("stream", "stream_options")
def streams_with_usage():
    whole = chat()
    chunks = list(chat(stream=True))
    equal("".join(chunk.choices[0].delta.content or "" for chunk in chunks), said(whole), "text")
    chunks = list(chat(stream=True, stream_options={"include_usage": True}))
    equal((chunks[-1].choices, chunks[-1].usage), ([], whole.usage), "usage")
    options = {"include_usage": True, "continuous_usage_stats": True}
    for chunks in (list(chat(stream=True, stream_options=options)), list(complete(stream=True, stream_options=options))):
        counts = [chunk.usage.completion_tokens for chunk in chunks]
        equal(counts, sorted(counts), "usage so far")
        equal(counts[-1], chunks[-1].usage.total_tokens - chunks[-1].usage.prompt_tokens, "usage at the end")


@shows("echo")
def echoes_the_prompt():
    equal(text(complete(echo=True)), PROMPT + text(complete()), "text")
    chunks = complete(echo=True, stream=True, logprobs=1)
    whole = complete(echo=True, logprobs=1).choices[0]
    pieces = list(chunks)
    equal("".join(chunk.choices[0].text for chunk in pieces), whole.text, "streamed")
    told = [chunk.choices[0].logprobs for chunk in pieces if chunk.choices[0].logprobs]
    for member in ("tokens", "text_offset", "token_logprobs"):
        equal(sum((getattr(logprobs, member) for logprobs in told), []), getattr(whole.logprobs, member), member)
    scored = complete(echo=True, max_tokens=0, logprobs=1)
    equal((text(scored), scored.usage.completion_tokens), (PROMPT, 0), "only the prompt")
    numbers = scored.choices[0].logprobs.token_logprobs
    equal((numbers[0], len(numbers)), (None, scored.usage.prompt_tokens), "its log probabilities")
    equal(numbers, whole.logprobs.token_logprobs[: len(numbers)], "those of the longer answer")
    messages = QUESTION + [{"role": "assistant", "content": "Red and"}]
    true(said(chat(messages, continue_final_message=True, echo=True)).startswith("Red and"), "no echo in a chat")


@shows("logprobs", "top_logprobs")
def tells_log_probabilities():
    equal((chat().choices[0].logprobs, complete().choices[0].logprobs), (None, None), "unasked")
    content = chat(logprobs=True, top_logprobs=5).choices[0].logprobs.content
    for token in content:
        equal(len(token.top_logprobs), 5, "top")
        equal((token.top_logprobs[0].token, token.top_logprobs[0].logprob), (token.token, token.logprob), "greedy")
        mass = sum(math.exp(other.logprob) for other in token.top_logprobs)
        true(0 < mass <= 1.0001, f"probabilities sum to {mass}")
    # Greek and emoji are cut into tokens that are no characters: the bytes together are the text.
    said_bytes = chat([{"role": "user", "content": "Repeat: Größe 東京 🐦"}], logprobs=True)
    joined = b"".join(bytes(token.bytes) for token in said_bytes.choices[0].logprobs.content)
    equal(joined.decode(errors="replace"), said(said_bytes), "bytes")
    streamed = [
        token
        for chunk in chat(logprobs=True, top_logprobs=5, stream=True)
        if chunk.choices[0].logprobs
        for token in chunk.choices[0].logprobs.content
    ]
    equal(streamed, content, "streamed")
    logprobs = complete(logprobs=3).choices[0].logprobs
    equal([len(top) >= 3 for top in logprobs.top_logprobs], [True] * 12, "top of a text")
    equal("".join(logprobs.tokens), text(complete()), "tokens of a text")
    hot = complete(logprobs=0, temperature=1.5, top_k=1).choices[0].logprobs
    equal(hot.token_logprobs, logprobs.token_logprobs, "whatever the temperature")


@shows("prompt_logprobs")
def tells_those_of_the_prompt():
    long = "One, two, three, four, five, six, seven, eight, nine, ten. " * 60
    choice = complete(long, prompt_logprobs=2, max_tokens=1, return_token_ids=True).choices[0]
    told = choice.prompt_logprobs
    equal((len(told), told[0]), (len(choice.prompt_token_ids), None), "entries")
    for token, entries in zip(choice.prompt_token_ids[1:], told[1:]):
        entry = entries[str(token)]
        true(entry["rank"] >= 1 and entry["logprob"] <= 0, f"{entry}")
        equal(min(other["rank"] for other in entries.values()), 1, "the likeliest token's rank")
    # What was repeated sixty times is less of a surprise than what is new.
    mean = lambda part: sum(part) / len(part)
    ours = [entries[str(token)]["logprob"] for token, entries in zip(choice.prompt_token_ids[1:], told[1:])]
    true(mean(ours[-100:]) > mean(ours[:20]) + 0.5, f"{mean(ours[:20])} at first, {mean(ours[-100:])} at last")
    echoed = complete(long, echo=True, logprobs=0, max_tokens=0).choices[0].logprobs.token_logprobs
    equal(echoed[1:], ours, "as in an echo")
    response = chat(prompt_logprobs=0)
    equal(len(response.prompt_logprobs), response.usage.prompt_tokens, "of a chat")
    refused("prompt_logprobs", lambda: list(complete(prompt_logprobs=1, stream=True)))


@shows("return_token_ids", "return_tokens_as_token_ids")
def shows_ids():
    response = complete(return_token_ids=True, logprobs=0, return_tokens_as_token_ids=True)
    choice = response.choices[0]
    equal(choice.logprobs.tokens, [f"token_id:{token}" for token in choice.token_ids], "tokens")
    equal(len(choice.prompt_token_ids), response.usage.prompt_tokens, "the prompt")
    equal(text(complete(choice.prompt_token_ids)), choice.text, "text of the ids")
    streamed = [token for chunk in complete(return_token_ids=True, stream=True) for token in chunk.choices[0].token_ids]
    equal(streamed, choice.token_ids, "streamed")
    response = chat(return_token_ids=True)
    equal(len(response.choices[0].token_ids), response.usage.completion_tokens, "of a chat")
    equal(getattr(chat().choices[0], "token_ids", None), None, "unasked")


@shows("skip_special_tokens")
def shows_special_tokens():
    short = [{"role": "user", "content": "Say only: Yes."}]
    options = {"max_tokens": 60, "ignore_eos": True}
    true("<|im_end|>" not in said(chat(short, **options)), "a special token is in the text")
    true("<|im_end|>" in said(chat(short, skip_special_tokens=False, **options)), "no special token is in the text")


@shows("service_tier")
def tells_the_tier():
    equal((chat().service_tier, chat(service_tier="auto").service_tier), (None, "default"))
    refused("service_tier", lambda: chat(service_tier="golden"))


@shows("user", "safety_identifier", "prompt_cache_key", "prompt_cache_retention", "cache_salt", "metadata", "store")
@shows("prediction", "spaces_between_special_tokens", "guided_decoding_backend")
def takes_what_changes_nothing():
    response = chat(
        user="u", safety_identifier="u", prompt_cache_key="k", prompt_cache_retention="24h", cache_salt="s",
        metadata={"a": "b"}, store=True, prediction={"type": "content", "content": "Red"},
        spaces_between_special_tokens=False, guided_decoding_backend="any",
    )
    equal(said(response), said(chat()), "answer")
    details = response.usage.completion_tokens_details
    equal((details.accepted_prediction_tokens, details.rejected_prediction_tokens), (0, 0), "predicted tokens")
    equal(response.usage.prompt_tokens_details.cached_tokens, 0, "cached tokens")
    refused("prediction.type", lambda: chat(prediction={"type": "picture"}))
    true(response.system_fingerprint.startswith("fp_"), "no fingerprint")
    equal(chat().system_fingerprint, complete().system_fingerprint, "fingerprint")


@shows("modalities", "audio", "web_search_options", "mm_processor_kwargs", "prompt_embeds", "kv_transfer_params")
@shows("repetition_detection", "logprob_token_ids", "truncation_side", "guided_whitespace_pattern")
def refuses_what_is_not_done():
    for name, harmless, other in (
        ("modalities", ["text"], ["text", "audio"]), ("audio", None, {"voice": "alloy", "format": "wav"}),
        ("web_search_options", None, {}), ("mm_processor_kwargs", None, {}), ("prompt_embeds", None, "AA=="),
        ("kv_transfer_params", None, {"a": 1}), ("repetition_detection", None, {"a": 1}),
        ("logprob_token_ids", [], [1]), ("truncation_side", "left", "right"),
        ("guided_whitespace_pattern", None, " "),
    ):
        extra = {name: other}
        refused(name, lambda: client.chat.completions.create(model=MODEL, messages=QUESTION, extra_body=extra))
        chat(**{name: harmless})


def documented():
    rows = [line for line in PAGE.read_text().splitlines() if line.startswith("| `")]
    return [name for row in rows for name in re.findall(r"`([a-z_]+)`", row.split("|")[1])]


def main():
    names = documented()
    missing = [name for name in names if name not in CHECKS and name not in ELSEWHERE]
    failures = 0
    if missing or len(names) < 60:
        failures = 1
        print(f"FAILED: no check for {missing} among {len(names)} documented parameters")
    return run(PATTERN, [function for functions in CHECKS.values() for function in functions]) or failures


if __name__ == "__main__":
    sys.exit(main())
