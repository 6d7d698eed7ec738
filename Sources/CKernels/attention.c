// Walks over the splits of an item, and merges splits.
#include "attention.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "nt_cpu.h"

#define ROWS NT_ATTENTION_ROWS_MAX
#define BLOCK NT_BLOCK_TOKENS
#define SPLIT_BLOCKS (NT_SPLIT_TOKENS / NT_BLOCK_TOKENS)

const nt_attention_kernels *nt_attention_active(void) {
    switch (nt_isa_active()) {
#if defined(__x86_64__)
    case NT_ISA_AVX512:
    case NT_ISA_AVX512VNNI:
    case NT_ISA_AVX512BF16:
    case NT_ISA_AMX:
    case NT_ISA_AMX_EMULATED: return &nt_attention_avx512;
    case NT_ISA_AVX2: return &nt_attention_avx2;
#elif defined(__aarch64__)
    case NT_ISA_NEON: return &nt_attention_neon;
#endif
    default: return &nt_attention_scalar;
    }
}

size_t nt_partial_elements(size_t head_dimension) { return ROWS * (2 + nt_columns(head_dimension)); }

static nt_partial nt_partial_at(float *elements) {
    return (nt_partial){.maxima = elements, .sums = elements + ROWS, .values = elements + 2 * ROWS};
}

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

static void nt_attend_split(const nt_item_state *state, size_t split, nt_partial partial) {
    size_t first = nt_first_seen(state->attention, state->item->position) / BLOCK;
    size_t end = nt_last_query(state->item) / BLOCK + 1;
    if (first < split * SPLIT_BLOCKS) first = split * SPLIT_BLOCKS;
    if (end > (split + 1) * SPLIT_BLOCKS) end = (split + 1) * SPLIT_BLOCKS;
#if defined(__x86_64__)
    // Not with AMX: processors that have it multiply f32 faster than pairs of BF16.
    if (state->attention->rounds && nt_isa_active() == NT_ISA_AVX512BF16) {
        nt_attend_blocks_bf16(state, first, end, partial);
        return;
    }
#endif
    nt_attend_blocks_f32(state, first, end, partial);
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
