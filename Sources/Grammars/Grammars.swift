// What a grammar allows: schemas, regular expressions and grammars as automata over bytes.
