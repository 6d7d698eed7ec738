#!/usr/bin/env python3
"""Makes the golden data of encoders' tokenizers beside it with Hugging Face's tokenizers.

    pip install tokenizers sentencepiece protobuf && python make_encoders.py MINILM

MINILM is the folder of all-MiniLM-L6-v2. The other tokenizers are small ones trained here: WordPiece that keeps case and
accents, and the unigram model of SentencePiece with a compiled table of replacements, as XLM-R has them.
"""
import base64
import json
import pathlib
import sys
import tempfile
import unicodedata

import sentencepiece
from sentencepiece import sentencepiece_model_pb2
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

from make import PROSE, save, strings

HERE = pathlib.Path(__file__).parent
EXTRA = [
    "unaffable UNAFFABLE [CLS] [MASK] [UNK] hugging", "Größe façade naïve Élan İstanbul ŞİŞLİ", "a\u0301\u0323b", "x" * 101, "x" * 100,
    "你好world世界abc", "\U0002b820\U0002b91f\U0002b920\U0002a6df\U0002f800", "a\ufffdb\u0000c\u200dd\u00ade", "\u0378\ue000\U000e0041",
    "tell me, isn't it? don't! $5.00 + 3% = #1", "①②③ ½ ﬁ ﷺ Å ㎏ ｶﾞ", " <mask>  x", "<s>a</s>", "[SEP][SEP]",
    "▁ under ▁▁ score", "日本語のテキスト。", "mañana ma\u00f1ana man\u0303ana", "क्षि षि", "\u1e9e ß ẞ ŉ ǰ",
]


def wordpiece():
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]", max_input_chars_per_word=40))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=False, strip_accents=None)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece(cleanup=False)
    tokenizer.train_from_iterator(PROSE * 3, trainers.WordPieceTrainer(
        vocab_size=400, special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"], show_progress=False))
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    return tokenizer


def unigram(texts, byte_fallback):
    """SentencePiece's own training; its replacements are NFKC for the scalars that occur, and spaces for controls."""
    scalars = sorted({character for text in texts for character in text})
    rules = {scalar: unicodedata.normalize("NFKC", scalar) for scalar in scalars}
    rules |= {control: " " for control in "\t\n\r\u000b\u000c"} | {"\u200b": " ", "\u0007": "", "e\u0301": "é", "か\u3099": "が"}
    rules = {source: target for source, target in rules.items() if source != target and "\0" not in source + target}
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder)
        lines = [" ".join(f"{ord(c):X}" for c in source) + "\t" + " ".join(f"{ord(c):X}" for c in target)
                 for source, target in sorted(rules.items())]
        (path / "rules.tsv").write_text("\n".join(lines) + "\n")
        (path / "text").write_text("\n".join(PROSE * 3))
        sentencepiece.SentencePieceTrainer.train(
            input=str(path / "text"), model_prefix=str(path / "model"), vocab_size=600 if byte_fallback else 330,
            model_type="unigram", normalization_rule_tsv=str(path / "rules.tsv"), byte_fallback=byte_fallback,
            hard_vocab_limit=False, minloglevel=2)
        model = sentencepiece_model_pb2.ModelProto()
        model.ParseFromString((path / "model.model").read_bytes())
    # XLM-R's order: <s>, <pad>, </s>, <unk>, then the pieces.
    vocabulary = [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)]
    vocabulary += [(piece.piece, piece.score) for piece in model.pieces[3:]] + [("<mask>", 0.0)]
    tokenizer = Tokenizer(models.Unigram(vocabulary, unk_id=3, byte_fallback=byte_fallback))
    tokenizer.normalizer = normalizers.Sequence([
        normalizers.Precompiled(model.normalizer_spec.precompiled_charsmap),
        normalizers.Replace(Regex(" {2,}"), " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")])
    tokenizer.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always")
    from tokenizers import AddedToken
    tokenizer.add_special_tokens([AddedToken(name, normalized=False, special=True) for name in ["<s>", "<pad>", "</s>", "<unk>"]])
    tokenizer.add_special_tokens([AddedToken("<mask>", lstrip=True, normalized=False, special=True)])
    if byte_fallback:
        tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0))
    else:
        tokenizer.post_processor = processors.TemplateProcessing(
            single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)])
    return tokenizer


def answers(tokenizer, texts):
    pairs = list(zip(texts[::9], texts[4::9]))
    encodings = [tokenizer.encode(first, second) for first, second in pairs]
    tokenizer.enable_truncation(24)
    cut = [tokenizer.encode(first, second).ids for first, second in pairs]
    short = [tokenizer.encode(text).ids for text in texts[::9]]
    tokenizer.no_truncation()
    rows = [tokenizer.encode(text, add_special_tokens=False).ids for text in texts]
    return {
        "texts": texts, "ids": rows, "framed": [tokenizer.encode(text).ids for text in texts],
        "decoded": [tokenizer.decode(row, skip_special_tokens=False) for row in rows],
        "pairs": [list(pair) for pair in pairs], "pairIDs": [encoding.ids for encoding in encodings],
        "pairTypes": [encoding.type_ids for encoding in encodings], "pairsOf24": cut, "textsOf24": short,
    }


def main():
    texts = strings() + EXTRA
    few = texts[:110] + texts[-60:]
    for name, tokenizer in [
        ("wordpiece", wordpiece()), ("unigram", unigram(few, False)), ("unigram-bytes", unigram(few, True))]:
        save(f"trained-{name}.json", {"tokenizer": json.loads(tokenizer.to_str())} | answers(tokenizer, few))
    minilm = Tokenizer.from_file(str(pathlib.Path(sys.argv[1]) / "tokenizer.json"))
    minilm.no_padding()
    minilm.no_truncation()
    save("minilm.json", answers(minilm, texts))


main()
