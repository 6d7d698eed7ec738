"""Writes rope.json: rotary frequencies as Transformers computes them.

    pip install torch transformers && python make_rope.py
"""
import json
import pathlib

from transformers import LlamaConfig
from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

cases = {
    "llama3": dict(
        rope_type="llama3", rope_theta=500000.0, factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
        original_max_position_embeddings=8192,
    ),
    "linear": dict(rope_type="linear", rope_theta=10000.0, factor=4.0),
    "yarn": dict(
        rope_type="yarn", rope_theta=1000000.0, factor=4.0, original_max_position_embeddings=32768, beta_fast=32,
        beta_slow=1,
    ),
}
result = {}
for name, parameters in cases.items():
    config = LlamaConfig(
        hidden_size=1024, num_attention_heads=8, head_dim=128, max_position_embeddings=131072, rope_parameters=parameters
    )
    frequencies, magnitude = ROPE_INIT_FUNCTIONS[parameters["rope_type"]](config, "cpu")
    result[name] = {
        "parameters": parameters,
        "dimension": 128,
        "frequencies": [float(f"{x:.7g}") for x in frequencies.tolist()],
        "magnitude": magnitude,
    }
pathlib.Path(__file__).with_name("rope.json").write_text(json.dumps(result, indent=1) + "\n")
