"""Runs what models write through vLLM's tool and reasoning parsers, whole and streamed, and writes answers.json.

    python compare.py [TRANSCRIPTS]

Needs a Python environment with vLLM (0.32 made the committed file). TRANSCRIPTS is a file that
`NEEDLETAIL_WRITE_TRANSCRIPTS=FILE swift test --filter OutputParserTests` writes: the hand-written golden transcripts.

Each entry of answers.json has a text and what is right for it: what was meant, where this script made the text of calls;
what broken.py says, where vLLM is wrong or silent; and what vLLM made of it otherwise. `vllm` tells whether vLLM's whole
and streamed outcomes are that one.
"""

import json
import logging
import pathlib
import sys

logging.disable(logging.CRITICAL)

from broken import BROKEN  # noqa: E402
from families import FAMILIES, TOOLS, shapes  # noqa: E402
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers  # noqa: E402
from transformers import PreTrainedTokenizerFast  # noqa: E402
from vllm.entrypoints.openai.chat_completion.protocol import ChatCompletionRequest  # noqa: E402
from vllm.parser.parser_manager import ParserManager  # noqa: E402

HERE = pathlib.Path(__file__).parent
THINKING = ["<think>", "</think>", "[THINK]", "[/THINK]", "<seed:think>", "</seed:think>"]


class ByteTokenizer:
    """Bytes, and each marker as one special token."""

    def __init__(self, special):
        alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
        tokenizer = Tokenizer(models.BPE(vocab={c: i for i, c in enumerate(alphabet)}, merges=[]))
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
        tokenizer.decoder = decoders.ByteLevel()
        self.hf = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<eos>")
        self.hf.add_tokens([AddedToken(text, special=True, normalized=False) for text in special])

    def pieces(self, text):
        """Token ids, and the whole characters that each group of them completes."""
        pending = []
        for token in self.hf.encode(text, add_special_tokens=False):
            pending.append(token)
            piece = self.hf.decode(pending, clean_up_tokenization_spaces=False)
            if not piece.endswith("\ufffd"):
                yield pending, piece
                pending = []
        if pending:
            yield pending, self.hf.decode(pending)


class HarmonyTokenizer:
    def __init__(self):
        from openai_harmony import HarmonyEncodingName, load_harmony_encoding

        self.encoding = load_harmony_encoding(HarmonyEncodingName.HARMONY_GPT_OSS)
        self.hf = ByteTokenizer([]).hf
        self.hf.decode = lambda ids, **_: self.encoding.decode_utf8(ids)

    def pieces(self, text):
        pending = []
        for token in self.encoding.encode(text, allowed_special="all"):
            pending.append(token)
            try:
                yield list(pending), self.encoding.decode_utf8(pending)
                pending = []
            except Exception:
                continue


def tools():
    return [
        {"type": "function", "function": {"name": name, "parameters": schema}} for name, schema in TOOLS
    ]


def canonical(arguments):
    try:
        return json.dumps(json.loads(arguments), ensure_ascii=False, sort_keys=True)
    except (TypeError, ValueError):
        return arguments


def outcome(content, thoughts, calls):
    return {
        "content": (content or "").strip(), "thoughts": (thoughts or "").strip(),
        "calls": [[name, canonical(arguments)] for name, arguments in calls],
    }


class Reference:
    """One of vLLM's parsers."""

    def __init__(self, tool, reasoning, special, start):
        self.is_harmony = tool == "openai" or reasoning == "openai_gptoss"
        self.tokenizer = HarmonyTokenizer() if self.is_harmony else ByteTokenizer(special)
        self.kind = ParserManager.get_parser(tool, reasoning, True, is_harmony=self.is_harmony)
        # Where a prompt has ended the thoughts, its last token says so.
        endings = [text for text in special if text.startswith(("</", "[/"))]
        self.prompt = self.tokenizer.hf.encode("".join(endings) if start == "over" else "x", add_special_tokens=False)

    def request(self):
        return ChatCompletionRequest(
            model="m", messages=[{"role": "user", "content": "x"}], tools=tools(), tool_choice="auto")

    def whole(self, text):
        request = self.request()
        parser = self.kind(self.tokenizer.hf, request.tools)
        ids = [token for tokens, _ in self.tokenizer.pieces(text) for token in tokens]
        thoughts, content, calls = parser.parse(
            text, request, enable_auto_tools=True, model_output_token_ids=ids)
        return outcome(content, thoughts, [(call.name, call.arguments) for call in calls or []])

    def streamed(self, text):
        request = self.request()
        parser = self.kind(self.tokenizer.hf, request.tools)
        content, thoughts, calls = "", "", {}
        pieces = list(self.tokenizer.pieces(text))
        for index, (tokens, piece) in enumerate(pieces):
            delta = parser.parse_delta(
                piece, tokens, request, prompt_token_ids=self.prompt, finished=index == len(pieces) - 1)
            if delta is None:
                continue
            content += delta.content or ""
            thoughts += delta.reasoning or ""
            for call in delta.tool_calls or []:
                known = calls.setdefault(call.index, ["", ""])
                if call.function and call.function.name:
                    known[0] += call.function.name
                if call.function and call.function.arguments:
                    known[1] += call.function.arguments
        return outcome(content, thoughts, [calls[index] for index in sorted(calls)])

    def both(self, text):
        outcomes = []
        for method in (self.whole, self.streamed):
            try:
                outcomes.append(method(text))
            except Exception as error:  # noqa: BLE001
                outcomes.append({"error": f"{type(error).__name__}: {error}"[:200]})
        return outcomes


def made():
    """Calls in every shape and every family's words, alone and in company."""
    for family, (_, _, _, write, closing, opening) in FAMILIES.items():
        answers = [([call], write([call]), "") for call in shapes(closing, opening)]
        two = [("get_weather", {"city": "Oslo", "days": 2}), ("now", {})]
        three = two + [("search", {"query": "é {"})]
        answers += [(calls, write(calls), "") for calls in (two, three)]
        # Where a call may come after text; the others take such a text for content.
        if family not in ("llama3_json", "pythonic", "llama4_pythonic", "phi4", "harmony"):
            answers.append((two, "Let me see < that.\n" + write(two), "Let me see < that."))
            answers.append(([("no_such_tool", {"a": 1})], write([("no_such_tool", {"a": 1})]), ""))
        for calls, text, content in answers:
            yield family, text, outcome(content, "", [(name, json.dumps(arguments)) for name, arguments in calls])


TRANSCRIPT_PARSERS = {
    "hermes": "hermes", "qwenCoder": "qwen3_coder", "llama": "llama3_json", "mistral": "mistral_v11",
    "pythonic": "llama4_pythonic", "deepSeek": "deepseek_v3", "glm": "glm45", "internLM": "internlm",
    "granite": "granite", "seed": "seed_oss", "miniMax": "minimax_m2", "lfm2": "lfm2", "kimi": "kimi_k2",
    "phi": "phi4", "harmony": "harmony",
}
# vLLM's reasoning parsers, and what they are here; the first of several is the one for transcripts.
REASONING = {
    "deepseek_r1": "think", "qwen3": "think", "glm45": "think", "kimi_k2": "think", "minimax_m2": "think",
    "mistral": "mistral", "granite": "granite", "seed_oss": "seed", "openai_gptoss": "harmony",
}


def main():
    references = {}

    def reference(family, reasoning, start):
        key = (family, reasoning, start)
        if key not in references:
            _, tool, special, *_ = FAMILIES[family] if family else (None, None, [])
            references[key] = Reference(tool, reasoning, special + THINKING, start)
        return references[key]

    cases, counts, disagreements = [], {}, []

    def add(source, family, text, wanted, reasoning=None, start="open", why=None):
        whole, streamed = reference(family, reasoning, start).both(text)
        answer = wanted or (streamed if "error" in whole else whole)
        agrees = [whole == answer, streamed == answer]
        word = {(True, True): "both", (True, False): "whole", (False, True): "streamed"}.get(tuple(agrees), "neither")
        count = counts.setdefault(family or reasoning, [0, 0, 0])
        for index, value in enumerate([True] + agrees):
            count[index] += value
        case = {"from": source, "family": family or reasoning, "format": FAMILIES[family][0] if family else None}
        if reasoning:
            case |= {"reasoning": REASONING[reasoning], "start": start}
        case |= {"text": text} | answer | {"vllm": word}
        if why:
            case["why"] = why
        cases.append(case)
        if word != "both":
            disagreements.append(case | {"whole": whole, "streamed": streamed})

    for family, text, wanted in made():
        add("made", family, text, wanted)
    for entry in BROKEN:
        wanted = outcome(*entry["right"]) if "right" in entry else None
        add("broken", entry["family"], entry["text"], wanted, entry.get("reasoning"), entry.get("start", "open"),
            entry.get("why"))
    for entry in json.loads(pathlib.Path(sys.argv[1]).read_text()) if len(sys.argv) > 1 else []:
        family = TRANSCRIPT_PARSERS.get(entry["format"])
        reasoning = next((name for name, form in REASONING.items() if form == entry["reasoning"]), None)
        if not family and (entry["format"] or not reasoning):
            continue  # GLM 4's lines and Qwen's ReAct: vLLM has no parser for them.
        add("transcript", family, entry["text"],
            outcome(entry["content"], entry["thoughts"], entry["calls"]), reasoning, entry["start"])

    lines = ",\n".join(json.dumps(case, ensure_ascii=False) for case in cases)
    (HERE / "answers.json").write_text("[\n" + lines + "\n]\n")
    pathlib.Path("disagreements.json").write_text(json.dumps(disagreements, ensure_ascii=False, indent=1))
    print(f"{'family':18} cases  vLLM whole  streamed")
    for family, (all_, whole, streamed) in sorted(counts.items()):
        print(f"{family:18} {all_:5} {whole:11} {streamed:9}")


main()
