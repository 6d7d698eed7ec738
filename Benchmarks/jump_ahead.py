#!/usr/bin/env python3
"""Measures what jumping over forced tokens gains: schemas with long names, over HTTP, with it and without.

    Scripts/fetch-model all && Benchmarks/jump_ahead.py [--models qwen2.5-coder-0.5b-instruct-q4_k_m.gguf ...] [--rounds 5]

A bias of 0 for one token keeps the engine from jumping and changes nothing else; that is the other contestant. Rounds
alternate. Steps are those of the engine, over all answers of a round. Of the answers of both it is said how probable the
model finds their texts, spelt as its tokenizer spells them (nats a token, all answers together), and how many tokens they
have for each one that they have in this spelling.
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
MODELS = pathlib.Path(os.environ.get("NEEDLETAIL_MODELS", pathlib.Path.home() / ".cache/needletail/models"))
WORDS = """customer account billing shipping address identifier quantity currency preference notification subscription
verified timestamp maximum average total reference internal external priority category status configuration environment
deployment authentication refresh estimated delivery""".split()
TOPICS = ["a web shop", "a weather station", "a library", "a railway", "a hospital ward", "a space probe", "a bakery", "a museum"]


def schema(seed):
    """An object of 12 properties with long names in one of four styles."""
    source = random.Random(seed)
    properties = {}
    style = seed % 4
    while len(properties) < 12:
        words = source.sample(WORDS, source.randint(2, 4))
        name = ["_".join(words), "-".join(words), words[0] + "".join(word.title() for word in words[1:]),
                " ".join(word.title() for word in words)][style]
        kind = len(properties) % 4
        if kind == 0:
            value = {"enum": ["_".join(source.sample(WORDS, source.randint(1, 3))) for _ in range(4)]}
        else:
            value = [None, {"type": "integer", "minimum": 0, "maximum": 9999}, {"type": "boolean"},
                     {"type": "string", "maxLength": 24}][kind]
        properties[name] = value
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


class Server:
    def __init__(self, model, threads):
        self.log = tempfile.NamedTemporaryFile(mode="w+")
        self.process = subprocess.Popen(
            [os.environ.get("NEEDLETAIL", str(ROOT / ".build/release/needletail")), "serve", str(model), "--port", "0", "--threads", str(threads)],
            stdout=self.log, stderr=self.log)
        while not (found := re.search(r"http://127\.0\.0\.1:\d+", pathlib.Path(self.log.name).read_text())):
            if self.process.poll() is not None:
                sys.exit(pathlib.Path(self.log.name).read_text())
            time.sleep(0.05)
        self.url = found.group()

    def post(self, path, body):
        request = urllib.request.Request(self.url + path, json.dumps(body).encode(), {"Content-Type": "application/json"})
        with urllib.request.urlopen(request) as response:
            return json.load(response)

    def steps(self):
        with urllib.request.urlopen(self.url + "/metrics") as response:
            text = response.read().decode()
        return int(float(re.search(r"^vllm:iteration_tokens_total_count\S* (\S+)$", text, re.M).group(1)))

    def close(self):
        self.process.terminate()
        self.process.wait()


def body(number, temperature, jumps):
    request = {
        "messages": [{"role": "user", "content": f"Make up the record of {TOPICS[number % len(TOPICS)]}, as JSON."}],
        "response_format": {"type": "json_schema", "json_schema": {"name": "record", "schema": schema(number)}},
        "temperature": temperature, "seed": number, "max_tokens": 600, "return_token_ids": True,
    }
    return request if jumps else request | {"logit_bias": {"0": 0}}


def run(server, users, count, temperature, jumps):
    before, started = server.steps(), time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(users) as pool:
        answers = list(pool.map(lambda number: server.post("/v1/chat/completions", body(number, temperature, jumps)), range(count)))
    seconds = time.monotonic() - started
    return {
        "seconds": seconds, "tokens": sum(answer["usage"]["completion_tokens"] for answer in answers),
        "steps": server.steps() - before, "answers": answers,
    }


def probability(server, number, answer):
    """The sum of logarithms and the count of tokens of an answer's text, spelt by the tokenizer."""
    messages = body(number, 0, True)["messages"]
    prompt = server.post("/tokenize", {"messages": messages, "add_generation_prompt": True})["tokens"]
    text = answer["choices"][0]["message"]["content"]
    tokens = server.post("/tokenize", {"prompt": text, "add_special_tokens": False})["tokens"]
    told = server.post("/v1/completions", {
        "prompt": prompt + tokens, "max_tokens": 1, "prompt_logprobs": 0})["choices"][0]["prompt_logprobs"]
    logarithms = [next(iter(entry.values()))["logprob"] for entry in told[len(prompt):]]
    # The last one is the end.
    return sum(logarithms), len(tokens), len(answer["choices"][0]["token_ids"]) - 1


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", nargs="+", default=["qwen2.5-coder-0.5b-instruct-q4_k_m.gguf", "SmolLM2-135M-Instruct.Q4_1.gguf"])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--answers", type=int, default=16)
    parser.add_argument("--users", type=int, nargs="+", default=[1, 8])
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    for name in arguments.models:
        server = Server(MODELS / name, arguments.threads)
        print(f"{name}, {arguments.answers} answers a round, medians of {arguments.rounds} rounds")
        print(f"{'':28}{'wall':>9}{'tokens/s':>10}{'steps':>8}{'tokens':>8}{'nats a token':>14}{'spelling':>12}")
        try:
            run(server, 8, arguments.answers, 0, True)
            for temperature in [0, 1]:
                for users in arguments.users:
                    rounds = {True: [], False: []}
                    for turn in range(arguments.rounds):
                        for jumps in [turn % 2 == 0, turn % 2 == 1]:
                            rounds[jumps].append(run(server, users, arguments.answers, temperature, jumps))
                    for jumps in [True, False]:
                        report(server, rounds[jumps], f"T={temperature}, {users} user{'s' if users > 1 else ''}, "
                               f"{'jumps' if jumps else 'no jumps'}")
                    ratios = [slow["seconds"] / fast["seconds"] for fast, slow in zip(rounds[True], rounds[False])]
                    print(f"{'':28}{statistics.median(ratios):8.2f}x   ({min(ratios):.2f} to {max(ratios):.2f})", flush=True)
        finally:
            server.close()


def report(server, rounds, title):
    seconds = statistics.median(round["seconds"] for round in rounds)
    rate = statistics.median(round["tokens"] / round["seconds"] for round in rounds)
    answers = rounds[0]["answers"]
    told = [probability(server, number, answer) for number, answer in enumerate(answers)]
    own = sum(count for _, count, _ in told)
    nats = -sum(sums for sums, _, _ in told) / own
    print(f"{title:28}{seconds:8.2f}s{rate:10.1f}{rounds[0]['steps']:8}{rounds[0]['tokens']:8}{nats:14.3f}"
          f"{sum(count for _, _, count in told) / own:12.2f}", flush=True)


if __name__ == "__main__":
    main()
