#!/usr/bin/env python3
"""Makes the golden logits that ModelsTests compares with, from llama.cpp.

    pip install numpy llama-cpp-python
    ./make_logits.py "$(../../../Scripts/fetch-model smollm2)" logits-smollm2.json
    ./make_logits.py "$(../../../Scripts/fetch-model qwen-coder)" logits-qwen-coder.json

A llama.cpp that is built already can be used instead of the one that pip would build: set LLAMA_CPP_LIB_PATH to the
folder with its shared libraries.

Two references are taken. The first is the file dequantised to F32, run in f32 with an f32 KV cache: the numbers that
the weights mean, with no rounding of activations in them. The second is the file itself as llama.cpp runs it, which
rounds activations to 8 bits for each product: it is recorded as a yardstick of what such rounding costs.

For each prompt there are its tokens; at a few positions, the reference's highest logits and a sample of all of them
(the ids 0, stride, 2 * stride …); and up to 64 greedy tokens of both references, each with its margin, the highest
logit less the second: where the margin is small, rounding decides, and no test should ask for equality beyond it.
"""

import argparse
import hashlib
import json
import pathlib
import tempfile

import llama_cpp
import numpy

SAMPLES = 128
TOP = 16
GREEDY_TOKENS = 64
CONTEXT_TOKENS = 1024
F32 = 0  # ggml's number for the type, and the file type that has every tensor in it


def chat(*turns):
    """Turns in ChatML, which both models speak, up to where the assistant begins."""
    roles = ("system", "user", "assistant")
    order = [roles[0]] + [roles[1 + index % 2] for index in range(len(turns) - 1)]
    text = "".join(f"<|im_start|>{role}\n{turn}<|im_end|>\n" for role, turn in zip(order, turns))
    return text + "<|im_start|>assistant\n"


HELPFUL = "You are a helpful assistant."

# Sentences of one form with changing words, so that a long prompt does not repeat itself.
LEDGER = " ".join(
    f"On day {day} the keeper counted {day * 7 % 23} {bird} near the {place} and wrote it down."
    for day, bird, place in zip(
        range(1, 31),
        ["swifts", "herons", "wrens", "owls", "finches", "larks", "terns"] * 5,
        ["tower", "old mill", "river bend", "harbour", "chapel", "quarry"] * 5,
    )
)

PROMPTS = {
    "capital": chat(HELPFUL, "What is the capital of France? Answer in one sentence."),
    "two turns": chat(
        "You are a patient teacher.",
        "Why is the sky blue?",
        "Because air scatters short wavelengths of light more than long ones.",
        "And why are sunsets red?",
    ),
    "chinese": chat("你是一个乐于助人的助手。", "请用三句话介绍一下长城的历史。"),
    "code": "def fibonacci(n):\n    \"\"\"Returns the n-th Fibonacci number.\"\"\"\n    if n < 2:\n        return n\n",
    "code chat": chat(HELPFUL, "Write a C function that reverses a string in place. Show only the code."),
    "one token": "The",
    "long": chat(HELPFUL, LEDGER + "\n\nSummarise what the keeper did in two sentences."),
}


class Reference:
    """A model in llama.cpp that gives logits as arrays."""

    def __init__(self, path, key_value_type):
        self.llama = llama_cpp.Llama(
            model_path=str(path),
            n_ctx=CONTEXT_TOKENS,
            n_batch=CONTEXT_TOKENS,
            n_ubatch=CONTEXT_TOKENS,
            logits_all=True,
            type_k=key_value_type,
            type_v=key_value_type,
            flash_attn=False,
            verbose=False,
        )

    def tokens(self, text):
        return self.llama.tokenize(text.encode(), add_bos=False, special=True)

    def logits(self, tokens):
        """The logits after each of the tokens: [tokens, vocabulary]."""
        self.llama.reset()
        self.llama.eval(tokens)
        return self.llama.scores[: len(tokens)].astype(numpy.float64)

    def greedy(self, tokens):
        """Up to 64 greedy tokens, the end of sequence included, and the margin of each."""
        self.llama.reset()
        self.llama.eval(tokens)
        chosen, margins = [], []
        for _ in range(GREEDY_TOKENS):
            row = self.llama.scores[self.llama.n_tokens - 1]
            second, first = numpy.argsort(row)[-2:]
            chosen.append(int(first))
            margins.append(round(float(row[first] - row[second]), 3))
            if first == self.llama.token_eos():
                break
            self.llama.eval([int(first)])
        return {"tokens": chosen, "margins": margins}

    def close(self):
        self.llama.close()


def dequantize(source, destination):
    parameters = llama_cpp.llama_model_quantize_default_params()
    parameters.ftype = F32
    parameters.allow_requantize = True
    if llama_cpp.llama_model_quantize(str(source).encode(), str(destination).encode(), parameters) != 0:
        raise SystemExit(f"llama.cpp could not dequantise {source}")


def cosine(a, b):
    return float(a @ b / numpy.sqrt((a @ a) * (b @ b)))


def positions_of(count):
    """The last position, and three before it."""
    return sorted({count - 1, count // 4, count // 2, 3 * count // 4} & set(range(count)))


def describe(prompt, tokens, reference, quantized, stride):
    exact = reference.logits(tokens)
    rounded = quantized.logits(tokens)
    positions = []
    for position in positions_of(len(tokens)):
        row = exact[position]
        top = numpy.argsort(row)[::-1][:TOP]
        sample = row[::stride][:SAMPLES]
        positions.append(
            {
                "position": position,
                "topTokens": [int(token) for token in top],
                "topLogits": [round(float(row[token]), 4) for token in top],
                "sample": [round(float(logit), 4) for logit in sample],
                "quantizedCosine": round(cosine(sample, rounded[position][::stride][:SAMPLES]), 6),
                "quantizedTopToken": int(numpy.argmax(rounded[position])),
            }
        )
    return {
        "name": prompt,
        "tokens": tokens,
        "positions": positions,
        "greedy": reference.greedy(tokens),
        "quantizedGreedy": quantized.greedy(tokens),
    }


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", type=pathlib.Path, help="a GGUF file")
    parser.add_argument("output", type=pathlib.Path, help="the JSON file to write")
    arguments = parser.parse_args()

    with tempfile.TemporaryDirectory() as folder:
        dequantized = pathlib.Path(folder) / "f32.gguf"
        dequantize(arguments.model, dequantized)
        reference = Reference(dequantized, F32)
        quantized = Reference(arguments.model, F32)
        stride = reference.llama.n_vocab() // SAMPLES
        golden = {
            "model": arguments.model.name,
            "sha256": hashlib.sha256(arguments.model.read_bytes()).hexdigest(),
            "reference": f"llama.cpp as in llama-cpp-python {llama_cpp.__version__}, weights and KV cache in F32",
            "vocabulary": reference.llama.n_vocab(),
            "sampleStride": stride,
            "prompts": [
                describe(name, reference.tokens(text), reference, quantized, stride)
                for name, text in PROMPTS.items()
            ],
        }
        reference.close()
        quantized.close()
    # One prompt a line: small, and a change shows which prompt it is in.
    prompts = ",\n".join(json.dumps(prompt, separators=(",", ":")) for prompt in golden.pop("prompts"))
    head = json.dumps(golden, indent=1)[1:-2]
    arguments.output.write_text("{" + head + ',\n "prompts": [\n' + prompts + "\n]}\n")


if __name__ == "__main__":
    main()
