#!/usr/bin/env python3
"""Races Needletail's grammars with XGrammar and llguidance: compiling schemas, and finding masks of tokens.

    Benchmarks/grammars.py MODEL [--schemas FILE] [--rounds N] [--needletail PATH]

MODEL is a Hugging Face folder with a tokenizer.json. Needs `pip install xgrammar llguidance tokenizers numpy` (and
torch, which XGrammar imports). Each schema's valid instances are written out, cut into the model's tokens and followed:
a mask for each token, and the token taken in. All run on one thread; in each round the contestants take turns, who
begins changes, and every round starts with nothing known. Progress goes to standard error, the Markdown table to
standard output. A schema counts for a pair of contestants where both compile it and take all of its instances.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import time

import llguidance
import llguidance.numpy
import tokenizers
import xgrammar

ROOT = pathlib.Path(__file__).resolve().parent.parent


def entries(path):
    return json.loads(pathlib.Path(path).read_text(encoding="utf-8"))


class Needletail:
    """`needletail bench grammar`, in a process of its own each round."""

    name = "Needletail"

    def __init__(self, binary, model, schemas):
        self.command = [binary, "bench", "grammar", model, schemas, "--json"]

    def round(self):
        output = subprocess.run(self.command, check=True, stdout=subprocess.PIPE, text=True).stdout
        return {one["name"]: one for one in map(json.loads, output.splitlines())}


class Peer:
    """A library that is called from here."""

    def __init__(self, schemas, encode):
        self.work = [
            (one["name"], json.dumps(one["schema"]),
             [encode(json.dumps(value, ensure_ascii=False)) for value in one["valid"]])
            for one in schemas
        ]

    def round(self):
        self.start()
        result = {}
        for name, schema, texts in self.work:
            begin = time.perf_counter()
            try:
                grammar = self.compile(schema)
            except Exception as error:
                result[name] = {"error": str(error)}
                continue
            compiled = time.perf_counter() - begin
            cold, first = self.follow(grammar, texts)
            warm, _ = self.follow(grammar, texts)
            result[name] = {"compile_us": compiled * 1e6, "cold_us": cold, "warm_us": warm}
            if not first:
                result[name]["error"] = "an instance is refused"
        return result

    def follow(self, grammar, texts):
        times, all_taken = [], True
        for tokens in texts:
            matcher = self.matcher(grammar)
            for token in tokens:
                begin = time.perf_counter()
                self.fill(matcher)
                is_taken = self.take(matcher, token)
                times.append((time.perf_counter() - begin) * 1e6)
                if not is_taken:
                    all_taken = False
                    break
        return times, all_taken


class XGrammar(Peer):
    name = "XGrammar"

    def __init__(self, schemas, encode, vocabulary, end):
        super().__init__(schemas, encode)
        self.info = xgrammar.TokenizerInfo(
            vocabulary, xgrammar.VocabType.BYTE_LEVEL, vocab_size=len(vocabulary), stop_token_ids=[end])
        self.bits = xgrammar.allocate_token_bitmask(1, len(vocabulary))

    def start(self):
        self.compiler = xgrammar.GrammarCompiler(self.info, max_threads=1, cache_enabled=False)

    def compile(self, schema):
        return self.compiler.compile_json_schema(schema, strict_mode=False)

    def matcher(self, grammar):
        return xgrammar.GrammarMatcher(grammar)

    def fill(self, matcher):
        matcher.fill_next_token_bitmask(self.bits)

    def take(self, matcher, token):
        return matcher.accept_token(token)


class LLGuidance(Peer):
    name = "llguidance"

    def __init__(self, schemas, encode, tokenizer_json, count, end):
        super().__init__(schemas, encode)
        self.tokenizer = llguidance.LLTokenizer(tokenizer_json, n_vocab=count, eos_token=end)
        self.bits = llguidance.numpy.allocate_token_bitmask(1, count)

    def start(self):
        pass

    def compile(self, schema):
        grammar = llguidance.LLMatcher.grammar_from_json_schema(schema)
        matcher = llguidance.LLMatcher(self.tokenizer, grammar, log_level=0)
        if matcher.is_error():
            raise ValueError(matcher.get_error())
        return matcher

    def matcher(self, grammar):
        # A copy would share what was worked out; the first one is the grammar itself.
        return grammar.deep_copy()

    def fill(self, matcher):
        llguidance.numpy.fill_next_token_bitmask(matcher, self.bits)

    def take(self, matcher, token):
        return matcher.consume_token(token)


def percentile(values, percent):
    values = sorted(values)
    return values[min(len(values) - 1, len(values) * percent // 100)]


def shown(microseconds):
    return f"{microseconds:.1f} µs" if microseconds < 1000 else f"{microseconds / 1000:.1f} ms"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--schemas", default=str(ROOT / "Tests/GrammarsTests/Golden/schemas.json"))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--needletail", default=str(ROOT / ".build/release/needletail"))
    options = parser.parse_args()

    path = str(pathlib.Path(options.model) / "tokenizer.json")
    tokenizer = tokenizers.Tokenizer.from_file(path)
    count = json.loads((pathlib.Path(options.model) / "config.json").read_text())["vocab_size"]
    vocabulary = [tokenizer.id_to_token(index) or "" for index in range(count)]
    end = next(tokenizer.token_to_id(text) for text in ["<|im_end|>", "<|endoftext|>", "</s>"]
               if tokenizer.token_to_id(text) is not None)
    schemas = entries(options.schemas)

    def encode(text):
        return tokenizer.encode(text, add_special_tokens=False).ids

    contestants = [
        Needletail(options.needletail, options.model, options.schemas),
        XGrammar(schemas, encode, vocabulary, end),
        LLGuidance(schemas, encode, path, count, end),
    ]
    rounds = []
    for number in range(options.rounds):
        turn = number % len(contestants)
        results = {}
        for contestant in contestants[turn:] + contestants[:turn]:
            results[contestant.name] = contestant.round()
            print(f"round {number + 1}: {contestant.name}", file=sys.stderr)
        rounds.append(results)

    print("| | compiled | compile p50 | p99 | most | mask cold p50 | p99 | most | warm p50 | p99 |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for contestant in contestants:
        cells = []
        good = [one for one in rounds[0][contestant.name].values() if "error" not in one]
        for key, percents in [("compile_us", [50, 99, 100]), ("cold_us", [50, 99, 100]), ("warm_us", [50, 99])]:
            for percent in percents:
                figures = []
                for results in rounds:
                    values = [one.get(key) for one in results[contestant.name].values() if "error" not in one]
                    flat = values if key == "compile_us" else [time for times in values for time in times]
                    figures.append(percentile(flat, percent))
                cells.append(shown(statistics.median(figures)))
        print(f"| {contestant.name} | {len(good)} of {len(schemas)} | {' | '.join(cells)} |")
    ours = contestants[0].name
    print()
    for contestant in contestants[1:]:
        compile_ratios, mask_ratios, shared = [], [], 0
        for results in rounds:
            pairs = [(results[ours][name], other) for name, other in results[contestant.name].items()
                     if "error" not in other and "error" not in results[ours][name]]
            shared = len(pairs)
            compile_ratios.append(sum(b["compile_us"] for _, b in pairs) / sum(a["compile_us"] for a, _ in pairs))
            mask_ratios.append(sum(sum(b["cold_us"]) for _, b in pairs) / sum(sum(a["cold_us"]) for a, _ in pairs))
        print(f"{contestant.name} takes {statistics.median(compile_ratios):.2f} times as long to compile the {shared} "
              f"schemas that both hold, and {statistics.median(mask_ratios):.2f} times for all masks (cold).")
    for contestant in contestants:
        wrong = [name for name, one in rounds[0][contestant.name].items() if "error" in one]
        print(f"\n{contestant.name} does not compile, or refuses a valid instance of, {len(wrong)}: {'; '.join(wrong)}")


main()
