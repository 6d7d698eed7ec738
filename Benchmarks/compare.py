#!/usr/bin/env python3
"""Compares Needletail's speed with llama.cpp's and vLLM's in the same minutes on the same machine.

    Benchmarks/compare.py [--models NAME ...] [--phases PHASE ...] [--peers PEER ...] [--rounds N]

Phases: `prefill` of one prompt and `decode` after it; `batch`, the decoding of 16 sequences together; `served`, output
tokens per second of a server with 16 users, prompts of 32 to 512 tokens and outputs of 64 to 128. The contestants take
turns, so that whatever else happens on the machine happens to all; the table quotes medians, and for a ratio the median
of the rounds' own ratios. Progress goes to standard error, the Markdown tables to standard output.

`Benchmarks/peers` builds llama.cpp and vLLM and makes the files; what it has not built is left out. A model is a GGUF
file, a name that Scripts/fetch-model knows, or such a name and a format: qwen-coder, qwen-coder-Q8_0, smollm2-BF16.
vLLM is only served, always in BF16, from a checkpoint made of the same file.
"""

import argparse
import json
import os
import pathlib
import platform
import signal
import socket
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
PEERS = pathlib.Path(os.environ.get("NEEDLETAIL_PEERS", pathlib.Path.home() / ".cache/needletail/peers"))
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


class Server:
    """A server that runs for all rounds of a model, and is halted while it is not its turn."""

    def __init__(self, command, environment=None):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        began = time.monotonic()
        self.process = subprocess.Popen(
            command + ["--port", str(port)], env=os.environ | (environment or {}), start_new_session=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        while not self.is_healthy():
            if self.process.poll() is not None:
                raise SystemExit(f"{' '.join(command)} ended with status {self.process.returncode} before it was ready")
            time.sleep(0.02)
        self.ready_s = time.monotonic() - began

    def is_healthy(self):
        try:
            with urllib.request.urlopen(self.url + "/health", timeout=5) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False

    def signal(self, number):
        os.killpg(self.process.pid, number)

    def resident_mib(self):
        """Memory of the server's processes, shared pages divided among those that share them."""
        total = 0
        for entry in pathlib.Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and os.getpgid(int(entry.name)) == self.process.pid:
                    lines = (entry / "smaps_rollup").read_text().splitlines()
                    total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
            except (ProcessLookupError, FileNotFoundError):
                pass
        return total / 1024

    def stop(self):
        self.signal(signal.SIGCONT)
        self.signal(signal.SIGTERM)
        self.process.wait()


class Contestant:
    """Somebody who runs a model. `phases` are those that it has."""

    phases = PHASES

    def __init__(self, arguments, model):
        self.arguments, self.model = arguments, model
        self.threads = str(arguments.threads)
        self.server = None

    def measure(self, phases, seed):
        return {phase: getattr(self, phase)(seed) for phase in phases if phase in self.phases}

    def server_command(self):
        """The command of the server, without its port, and what its environment needs."""
        raise NotImplementedError

    def served(self, seed):
        if self.server is None:
            self.server = Server(*self.server_command())
        self.server.signal(signal.SIGCONT)
        load = [self.arguments.needletail, "bench", "serve", "--base-url", self.server.url, "--ignore-eos"]
        load += ["--num-prompts", str(self.arguments.num_prompts), "--max-concurrency", str(SEQUENCES)]
        load += ["--random-input-len", "32:512", "--random-output-len", "64:128", "--seed", str(seed)]
        result = run_json(load + ["--num-warmups", "2", "--json"])
        self.resident_mib = self.server.resident_mib()
        self.server.signal(signal.SIGSTOP)
        return result["output_throughput"]

    def stop(self):
        if self.server is not None:
            self.server.stop()


class Needletail(Contestant):
    name = "Needletail"

    def bench(self, *options):
        command = [self.arguments.needletail, "bench", "latency", self.model.file, "--json", "--threads", self.threads]
        return run_json(command + ["--num-iters", "1", "--num-iters-warmup", "1", *map(str, options)])

    def measure(self, phases, seed):
        figures = super().measure([phase for phase in phases if phase in ("batch", "served")], seed)
        if "prefill" in phases or "decode" in phases:
            result = self.bench("--input-len", self.arguments.input_len, "--output-len", self.arguments.output_len)
            asked = [phase for phase in ("prefill", "decode") if phase in phases]
            figures |= {phase: result[f"{phase}_tokens_per_second"] for phase in asked}
        return figures

    def batch(self, _):
        result = self.bench("--input-len", BATCH_INPUT, "--output-len", BATCH_OUTPUT, "--batch-size", SEQUENCES)
        return result["decode_tokens_per_second"]

    def server_command(self):
        return ([self.arguments.needletail, "serve", self.model.file, "--threads", self.threads, "--log-level", "error"],)


class LlamaCpp(Contestant):
    """llama-bench has a warm-up of its own, and decodes behind a prompt of the same length."""

    name = "llama.cpp"
    folder = PEERS / "llama.cpp/bin"

    @classmethod
    def can_run(cls, model):
        return (cls.folder / "llama-server").exists()

    def command(self, name, *options):
        return [str(self.folder / name), "-m", self.model.file, "-t", self.threads, *map(str, options)]

    def prefill(self, _):
        options = ["-o", "json", "-r", 1, "-p", self.arguments.input_len, "-n", 0]
        return run_json(self.command("llama-bench", *options))[0]["avg_ts"]

    def decode(self, _):
        options = ["-o", "json", "-r", 1, "-p", 0, "-n", self.arguments.output_len, "-d", self.arguments.input_len]
        return run_json(self.command("llama-bench", *options))[0]["avg_ts"]

    def batch(self, _):
        options = ["-npp", BATCH_INPUT, "-ntg", BATCH_OUTPUT, "-npl", SEQUENCES, "--output-format", "jsonl"]
        size = SEQUENCES * (BATCH_INPUT + BATCH_OUTPUT)
        return run_json(self.command("llama-batched-bench", *options, "-c", size))["speed_tg"]

    def server_command(self):
        return (self.command("llama-server", "-np", SEQUENCES, "-c", SEQUENCES * 1024),)


class VLLM(Contestant):
    name = "vLLM (BF16)"
    phases = ("served",)
    command = PEERS / "vllm/bin/vllm"

    @classmethod
    def can_run(cls, model):
        return model.checkpoint is not None and (PEERS / "vllm/complete").exists()

    def server_command(self):
        options = ["--dtype", "bfloat16", "--max-model-len", "1024", "--max-num-seqs", str(SEQUENCES)]
        # It asks for GiB of KV cache; the requests need less than one. Left alone, it would keep one processor free.
        environment = {"VLLM_CPU_KVCACHE_SPACE": "1", "VLLM_CPU_OMP_THREADS_BIND": f"0-{int(self.threads) - 1}"}
        return [str(self.command), "serve", str(self.model.checkpoint), *options], environment


class Model:
    """A GGUF file and, where there is one, the checkpoint made of it."""

    def __init__(self, name):
        made = PEERS / "models" / f"{name}.gguf"
        stem = name.rpartition("-")[0] if made.exists() else name
        checkpoint = PEERS / "models" / f"{stem}-checkpoint"
        self.checkpoint = checkpoint if checkpoint.exists() else None
        if made.exists() or pathlib.Path(name).exists():
            self.file = str(made) if made.exists() else name
            return
        fetched = subprocess.run([ROOT / "Scripts" / "fetch-model", name], stdout=subprocess.PIPE, text=True)
        if fetched.returncode != 0:
            raise SystemExit(f"{name} is neither a file nor a model that could be fetched or `Benchmarks/peers` made")
        self.file = fetched.stdout.strip()


def processor():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def measure(arguments, contestants):
    """Figures by contestant and phase, one a round, and the load of the machine before each round."""
    figures = {each: {phase: [] for phase in arguments.phases if phase in each.phases} for each in contestants}
    loads = []
    for number in range(arguments.rounds):
        loads.append(os.getloadavg()[0])
        # Who begins changes with the round: the next finds the caches and the clock as the one before left them.
        for contestant in contestants if number % 2 == 0 else contestants[::-1]:
            result = contestant.measure(arguments.phases, number)
            for phase, figure in result.items():
                figures[contestant][phase].append(figure)
            shown = ", ".join(f"{phase} {figure:.1f}" for phase, figure in result.items())
            print(f"round {number + 1} of {arguments.rounds}, {contestant.name}: {shown}", file=sys.stderr, flush=True)
    return figures, loads


def report(model, figures, loads):
    ours, *peers = figures
    titles = [f"{each.name}, tokens/s" for each in figures] + [f"ratio to {each.name}" for each in peers]
    print(f"\n**{pathlib.Path(model.file).name}**\n")
    print("| | " + " | ".join(titles) + " | every round |")
    print("| --- " * (len(titles) + 2) + "|")
    for phase, rounds in figures[ours].items():
        cells = [f"{statistics.median(each[phase]):.1f}" if phase in each else "–" for each in figures.values()]
        for peer in peers:
            theirs = figures[peer].get(phase)
            ratios = [mine / their for mine, their in zip(rounds, theirs)] if theirs else []
            cells.append(f"{statistics.median(ratios):.2f}" if ratios else "–")
        raw = [f"{each.name} " + ", ".join(f"{value:.0f}" for value in figures[each].get(phase, [])) for each in figures]
        print(f"| {phase} | " + " | ".join(cells) + f" | {'; '.join(raw)} |")
    for each in figures:
        if each.server is not None:
            print(f"\n{each.name} was ready after {each.server.ready_s:.2f} s, and took {each.resident_mib:.0f} MiB.")
    print(f"\nLoad average before each round: {', '.join(f'{load:.2f}' for load in loads)}.", flush=True)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--needletail", default=str(ROOT / ".build/release/needletail"), help="the needletail command")
    parser.add_argument("--models", nargs="+", default=["smollm2", "qwen-coder"], help="names or GGUF files")
    parser.add_argument("--phases", nargs="+", choices=PHASES, default=list(PHASES))
    parser.add_argument("--peers", nargs="*", choices=["llama.cpp", "vllm"], default=["llama.cpp"])
    parser.add_argument("--num-prompts", type=int, default=48, help="requests of `served`")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--input-len", type=int, default=512)
    parser.add_argument("--output-len", type=int, default=128)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    arguments = parser.parse_args()

    print(
        f"{processor()}, {arguments.threads} threads; prompts of {arguments.input_len} tokens, outputs of "
        f"{arguments.output_len}; medians of {arguments.rounds} rounds, ratio: median of the rounds' ratios."
    )
    for model in map(Model, arguments.models):
        peers = {"llama.cpp": LlamaCpp, "vllm": VLLM}
        able = [peers[name] for name in arguments.peers if peers[name].can_run(model)]
        if len(able) < len(arguments.peers):
            print("compare.py: some peers are not built (see Benchmarks/peers) and stay away", file=sys.stderr)
        contestants = [kind(arguments, model) for kind in [Needletail, *able]]
        try:
            report(model, *measure(arguments, contestants))
        finally:
            for contestant in contestants:
                contestant.stop()


if __name__ == "__main__":
    main()
