#!/usr/bin/env python3
"""Asks a running server for vectors and scores through the official OpenAI client, and checks what comes back.

    "$(Scripts/python-env)" Tests/SystemTests/Clients/embedding_client.py http://127.0.0.1:8000 KEY GOLDEN

The server is expected to ask for the API key KEY, to serve a chat model first and all-MiniLM-L6-v2 beside it as `minilm`.
GOLDEN is the file of vectors that sentence-transformers made. Exit status 0 means that every check passed.
"""

import base64
import concurrent.futures
import json
import math
import struct
import sys
import urllib.error
import urllib.request

import openai

from checks import check, raises, run

URL, KEY = sys.argv[1].rstrip("/"), sys.argv[2]
with open(sys.argv[3]) as file:
    GOLDEN = json.load(file)
client = openai.OpenAI(base_url=URL + "/v1", api_key=KEY, max_retries=0, timeout=300)
CHAT = client.models.list().data[0].id


def post(path, body):
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {KEY}"}
    request = urllib.request.Request(URL + path, json.dumps(body).encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=300) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def cosine(a, b):
    return sum(x * y for x, y in zip(a, b)) / math.hypot(*a) / math.hypot(*b)


def refused(call, code):
    return str(raises(openai.BadRequestError, call, code))


@check
def vectors_are_those_of_sentence_transformers():
    # Without a format the client asks for base 64 and takes it apart.
    answer = client.embeddings.create(model="minilm", input=GOLDEN["texts"])
    assert [item.index for item in answer.data] == list(range(len(GOLDEN["texts"])))
    for item, vector in zip(answer.data, GOLDEN["vectors"]):
        assert len(item.embedding) == 384
        assert cosine(item.embedding, vector) >= 0.9999
    assert answer.usage.prompt_tokens == sum(map(len, GOLDEN["tokens"])) == answer.usage.total_tokens


@check
def every_form_of_input_and_output_gives_the_same_numbers():
    text = GOLDEN["texts"][2]
    plain = client.embeddings.create(model="minilm", input=text).data[0].embedding
    as_list = client.embeddings.create(model="minilm", input=[text], encoding_format="float").data[0].embedding
    as_ids = client.embeddings.create(model="minilm", input=GOLDEN["tokens"][2]).data[0].embedding
    as_lists = client.embeddings.create(model="minilm", input=[GOLDEN["tokens"][2]] * 2).data[1].embedding
    raw = post("/v1/embeddings", {"model": "minilm", "input": text, "encoding_format": "base64"})[1]
    unpacked = struct.unpack("<384f", base64.b64decode(raw["data"][0]["embedding"], validate=True))
    for other in [as_list, as_ids, as_lists, unpacked]:
        # JSON has the shortest decimals of the floats.
        assert all(struct.pack("<f", a) == struct.pack("<f", b) for a, b in zip(plain, other, strict=True))
    engine = post("/v1/engines/minilm/embeddings", {"input": text})[1]
    assert cosine(engine["data"][0]["embedding"], plain) > 0.999999
    status, tokens = post("/tokenize", {"model": "minilm", "prompt": text})
    assert status == 200 and tokens["tokens"] == GOLDEN["tokens"][2], tokens


@check
def fewer_dimensions_have_length_one():
    whole = client.embeddings.create(model="minilm", input="swift").data[0].embedding
    cut = client.embeddings.create(model="minilm", input="swift", dimensions=96).data[0].embedding
    assert len(cut) == 96 and abs(math.hypot(*cut) - 1) < 1e-5 and cosine(cut, whole[:96]) > 0.999999
    refused(lambda: client.embeddings.create(model="minilm", input="swift", dimensions=385), "invalid_value")


@check
def long_texts_are_refused_with_figures_or_cut():
    long = "word " * 400
    message = refused(lambda: client.embeddings.create(model="minilm", input=long), "context_length_exceeded")
    assert "256" in message and "402" in message, message
    cut = client.embeddings.create(model="minilm", input=long, extra_body={"truncate_prompt_tokens": -1})
    same = client.embeddings.create(model="minilm", input="word " * 254)
    assert cut.usage.prompt_tokens == 256 and cut.data[0].embedding == same.data[0].embedding
    # What stands around a text is two tokens, and stays.
    message = refused(
        lambda: client.embeddings.create(model="minilm", input="a", extra_body={"truncate_prompt_tokens": 1}), "invalid_value")
    assert "at least 2" in message, message


@check
def models_that_do_something_else_are_told():
    assert {model.id for model in client.models.list().data} >= {CHAT, "minilm"}
    message = refused(lambda: client.embeddings.create(model=CHAT, input="a"), "model_not_supported")
    assert "minilm" in message, message
    question = [{"role": "user", "content": "a"}]
    refused(lambda: client.chat.completions.create(model="minilm", messages=question), "model_not_supported")
    try:
        client.embeddings.create(model="text-embedding-ada-002", input="a")
    except openai.NotFoundError as error:
        assert error.code == "model_not_found"
    else:
        raise AssertionError("a model was found that is not there")


@check
def documents_are_ranked_by_meaning():
    documents = ["Bread is baked of flour and water.", "Paris is the capital of France.", {"text": "France is in Europe."}]
    body = {"model": "minilm", "query": "What is the capital of France?", "documents": documents, "top_n": 2}
    for path in ["/v1/rerank", "/rerank", "/v2/rerank"]:
        status, answer = post(path, body)
        assert status == 200 and [result["index"] for result in answer["results"]] == [1, 2], answer
        assert answer["results"][0]["document"]["text"] == documents[1]
        assert 1 >= answer["results"][0]["relevance_score"] > answer["results"][1]["relevance_score"]
    texts = ["Paris is the capital of France.", "Bread is baked of flour and water."]
    status, answer = post("/score", {"model": "minilm", "text_1": body["query"], "text_2": texts})
    scores = [item["score"] for item in answer["data"]]
    vectors = [item.embedding for item in client.embeddings.create(model="minilm", input=[body["query"], *texts]).data]
    for score, vector in zip(scores, vectors[1:], strict=True):
        assert abs(score - cosine(vectors[0], vector)) < 1e-5
    assert scores[0] > scores[1]


@check
def many_at_once_beside_a_chat_get_the_same_bits():
    texts = [f"Sentence number {number} " + "and more " * (number % 23) for number in range(160)]
    alone = client.embeddings.create(model="minilm", input=texts[17]).data[0].embedding
    with concurrent.futures.ThreadPoolExecutor(9) as pool:
        question = [{"role": "user", "content": "Name three birds."}]
        chat = pool.submit(
            lambda: client.chat.completions.create(model=CHAT, messages=question, temperature=0, max_tokens=24))
        parts = [pool.submit(client.embeddings.create, model="minilm", input=texts[i::8]) for i in range(8)]
        assert parts[1].result().data[2].embedding == alone
        assert all(len(part.result().data) == 20 for part in parts)
        busy = chat.result().choices[0].message.content
    quiet = client.chat.completions.create(model=CHAT, messages=question, temperature=0, max_tokens=24)
    assert quiet.choices[0].message.content == busy


if __name__ == "__main__":
    sys.exit(run())
