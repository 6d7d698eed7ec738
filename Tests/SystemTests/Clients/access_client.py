#!/usr/bin/env python3
"""Uses a server that speaks HTTPS and asks for keys through the official OpenAI client, and checks what comes back.

    "$(Scripts/python-env)" Tests/SystemTests/Clients/access_client.py https://127.0.0.1:8443 KEY CERTIFICATE LIMIT

CERTIFICATE is the file of the certificate to trust, LIMIT the requests that KEY may make in a minute: at least 3.
Exit status 0 means that every check passed.
"""

import ssl
import sys

import httpx
import openai

from checks import raises

URL, KEY, CERTIFICATE, LIMIT = sys.argv[1].rstrip("/"), sys.argv[2], sys.argv[3], int(sys.argv[4])
QUESTION = [{"role": "user", "content": "Name a bird."}]


def client(certificate=CERTIFICATE, **options):
    trust = httpx.Client(verify=ssl.create_default_context(cafile=certificate))
    options = {"api_key": KEY, "max_retries": 0, "timeout": 300, "http_client": trust, **options}
    return openai.OpenAI(base_url=URL + "/v1", **options)


def main():
    ask = lambda caller, **options: caller.chat.completions.create(
        model=model, messages=QUESTION, max_tokens=4, temperature=0, **options)
    model = client().models.list().data[0].id
    raises(openai.AuthenticationError, client(api_key="sk-nt-wrong").models.list)
    # The system's own roots do not know the certificate.
    stranger = openai.OpenAI(base_url=URL + "/v1", api_key=KEY, max_retries=0)
    raises(openai.APIConnectionError, stranger.models.list)

    raw = client().chat.completions.with_raw_response.create(model=model, messages=QUESTION, max_tokens=4)
    assert raw.parse().choices[0].message.content, "no answer"
    assert raw.headers["x-ratelimit-limit-requests"] == str(LIMIT), raw.headers
    assert raw.headers["x-ratelimit-remaining-requests"] == str(LIMIT - 1), raw.headers

    chunks = list(ask(client(), stream=True))
    assert chunks[-1].choices[0].finish_reason == "length", chunks[-1]
    def ask_on():
        # The minute goes on meanwhile, so that it may be a few more.
        for _ in range(3 * LIMIT):
            ask(client())

    error = raises(openai.RateLimitError, ask_on)
    assert error.code == "rate_limit_exceeded", error.body
    assert 1 <= int(error.response.headers["retry-after"]) <= 60, error.response.headers
    # The client waits as long as it is told, and then it is served.
    assert ask(client(max_retries=2)).choices, "no answer after waiting"
    print("passed")


if __name__ == "__main__":
    main()
