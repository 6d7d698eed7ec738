"""Writes encoders.json: vectors and scores of tiny random encoders, as Transformers computes them in f32.

    pip install torch transformers numpy && python make_encoders.py

The weights are drawn by the generator of make_families.py, which the Swift test has too (TinyModel.swift), so that only
configs, names and answers are recorded. With the folder of all-MiniLM-L6-v2 as an argument, minilm.json is written too:
vectors of the real model as sentence-transformers computes them.
"""
import json
import pathlib
import sys

import numpy
import torch
import transformers
from transformers import AutoModel, AutoModelForSequenceClassification

SHAPE = dict(hidden_size=64, intermediate_size=96, num_hidden_layers=2, num_attention_heads=4, vocab_size=128)
BERT = transformers.BertConfig(**SHAPE, max_position_embeddings=64, type_vocab_size=2)
ROBERTA = dict(
    **SHAPE, max_position_embeddings=66, type_vocab_size=1, pad_token_id=1, bos_token_id=0, eos_token_id=2,
    layer_norm_eps=1e-5,
)
LENGTHS = [1, 2, 7, 16, 17, 40, 64]
# RoBERTa's padding token stands in one sequence: it has no position.
SEQUENCES = [[(5 * index * index + 3 * index + 3 + length) % 128 for index in range(length)] for length in LENGTHS]
SEQUENCES[3][5] = 1
CASES = [
    ("bert, mean", BERT, AutoModel, "mean"),
    ("bert, cls", BERT, AutoModel, "cls"),
    ("bert, max", BERT, AutoModel, "max"),
    ("bert, tanh", transformers.BertConfig(**{**BERT.to_dict(), "hidden_act": "gelu_new"}), AutoModel, "mean"),
    ("bert, relu", transformers.BertConfig(**{**BERT.to_dict(), "hidden_act": "relu"}), AutoModel, "lasttoken"),
    ("xlm-roberta, cls", transformers.XLMRobertaConfig(**ROBERTA), AutoModel, "cls"),
    (
        "distilbert, mean",
        transformers.DistilBertConfig(
            vocab_size=128, max_position_embeddings=64, n_layers=2, n_heads=4, dim=64, hidden_dim=96
        ),
        AutoModel, "mean",
    ),
    (
        "qwen2, lasttoken",
        transformers.Qwen2Config(
            **SHAPE, num_key_value_heads=2, max_position_embeddings=256, rms_norm_eps=1e-6, tie_word_embeddings=False
        ),
        AutoModel, "lasttoken",
    ),
    (
        "mistral, mean",
        transformers.MistralConfig(
            **SHAPE, num_key_value_heads=1, head_dim=16, max_position_embeddings=256, rms_norm_eps=1e-5, sliding_window=None
        ),
        AutoModel, "mean",
    ),
    (
        "bert, scores", transformers.BertConfig(**SHAPE, max_position_embeddings=64, type_vocab_size=2, num_labels=1),
        AutoModelForSequenceClassification, None,
    ),
    (
        "xlm-roberta, scores", transformers.XLMRobertaConfig(**ROBERTA, num_labels=1),
        AutoModelForSequenceClassification, None,
    ),
    (
        "distilbert, three labels",
        transformers.DistilBertConfig(
            vocab_size=128, max_position_embeddings=64, n_layers=2, n_heads=4, dim=64, hidden_dim=96, num_labels=3
        ),
        AutoModelForSequenceClassification, None,
    ),
]


def draw(seed, count):
    """Numbers in [-0.5, 0.5), multiples of 2**-24, so that f32 holds them exactly."""
    state = (seed * 0x9E3779B97F4A7C15 + 1) % 2**64
    numbers = numpy.empty(count, dtype=numpy.float32)
    for index in range(count):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        numbers[index] = (state >> 40) / 2**24 - 0.5
    return numbers


def fill(model):
    state = model.state_dict()
    names = sorted(name for name in state if state[name].is_floating_point())
    for seed, name in enumerate(names):
        values = draw(seed, state[name].numel()).reshape(state[name].shape)
        values = 1 + values / 2 if "norm" in name else values / 2
        state[name].copy_(torch.from_numpy(values))
    return names


def types_of(tokens, config):
    """The second half of a sequence is the second text of a pair."""
    count = getattr(config, "type_vocab_size", 1)
    return [0 if 2 * index < len(tokens) or count < 2 else 1 for index in range(len(tokens))]


def answer(model, config, tokens, pooling):
    inputs = {"input_ids": torch.tensor([tokens])}
    if hasattr(config, "type_vocab_size"):
        inputs["token_type_ids"] = torch.tensor([types_of(tokens, config)])
    inputs["attention_mask"] = torch.ones_like(inputs["input_ids"])
    with torch.no_grad():
        if pooling is None:
            return model(**inputs).logits[0].tolist()
        rows = model(**inputs).last_hidden_state[0]
        vector = {
            "mean": rows.mean(0), "cls": rows[0], "max": rows.max(0).values, "lasttoken": rows[-1],
        }[pooling]
        return torch.nn.functional.normalize(vector, dim=0).tolist()


def tiny():
    cases = []
    for name, config, kind, pooling in CASES:
        model = kind.from_config(config, attn_implementation="eager").float().eval()
        names = fill(model)
        saved = config.to_dict()
        saved["architectures"] = [type(model).__name__]
        cases.append(
            {
                "name": name,
                "config": {key: value for key, value in saved.items() if value is not None},
                "pooling": pooling,
                "tensors": [[name, list(model.state_dict()[name].shape)] for name in names],
                "answers": [[round(number, 5) for number in answer(model, config, tokens, pooling)] for tokens in SEQUENCES],
            }
        )
    document = {"sequences": SEQUENCES, "types": [types_of(tokens, BERT) for tokens in SEQUENCES], "cases": cases}
    pathlib.Path(__file__).with_name("encoders.json").write_text(json.dumps(document) + "\n")


TEXTS = [
    "",
    "Hello",
    "The quick brown fox jumps over the lazy dog.",
    "A swift flies faster than any other bird in level flight.",
    "Der Mauersegler schläft im Flug, sagt man; 針尾雨燕 飛得最快。",
    "What is the capital of France?",
    "Paris is the capital and most populous city of France. " * 6,
    "def area(radius):\n    return 3.14159 * radius ** 2\n",
    " ".join(f"word{number}" for number in range(70)),
]


def minilm(folder):
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(folder, device="cpu")
    vectors = model.encode(TEXTS, batch_size=1)
    tokens = [model.tokenizer(text, truncation=True, max_length=256)["input_ids"] for text in TEXTS]
    document = {"texts": TEXTS, "tokens": tokens, "vectors": [[round(float(number), 6) for number in vector] for vector in vectors]}
    pathlib.Path(__file__).with_name("minilm.json").write_text(json.dumps(document) + "\n")


tiny()
if len(sys.argv) > 1:
    minilm(sys.argv[1])
