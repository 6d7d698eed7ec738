"""Validates texts against schemas with the jsonschema package, formats included.

Reads {"schemas": {name: schema}, "texts": [[name, text], …]} from standard input; prints what is wrong.
"""

import json
import sys

import jsonschema


def validator(name, schema):
    draft = jsonschema.Draft202012Validator
    if "draft 7" in name:
        draft = jsonschema.Draft7Validator
    elif "draft 4" in name:
        draft = jsonschema.Draft4Validator
    return draft(schema, format_checker=draft.FORMAT_CHECKER)


work = json.load(sys.stdin)
validators = {name: validator(name, schema) for name, schema in work["schemas"].items()}
wrong = 0
for name, text in work["texts"]:
    try:
        error = next(validators[name].iter_errors(json.loads(text)), None)
        problem = error and error.message
    except ValueError as error:
        problem = f"no JSON: {error}"
    if problem:
        wrong += 1
        print(f"{name}: {text!r}: {problem}")
print(f"{len(work['texts'])} texts, {wrong} wrong")
sys.exit(1 if wrong else 0)
