#!/usr/bin/env python3
"""Sends a running server requests that schemathesis makes up from its own /openapi.json, and holds the answers
against it.

    "$(Scripts/python-env)" Tests/SystemTests/Clients/schema_check.py http://127.0.0.1:8000 KEY [EXAMPLES]

EXAMPLES is how many requests are made up for each operation. Exit status 0 means that no answer was a 5xx, none had a
status, content type or body that the document does not tell, no method that the document lacks was answered, and no
route that asks for a key answered without one. The same requests are sent every time.
"""

import os
import sys
import tempfile

import schemathesis

# What a right request may cost: the test is of the server's words, and not of the model's.
COSTS = {"n": 2, "best_of": 2, "max_tokens": 4, "max_completion_tokens": 4, "max_output_tokens": 4, "min_tokens": 1}


def bounded(body):
    """The same request, cheap where it is right; what is wrong with it stays."""
    if not isinstance(body, dict):
        return body
    body = dict(body)
    for name, most in COSTS.items():
        value = body.get(name)
        if isinstance(value, (int, float)) and not isinstance(value, bool) and value > most:
            body[name] = most
    if "messages" in body or "prompt" in body or "input" in body:
        body.setdefault("max_tokens", 4)
    return body


@schemathesis.hook
def before_call(context, case, kwargs):
    case.body = bounded(case.body)


def main():
    url, key = sys.argv[1].rstrip("/"), sys.argv[2]
    examples = sys.argv[3] if len(sys.argv) > 3 else "15"
    checks = [
        "not_a_server_error", "status_code_conformance", "content_type_conformance", "response_headers_conformance",
        "response_schema_conformance", "unsupported_method", "ignored_auth",
    ]
    command = os.path.join(os.path.dirname(sys.executable), "st")
    # It leaves a folder behind for its next run.
    os.chdir(tempfile.mkdtemp())
    os.environ["SCHEMATHESIS_HOOKS"] = os.path.abspath(__file__)
    os.execv(command, [
        command, "run", url + "/openapi.json", "--header", f"Authorization: Bearer {key}", "--checks", ",".join(checks),
        "--max-examples", examples, "--phases", "examples,coverage,fuzzing", "--seed", "7", "--no-shrink",
        "--generation-deterministic", "--workers", "2", "--no-color", "--warnings",
        "off", "--suppress-health-check", "all",
        "--request-timeout", "60",
    ])


if __name__ == "__main__":
    main()
