"""What the scripts of this folder share: checks with names, what they compare, and how they are run."""

import json
import sys
import time
import traceback
import urllib.request

CHECKS = []


def check(function):
    """The function is one of the script's checks."""
    CHECKS.append(function)
    return function


def equal(actual, expected, what="value"):
    if actual != expected:
        raise AssertionError(f"{what}: {actual!r}, expected {expected!r}")


def raises(kind, call, code=None):
    """The error that a call ends with: of that kind, and where a code is given with that one and a message."""
    try:
        call()
    except kind as error:
        if code is not None:
            equal(error.code, code, "error code")
            if not error.body.get("message"):
                raise AssertionError(f"the error object has no message: {error.body}")
        return error
    raise AssertionError(f"no {kind.__name__}")


def post(url, key, body):
    """The answer of a route that the official client does not know, or whose answer it would change."""
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {key}"}
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=300) as response:
        return json.load(response)


def run(pattern="", checks=CHECKS, leaves_out=lambda name: False):
    """Runs the checks whose names contain the pattern, each once.

    Returns the exit status: 0 where all passed.
    """
    failures = 0
    for function in dict.fromkeys(checks):
        if pattern not in function.__name__ or leaves_out(function.__name__):
            continue
        started = time.monotonic()
        try:
            function()
        except Exception as error:
            failures += 1
            print(f"FAILED {function.__name__}: {type(error).__name__}: {error}")
            if not isinstance(error, AssertionError):
                traceback.print_exc(file=sys.stdout)
        else:
            print(f"passed {function.__name__} ({time.monotonic() - started:.2f} s)")
    return 1 if failures else 0
