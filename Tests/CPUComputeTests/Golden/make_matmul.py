"""Writes matmul_dequantize.json: a few random blocks of each GGUF type and the numbers that the `gguf` package reads.

Run: python make_matmul.py   (needs numpy and gguf)
"""

import json
import pathlib

import numpy as np
from gguf import GGMLQuantizationType, quants

SCALES = {  # where a block's f16 numbers lie, so that they can be made sane
    "Q4_0": [0], "Q4_1": [0, 2], "Q5_0": [0], "Q5_1": [0, 2], "Q8_0": [0], "IQ4_NL": [0],
    "Q4_K": [0, 2], "Q5_K": [0, 2], "Q6_K": [208],
}
BYTES = {
    "Q4_0": 18, "Q4_1": 20, "Q5_0": 22, "Q5_1": 24, "Q8_0": 34, "IQ4_NL": 18, "Q4_K": 144, "Q5_K": 176, "Q6_K": 210,
    "F16": 64, "BF16": 64,
}

random = np.random.default_rng(20261122)
cases = []
for name, size in BYTES.items():
    blocks = random.integers(0, 256, (2, size), dtype=np.uint8)
    for block in blocks:
        if name in SCALES:
            for offset in SCALES[name]:
                block[offset : offset + 2] = random.normal(0, 0.1, 1).astype(np.float16).view(np.uint8)
        else:
            numbers = random.normal(0, 1, size // 2).astype(np.float32)
            block[:] = (numbers.astype(np.float16) if name == "F16" else numbers.view(np.uint16)[1::2].copy()).view(np.uint8)
    numbers = quants.dequantize(blocks.reshape(-1), GGMLQuantizationType[name]).astype(np.float32)
    cases.append({
        "type": int(GGMLQuantizationType[name]),
        "name": name,
        "blocks": blocks.tobytes().hex(),
        "bits": [int(b) for b in numbers.view(np.uint32)],
    })

path = pathlib.Path(__file__).with_name("matmul_dequantize.json")
path.write_text("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n")
