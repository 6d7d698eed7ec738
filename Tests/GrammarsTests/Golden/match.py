"""Matches texts against regular expressions with Python's re, or with the regex package where re lacks \\p.

Reads [[pattern, text, wanted], …] from standard input; prints where the answer is not the wanted one.
"""

import json
import re
import sys

import regex

wrong = 0
cases = json.load(sys.stdin)
for pattern, text, wanted in cases:
    module = regex if "\\p" in pattern or "\\P" in pattern else re
    if (module.fullmatch(pattern, text) is not None) != wanted:
        wrong += 1
        print(f"{pattern!r} {text!r}: wanted {wanted}")
print(f"{len(cases)} texts, {wrong} wrong")
sys.exit(1 if wrong else 0)
