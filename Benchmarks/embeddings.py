#!/usr/bin/env python3
"""Measures embeddings a second beside sentence-transformers and ONNX Runtime, same model, same threads.

    Scripts/fetch-model minilm
    python3 -m venv /tmp/peers && /tmp/peers/bin/pip install torch sentence-transformers onnxruntime onnx onnxscript
    /tmp/peers/bin/python Benchmarks/embeddings.py [--rounds 5] [--texts 400] [--threads 2]

Needletail is asked over HTTP, by some clients at once and by one; the peers are called in this process, which spares them
the transport, with texts sorted by length as sentence-transformers does. Rounds alternate; medians are printed, and the
largest difference of their vectors. A peer that is not installed is left out.
"""

import argparse
import base64
import concurrent.futures
import json
import os
import pathlib
import random
import re
import struct
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
MODEL = pathlib.Path(os.environ.get("NEEDLETAIL_MODELS", pathlib.Path.home() / ".cache/needletail/models"))
MODEL = MODEL / "all-MiniLM-L6-v2"


def sentences(count):
    """Stretches of Alice in Wonderland of 3 to 120 words, more often short ones."""
    words = (ROOT / "Benchmarks/Texts/alice.txt").read_text().split()
    source = random.Random(20261127)
    texts = []
    for _ in range(count):
        length = min(120, 3 + int(source.expovariate(1 / 24)))
        start = source.randrange(len(words) - length)
        texts.append(" ".join(words[start:start + length]))
    return texts


class Server:
    """`needletail serve` for a while, at a port of its own."""

    def __init__(self, arguments):
        self.log = tempfile.NamedTemporaryFile(mode="w+")
        command = [ROOT / ".build/release/needletail", "serve", *arguments, "--port", "0"]
        self.process = subprocess.Popen([str(part) for part in command], stdout=self.log, stderr=self.log)
        while not (found := re.search(r"http://127\.0\.0\.1:\d+", pathlib.Path(self.log.name).read_text())):
            if self.process.poll() is not None:
                sys.exit(pathlib.Path(self.log.name).read_text())
            time.sleep(0.05)
        self.url = found.group()

    def post(self, path, body):
        request = urllib.request.Request(self.url + path, json.dumps(body).encode(), {"Content-Type": "application/json"})
        with urllib.request.urlopen(request) as response:
            return json.load(response)

    def close(self):
        self.process.terminate()
        self.process.wait()


class Needletail:
    def __init__(self, threads, clients, batch):
        self.name = f"needletail, {clients} client{'s' if clients > 1 else ''} of {batch} texts"
        self.clients, self.batch = clients, batch
        self.server = Server([MODEL, "--threads", threads])

    def ask(self, texts):
        data = self.server.post("/v1/embeddings", {"input": texts, "encoding_format": "base64"})["data"]
        return [struct.unpack("<384f", base64.b64decode(item["embedding"])) for item in data]

    def encode(self, texts):
        parts = [texts[start:start + self.batch] for start in range(0, len(texts), self.batch)]
        with concurrent.futures.ThreadPoolExecutor(self.clients) as pool:
            return [vector for part in pool.map(self.ask, parts) for vector in part]

    def close(self):
        self.server.close()


class SentenceTransformers:
    name = "sentence-transformers, batches of 32"

    def __init__(self, threads):
        import torch
        from sentence_transformers import SentenceTransformer

        torch.set_num_threads(threads)
        self.model = SentenceTransformer(str(MODEL), device="cpu")

    def encode(self, texts):
        return self.model.encode(texts, batch_size=32, show_progress_bar=False)

    def close(self):
        pass


class ONNXRuntime:
    name = "ONNX Runtime, batches of 32"

    def __init__(self, threads):
        import numpy
        import onnxruntime
        import torch
        from tokenizers import Tokenizer
        from transformers import AutoModel

        self.numpy = numpy
        self.folder = tempfile.TemporaryDirectory()
        path = f"{self.folder.name}/model.onnx"
        model = AutoModel.from_pretrained(str(MODEL), attn_implementation="eager").eval()
        names = ["input_ids", "attention_mask", "token_type_ids"]
        example = tuple(torch.ones(2, 8, dtype=torch.long) for _ in names)
        batch, length = torch.export.Dim("batch", min=1, max=1024), torch.export.Dim("length", min=2, max=512)
        shapes = {name: {0: batch, 1: length} for name in names}
        torch.onnx.export(
            model, (), path, kwargs=dict(zip(names, example)), input_names=names, output_names=["rows"],
            dynamo=True, dynamic_shapes=shapes, verbose=False)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        self.tokenizer = Tokenizer.from_file(str(MODEL / "tokenizer.json"))
        self.tokenizer.enable_truncation(256)
        self.tokenizer.enable_padding()

    def encode(self, texts):
        numpy = self.numpy
        order = sorted(range(len(texts)), key=lambda index: -len(texts[index]))
        vectors = [None] * len(texts)
        for start in range(0, len(order), 32):
            chosen = order[start:start + 32]
            encoded = self.tokenizer.encode_batch([texts[index] for index in chosen])
            inputs = {
                "input_ids": numpy.array([item.ids for item in encoded]),
                "attention_mask": numpy.array([item.attention_mask for item in encoded]),
                "token_type_ids": numpy.array([item.type_ids for item in encoded]),
            }
            rows = self.session.run(["rows"], inputs)[0]
            mask = inputs["attention_mask"][:, :, None]
            means = (rows * mask).sum(1) / mask.sum(1)
            means /= numpy.linalg.norm(means, axis=1, keepdims=True)
            for index, vector in zip(chosen, means):
                vectors[index] = vector
        return vectors

    def close(self):
        pass


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--texts", type=int, default=400)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    texts = sentences(arguments.texts)
    contestants = []
    for make in [
        lambda: Needletail(arguments.threads, 4, 32), lambda: Needletail(arguments.threads, 1, arguments.texts),
        lambda: SentenceTransformers(arguments.threads), lambda: ONNXRuntime(arguments.threads),
    ]:
        try:
            contestants.append(make())
        except Exception as error:  # Whatever keeps a peer from running, the others are measured.
            print(f"left out: {type(error).__name__}: {str(error)[:200]}", file=sys.stderr)
    times = {contestant.name: [] for contestant in contestants}
    vectors = {contestant.name: contestant.encode(texts) for contestant in contestants}
    for _ in range(arguments.rounds):
        for contestant in contestants:
            started = time.monotonic()
            contestant.encode(texts)
            times[contestant.name].append(time.monotonic() - started)
    from statistics import median

    first = vectors[contestants[0].name]
    print(f"{arguments.texts} texts, {sum(len(text.split()) for text in texts)} words, {arguments.threads} threads, "
          f"median of {arguments.rounds} rounds")
    for contestant in contestants:
        name = contestant.name
        worst = max(abs(a - b) for left, right in zip(first, vectors[name]) for a, b in zip(left, right))
        print(f"{name:45} {arguments.texts / median(times[name]):7.0f} texts/s   {median(times[name]):.3f} s   "
              f"differs by {worst:.1e}")
        contestant.close()


if __name__ == "__main__":
    main()
