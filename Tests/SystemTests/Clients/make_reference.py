#!/usr/bin/env python3
"""Makes reference-smollm2.json, which parameters_client.py compares with, from Transformers.

    pip install torch transformers gguf
    ./make_reference.py "$(../../../Scripts/fetch-model smollm2)" reference-smollm2.json

The file's weights are dequantised to F32 and run in f32. There are the log probabilities of each token of a prompt, and
the most probable continuations that a beam search finds, each with the sum of its tokens' log probabilities: with a
length penalty of 0 that sum is the score, and without an end token both sides search the same space.
"""

import json
import pathlib
import sys

import torch
import transformers

PROMPT = "The capital of France is Paris, and the capital of Italy is"
BEAMS, TOKENS = 4, 6

path = pathlib.Path(sys.argv[1])
tokenizer = transformers.AutoTokenizer.from_pretrained(path.parent, gguf_file=path.name)
model = transformers.AutoModelForCausalLM.from_pretrained(path.parent, gguf_file=path.name, dtype=torch.float32)
ids = tokenizer(PROMPT, return_tensors="pt", add_special_tokens=False).input_ids

with torch.no_grad():
    logprobs = model(ids).logits[0].log_softmax(-1)
    taken = logprobs[:-1].gather(1, ids[0, 1:, None])[:, 0]
    found = model.generate(
        ids,
        attention_mask=torch.ones_like(ids),
        num_beams=BEAMS,
        num_return_sequences=BEAMS,
        max_new_tokens=TOKENS,
        length_penalty=0.0,
        do_sample=False,
        eos_token_id=None,
        pad_token_id=0,
        repetition_penalty=1.0,
        output_scores=True,
        return_dict_in_generate=True,
    )

reference = {
    "model": path.name,
    "reference": f"Transformers {transformers.__version__}, weights in F32",
    "prompt": PROMPT,
    "tokens": ids[0].tolist(),
    "logprobs": [round(value, 4) for value in taken.tolist()],
    "beams": [
        {"tokens": sequence[ids.shape[1] :].tolist(), "logprob": round(score, 4)}
        for sequence, score in zip(found.sequences, found.sequences_scores.tolist())
    ],
}
pathlib.Path(sys.argv[2]).write_text(json.dumps(reference, indent=1) + "\n")
