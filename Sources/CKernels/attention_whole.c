// Walks over a sequence's keys and values where the products left them, by the kernels of attention.h.
#include <assert.h>
#include <math.h>
#include <string.h>

#include "attention.h"
#include "nt_attention_whole.h"

#define ROWS NT_ATTENTION_ROWS_MAX
#define BLOCK NT_BLOCK_TOKENS

// What an item needs of the stack.
typedef struct {
    _Alignas(64) float queries[ROWS * NT_HEAD_DIMENSION_MAX];
    _Alignas(64) float outputs[ROWS * NT_HEAD_DIMENSION_MAX];
    _Alignas(64) float keys[NT_HEAD_DIMENSION_MAX * BLOCK];
    _Alignas(64) float values[BLOCK * NT_HEAD_DIMENSION_MAX];
    _Alignas(64) float scores[ROWS * BLOCK];
    _Alignas(64) float sums[ROWS * BLOCK];
    _Alignas(64) float scales[ROWS];
    _Alignas(64) float maxima[ROWS];
} nt_whole_scratch;

// Queries by the scale and log2(e), so that weights are powers of two.
static void nt_copy_queries(const nt_whole_attention *attention, const nt_whole_item *item, size_t stride,
                            float *out) {
    const size_t dimension = attention->head_dimension, columns = nt_columns(dimension);
    const float scale = attention->scale * (float)M_LOG2E;
    const float *query = attention->qkv + (item->first_row + item->query) * stride + item->head * dimension;
    for (size_t row = 0; row < item->queries; row++, query += stride, out += columns) {
        for (size_t i = 0; i < dimension; i++) out[i] = query[i] * scale;
        memset(out + dimension, 0, (columns - dimension) * sizeof(float));
    }
}

// Keys [tokens][dimension] to [dimension][16], zeros for tokens that are not there.
static void nt_transpose_keys(const float *keys, size_t stride, size_t tokens, size_t dimension, float *out) {
    for (size_t token = 0; token < tokens; token++)
        for (size_t i = 0; i < dimension; i++) out[i * BLOCK + token] = keys[token * stride + i];
    for (size_t token = tokens; token < BLOCK; token++)
        for (size_t i = 0; i < dimension; i++) out[i * BLOCK + token] = 0;
}

static void nt_copy_values(const float *values, size_t stride, size_t tokens, size_t dimension, size_t columns,
                           float *out) {
    for (size_t token = 0; token < tokens; token++, out += columns) {
        memcpy(out, values + token * stride, dimension * sizeof(float));
        memset(out + dimension, 0, (columns - dimension) * sizeof(float));
    }
}

// Takes away the scores of tokens that are not there, or not seen.
static void nt_mask_whole(const nt_whole_attention *attention, const nt_whole_item *item, size_t first, size_t tokens,
                          float *scores) {
    for (size_t row = 0; row < item->queries; row++, scores += BLOCK) {
        size_t seen = tokens;
        if (attention->causal) {
            const size_t reach = item->query + row + 1;
            const size_t visible = reach > first ? reach - first : 0;
            if (visible < seen) seen = visible;
        }
        for (size_t i = seen; i < BLOCK; i++) scores[i] = -INFINITY;
    }
}

void nt_attend_whole(const nt_whole_attention *attention, const nt_whole_item *item) {
    const nt_attention_kernels *kernels = nt_attention_active();
    const size_t dimension = attention->head_dimension, columns = nt_columns(dimension);
    const size_t stride = (attention->heads + 2 * attention->kv_heads) * dimension;
    const size_t kv_head = item->head / (attention->heads / attention->kv_heads);
    assert(item->queries <= ROWS && dimension <= NT_HEAD_DIMENSION_MAX);
    const float *keys =
        attention->qkv + item->first_row * stride + (attention->heads + kv_head) * dimension;
    const float *values = keys + attention->kv_heads * dimension;

    nt_whole_scratch scratch;
    nt_copy_queries(attention, item, stride, scratch.queries);
    for (size_t row = 0; row < item->queries; row++) scratch.maxima[row] = NT_LOWEST;
    memset(scratch.sums, 0, item->queries * BLOCK * sizeof(float));
    memset(scratch.outputs, 0, item->queries * columns * sizeof(float));

    const size_t end = attention->causal ? item->query + item->queries : item->tokens;
    for (size_t first = 0; first < end; first += BLOCK) {
        const size_t tokens = item->tokens - first < BLOCK ? item->tokens - first : BLOCK;
        nt_transpose_keys(keys + first * stride, stride, tokens, dimension, scratch.keys);
        kernels->score(scratch.queries, item->queries, columns, dimension, scratch.keys, scratch.scores);
        if (tokens < BLOCK || attention->causal) nt_mask_whole(attention, item, first, tokens, scratch.scores);
        kernels->weigh(scratch.scores, item->queries, scratch.maxima, scratch.scales, scratch.sums);
        nt_copy_values(values + first * stride, stride, tokens, dimension, columns, scratch.values);
        kernels->accumulate(scratch.scores, scratch.scales, item->queries, columns, scratch.values, tokens,
                            scratch.outputs);
    }

    float *out = attention->out + ((item->first_row + item->query) * attention->heads + item->head) * dimension;
    for (size_t row = 0; row < item->queries; row++, out += attention->heads * dimension) {
        float *sums = scratch.sums + row * BLOCK;
        for (size_t half = BLOCK / 2; half > 0; half /= 2)
            for (size_t i = 0; i < half; i++) sums[i] += sums[i + half];
        const float scale = 1 / sums[0];
        for (size_t i = 0; i < dimension; i++) out[i] = scratch.outputs[row * columns + i] * scale;
    }
}
