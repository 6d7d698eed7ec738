#!/usr/bin/env python3
"""Fills the KV cache of `needletail serve` and puts resident memory beside what `needletail plan` planned.

    Benchmarks/memory.py [--needletail PATH] [--models NAME ...] [--kv-cache-dtype TYPE ...] [--kv-cache-memory SIZE]

For each model and type of the KV cache it starts a server, sends as many equal requests as together fill the pool,
and reads `VmHWM`, the most that was ever resident, and the greatest `vllm:kv_cache_usage_perc`. Prompts of token ids,
and outputs long enough that the last prompt is computed before the first output ends. Progress goes to standard error,
the Markdown table to standard output. Linux only: it reads /proc.
"""

import argparse
import json
import pathlib
import re
import subprocess
import sys
import threading
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
SEQUENCES = 64
STEP_TOKENS = 512
MIB = 1 << 20


def model_path(name):
    """A path, or what Scripts/fetch-model knows by that name."""
    if pathlib.Path(name).exists():
        return name
    return subprocess.run([ROOT / "Scripts" / "fetch-model", name], check=True, stdout=subprocess.PIPE,
                          text=True).stdout.strip()


class Server:
    """`needletail serve` at a free port."""

    def __init__(self, command):
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        for line in self.process.stdout:
            found = re.search(r"http://127\.0\.0\.1:\d+", line)
            if found:
                self.url = found.group(0)
                return
        raise SystemExit(f"{' '.join(command)} did not start")

    def resident_peak(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+)", status).group(1)) << 10

    def cache_usage(self):
        metrics = urllib.request.urlopen(self.url + "/metrics").read().decode()
        return float(re.search(r"kv_cache_usage_perc\{[^}]*\} (\S+)", metrics).group(1))

    def complete(self, prompt, tokens):
        body = {"model": "model", "prompt": prompt, "max_tokens": tokens, "temperature": 0, "ignore_eos": True}
        request = urllib.request.Request(self.url + "/v1/completions", json.dumps(body).encode(),
                                         {"Content-Type": "application/json"})
        urllib.request.urlopen(request).read()

    def stop(self):
        self.process.terminate()
        self.process.wait()


def fill(server, tokens):
    """Fills a pool of that many tokens; returns the greatest usage that was seen."""
    each = tokens // SEQUENCES // 16 * 16
    # The last prompt's first token comes after about so many steps, in each of which the others get a token.
    output = min(each // 2, tokens // (STEP_TOKENS - SEQUENCES) + 32)
    prompts = [[1000 + (31 * position + 7 * index) % 20000 for position in range(each - output)]
               for index in range(SEQUENCES)]
    threads = [threading.Thread(target=server.complete, args=(prompt, output)) for prompt in prompts]
    for thread in threads:
        thread.start()
    usage = 0.0
    while any(thread.is_alive() for thread in threads):
        usage = max(usage, server.cache_usage())
        time.sleep(0.1)
    return usage


def measure(arguments, model, kind):
    options = ["--kv-cache-dtype", kind, "--kv-cache-memory", arguments.kv_cache_memory,
               "--max-num-seqs", str(SEQUENCES), "--max-num-batched-tokens", str(STEP_TOKENS)]
    plan = json.loads(subprocess.run([arguments.needletail, "plan", model, "--json"] + options, check=True,
                                     stdout=subprocess.PIPE, text=True).stdout)
    server = Server([arguments.needletail, "serve", model, "--port", "0", "--log-level", "warning",
                     "--served-model-name", "model"] + options)
    try:
        usage = fill(server, plan["kv_tokens"])
        resident = server.resident_peak()
    finally:
        server.stop()
    parts = [plan[f"{part}_bytes_per_rank"] for part in ("weights", "activation", "kv")]
    print(f"{pathlib.Path(model).name} {kind}: {resident / sum(parts) - 1:+.1%}", file=sys.stderr)
    figures = [f"{part / MIB:,.0f}" for part in parts + [sum(parts), resident]]
    return [pathlib.Path(model).name, kind, f"{plan['kv_tokens']:,}", f"{usage:.0%}"] + figures + [
        f"{resident / sum(parts) - 1:+.1%}"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--needletail", default=str(ROOT / ".build" / "release" / "needletail"))
    parser.add_argument("--models", nargs="+", default=["smollm2", "qwen-coder"])
    parser.add_argument("--kv-cache-dtype", nargs="+", default=["float16", "bfloat16", "q8_0"])
    parser.add_argument("--kv-cache-memory", default="768MiB")
    arguments = parser.parse_args()
    titles = ["model", "KV type", "KV tokens", "pool used", "weights", "activations, program", "KV cache", "planned",
              "resident", "off by"]
    rows = [measure(arguments, model_path(model), kind)
            for model in arguments.models for kind in arguments.kv_cache_dtype]
    print("Memory in MiB.\n")
    for row in [titles, ["---"] * len(titles)] + rows:
        print("| " + " | ".join(row) + " |")


if __name__ == "__main__":
    main()
