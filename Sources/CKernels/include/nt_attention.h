// Causal attention over a paged KV cache, with the softmax computed on the way (Milakov and Gimelshein, 2018; Dao et
// al., 2022).
//
// A query's context is cut into splits of 512 positions, counted from position 0. In a split, blocks of 16 tokens are
// taken in order of position; the splits' results are merged in order too. Whoever computes a split, and whichever
// queries share the reading of a block, a query's result has the same bits.
#ifndef NT_ATTENTION_H
#define NT_ATTENTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nt_layers.h"

// Positions in a split of the context.
#define NT_SPLIT_TOKENS 512

// The most queries (tokens times heads) of an item.
#define NT_ATTENTION_ROWS_MAX 128

// One layer's attention for the rows of a step. Rows of `queries` begin with the query heads; rows of `out` are
// [heads][head_dimension]. `cache` is the layer's blocks, laid out as nt_layers.h says.
typedef struct {
    const float *queries;
    size_t query_stride;
    float *out;
    size_t out_stride;
    const void *cache;
    nt_kv_type type;
    size_t heads;
    size_t kv_heads;
    size_t head_dimension;  // a multiple of 8, at most 256
    float scale;
    size_t window;  // how many tokens a token sees, itself included; SIZE_MAX for all
    bool rounds;    // may round what is multiplied to BF16, where that is faster
    const int32_t *block_tables;
    float *partials;  // nt_partial_elements of each split that an item of its own computes
} nt_attention;

// Work for one thread: some consecutive tokens of one sequence, some heads that share a KV head, some splits.
typedef struct {
    size_t row;          // the first token's row in the step
    size_t tokens;
    size_t position;     // the first token's position in the sequence
    size_t block_table;  // where the sequence's blocks begin in block_tables
    size_t first_head;
    size_t head_count;
    size_t first_split;
    size_t split_end;
    size_t first_partial;  // where the split's result goes in `partials`; NT_NO_PARTIAL to finish in `out`
} nt_attention_item;

#define NT_NO_PARTIAL SIZE_MAX

// Floats of one split's result in `partials`.
size_t nt_partial_elements(size_t head_dimension);

// The splits that a token at `position` needs: from this to position / NT_SPLIT_TOKENS.
static inline size_t nt_first_split(size_t position, size_t window) {
    return (position + 1 > window ? position + 1 - window : 0) / NT_SPLIT_TOKENS;
}

// Computes an item. With `first_partial`, the item has one split, and its result goes there.
void nt_attend(const nt_attention *attention, const nt_attention_item *item);

// Merges the results of an item's splits, which lie one after another from `first_partial`, into `out`.
void nt_merge_splits(const nt_attention *attention, const nt_attention_item *item);

#endif
