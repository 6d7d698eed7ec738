"""Writes families.json: logits of tiny random models of each family, as Transformers computes them in f32.

    pip install torch transformers numpy && python make_families.py

The weights are drawn by a linear congruential generator that the Swift test has too (FamilyTests.swift), so that only
the configs and the logits are recorded.
"""
import json
import pathlib

import numpy
import torch
from transformers import AutoModelForCausalLM, LlamaConfig, MistralConfig, Qwen2Config

TOKENS = [(7 * index * index + 3 * index + 1) % 128 for index in range(48)]
POSITIONS = [0, 1, 7, 15, 16, 31, 47]
SHAPE = dict(
    hidden_size=64, intermediate_size=96, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2, head_dim=16,
    vocab_size=128, max_position_embeddings=256, rms_norm_eps=1e-5, bos_token_id=1, eos_token_id=2,
)
CASES = {
    "llama, tied": LlamaConfig(**SHAPE, tie_word_embeddings=True),
    "llama, linear": LlamaConfig(
        **SHAPE, tie_word_embeddings=False,
        rope_parameters=dict(rope_type="linear", rope_theta=10000.0, factor=4.0),
    ),
    "llama 3": LlamaConfig(
        **SHAPE, tie_word_embeddings=False,
        rope_parameters=dict(
            rope_type="llama3", rope_theta=5000.0, factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
            original_max_position_embeddings=64,
        ),
    ),
    "llama, yarn": LlamaConfig(
        **SHAPE, tie_word_embeddings=False,
        rope_parameters=dict(
            rope_type="yarn", rope_theta=10000.0, factor=4.0, original_max_position_embeddings=64, beta_fast=32,
            beta_slow=1,
        ),
    ),
    "mistral": MistralConfig(**SHAPE, tie_word_embeddings=False, sliding_window=12),
    "qwen2, tied": Qwen2Config(**{**SHAPE, "num_key_value_heads": 1}, tie_word_embeddings=True),
    "qwen2": Qwen2Config(**SHAPE, tie_word_embeddings=False),
}


def draw(seed, count):
    """Numbers in [-0.5, 0.5), multiples of 2**-24, so that f32 holds them exactly."""
    state = (seed * 0x9E3779B97F4A7C15 + 1) % 2**64
    numbers = numpy.empty(count, dtype=numpy.float32)
    for index in range(count):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        numbers[index] = (state >> 40) / 2**24 - 0.5
    return numbers


def logits(config):
    model = AutoModelForCausalLM.from_config(config, attn_implementation="eager").float().eval()
    state = model.state_dict()
    names = sorted(name for name in state if not (config.tie_word_embeddings and name == "lm_head.weight"))
    for seed, name in enumerate(names):
        values = draw(seed, state[name].numel()).reshape(state[name].shape)
        values = 1 + values / 2 if "norm" in name else values / 2
        state[name].copy_(torch.from_numpy(values))
    with torch.no_grad():
        return names, model(torch.tensor([TOKENS])).logits[0]


result = []
for name, config in CASES.items():
    names, rows = logits(config)
    saved = config.to_dict()
    saved["architectures"] = [type(config).__name__.replace("Config", "ForCausalLM")]
    result.append(
        {
            "name": name,
            "config": {key: value for key, value in saved.items() if value is not None},
            "tensors": [[name, list(AutoModelForCausalLM.from_config(config).state_dict()[name].shape)] for name in names],
            "logits": [[round(value, 4) for value in rows[position].tolist()[::2]] for position in POSITIONS],
        }
    )
document = {"tokens": TOKENS, "positions": POSITIONS, "sampleStride": 2, "cases": result}
pathlib.Path(__file__).with_name("families.json").write_text(json.dumps(document) + "\n")
