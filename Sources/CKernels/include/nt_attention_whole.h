// Attention of sequences that are in a step as a whole, without a cache: encoders, and decoders that only embed.
//
// A query's context is taken in blocks of 16 tokens from the sequence's start, whichever queries share the reading of
// a block, so that its result has the same bits in any step.
#ifndef NT_ATTENTION_WHOLE_H
#define NT_ATTENTION_WHOLE_H

#include <stdbool.h>
#include <stddef.h>

// One layer's attention for the rows of a step. Rows of `qkv` are query heads, then key heads, then value heads; rows
// of `out` are [heads][head_dimension].
typedef struct {
    const float *qkv;
    float *out;
    size_t heads;
    size_t kv_heads;
    size_t head_dimension;  // a multiple of 8, at most 256
    float scale;
    bool causal;  // whether a token sees only itself and what is before it
} nt_whole_attention;

// Work for one thread: some consecutive queries of one sequence and head.
typedef struct {
    size_t first_row;  // the sequence's first row in the step
    size_t tokens;     // the sequence's rows
    size_t query;      // the first query, counted from the sequence's start
    size_t queries;    // at most NT_ATTENTION_ROWS_MAX
    size_t head;
} nt_whole_item;

// Computes an item.
void nt_attend_whole(const nt_whole_attention *attention, const nt_whole_item *item);

#endif
