#!/usr/bin/env python3
"""Makes a Hugging Face checkpoint in BF16 from a GGUF file, for peers that read nothing else.

    Benchmarks/checkpoint.py FILE.gguf FOLDER

It is for speed alone: the conversion keeps the vocabulary, but not all that the official tokenizer does beside it.
Run it with the Python of `Benchmarks/peers vllm`, which has Transformers.
"""

import pathlib
import sys

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig


def main():
    file, folder = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    source = {"pretrained_model_name_or_path": str(file.parent), "gguf_file": file.name}
    quantization = GgufConfig(gguf_file=file.name, dequantize=True)
    model = AutoModelForCausalLM.from_pretrained(**source, quantization_config=quantization, dtype=torch.bfloat16)
    if hasattr(model.config, "quantization_config"):
        del model.config.quantization_config
    model.save_pretrained(folder)
    AutoTokenizer.from_pretrained(**source).save_pretrained(folder)


if __name__ == "__main__":
    main()
