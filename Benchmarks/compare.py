#!/usr/bin/env python3
"""Compares Needletail's speed with llama.cpp's in the same minutes on the same machine.

    Benchmarks/compare.py [--llama-bin FOLDER] [--models NAME ...] [--phases PHASE ...] [--rounds N]

Phases: `prefill` of one prompt and `decode` after it; `batch`, the decoding of 16 sequences together; `served`, output
tokens per second of a server with 16 users, prompts of 32 to 512 tokens and outputs of 64 to 128. The contestants take
turns, so that whatever else happens on the machine happens to both; the table quotes medians, and for the ratio the
median of the rounds' own ratios. Without llama.cpp ($LLAMA_BIN or --llama-bin: the folder with llama-bench,
llama-batched-bench and llama-server) only Needletail is measured. Progress goes to standard error, the Markdown table
to standard output.

README.md in this folder says how to build llama.cpp from the source that is on PyPI.
"""

import argparse
import contextlib
import json
import os
import pathlib
import platform
import socket
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PHASES = ("prefill", "decode", "batch", "served")
SEQUENCES = 16
BATCH_INPUT, BATCH_OUTPUT = 64, 64


def run_json(command):
    """The JSON object that a command prints, the last one where there are several lines."""
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if result.returncode != 0:
        raise SystemExit(f"{' '.join(command)} failed with status {result.returncode}:\n{result.stderr[-2000:]}")
    try:
        return json.loads(result.stdout)
    except json.JSONDecodeError:
        return json.loads(result.stdout.strip().splitlines()[-1])


@contextlib.contextmanager
def serving(command):
    """Runs a server at a free port, and gives its URL; bench serve waits until it is ready."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(command + ["--port", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def served(arguments, command, seed):
    with serving(command) as url:
        load = [arguments.needletail, "bench", "serve", "--base-url", url, "--ready-check-timeout-sec", "300"]
        load += ["--num-prompts", str(arguments.num_prompts), "--max-concurrency", str(SEQUENCES), "--ignore-eos"]
        load += ["--random-input-len", "32:512", "--random-output-len", "64:128", "--seed", str(seed)]
        return run_json(load + ["--num-warmups", "2", "--json"])["output_throughput"]


def needletail(arguments, model, phases, seed):
    command = [arguments.needletail, "bench", "latency", model, "--json", "--threads", str(arguments.threads)]
    command += ["--num-iters", "1", "--num-iters-warmup", "1"]
    figures = {}
    if "prefill" in phases or "decode" in phases:
        single = command + ["--input-len", str(arguments.input_len), "--output-len", str(arguments.output_len)]
        result = run_json(single)
        figures = {phase: result[f"{phase}_tokens_per_second"] for phase in ("prefill", "decode")}
    if "batch" in phases:
        batch = ["--input-len", str(BATCH_INPUT), "--output-len", str(BATCH_OUTPUT), "--batch-size", str(SEQUENCES)]
        figures["batch"] = run_json(command + batch)["decode_tokens_per_second"]
    if "served" in phases:
        server = [arguments.needletail, "serve", model, "--threads", str(arguments.threads), "--log-level", "error"]
        figures["served"] = served(arguments, server, seed)
    return figures


def llama_cpp(arguments, model, phases, seed):
    """llama-bench has a warm-up of its own, and decodes behind a prompt of the same length."""
    folder, threads = pathlib.Path(arguments.llama_bin), ["-t", str(arguments.threads)]
    command = [str(folder / "llama-bench"), "-m", model, "-o", "json", "-r", "1"] + threads
    input_len, output_len = str(arguments.input_len), str(arguments.output_len)
    figures = {}
    if "prefill" in phases:
        figures["prefill"] = run_json(command + ["-p", input_len, "-n", "0"])[0]["avg_ts"]
    if "decode" in phases:
        figures["decode"] = run_json(command + ["-p", "0", "-n", output_len, "-d", input_len])[0]["avg_ts"]
    if "batch" in phases:
        batch = ["-npp", str(BATCH_INPUT), "-ntg", str(BATCH_OUTPUT), "-npl", str(SEQUENCES)]
        size = ["-c", str(SEQUENCES * (BATCH_INPUT + BATCH_OUTPUT)), "--output-format", "jsonl"]
        figures["batch"] = run_json([str(folder / "llama-batched-bench"), "-m", model] + threads + batch + size)["speed_tg"]
    if "served" in phases:
        server = [str(folder / "llama-server"), "-m", model, "-np", str(SEQUENCES), "-c", str(SEQUENCES * 1024)]
        figures["served"] = served(arguments, server + threads, seed)
    return figures


def model_path(name):
    """A path, or what Scripts/fetch-model knows by that name."""
    if pathlib.Path(name).exists():
        return name
    fetched = subprocess.run([ROOT / "Scripts" / "fetch-model", name], stdout=subprocess.PIPE, text=True)
    if fetched.returncode != 0:
        raise SystemExit(f"{name} is neither a file nor a model that could be fetched")
    return fetched.stdout.strip()


def processor():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def measure(arguments, contestants, model):
    """Figures by contestant and phase, one a round, and the load of the machine before each round."""
    figures = {name: {phase: [] for phase in arguments.phases} for name in contestants}
    loads = []
    for number in range(arguments.rounds):
        loads.append(os.getloadavg()[0])
        # Who begins changes with the round: the second finds the caches and the clock as the first left them.
        order = list(contestants.items())
        for name, contestant in order if number % 2 == 0 else order[::-1]:
            result = contestant(arguments, model, arguments.phases, number)
            for phase in arguments.phases:
                figures[name][phase].append(result[phase])
            shown = ", ".join(f"{phase} {result[phase]:.1f}" for phase in arguments.phases)
            print(f"round {number + 1} of {arguments.rounds}, {name}: {shown} tokens/s", file=sys.stderr, flush=True)
    return figures, loads


def report(model, figures, loads):
    names = list(figures)
    title = [f"{name}, tokens/s" for name in names] + (["ratio"] if len(names) > 1 else [])
    print(f"\n**{pathlib.Path(model).name}**\n")
    print("| | " + " | ".join(title) + " | every round |")
    print("| --- " * (len(title) + 2) + "|")
    for phase in figures[names[0]]:
        rounds = [figures[name][phase] for name in names]
        cells = [f"{statistics.median(values):.1f}" for values in rounds]
        if len(names) > 1:
            cells.append(f"{statistics.median(ours / theirs for ours, theirs in zip(*rounds)):.2f}")
        raw = "; ".join(f"{name} " + ", ".join(f"{value:.0f}" for value in figures[name][phase]) for name in names)
        print(f"| {phase} | " + " | ".join(cells) + f" | {raw} |")
    print(f"\nLoad average before each round: {', '.join(f'{load:.2f}' for load in loads)}.")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--llama-bin", default=os.environ.get("LLAMA_BIN"), help="the folder of llama.cpp's commands")
    parser.add_argument("--needletail", default=str(ROOT / ".build/release/needletail"), help="the needletail command")
    parser.add_argument("--models", nargs="+", default=["smollm2", "qwen-coder"], help="names or GGUF files")
    parser.add_argument("--phases", nargs="+", choices=PHASES, default=list(PHASES))
    parser.add_argument("--num-prompts", type=int, default=48, help="requests of `served`")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--input-len", type=int, default=512)
    parser.add_argument("--output-len", type=int, default=128)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    arguments = parser.parse_args()

    contestants = {"Needletail": needletail}
    if arguments.llama_bin:
        contestants["llama.cpp"] = llama_cpp
    else:
        print("compare.py: no llama.cpp (see Benchmarks/README.md): Needletail alone", file=sys.stderr)
    models = [model_path(name) for name in arguments.models]
    print(
        f"{processor()}, {arguments.threads} threads; prompts of {arguments.input_len} tokens, outputs of "
        f"{arguments.output_len}; medians of {arguments.rounds} rounds, ratio: median of the rounds' ratios."
    )
    for model in models:
        report(model, *measure(arguments, contestants, model))


if __name__ == "__main__":
    main()
