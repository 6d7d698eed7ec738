#!/usr/bin/env python3
"""Uses files, batches and responses of a running server through the official OpenAI client, and checks the answers.

    "$(Scripts/python-env)" Tests/SystemTests/Clients/store_client.py http://127.0.0.1:8000 KEY [PATTERN]

With PATTERN only the checks whose name contains it are run. Exit status 0 means that every check passed. Two further
uses belong to the test that kills a server in the middle of a batch:

    store_client.py URL KEY begin-batch LINES      makes a batch and prints its id
    store_client.py URL KEY check-batch LINES ID   waits for its end and looks at every result

and two to the one that kills a server whose background responses are at work:

    store_client.py URL KEY begin-background COUNT    asks for that many, and prints their ids
    store_client.py URL KEY check-background ID …     waits for their ends and looks at each
"""

import collections
import io
import json
import sys
import time

import openai

from checks import check, equal, raises, run

URL, KEY = sys.argv[1].rstrip("/"), sys.argv[2]
client = openai.OpenAI(base_url=URL + "/v1", api_key=KEY, max_retries=0, timeout=300)
MODEL = client.models.list().data[0].id
QUESTION = "What is the capital of France? Answer in one sentence."


def respond(**options):
    options = {"input": QUESTION, "temperature": 0, "max_output_tokens": 24, **options}
    return client.responses.create(model=MODEL, **options)


def ended(batch_id):
    while True:
        batch = client.batches.retrieve(batch_id)
        if batch.status not in ("validating", "in_progress", "finalizing", "cancelling"):
            return batch
        time.sleep(0.05)


def chat_lines(count, tokens=8):
    """A batch's input: requests with answers of a known length."""
    for number in range(count):
        messages = [{"role": "user", "content": f"Tell me about the number {number}."}]
        body = {"model": MODEL, "messages": messages, "max_tokens": tokens, "temperature": 0, "ignore_eos": True}
        line = {"custom_id": f"n-{number}", "method": "POST", "url": "/v1/chat/completions", "body": body}
        yield json.dumps(line)


def begin_batch(lines):
    content = "\n".join(lines).encode()
    file = client.files.create(file=("in.jsonl", content), purpose="batch")
    equal((file.bytes, file.filename), (len(content), "in.jsonl"), "the file")
    return client.batches.create(
        input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h", metadata={"for": "tests"}
    )


def results(file_id):
    return [json.loads(line) for line in client.files.content(file_id).text.splitlines()]


# Files


@check
def keeps_a_file_until_it_is_deleted():
    content = b"line\n" * 700_000
    file = client.files.create(file=io.BytesIO(content), purpose="user_data")
    equal((file.object, file.bytes, file.purpose), ("file", len(content), "user_data"))
    equal(client.files.content(file.id).read(), content, "content")
    equal(client.files.retrieve(file.id).id, file.id)
    equal([one.id for one in client.files.list(purpose="user_data")], [file.id], "list")
    deleted = client.files.delete(file.id)
    equal((deleted.id, deleted.deleted), (file.id, True))
    raises(openai.NotFoundError, lambda: client.files.retrieve(file.id), "not_found")


@check
def lists_files_page_by_page():
    expires = {"anchor": "created_at", "seconds": 3600}
    made = [
        client.files.create(file=(f"{n}.txt", b"x"), purpose="assistants", expires_after=expires) for n in range(5)
    ]
    equal({file.expires_at - file.created_at for file in made} <= {3600, 3601}, True, "expiry")
    listed = [file.id for file in client.files.list(purpose="assistants", order="asc", limit=2)]
    equal(listed, [file.id for file in made], "all pages")
    for file in made:
        client.files.delete(file.id)


# Batches


@check
def answers_a_batch_as_each_request_alone():
    lines = list(chat_lines(6))
    bad = json.loads(lines[0])
    bad["custom_id"], bad["body"]["temperature"] = "bad", -1
    batch = ended(begin_batch([*lines, json.dumps(bad)]).id)
    equal((batch.status, batch.metadata), ("completed", {"for": "tests"}))
    counts = batch.request_counts
    equal((counts.total, counts.completed, counts.failed), (7, 6, 1), "counts")
    answers = results(batch.output_file_id)
    equal([answer["custom_id"] for answer in answers], [f"n-{n}" for n in range(6)], "order")
    for line, answer in zip(lines, answers):
        body = json.loads(line)["body"]
        ignore_eos = {"ignore_eos": body.pop("ignore_eos")}
        alone = client.chat.completions.create(**body, extra_body=ignore_eos)
        equal(answer["response"]["status_code"], 200)
        together = answer["response"]["body"]["choices"][0]["message"]["content"]
        equal(together, alone.choices[0].message.content, "text")
    (error,) = results(batch.error_file_id)
    equal((error["custom_id"], error["response"]["status_code"]), ("bad", 400))
    equal(error["response"]["body"]["error"]["param"], "temperature")
    if batch.id not in [one.id for one in client.batches.list(limit=1)]:
        raise AssertionError("the batch is not listed")


@check
def fails_a_batch_whose_input_has_faults():
    batch = ended(begin_batch(["{"]).id)
    equal((batch.status, batch.errors.data[0].line), ("failed", 1))


@check
def cancels_a_batch():
    batch = begin_batch(chat_lines(200, tokens=64))
    while client.batches.retrieve(batch.id).request_counts.completed < 2:
        time.sleep(0.02)
    equal(client.batches.cancel(batch.id).status, "cancelling")
    batch = ended(batch.id)
    equal(batch.status, "cancelled")
    equal(len(results(batch.output_file_id)), batch.request_counts.completed, "results of what was answered")
    raises(openai.ConflictError, lambda: client.batches.cancel(batch.id), "conflict")


# Responses


@check
def responds_as_a_chat_completion_does():
    response = respond()
    messages = [{"role": "user", "content": QUESTION}]
    chat = client.chat.completions.create(model=MODEL, messages=messages, temperature=0, max_tokens=24)
    equal(response.output_text, chat.choices[0].message.content, "text")
    equal((response.status, response.object, response.model), ("completed", "response", MODEL))
    usage = response.usage
    equal((usage.input_tokens, usage.output_tokens), (chat.usage.prompt_tokens, chat.usage.completion_tokens))
    equal(usage.total_tokens, usage.input_tokens + usage.output_tokens)


@check
def streams_a_response_event_by_event():
    whole = respond()
    events = list(respond(stream=True))
    equal([event.sequence_number for event in events], list(range(len(events))), "sequence numbers")
    types = [event.type for event in events]
    deltas = [event.delta for event in events if event.type == "response.output_text.delta"]
    once = [kind for kind in types if kind != "response.output_text.delta"]
    head = ["response.created", "response.in_progress", "response.output_item.added", "response.content_part.added"]
    tail = [
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.completed",
    ]
    equal(once, head + tail, "events")
    equal("".join(deltas), whole.output_text, "text")
    equal(events[-1].response.output_text, whole.output_text, "the text of the whole")
    equal(events[-1].response.usage, whole.usage, "usage")
    with client.responses.stream(model=MODEL, input=QUESTION, temperature=0, max_output_tokens=24) as stream:
        equal(stream.until_done().get_final_response().output_text, whole.output_text, "the helper's text")


@check
def says_incomplete_where_the_limit_ended_it():
    response = respond(max_output_tokens=3)
    equal((response.status, response.incomplete_details.reason), ("incomplete", "max_output_tokens"))
    equal(list(respond(max_output_tokens=3, stream=True))[-1].type, "response.incomplete")


@check
def goes_on_from_a_response():
    first = respond(instructions="You are a helpful assistant.")
    second = respond(previous_response_id=first.id, input="And of Italy?")
    messages = [
        {"role": "user", "content": QUESTION},
        {"role": "assistant", "content": first.output_text},
        {"role": "user", "content": "And of Italy?"},
    ]
    chat = client.chat.completions.create(model=MODEL, messages=messages, temperature=0, max_tokens=24)
    equal(second.output_text, chat.choices[0].message.content, "text")
    equal(second.previous_response_id, first.id)
    by_hand = respond(input=[{"role": "user", "content": QUESTION}, *first.output, messages[-1]])
    equal(by_hand.output_text, second.output_text, "the same conversation given whole")
    streamed = list(respond(previous_response_id=first.id, input="And of Italy?", stream=True))[-1].response
    equal(client.responses.retrieve(streamed.id).output_text, second.output_text, "a streamed one is kept, too")


@check
def keeps_shows_and_forgets_responses():
    response = respond(metadata={"a": "b"}, instructions="Be brief.")
    kept = client.responses.retrieve(response.id)
    equal(kept, response, "the kept response")
    equal((kept.metadata, kept.instructions), ({"a": "b"}, "Be brief."))
    items = client.responses.input_items.list(response.id).data
    equal([item.content[0].text for item in items], [QUESTION], "input items")
    try:
        client.responses.cancel(response.id)
    except openai.BadRequestError:
        pass
    else:
        raise AssertionError("a finished response was cancelled")
    client.responses.delete(response.id)
    raises(openai.NotFoundError, lambda: client.responses.retrieve(response.id), "not_found")
    missing = lambda: respond(previous_response_id=response.id)
    raises(openai.BadRequestError, missing, "previous_response_not_found")
    unkept = respond(store=False)
    raises(openai.NotFoundError, lambda: client.responses.retrieve(unkept.id), "not_found")


@check
def tells_probabilities_where_asked():
    response = respond(include=["message.output_text.logprobs"], top_logprobs=2, max_output_tokens=4)
    part = response.output[0].content[0]
    equal("".join(entry.token for entry in part.logprobs), part.text, "tokens")
    equal({len(entry.top_logprobs) for entry in part.logprobs}, {2}, "probable tokens")


# Responses in the background


def finished(response_id):
    while True:
        response = client.responses.retrieve(response_id)
        if response.status not in ("queued", "in_progress"):
            return response
        time.sleep(0.05)


@check
def runs_a_response_in_the_background():
    response = respond(background=True)
    equal((response.status, response.background, response.output), ("queued", True, []))
    whole = finished(response.id)
    equal((whole.status, whole.output_text), ("completed", respond().output_text))
    equal(client.responses.cancel(response.id), whole, "cancelled after its end")
    equal(finished(respond(background=True, max_output_tokens=3).id).status, "incomplete")


@check
def cancels_a_response_in_the_background():
    endless = {"ignore_eos": True}
    response = respond(background=True, max_output_tokens=1500, extra_body=endless)
    cancelled = client.responses.cancel(response.id)
    equal((cancelled.status, cancelled.id), ("cancelled", response.id))
    equal(client.responses.cancel(response.id), cancelled, "cancelled twice")
    equal(client.responses.retrieve(response.id), cancelled, "what is kept")


@check
def streams_in_the_background_and_goes_on_after_a_break():
    whole = respond()
    events = []
    with respond(background=True, stream=True) as stream:
        for event in stream:
            events.append(event)
            if event.type == "response.output_text.delta":
                break
    response_id = events[0].response.id
    equal([event.type for event in events[:3]], ["response.created", "response.queued", "response.in_progress"])
    cursor = events[-1].sequence_number
    rest = list(client.responses.retrieve(response_id, stream=True, starting_after=cursor))
    equal(rest[0].sequence_number, cursor + 1, "the next event")
    deltas = [event.delta for event in events + rest if event.type == "response.output_text.delta"]
    equal("".join(deltas), whole.output_text, "text")
    equal(rest[-1].type, "response.completed")
    equal(rest[-1].response, client.responses.retrieve(response_id), "the whole")
    again = list(client.responses.retrieve(response_id, stream=True))
    equal([event.sequence_number for event in again], list(range(len(again))), "all of it once more")
    equal(again[-1], rest[-1])


@check
def refuses_what_it_does_not_do():
    for parameter, options in {
        "store": {"background": True, "store": False},
        "tools[0].type": {"tools": [{"type": "web_search"}]},
        "input[0].content[0].type": {
            "input": [{"role": "user", "content": [{"type": "input_image", "image_url": "http://x"}]}]
        },
    }.items():
        try:
            respond(**options)
        except openai.BadRequestError as error:
            equal(error.param, parameter, "parameter at fault")
        else:
            raise AssertionError(f"{options} was taken")


# A batch across kills


def check_batch(count, batch_id):
    batch = ended(batch_id)
    equal(batch.status, "completed")
    counts = batch.request_counts
    equal((counts.total, counts.completed, counts.failed), (count, count, 0), "counts")
    equal(batch.error_file_id, None, "errors")
    answers = results(batch.output_file_id)
    times = collections.Counter(answer["custom_id"] for answer in answers)
    equal(times, {f"n-{number}": 1 for number in range(count)}, "answers to each line")
    lengths = {answer["response"]["body"]["usage"]["completion_tokens"] for answer in answers}
    equal(lengths, {8}, "lengths")
    print(f"passed check-batch: {len(answers)} results, each once")


# Background responses across a kill


def begin_background(count):
    options = {"background": True, "max_output_tokens": 40, "extra_body": {"ignore_eos": True}}
    return [respond(input=f"Tell me about the number {number}.", **options).id for number in range(count)]


def check_background(ids):
    for number, response_id in enumerate(ids):
        response = finished(response_id)
        equal((response.status, response.usage.output_tokens), ("incomplete", 40), f"response {number}")
        alone = respond(
            input=f"Tell me about the number {number}.", max_output_tokens=40, extra_body={"ignore_eos": True}
        )
        equal(response.output_text, alone.output_text, "text")
    print(f"passed check-background: {len(ids)} responses")


def main():
    mode = sys.argv[3] if len(sys.argv) > 3 else ""
    if mode == "begin-batch":
        print(begin_batch(chat_lines(int(sys.argv[4]))).id)
        return 0
    if mode == "check-batch":
        check_batch(int(sys.argv[4]), sys.argv[5])
        return 0
    if mode == "begin-background":
        print(" ".join(begin_background(int(sys.argv[4]))))
        return 0
    if mode == "check-background":
        check_background(sys.argv[4:])
        return 0
    return run(mode)


if __name__ == "__main__":
    sys.exit(main())
