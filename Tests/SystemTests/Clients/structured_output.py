"""Holds a real model to every schema of the tests, at temperature 1, and validates what comes out.

    structured_output.py URL KEY SCHEMAS SEEDS MAX_TOKENS

Every answer that ended by itself must validate with the jsonschema package, formats included. Answers that ran out
of tokens are counted and are no failures.
"""

import concurrent.futures
import json
import sys
import urllib.request

import jsonschema

url, key, path, seeds, max_tokens = sys.argv[1:6]
schemas = json.load(open(path, encoding="utf-8"))


def validator(name, schema):
    draft = jsonschema.Draft202012Validator
    if "draft 7" in name:
        draft = jsonschema.Draft7Validator
    elif "draft 4" in name:
        draft = jsonschema.Draft4Validator
    return draft(schema, format_checker=draft.FORMAT_CHECKER)


def ask(entry, seed):
    body = {
        "messages": [{"role": "user", "content": f"Write a short JSON example: {entry['name']}."}],
        "temperature": 1,
        "seed": seed,
        "max_tokens": int(max_tokens),
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "answer", "strict": True, "schema": entry["schema"]},
        },
    }
    request = urllib.request.Request(
        f"{url}/v1/chat/completions",
        json.dumps(body).encode(),
        {"Content-Type": "application/json", "Authorization": f"Bearer {key}"},
    )
    try:
        with urllib.request.urlopen(request) as response:
            choice = json.load(response)["choices"][0]
    except urllib.error.HTTPError as error:
        return entry, seed, "error", error.read().decode()
    return entry, seed, choice["finish_reason"], choice["message"]["content"]


finished = unfinished = wrong = 0
with concurrent.futures.ThreadPoolExecutor(16) as pool:
    tasks = [pool.submit(ask, entry, seed) for seed in range(int(seeds)) for entry in schemas]
    for task in concurrent.futures.as_completed(tasks):
        entry, seed, finish, text = task.result()
        if finish == "length":
            unfinished += 1
            continue
        problem = None
        if finish != "stop":
            problem = f"finish_reason {finish}"
        else:
            finished += 1
            try:
                error = next(validator(entry["name"], entry["schema"]).iter_errors(json.loads(text)), None)
                problem = error and error.message
            except ValueError as error:
                problem = f"no JSON: {error}"
        if problem:
            wrong += 1
            print(f"{entry['name']}, seed {seed}: {text!r}: {problem}")
print(f"{finished} finished, {unfinished} ran out of tokens, {wrong} wrong")
sys.exit(1 if wrong or finished < 4 * unfinished else 0)
