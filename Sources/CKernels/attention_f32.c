// The walk over a split's blocks in f32.
#include <math.h>
#include <string.h>

#include "attention.h"

#define ROWS NT_ATTENTION_ROWS_MAX
#define BLOCK NT_BLOCK_TOKENS

// What an item needs of the stack while the blocks of a split go by.
typedef struct {
    _Alignas(64) float keys[BLOCK * NT_HEAD_DIMENSION_MAX];
    _Alignas(64) float values[BLOCK * NT_HEAD_DIMENSION_MAX];
    _Alignas(64) float scores[ROWS * BLOCK];
    _Alignas(64) float sums[ROWS * BLOCK];
    _Alignas(64) float scales[ROWS];
} nt_f32_scratch;

// Takes scores of tokens away from the rows that do not see them.
static void nt_mask(const nt_item_state *state, size_t block_position, float *scores) {
    const nt_attention_item *item = state->item;
    for (size_t row = 0; row < state->rows; row++, scores += BLOCK) {
        size_t position = item->position + row / item->head_count;
        size_t first = nt_first_seen(state->attention, position);
        for (size_t i = 0; i < BLOCK; i++)
            if (block_position + i < first || block_position + i > position) scores[i] = -INFINITY;
    }
}

// A block's keys in f32, [dimension][16].
static void nt_load_keys(const nt_item_state *state, const uint8_t *keys, float *out) {
    nt_kv_type type = state->attention->type;
    size_t dimension = state->attention->head_dimension;
    if (type == NT_KV_Q8_0) {
        const uint16_t *scales = (const uint16_t *)(keys + BLOCK * dimension);
        state->kernels->dequantize_keys((const int8_t *)keys, scales, dimension, out);
    } else {
        state->kernels->widen(type == NT_KV_BF16, (const uint16_t *)keys, dimension, BLOCK, BLOCK, out);
    }
}

// The values of a block's first tokens in f32, [tokens][columns].
static void nt_load_values(const nt_item_state *state, const uint8_t *values, size_t tokens, float *out) {
    nt_kv_type type = state->attention->type;
    size_t dimension = state->attention->head_dimension, columns = state->columns;
    if (type == NT_KV_Q8_0) {
        const uint16_t *scales = (const uint16_t *)(values + BLOCK * dimension);
        state->kernels->dequantize_values((const int8_t *)values, scales, tokens, dimension, columns, out);
    } else {
        state->kernels->widen(type == NT_KV_BF16, (const uint16_t *)values, tokens, dimension, columns, out);
    }
}

static void nt_attend_block(const nt_item_state *state, size_t block, nt_f32_scratch *scratch, nt_partial partial) {
    const nt_attention *attention = state->attention;
    const nt_attention_kernels *kernels = state->kernels;
    size_t dimension = attention->head_dimension, rows = state->rows, columns = state->columns;
    const uint8_t *keys = nt_item_block(state, block);
    const uint8_t *values = keys + BLOCK * nt_kv_vector_bytes(attention->type, dimension);
    size_t first_position = block * BLOCK, last_query = nt_last_query(state->item);
    // Slots after the last query may hold anything: their values are not read, their scores are masked.
    size_t tokens = last_query - first_position < BLOCK ? last_query - first_position + 1 : BLOCK;

    nt_prefetch_next(state, block);
    nt_load_keys(state, keys, scratch->keys);
    kernels->score(state->queries, rows, columns, dimension, scratch->keys, scratch->scores);
    bool all_seen = first_position + BLOCK - 1 <= state->item->position &&
                    nt_first_seen(attention, last_query) <= first_position;
    if (!all_seen) nt_mask(state, first_position, scratch->scores);
    kernels->weigh(scratch->scores, rows, partial.maxima, scratch->scales, scratch->sums);
    nt_load_values(state, values, tokens, scratch->values);
    kernels->accumulate(scratch->scores, scratch->scales, rows, columns, scratch->values, tokens, partial.values);
}

void nt_attend_blocks_f32(const nt_item_state *state, size_t first, size_t end, nt_partial partial) {
    nt_f32_scratch scratch;
    for (size_t row = 0; row < state->rows; row++) partial.maxima[row] = NT_LOWEST;
    memset(scratch.sums, 0, state->rows * BLOCK * sizeof(float));
    memset(partial.values, 0, state->rows * state->columns * sizeof(float));
    for (size_t block = first; block < end; block++) nt_attend_block(state, block, &scratch, partial);

    for (size_t row = 0; row < state->rows; row++) {
        float *sums = scratch.sums + row * BLOCK;
        for (size_t half = BLOCK / 2; half > 0; half /= 2)
            for (size_t i = 0; i < half; i++) sums[i] += sums[i + half];
        partial.sums[row] = sums[0];
    }
}
