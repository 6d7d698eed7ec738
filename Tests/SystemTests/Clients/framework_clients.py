#!/usr/bin/env python3
"""Uses a running server through the frameworks that people put before it, and checks what comes back.

    "$(Scripts/python-env)" Tests/SystemTests/Clients/framework_clients.py http://127.0.0.1:8000 KEY

Exit status 0 means that every check passed.
"""

import json
import os
import sys
import urllib.request

# Nothing may be looked up elsewhere.
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
os.environ["LANGCHAIN_TRACING_V2"] = "false"

URL, KEY = sys.argv[1].rstrip("/"), sys.argv[2]
QUESTION = "What is the capital of France? Answer in one sentence."


def model():
    request = urllib.request.Request(URL + "/v1/models", headers={"Authorization": f"Bearer {KEY}"})
    with urllib.request.urlopen(request, timeout=60) as response:
        return json.load(response)["data"][0]["id"]


def check_langchain(name):
    from langchain_core.messages import HumanMessage, SystemMessage
    from langchain_openai import ChatOpenAI

    chat = ChatOpenAI(base_url=URL + "/v1", api_key=KEY, model=name, temperature=0, max_tokens=24, max_retries=0)
    messages = [SystemMessage("You are a helpful assistant."), HumanMessage(QUESTION)]
    answer = chat.invoke(messages)
    assert "Paris" in answer.content, answer.content
    assert answer.response_metadata["finish_reason"] == "stop", answer.response_metadata
    usage = answer.usage_metadata
    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"] > 0, usage
    pieces = list(chat.stream(messages))
    assert len(pieces) > 4, pieces
    assert "".join(piece.content for piece in pieces) == answer.content, pieces
    batch = chat.batch([messages, [HumanMessage("Name a bird.")]])
    assert batch[0].content == answer.content and batch[1].content, batch
    print("passed langchain-openai")


def check_litellm(name):
    import litellm

    litellm.telemetry = False
    options = {
        "model": f"openai/{name}", "api_base": URL + "/v1", "api_key": KEY, "temperature": 0, "max_tokens": 24,
        "messages": [
            {"role": "system", "content": "You are a helpful assistant."},
            {"role": "user", "content": QUESTION},
        ],
    }
    answer = litellm.completion(**options)
    text = answer.choices[0].message.content
    assert "Paris" in text, text
    assert answer.choices[0].finish_reason == "stop" and answer.usage.total_tokens > 0, answer
    pieces = [chunk.choices[0].delta.content or "" for chunk in litellm.completion(stream=True, **options)]
    assert "".join(pieces) == text and len(pieces) > 4, pieces
    try:
        litellm.completion(**{**options, "api_key": "wrong"})
    except litellm.AuthenticationError:
        pass
    else:
        raise AssertionError("a wrong key was taken")
    print("passed litellm")


if __name__ == "__main__":
    served = model()
    check_langchain(served)
    check_litellm(served)
