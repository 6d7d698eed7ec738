// The loops of attention for one instruction set.
//
// Queries and outputs are rows of `columns` floats: a head's dimension, filled with zeros to a multiple of 16.
#ifndef ATTENTION_H
#define ATTENTION_H

#include <stdbool.h>

#include "layers.h"
#include "nt_attention.h"

// The maximum of no scores: low enough to vanish beside any score, yet finite, so that their difference is 0.
#define NT_LOWEST -1e30f

typedef struct {
    // Converts `rows` rows of `count` numbers to rows of `columns`; `count` is a multiple of 8.
    void (*widen)(bool is_bf16, const uint16_t *x, size_t rows, size_t count, size_t columns, float *out);

    // Converts keys of Q8_0 to out[dimension][16]: numbers x[dimension][16] by scales[groups][16]. Exact.
    void (*dequantize_keys)(const int8_t *x, const uint16_t *scales, size_t dimension, float *out);

    // Converts values of Q8_0 to out[tokens][columns]: numbers x[tokens][dimension] by scales[16][groups]. Exact.
    void (*dequantize_values)(const int8_t *x, const uint16_t *scales, size_t tokens, size_t dimension, size_t columns,
                              float *out);

    // scores[row][16] = queries[row] · keys, for keys [dimension][16].
    void (*score)(const float *queries, size_t rows, size_t columns, size_t dimension, const float *keys,
                  float *scores);

    // Turns scores into weights 2^(score - maximum): raises maxima[row], says in scales[row] what the earlier weights
    // shrink by, and adds the weights to sums[row][16].
    void (*weigh)(float *scores, size_t rows, float *maxima, float *scales, float *sums);

    // out[row] = out[row] * scales[row] + weights[row][0..<tokens] · values[0..<tokens].
    void (*accumulate)(const float *weights, const float *scales, size_t rows, size_t columns, const float *values,
                       size_t tokens, float *out);

    // out = out * scale + other * other_scale.
    void (*combine)(float *out, float scale, const float *other, float other_scale, size_t columns);

    // 2^x, the same as in `weigh`.
    float (*exp2)(float x);
} nt_attention_kernels;

extern const nt_attention_kernels nt_attention_scalar;
#if defined(__x86_64__)
extern const nt_attention_kernels nt_attention_avx2;
extern const nt_attention_kernels nt_attention_avx512;
#elif defined(__aarch64__)
extern const nt_attention_kernels nt_attention_neon;
#endif

// The kernels of the instruction set that the calling thread uses.
const nt_attention_kernels *nt_attention_active(void);

// Floats of a row of queries or outputs.
static inline size_t nt_columns(size_t head_dimension) { return (head_dimension + 15) / 16 * 16; }

// An item while its splits go by.
typedef struct {
    const nt_attention_kernels *kernels;
    const nt_attention *attention;
    const nt_attention_item *item;
    size_t rows;  // tokens × heads, heads innermost
    size_t columns;
    // [rows][columns], by the scale and log2(e), so that weights are powers of two; spread as keys of Q8_0 are.
    _Alignas(64) float queries[NT_ATTENTION_ROWS_MAX * NT_HEAD_DIMENSION_MAX];
} nt_item_state;

// The weighted values of a range of positions for an item's rows: their sum, the weights' sum, the largest score.
typedef struct {
    float *maxima;  // [NT_ATTENTION_ROWS_MAX]
    float *sums;    // [NT_ATTENTION_ROWS_MAX]
    float *values;  // [rows][columns]
} nt_partial;

// Attends to blocks first ..< end, which lie in one split, and says the result in `partial`.
typedef void nt_attend_blocks(const nt_item_state *state, size_t first, size_t end, nt_partial partial);

// In f32, by the state's kernels.
nt_attend_blocks nt_attend_blocks_f32;
#if defined(__x86_64__)
// With the dot product of BF16 pairs.
nt_attend_blocks nt_attend_blocks_bf16;
#endif

// The first position that a token at `position` sees.
static inline size_t nt_first_seen(const nt_attention *attention, size_t position) {
    return position + 1 > attention->window ? position + 1 - attention->window : 0;
}

// The last position that the item's last token sees: its own.
static inline size_t nt_last_query(const nt_attention_item *item) { return item->position + item->tokens - 1; }

// A block's keys, then values, for the item's KV head.
static inline const uint8_t *nt_item_block(const nt_item_state *state, size_t block) {
    const nt_attention *attention = state->attention;
    const nt_attention_item *item = state->item;
    size_t kv_head = item->first_head / (attention->heads / attention->kv_heads);
    size_t index = (size_t)attention->block_tables[item->block_table + block] * attention->kv_heads + kv_head;
    return (const uint8_t *)attention->cache + index * nt_kv_head_bytes(attention->type, attention->head_dimension);
}

// Asks for the block after `block` ahead of its turn: in 8 bits a head's share of a block is over before the
// processor's own guess helps. In 16 bits that guess does as well.
static inline void nt_prefetch_next(const nt_item_state *state, size_t block) {
    const nt_attention *attention = state->attention;
    if (attention->type != NT_KV_Q8_0 || block == nt_last_query(state->item) / NT_BLOCK_TOKENS) return;
    const uint8_t *bytes = nt_item_block(state, block + 1);
    size_t count = nt_kv_head_bytes(attention->type, attention->head_dimension);
    for (size_t i = 0; i < count; i += 64) __builtin_prefetch(bytes + i);
}

#endif
