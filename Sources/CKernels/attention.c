// Walks over the splits and blocks of an item, and merges splits.
#include "attention.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "layers.h"
#include "nt_cpu.h"

#define ROWS NT_ATTENTION_ROWS_MAX
#define BLOCK NT_BLOCK_TOKENS
#define SPLIT_BLOCKS (NT_SPLIT_TOKENS / NT_BLOCK_TOKENS)

static const nt_attention_kernels *nt_attention_active(void) {
    switch (nt_isa_active()) {
#if defined(__x86_64__)
    case NT_ISA_AVX512:
    case NT_ISA_AVX512VNNI:
    case NT_ISA_AVX512BF16: return &nt_attention_avx512;
    case NT_ISA_AVX2: return &nt_attention_avx2;
#elif defined(__aarch64__)
    case NT_ISA_NEON: return &nt_attention_neon;
#endif
    default: return &nt_attention_scalar;
    }
}

static size_t nt_columns(size_t head_dimension) { return (head_dimension + 15) / 16 * 16; }

// The weighted values of a range of positions for an item's rows: their sum, the weights' sum, the largest score.
typedef struct {
    float *maxima;  // [ROWS]
    float *sums;    // [ROWS]
    float *values;  // [ROWS][columns]
} nt_partial;

size_t nt_partial_elements(size_t head_dimension) { return ROWS * (2 + nt_columns(head_dimension)); }

static nt_partial nt_partial_at(float *elements) {
    return (nt_partial){.maxima = elements, .sums = elements + ROWS, .values = elements + 2 * ROWS};
}

// What an item needs of the stack while its blocks go by.
typedef struct {
    const nt_attention_kernels *kernels;
    const nt_attention *attention;
    const nt_attention_item *item;
    size_t rows;     // tokens × heads, heads innermost
    size_t columns;
    _Alignas(64) float queries[ROWS * NT_HEAD_DIMENSION_MAX];
    _Alignas(64) float keys[BLOCK * NT_HEAD_DIMENSION_MAX];
    _Alignas(64) float values[BLOCK * NT_HEAD_DIMENSION_MAX];
    _Alignas(64) float scores[ROWS * BLOCK];
    _Alignas(64) float sums[ROWS * BLOCK];
    _Alignas(64) float scales[ROWS];
} nt_item_state;

// Queries by the scale and log2(e), so that weights are powers of two; spread as keys of Q8_0 are.
static void nt_load_queries(nt_item_state *state) {
    const nt_attention *attention = state->attention;
    const nt_attention_item *item = state->item;
    size_t dimension = attention->head_dimension;
    float scale = attention->scale * (float)M_LOG2E;
    for (size_t row = 0; row < state->rows; row++) {
        size_t head = item->first_head + row % item->head_count;
        const float *query = attention->queries + (item->row + row / item->head_count) * attention->query_stride +
                             head * dimension;
        float *out = state->queries + row * state->columns;
        for (size_t i = 0; i < dimension; i++) out[i] = query[i] * scale;
        memset(out + dimension, 0, (state->columns - dimension) * sizeof(float));
    }
    if (attention->type == NT_KV_Q8_0) nt_spread(state->queries, state->rows, state->columns, dimension);
}

// The first position that a token at `position` sees.
static size_t nt_first_seen(const nt_attention *attention, size_t position) {
    return position + 1 > attention->window ? position + 1 - attention->window : 0;
}

// Takes scores of tokens away from the rows that do not see them.
static void nt_mask(nt_item_state *state, size_t block_position) {
    const nt_attention_item *item = state->item;
    for (size_t row = 0; row < state->rows; row++) {
        size_t position = item->position + row / item->head_count;
        size_t first = nt_first_seen(state->attention, position);
        float *scores = state->scores + row * BLOCK;
        for (size_t i = 0; i < BLOCK; i++)
            if (block_position + i < first || block_position + i > position) scores[i] = -INFINITY;
    }
}

// A block's keys in f32, [dimension][16].
static void nt_load_keys(nt_item_state *state, const uint8_t *keys) {
    nt_kv_type type = state->attention->type;
    size_t dimension = state->attention->head_dimension;
    if (type == NT_KV_Q8_0) {
        const uint16_t *scales = (const uint16_t *)(keys + BLOCK * dimension);
        state->kernels->dequantize_keys((const int8_t *)keys, scales, dimension, state->keys);
    } else {
        state->kernels->widen(type == NT_KV_BF16, (const uint16_t *)keys, dimension, BLOCK, BLOCK, state->keys);
    }
}

// The values of a block's first tokens in f32, [tokens][columns].
static void nt_load_values(nt_item_state *state, const uint8_t *values, size_t tokens) {
    nt_kv_type type = state->attention->type;
    size_t dimension = state->attention->head_dimension, columns = state->columns;
    if (type == NT_KV_Q8_0) {
        const uint16_t *scales = (const uint16_t *)(values + BLOCK * dimension);
        state->kernels->dequantize_values((const int8_t *)values, scales, tokens, dimension, columns, state->values);
    } else {
        state->kernels->widen(type == NT_KV_BF16, (const uint16_t *)values, tokens, dimension, columns,
                              state->values);
    }
}

// A block's keys, then values, for the item's KV head.
static const uint8_t *nt_item_block(const nt_item_state *state, size_t block) {
    const nt_attention *attention = state->attention;
    const nt_attention_item *item = state->item;
    size_t kv_head = item->first_head / (attention->heads / attention->kv_heads);
    size_t index = (size_t)attention->block_tables[item->block_table + block] * attention->kv_heads + kv_head;
    return (const uint8_t *)attention->cache + index * nt_kv_head_bytes(attention->type, attention->head_dimension);
}

// Asks for a block ahead of its turn: in 8 bits a head's share of it is over before the processor's own guess helps.
// In 16 bits that guess does as well.
static void nt_prefetch_block(const nt_item_state *state, size_t block) {
    const uint8_t *bytes = nt_item_block(state, block);
    size_t count = nt_kv_head_bytes(state->attention->type, state->attention->head_dimension);
    for (size_t i = 0; i < count; i += 64) __builtin_prefetch(bytes + i);
}

static void nt_attend_block(nt_item_state *state, size_t block, nt_partial partial) {
    const nt_attention *attention = state->attention;
    const nt_attention_item *item = state->item;
    size_t dimension = attention->head_dimension, rows = state->rows, columns = state->columns;
    const uint8_t *keys = nt_item_block(state, block);
    const uint8_t *values = keys + BLOCK * nt_kv_vector_bytes(attention->type, dimension);
    size_t first_position = block * BLOCK, last_query = item->position + item->tokens - 1;
    // Slots after the last query may hold anything: their values are not read, their scores are masked.
    size_t tokens = last_query - first_position < BLOCK ? last_query - first_position + 1 : BLOCK;

    bool is_last = block == last_query / BLOCK;
    if (attention->type == NT_KV_Q8_0 && !is_last) nt_prefetch_block(state, block + 1);
    nt_load_keys(state, keys);
    state->kernels->score(state->queries, rows, columns, dimension, state->keys, state->scores);
    bool all_seen = first_position + BLOCK - 1 <= item->position &&
                    nt_first_seen(attention, last_query) <= first_position;
    if (!all_seen) nt_mask(state, first_position);
    state->kernels->weigh(state->scores, rows, partial.maxima, state->scales, state->sums);
    nt_load_values(state, values, tokens);
    state->kernels->accumulate(state->scores, state->scales, rows, columns, state->values, tokens, partial.values);
}

static void nt_attend_split(nt_item_state *state, size_t split, nt_partial partial) {
    const nt_attention_item *item = state->item;
    for (size_t row = 0; row < state->rows; row++) partial.maxima[row] = NT_LOWEST;
    memset(state->sums, 0, state->rows * BLOCK * sizeof(float));
    memset(partial.values, 0, state->rows * state->columns * sizeof(float));

    size_t block = nt_first_seen(state->attention, item->position) / BLOCK;
    size_t block_end = (item->position + item->tokens - 1) / BLOCK + 1;
    if (block < split * SPLIT_BLOCKS) block = split * SPLIT_BLOCKS;
    if (block_end > (split + 1) * SPLIT_BLOCKS) block_end = (split + 1) * SPLIT_BLOCKS;
    for (; block < block_end; block++) nt_attend_block(state, block, partial);

    for (size_t row = 0; row < state->rows; row++) {
        float *sums = state->sums + row * BLOCK;
        for (size_t half = BLOCK / 2; half > 0; half /= 2)
            for (size_t i = 0; i < half; i++) sums[i] += sums[i + half];
        partial.sums[row] = sums[0];
    }
}

static void nt_merge(const nt_attention_kernels *kernels, nt_partial total, nt_partial next, size_t rows,
                     size_t columns) {
    for (size_t row = 0; row < rows; row++) {
        float maximum = fmaxf(total.maxima[row], next.maxima[row]);
        float scale = kernels->exp2(total.maxima[row] - maximum);
        float next_scale = kernels->exp2(next.maxima[row] - maximum);
        total.maxima[row] = maximum;
        kernels->combine(&total.sums[row], scale, &next.sums[row], next_scale, 1);
        kernels->combine(total.values + row * columns, scale, next.values + row * columns, next_scale, columns);
    }
}

static void nt_finish(const nt_attention *attention, const nt_attention_item *item, nt_partial total, size_t columns) {
    for (size_t row = 0; row < item->tokens * item->head_count; row++) {
        size_t head = item->first_head + row % item->head_count;
        float *out = attention->out + (item->row + row / item->head_count) * attention->out_stride +
                     head * attention->head_dimension;
        const float *values = total.values + row * columns;
        float scale = 1 / total.sums[row];
        for (size_t i = 0; i < attention->head_dimension; i++) out[i] = values[i] * scale;
    }
}

void nt_attend(const nt_attention *attention, const nt_attention_item *item) {
    size_t columns = nt_columns(attention->head_dimension);
    size_t rows = item->tokens * item->head_count;
    assert(rows <= ROWS && attention->head_dimension <= NT_HEAD_DIMENSION_MAX);
    nt_item_state state;
    state.kernels = nt_attention_active();
    state.attention = attention;
    state.item = item;
    state.rows = rows;
    state.columns = columns;
    nt_load_queries(&state);

    if (item->first_partial != NT_NO_PARTIAL) {
        float *elements = attention->partials + item->first_partial * nt_partial_elements(attention->head_dimension);
        nt_attend_split(&state, item->first_split, nt_partial_at(elements));
        return;
    }
    _Alignas(64) float total_elements[ROWS * (2 + NT_HEAD_DIMENSION_MAX)];
    _Alignas(64) float next_elements[ROWS * (2 + NT_HEAD_DIMENSION_MAX)];
    nt_partial total = nt_partial_at(total_elements), next = nt_partial_at(next_elements);
    nt_attend_split(&state, item->first_split, total);
    for (size_t split = item->first_split + 1; split < item->split_end; split++) {
        nt_attend_split(&state, split, next);
        nt_merge(state.kernels, total, next, rows, columns);
    }
    nt_finish(attention, item, total, columns);
}

void nt_merge_splits(const nt_attention *attention, const nt_attention_item *item) {
    size_t columns = nt_columns(attention->head_dimension);
    size_t elements = nt_partial_elements(attention->head_dimension);
    float *first = attention->partials + item->first_partial * elements;
    nt_partial total = nt_partial_at(first);
    for (size_t split = 1; split < item->split_end - item->first_split; split++)
        nt_merge(nt_attention_active(), total, nt_partial_at(first + split * elements), item->tokens * item->head_count,
                 columns);
    nt_finish(attention, item, total, columns);
}
