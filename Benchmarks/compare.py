#!/usr/bin/env python3
"""Compares Needletail's prefill and decode speed with llama.cpp's in the same minutes on the same machine.

    Benchmarks/compare.py [--llama-bench PATH] [--models NAME ...] [--rounds N] [--input-len N] [--output-len N]

The contestants take turns, so that whatever else happens on the machine happens to both; the table quotes medians,
and for the ratio the median of the rounds' own ratios. Without llama.cpp ($LLAMA_BENCH or --llama-bench) only
Needletail is measured. Progress goes to standard error, the Markdown table to standard output.

README.md in this folder says how to build llama.cpp's llama-bench from the source that is on PyPI.
"""

import argparse
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PHASES = ("prefill", "decode")


def run_json(command):
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if result.returncode != 0:
        raise SystemExit(f"{' '.join(command)} failed with status {result.returncode}:\n{result.stderr[-2000:]}")
    return json.loads(result.stdout)


def needletail(arguments, model):
    command = [arguments.needletail, "bench", "latency", model, "--json"]
    command += ["--input-len", str(arguments.input_len), "--output-len", str(arguments.output_len)]
    command += ["--threads", str(arguments.threads), "--num-iters", "1", "--num-iters-warmup", "1"]
    figures = run_json(command)
    return {phase: figures[f"{phase}_tokens_per_second"] for phase in PHASES}


def llama_cpp(arguments, model):
    """A prompt alone, and an output that follows a prompt of that length, each after llama-bench's own warm-up."""
    command = [arguments.llama_bench, "-m", model, "-o", "json", "-r", "1", "-t", str(arguments.threads)]
    input_len, output_len = str(arguments.input_len), str(arguments.output_len)
    prefill = run_json(command + ["-p", input_len, "-n", "0"])
    decode = run_json(command + ["-p", "0", "-n", output_len, "-d", input_len])
    return {"prefill": prefill[0]["avg_ts"], "decode": decode[0]["avg_ts"]}


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
    figures = {name: {phase: [] for phase in PHASES} for name in contestants}
    loads = []
    for number in range(arguments.rounds):
        loads.append(os.getloadavg()[0])
        # Who begins changes with the round: the second finds the caches and the clock as the first left them.
        order = list(contestants.items())
        for name, contestant in order if number % 2 == 0 else order[::-1]:
            result = contestant(arguments, model)
            for phase in PHASES:
                figures[name][phase].append(result[phase])
            shown = ", ".join(f"{phase} {result[phase]:.1f}" for phase in PHASES)
            print(f"round {number + 1} of {arguments.rounds}, {name}: {shown} tokens/s", file=sys.stderr, flush=True)
    return figures, loads


def report(model, figures, loads):
    names = list(figures)
    title = [f"{name}, tokens/s" for name in names] + (["ratio"] if len(names) > 1 else [])
    print(f"\n**{pathlib.Path(model).name}**\n")
    print("| | " + " | ".join(title) + " | every round |")
    print("| --- " * (len(title) + 2) + "|")
    for phase in PHASES:
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
    parser.add_argument("--llama-bench", default=os.environ.get("LLAMA_BENCH"), help="llama.cpp's llama-bench")
    parser.add_argument("--needletail", default=str(ROOT / ".build/release/needletail"), help="the needletail command")
    parser.add_argument("--models", nargs="+", default=["smollm2", "qwen-coder"], help="names or GGUF files")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--input-len", type=int, default=512)
    parser.add_argument("--output-len", type=int, default=128)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    arguments = parser.parse_args()

    contestants = {"Needletail": needletail}
    if arguments.llama_bench:
        contestants["llama.cpp"] = llama_cpp
    else:
        print("compare.py: no llama-bench (see Benchmarks/README.md): Needletail alone", file=sys.stderr)
    models = [model_path(name) for name in arguments.models]
    print(
        f"{processor()}, {arguments.threads} threads; prompts of {arguments.input_len} tokens, outputs of "
        f"{arguments.output_len}; medians of {arguments.rounds} rounds, ratio: median of the rounds' ratios."
    )
    for model in models:
        report(model, *measure(arguments, contestants, model))


if __name__ == "__main__":
    main()
