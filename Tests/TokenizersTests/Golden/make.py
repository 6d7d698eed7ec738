#!/usr/bin/env python3
"""Makes the golden data beside it with Hugging Face's tokenizers.

Usage: python make.py MODELS [--references FOLDER]

MODELS holds SmolLM2-135M-Instruct.Q4_1.gguf and qwen2.5-coder-0.5b-instruct-q4_k_m.gguf. The references are built from
the vocabularies and merges in those files, with the normalisers and pre-tokenisers of the official tokenizer.json.
--references also writes them as tokenizer.json files into a folder, too big to commit. Needs tokenizers, gguf.
"""

import argparse
import json
import pathlib
import random

from gguf import GGUFReader
from tokenizers import (
    AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers)

HERE = pathlib.Path(__file__).parent
LLAMA = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|DIGITS| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+")
QWEN = LLAMA.replace("DIGITS", r"\p{N}")
LLAMA3 = LLAMA.replace("DIGITS", r"\p{N}{1,3}")
GPT4O = (
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
    r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
    r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+")
DEEPSEEK = (
    r"[!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+"
    r"| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")

TEXTS = r'''
Hello, world!
The quick brown fox jumps over the lazy dog. 0123456789
I'm you're he's we've they'll I'd don't DON'T I'M YOU'RE HE'S WE'VE THEY'LL I'D 'tis 'Twas o'clock 'S 'lL 'Re
x'ſ 'ſ it'ſ 'K 'ﬆ
def f(x: int) -> str:\n    """Doc."""\n    return f"{x!r:>10}" if x else None\n
fn main() {\n\tlet mut v: Vec<u8> = vec![0; 16];\n\tprintln!("{:?}", v);\n}
#include <stdio.h>\nint main(void) { return printf("%d\\n", 0x7f & ~1u); }
public static void main(String[] args) throws IOException { System.out.println("hi"); }
const f = async (x) => { await x?.y ?? `${z}`; }; // comment\r\n
SELECT a.id, COUNT(*) AS n FROM t a LEFT JOIN u ON a.id = u.id WHERE n >= 10 GROUP BY 1;
<html lang="en"><body class='a b'>&nbsp;&#x27;</body></html>
{"key": [1, 2.5e-3, true, null], "nested": {"a": "\\u00e9"}}
#!/bin/sh\nset -e\nfor i in $(seq 1 10); do echo "$i" >> /tmp/out 2>&1; done
main :: IO ()\nmain = mapM_ print $ filter even [1..]
package main\n\nimport "fmt"\n\nfunc main() {\n\tfmt.Println("a")\n}\n
(defun f (x) (if (zerop x) 1 (* x (f (1- x)))))
\documentclass{article}\begin{document}$\int_0^\infty e^{-x^2}dx$\end{document}
struct P<T: ~Copyable>: ~Copyable { let x: T; @inlinable func f() async throws(E) -> Int { 1 } }
SUBROUTINE X(A,B)\n      REAL A(10)\n      DO 10 I=1,10\n10    A(I)=0.0\n      END
x <- c(1,2,3); y %>% mutate(z = x ^ 2)
你好，世界！今天天气很好。我们去公园吧？
機械学習モデルのトークナイザーをテストします。カタカナ・ひらがな・漢字。
안녕하세요 세계! 한국어 토크나이저 테스트입니다.
مرحبا بالعالم! هذا اختبار ١٢٣٤٥
שלום עולם, זה מבחן עם נִקּוּד
नमस्ते दुनिया! क्षत्रिय श्री हिन्दी में परीक्षण १२३
বাংলা ভাষা পরীক্ষা কো কৌ
தமிழ் சோதனை கொ கோ கௌ
ภาษาไทยไม่มีช่องว่างระหว่างคำ ๑๒๓
ພາສາລາວ ភាសាខ្មែរ မြန်မာဘာသာ
Привет, мир! Ёлка й Й ѓ Ќ
Γειά σου Κόσμε! ΐ ΰ ᾳ ὧ
Tiếng Việt có nhiều dấu: ắ ằ ẳ ẵ ặ ế ề ể ễ ệ
Zażółć gęślą jaźń. Příliš žluťoučký kůň. Çağrı İstanbul ığüşöç
Ñandú, façade, naïve, Ångström, œuvre, ßtraße, ÿ
e\u0301 a\u030a n\u0303 o\u0302\u0301 s\u0323\u0307 s\u0307\u0323 \u212b \u2126 \u212a
\u1100\u1161\u11a8 \u1112\u1161\u11ab\u1100\u1173\u11af \uac00\u11a8
\u0958 \u095f \u09dc \u0928\u093c \u09c7\u09be \u0b47\u0b3e \u0dd9\u0dcf \u1025\u102e
\ufb1d \ufb2a \u0344 \u0340 \u0374 \u1f71 \u2000 \u2001 \uf900 \ufa0e \U0002f800
\u304b\u3099 \u30cf\u309a \u3099 \u0301abc \u0301
\u0f71\u0f72 \u0f73 \u0f43 \U0001d15e \U00011099\U000110ba \U00016d63\U00016d67
😀 👍🏽 👨‍👩‍👧‍👦 🏳️‍🌈 🇩🇪🇫🇷 ❤️ 1️⃣ ☺︎ 👩🏿‍🚀
𝒜𝓁𝑔𝑒𝒷𝓇𝒶 𝟘𝟙𝟚 Ⅷ ⅷ ½ ¾ ² ³ ₁ ① ㉈ ௧௨௩ ٠١٢ ๐ 〇 一二三
𐍈 𐐷 𝕏 𠀀𠀁 𪚥 🀄 \U00010ffff \ue000 \uf8ff \ufffd \ufeff
  leading and trailing  
a  b   c    d     e      f
\t\ttabs\t \t mixed \n\n newlines \n \n\r\n\r\n \r\r end
\n
\n\n\n
 \n
\n 
 
  
   
\t
\r\n
\r\n \r\n\t x
x\u00a0y \u00a0 z\u3000w\u2003v\u2028u\u2029t\u0085s\u1680r\u202fq\u205fp
\u200b\u200c\u200d\u2060\ufeff zero width
\u0000\u0001\u0002\u0007\u001b[0m\u007f\u0080\u009f
a\u0000b\u0000\u0000c
\u000b\u000c\u001c\u001d\u001e\u001f vertical
1 12 123 1234 12345 1234567890 3.14159 1,000,000 1e10 0xFF 1_000
٣٤٥ ४५६ Ⅳ½x²y³ 1st 2nd a1b2c3 v1.2.3-rc4
!!! ??? ... --- === *** ### @@@ $$$ %%% ^^^ &&& ((( ))) [[[ ]]] {{{ }}}
"quoted" 'single' “curly” ‘single’ «guillemets» —dash– …ellipsis
https://example.com/path?query=1&x=%20#frag user@example.org +49 (0)30 1234-567
C:\\Users\\x\\file.txt ../a/b ~/.c
<|im_start|>system\nYou are helpful.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n
<|endoftext|>
<|endoftext|><|endoftext|> <|endoftext|>
a<|im_start|>b <|im_end|> c<|im_start
<|im_start|><|im_start|>\n<|im_sta<|im_end|>
<|fim_prefix|>a<|fim_suffix|>b<|fim_middle|> <|file_sep|><repo_name>x<filename>y<tool_call>z</tool_call>
<|IM_START|> < |im_start|> <|im_start |>
Ġ Ċ ĉ Âł ▁ <0x0A> </s> <s> [INST]
camelCaseWord PascalCaseWord snake_case_word SCREAMING_SNAKE kebab-case-word XMLHttpRequest
antidisestablishmentarianism pneumonoultramicroscopicsilicovolcanoconiosis
don’t it’s we’re ’s ’LL
a'b 'a' ''s '\u0027's 's's 't't'll''m
x's 1's !'s  's\n's
. , ; : ! ? 。 ， ！ ？ 、
a.b.c a,b,c a;b a:b a/b a\\b a|b
 .a ,b !c\n?d\r\n\n:e
hello\u0301 world \u0301\u0301\u0301 x\u0300\u0301\u0302\u0303
ǅ ǈ ʰ ˠ ª º ꟲ ᵃ ℵ
\u0378 \u0530 \U000e0001 \U000e0041 \U00110000
Ａｂｃ１２３ ﾊﾟ ｶﾞ ﬁ ﬂ ﷺ
'''

PROSE = (
    "It was a bright cold day in April, and the clocks were striking. Tokens are small pieces of words; merging "
    "them again and again, from the most frequent pair to the rarest, makes a vocabulary. We don't know where it "
    "ends! Numbers such as 1984, 3.14 and 100,000 occur too. The servers' queues were longer than we'd hoped. "
    "Größe, façade, naïve café; привет мир; 你好世界; こんにちは. Reading, writing, merging, splitting, counting.\n"
    "for index in range(10):\n    print(index, words[index])\n").split("\n")


def unescape(line):
    """Reads \\n, \\t, \\uXXXX and the like, and leaves everything else alone."""
    out, i = [], 0
    widths = {"u": 4, "U": 8}
    while i < len(line):
        c = line[i]
        following = line[i + 1] if c == "\\" and i + 1 < len(line) else ""
        if following in widths:
            digits = line[i + 2:i + 2 + widths[following]]
            try:
                out.append(chr(int(digits, 16)))
                i += 2 + len(digits)
                continue
            except ValueError:
                pass
        elif following in "nrt\\" and following:
            out.append({"n": "\n", "r": "\r", "t": "\t", "\\": "\\"}[following])
            i += 2
            continue
        out.append(c)
        i += 1
    return "".join(out)


def alphabet():
    """Scalars that patterns and normalisers treat differently, more often the common ones."""
    groups = [
        "abcdefghijklmnopqrstuvwxyzABCXYZ", "0123456789", "     \n\n\t\r", "'''stmdrevlSTLſK", ".,;:!?-_()[]{}<>|/\\\"#",
        "éÉßǅʰªñ", "абвЖй", "αβΩ", "你好世界龥", "あアー", "가각\u1100\u1161\u11a8", "अक्षि०", "ابت١", "\u0301\u0323\u0308\u0327",
        "\u00a0\u2003\u3000\u2028\u0085\u1680", "½²Ⅷ①", "€+=~^`$", "😀👍🏽\u200d\ufe0f", "𝒜𝟘𠀀", "\u0000\u0007\u200b\ufeff",
        "\ue000\u0378"]
    return groups, [30, 8, 20, 8, 12, 4, 4, 2, 6, 3, 4, 4, 3, 5, 3, 3, 3, 3, 2, 2, 1]


def strings():
    texts = [unescape(line) for line in TEXTS.strip("\n").split("\n")] + [""]
    texts += ["a" * 100, "ab" * 300, " " * 100, "\n" * 50, "=" * 200, "1" * 60, "é" * 80, "字" * 80, "e\u0301" * 60,
              "\u0301" * 50, " a" * 60, "Aa" * 60, "😀" * 30, "x" + " " * 40 + "y", "\t" * 30 + "z", "word " * 40 + "\n"]
    source = random.Random(20261122)
    groups, weights = alphabet()
    while len(texts) < 330:
        count = source.choice([3, 8, 20, 40])
        texts.append("".join(source.choice(source.choices(groups, weights)[0]) for _ in range(count)))
    return texts


def read(path):
    fields = GGUFReader(path).fields
    get = lambda key: fields["tokenizer.ggml." + key].contents()
    return get("tokens"), get("merges"), get("token_type")


def byte_level(path, normalizer, pre_tokenizer):
    tokens, merges, types = read(path)
    vocabulary = {token: index for index, token in enumerate(tokens)}
    tokenizer = Tokenizer(models.BPE(vocabulary, [tuple(merge.split(" ")) for merge in merges]))
    if normalizer:
        tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.decoder = decoders.ByteLevel()
    for token, kind in zip(tokens, types):
        if kind == 3:
            tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False)])
        elif kind == 4:
            tokenizer.add_tokens([AddedToken(token, special=False, normalized=False)])
    return tokenizer


def split(*expressions):
    parts = [pre_tokenizers.Split(Regex(expression), "isolated") for expression in expressions]
    return pre_tokenizers.Sequence(
        parts + [pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])


def save(name, value):
    (HERE / name).write_text(json.dumps(value, ensure_ascii=True, separators=(",", ":")) + "\n")


def ids(tokenizer, texts):
    return [tokenizer.encode(text, add_special_tokens=False).ids for text in texts]


def words(pre_tokenizer, texts):
    """The byte lengths of each text's words."""
    lengths = []
    for text in texts:
        # The byte-level alphabet has one character a byte.
        lengths.append([len(word) for word, _ in pre_tokenizer.pre_tokenize_str(text)])
    return lengths


def trained(texts):
    """Small tokenizers trained here, one for each family, with what they make of the texts."""
    corpus = PROSE * 3
    llama3 = Tokenizer(models.BPE(ignore_merges=True))
    llama3.pre_tokenizer = split(LLAMA3)
    llama3.decoder = decoders.ByteLevel()
    llama3.train_from_iterator(corpus, trainers.BpeTrainer(
        vocab_size=500, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False,
        special_tokens=["<|begin_of_text|>", "<|end_of_text|>"]))
    llama3.post_processor = processors.Sequence([
        processors.ByteLevel(trim_offsets=False),
        processors.TemplateProcessing(
            single="<|begin_of_text|> $A", special_tokens=[("<|begin_of_text|>", 0)])])

    bytes_ = [f"<0x{byte:02X}>" for byte in range(256)]
    sentencepiece = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    sentencepiece.normalizer = normalizers.Sequence(
        [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    sentencepiece.decoder = decoders.Sequence([
        decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)])
    # Trained word by word, as SentencePiece does; used without a pre-tokeniser, as Llama 2 does.
    sentencepiece.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="never")
    sentencepiece.train_from_iterator(corpus, trainers.BpeTrainer(
        vocab_size=600, special_tokens=["<unk>", "<s>", "</s>"] + bytes_, show_progress=False))
    value = json.loads(sentencepiece.to_str())
    # A SentencePiece model joins any two entries whose whole is an entry, so all splits are rules.
    vocabulary = value["model"]["vocab"]
    value["model"]["merges"] = [
        [token[:cut], token[cut:]] for token in sorted(vocabulary, key=vocabulary.get)[259:]
        for cut in range(1, len(token)) if token[:cut] in vocabulary and token[cut:] in vocabulary]
    value["pre_tokenizer"] = None
    value["added_tokens"] = value["added_tokens"][:3]
    value["post_processor"] = json.loads(processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 1), ("</s>", 2)]).__getstate__())
    sentencepiece = Tokenizer.from_str(json.dumps(value))

    metaspace = json.loads(json.dumps(value))
    metaspace["normalizer"] = json.loads(
        '{"type":"Sequence","normalizers":[{"type":"NFC"},{"type":"Strip","strip_left":true,"strip_right":false},'
        '{"type":"Lowercase"},{"type":"Replace","pattern":{"Regex":" {2,}"},"content":" "}]}')
    metaspace["pre_tokenizer"] = json.loads(
        '{"type":"Metaspace","replacement":"\u2581","prepend_scheme":"first","split":true}')
    metaspace["decoder"] = json.loads(
        '{"type":"Metaspace","replacement":"\u2581","prepend_scheme":"first","split":true}')
    metaspace["added_tokens"] += [
        {"id": 600, "content": "<mask>", "single_word": False, "lstrip": True, "rstrip": True, "normalized": False,
         "special": True},
        {"id": 601, "content": "lone", "single_word": True, "lstrip": False, "rstrip": False, "normalized": False,
         "special": False},
        {"id": 602, "content": "Upper", "single_word": False, "lstrip": False, "rstrip": False, "normalized": True,
         "special": False}]
    metaspace = Tokenizer.from_str(json.dumps(metaspace))
    extra = ["a <mask>  b", "<mask>", "lone alone lone. lonely (lone) _lone", "UPPER upper Upper <mask>upper x",
             " x<s>y z</s> w", "<s> a"]
    result = {}
    for name, tokenizer in [("llama3", llama3), ("sentencepiece", sentencepiece), ("metaspace", metaspace)]:
        own = texts + extra
        encoded = ids(tokenizer, own)
        result[name] = {
            "tokenizer": json.loads(tokenizer.to_str()), "texts": own, "ids": encoded,
            "framed": [tokenizer.encode(text).ids for text in own],
            "decoded": [tokenizer.decode(row, skip_special_tokens=False) for row in encoded]}
    return result


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("models", type=pathlib.Path)
    parser.add_argument("--references", type=pathlib.Path)
    arguments = parser.parse_args()
    texts = strings()
    references = {
        "qwen-coder": byte_level(
            arguments.models / "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf", normalizers.NFC(), split(QWEN)),
        "smollm2": byte_level(
            arguments.models / "SmolLM2-135M-Instruct.Q4_1.gguf", None, pre_tokenizers.Sequence([
                pre_tokenizers.Digits(individual_digits=True),
                pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)]))}
    if arguments.references:
        arguments.references.mkdir(parents=True, exist_ok=True)
        for name, tokenizer in references.items():
            tokenizer.save(str(arguments.references / f"{name}.json"))
    save("texts.json", texts)
    for name, tokenizer in references.items():
        save(f"{name}.json", ids(tokenizer, texts))
    plain = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    expressions = {"llama3": [LLAMA3], "qwen2": [QWEN], "gpt4o": [GPT4O],
                   "deepseek": [r"\p{N}{1,3}", "[一-龥぀-ゟ゠-ヿ]+", DEEPSEEK]}
    save("words.json", {"gpt2": {"expressions": [], "words": words(plain, texts)}} | {
        name: {"expressions": list_, "words": words(split(*list_), texts)} for name, list_ in expressions.items()})
    for name, value in trained(texts[:130] + texts[-60:]).items():
        save(f"trained-{name}.json", value)


if __name__ == "__main__":
    main()
