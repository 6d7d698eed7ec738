#!/usr/bin/env python3
"""Holds tokens, vectors and scores of encoders against Hugging Face's tokenizers, sentence-transformers and Transformers.

    Scripts/fetch-model minilm
    python3 -m venv /tmp/peers && /tmp/peers/bin/pip install torch sentence-transformers sentencepiece protobuf
    /tmp/peers/bin/python Benchmarks/encoder_parity.py [--texts 2500] [--vectors 500] [--pairs 200]

The texts are made here: many scripts, emoji, control characters, accents, long words, special tokens. all-MiniLM-L6-v2 stands
for WordPiece. Its relatives with unigram are XLM-R models with random weights, around tokenizers that SentencePiece
trains here with its own nmt_nfkc replacements: one that has byte tokens makes vectors, one that has none scores pairs.
"""

import argparse
import base64
import json
import math
import pathlib
import random
import struct
import sys
import tempfile
import urllib.request

from embeddings import MODEL, ROOT, Server, sentences

WORDS = """hello World unaffable running façade naïve Größe STRASSE İstanbul ŞİŞLİ ẞ Ελληνικά ΟΔΥΣΣΕΥΣ Привет МОСКВА ёлка
Україна עברית שָׁלוֹם العربية مُحَمَّد فارسی हिन्दी क्षत्रिय षि বাংলা தமிழ் తెలుగు ಕನ್ನಡ മലയാളം සිංහල ไทย ภาษาไทย ລາວ မြန်မာ ខ្មែរ
中文 漢字仮名 日本語 テキスト ｶﾀｶﾅ が か\u3099 한국어 각 \u1100\u1161\u11a8 አማርኛ ᏣᎳᎩ ⴰⵎⴰⵣⵉⵖ Հայերեն ქართული ᠮᠣᠩᠭᠣᠯ བོད་ཡིག ﬁne ﷺ ㎏ ① ½ Å Å ℌ 𝒳𝓎 𐐀𐐨 𠮷野家
\U0002b820 \U0002a6df \U0002f800 e\u0301 a\u0301\u0323 q\u0307\u0323 n\u0303 o\u0308\u0304 \u0344 \u1e9b\u0323 Zalgo\u0300\u0301\u0302\u0303\u0304\u0305 [CLS] [SEP] [MASK]
[UNK] [PAD] [mask] <s> </s> <mask> <unk> <pad> <0x0A> ▁ ▁under ## ##ing #tag @user don't isn't $5.00 3.14159 1,000,000 a_b_c
http://example.org/a?b=c&d=%20 C++ x=y*z; {"k":[1,2]} “quoted” «guillemets» 、。！？ … — ‑ ・ ؟ । ॥ ။ ๏ 👍 👍🏽 👨‍👩‍👧‍👦 🏳️‍🌈 🇩🇪🇫🇷🇯 ❤️ ☺ 1️⃣
🧑🏿‍🚀 ⁉︎ \u200d \u200b \u200e \u00ad \u2060 \ufeff \ufffd \ufffe \ue000 \U000f0000 \U000e0041 \u0378 \u0000 \u0007 \u001b \u007f \u0085 \u2028 \u2029 \u00a0
\u3000 \u1680 \u202f \u180e ㍿ ㈱ ㌔ ǆ ŉ ǰ ΐ ﬀ İ ı ſ K ϴ Ꭰ ꭰ Ა ა""".split(" ")
WORDS = [word for part in WORDS for word in part.split("\n") if word]
GAPS = [" ", " ", " ", " ", "", "", "  ", "\t", "\n", "\r\n", "\u00a0", "\u3000", "\u2009", "-", ", ", ". "]


def made_up(count):
    """Words of all scripts in a row, runs of scalars from anywhere, long words, and what is empty or almost so."""
    source = random.Random(20261127)
    texts = ["", " ", "\n", "\t \r\n", "\u00a0", "\u3000\u3000", "a", "▁", "x" * 99, "x" * 100, "x" * 101, "é" * 100, "e\u0301" * 60,
             "中" * 150, "\u0301" * 120, "👨‍👩‍👧‍👦" * 30, "ab" * 2000, "[MASK]" * 40, " <mask>" * 40, "<s></s>" * 20, "-" * 300, "1" * 300]
    planes = [(0x20, 0x7E)] * 4 + [(0, 0x24F)] * 3 + [(0x250, 0x1FFF)] * 3 + [(0x2000, 0x33FF)] * 2 + [
        (0x3400, 0xD7FF), (0xE000, 0xFFFF), (0x10000, 0x1FFFF), (0x1F300, 0x1FAFF), (0x20000, 0x3FFFF), (0xE0000, 0x10FFFF)]
    while len(texts) < count:
        kind = source.random()
        if kind < 0.6:
            parts = [source.choice(WORDS) + source.choice(GAPS) for _ in range(source.randint(1, 24))]
            texts.append("".join(parts))
        elif kind < 0.85:
            low, high = source.choice(planes)
            scalars = [source.randint(low, high) for _ in range(source.randint(1, 60))]
            texts.append("".join(chr(scalar) for scalar in scalars if not 0xD800 <= scalar < 0xE000))
        elif kind < 0.93:
            word = source.choice(WORDS)
            texts.append(word * (source.randint(80, 140) // len(word) + 1))
        else:
            texts.append(" ".join(source.choice(WORDS) for _ in range(source.randint(100, 400))))
    return texts


def train(folder, texts, byte_fallback):
    """A unigram tokenizer as XLM-R's file has it, in the format of Transformers."""
    import sentencepiece
    from sentencepiece import sentencepiece_model_pb2
    from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

    path = pathlib.Path(folder)
    (path / "text").write_text("\n".join(" ".join(text.split()) for text in texts))
    sentencepiece.SentencePieceTrainer.train(
        input=str(path / "text"), model_prefix=str(path / "spm"), vocab_size=4000, model_type="unigram",
        normalization_rule_name="nmt_nfkc", character_coverage=0.98, byte_fallback=byte_fallback, hard_vocab_limit=False, minloglevel=2)
    model = sentencepiece_model_pb2.ModelProto()
    model.ParseFromString((path / "spm.model").read_bytes())
    vocabulary = [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)]
    vocabulary += [(piece.piece, piece.score) for piece in model.pieces[3:]] + [("<mask>", 0.0)]
    tokenizer = Tokenizer(models.Unigram(vocabulary, unk_id=3, byte_fallback=byte_fallback))
    tokenizer.normalizer = normalizers.Sequence([
        normalizers.Precompiled(model.normalizer_spec.precompiled_charsmap), normalizers.Replace(Regex(" {2,}"), " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always")
    specials = ["<s>", "<pad>", "</s>", "<unk>"]
    tokenizer.add_special_tokens([AddedToken(name, normalized=False, special=True) for name in specials])
    tokenizer.add_special_tokens([AddedToken("<mask>", lstrip=True, normalized=False, special=True)])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)])
    return tokenizer


def make_xlmr(folder, tokenizer, labels):
    """An XLM-R with random weights, as a folder that both sides open."""
    import torch
    import transformers

    folder.mkdir()
    torch.manual_seed(5)
    config = transformers.XLMRobertaConfig(
        vocab_size=tokenizer.get_vocab_size(), hidden_size=128, intermediate_size=256, num_hidden_layers=4,
        num_attention_heads=8, max_position_embeddings=514, type_vocab_size=1, pad_token_id=1, bos_token_id=0,
        eos_token_id=2, layer_norm_eps=1e-5, initializer_range=0.2, num_labels=labels or 2)
    kind = transformers.XLMRobertaForSequenceClassification if labels else transformers.XLMRobertaModel
    model = kind(config).eval()
    model.save_pretrained(folder)
    tokenizer.save(str(folder / "tokenizer.json"))
    return model


def rows(model, tokenizer, inputs):
    """What Transformers makes of each input alone, in f32: the mean of its last rows, or its label's number."""
    import torch

    answers = []
    for item in inputs:
        encoding = tokenizer.encode(*item) if isinstance(item, tuple) else tokenizer.encode(item)
        with torch.no_grad():
            output = model(input_ids=torch.tensor([encoding.ids]))
        answers.append(output.logits[0, 0].item() if hasattr(output, "logits") else output.last_hidden_state[0].mean(0).tolist())
    return answers


def cosine(left, right):
    norm = math.sqrt(sum(a * a for a in left) * sum(b * b for b in right))
    return sum(a * b for a, b in zip(left, right)) / norm


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=int, default=2500)
    parser.add_argument("--vectors", type=int, default=500)
    parser.add_argument("--pairs", type=int, default=200)
    arguments = parser.parse_args()
    from sentence_transformers import SentenceTransformer
    from tokenizers import Tokenizer

    texts = made_up(arguments.texts)
    prose = sentences(2000)
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        wordpiece = Tokenizer.from_file(str(MODEL / "tokenizer.json"))
        wordpiece.no_padding()
        wordpiece.no_truncation()
        unigram, bytewise = train(scratch, prose + texts[::3], False), train(scratch, prose + texts[::3], True)
        encoder = make_xlmr(folder / "xlmr", bytewise, None)
        crossencoder = make_xlmr(folder / "reranker", unigram, 1)
        peers = {"all-MiniLM-L6-v2": wordpiece, "reranker": unigram, "xlmr": bytewise}
        server = Server([MODEL, "--model", folder / "xlmr", "--model", folder / "reranker"])
        isEqual = True
        try:
            for name, tokenizer in peers.items():
                wrong = 0
                for text in texts:
                    ids = server.post("/tokenize", {"model": name, "prompt": text})["tokens"]
                    expected = tokenizer.encode(text).ids
                    if ids != expected:
                        wrong += 1
                        if wrong <= 5:
                            print(f"  {name}: {text[:60]!r}: {ids[:24]} instead of {expected[:24]}")
                isEqual = isEqual and wrong == 0
                print(f"{name}: {len(texts) - wrong} of {len(texts)} texts have the same tokens")
            isEqual &= vectors(server, arguments, texts, prose, SentenceTransformer(str(MODEL), device="cpu"), encoder, bytewise)
            isEqual &= scores(server, arguments, texts, prose, crossencoder, unigram)
        finally:
            server.close()
    sys.exit(0 if isEqual else 1)


def vectors(server, arguments, texts, prose, reference, encoder, tokenizer):
    half = arguments.vectors // 2
    chosen = prose[:half] + [text for text in texts if text][22:22 + arguments.vectors - half]
    expected = {
        "all-MiniLM-L6-v2": reference.encode(chosen, show_progress_bar=False).tolist(),
        "xlmr": rows(encoder, tokenizer, [text for text in chosen if len(tokenizer.encode(text).ids) <= 512]),
    }
    isNear = True
    for name, answers in expected.items():
        kept = chosen if name != "xlmr" else [text for text in chosen if len(tokenizer.encode(text).ids) <= 512]
        # sentence-transformers cuts at 256 tokens for this model; so is asked here.
        options = {"truncate_prompt_tokens": 256} if name != "xlmr" else {}
        data = server.post("/v1/embeddings", {
            "model": name, "input": kept, "encoding_format": "base64", **options})["data"]
        found = [base64.b64decode(item["embedding"]) for item in data]
        cosines = [cosine(struct.unpack(f"<{len(b) // 4}f", b), row) for b, row in zip(found, answers)]
        print(f"{name}: lowest cosine {min(cosines):.7f} over {len(kept)} texts")
        isNear = isNear and min(cosines) >= 0.9999
    return isNear


def scores(server, arguments, texts, prose, crossencoder, tokenizer):
    pairs = []
    for query, document in zip(prose[::2], prose[1::4] + texts[30:]):
        if document and len(tokenizer.encode(query, document).ids) <= 512:
            pairs.append((query, document))
    pairs = pairs[:arguments.pairs]
    # A cross-encoder's number goes through the logistic function, as sentence-transformers has it for one label.
    expected = [1 / (1 + math.exp(-score)) for score in rows(crossencoder, tokenizer, pairs)]
    data = server.post("/v1/score", {
        "model": "reranker", "text_1": [left for left, _ in pairs], "text_2": [right for _, right in pairs]})["data"]
    worst = max(abs(item["score"] - score) for item, score in zip(data, expected))
    print(f"reranker: scores of {len(pairs)} pairs, {min(expected):.4f} to {max(expected):.4f}, differ by {worst:.1e} at most")
    query, documents = pairs[0][0], [right for _, right in pairs]
    results = server.post("/v1/rerank", {"model": "reranker", "query": query, "documents": documents})["results"]
    alone = rows(crossencoder, tokenizer, [(query, document) for document in documents])
    order = sorted(range(len(documents)), key=lambda index: -alone[index])
    same = sum(result["index"] == index for result, index in zip(results, order))
    print(f"reranker: {same} of {len(order)} places in the order of Transformers")
    return worst < 1e-3


if __name__ == "__main__":
    main()
