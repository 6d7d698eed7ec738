"""Dumps what the gguf package reads in a GGUF file, as JSON, for RealModelTests.

    python dump.py MODEL.gguf > MODEL.json      (gguf from PyPI)
"""

import json
import sys

import gguf


def fnv1a(parts):
    """FNV-1a, 64 bits, over the parts with a zero byte after each."""
    state = 0xCBF29CE484222325
    for part in parts:
        for byte in part + b"\0":
            state = (state ^ byte) * 0x100000001B3 % 2**64
    return f"{state:016x}"


reader = gguf.GGUFReader(sys.argv[1])
metadata = {}
for key, field in reader.fields.items():
    if key.startswith("GGUF."):
        continue
    names = [kind.name.lower() for kind in field.types]
    if names[0] == "array":
        texts = [bytes(field.parts[i]) if names[1] == "string" else str(field.parts[i][0]).encode() for i in field.data]
        metadata[key] = {"element": names[1], "count": len(texts), "fnv1a": fnv1a(texts)}
    else:
        value = field.contents()
        metadata[key] = {"type": names[0], "value": fnv1a([value.encode()]) if names[0] == "string" else value}
tensors = [
    f"{t.name} {t.tensor_type.name} {list(map(int, reversed(t.shape)))} {t.data_offset} {t.n_bytes}"
    for t in reader.tensors
]
print(json.dumps({"version": int(reader.fields["GGUF.version"].contents()), "metadata": metadata, "tensors": tensors}, indent=0))
