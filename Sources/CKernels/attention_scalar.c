// The reference for the vector loops, and what runs where there are none.
#include <math.h>

#include "attention.h"
#include "nt_half.h"

static void nt_widen_scalar(bool is_bf16, const uint16_t *x, size_t rows, size_t count, size_t columns, float *out) {
    for (size_t row = 0; row < rows; row++, x += count, out += columns) {
        for (size_t i = 0; i < count; i++) out[i] = is_bf16 ? nt_f32_from_bf16(x[i]) : nt_f32_from_f16(x[i]);
        for (size_t i = count; i < columns; i++) out[i] = 0;
    }
}

static void nt_dequantize_keys_scalar(const int8_t *x, const uint16_t *scales, size_t dimension, float *out) {
    for (size_t i = 0; i < dimension; i++) {
        const uint16_t *group = scales + i / NT_KV_GROUP * NT_BLOCK_TOKENS;
        for (size_t lane = 0; lane < NT_BLOCK_TOKENS; lane++)
            out[i * NT_BLOCK_TOKENS + lane] = x[i * NT_BLOCK_TOKENS + lane] * nt_f32_from_f16(group[lane]);
    }
}

static void nt_dequantize_values_scalar(const int8_t *x, const uint16_t *scales, size_t tokens, size_t dimension,
                                        size_t columns, float *out) {
    size_t groups = nt_kv_groups(dimension);
    for (size_t token = 0; token < tokens; token++, x += dimension, scales += groups, out += columns) {
        for (size_t i = 0; i < dimension; i++) out[i] = x[i] * nt_f32_from_f16(scales[i / NT_KV_GROUP]);
        for (size_t i = dimension; i < columns; i++) out[i] = 0;
    }
}

static void nt_score_scalar(const float *queries, size_t rows, size_t columns, size_t dimension, const float *keys,
                            float *scores) {
    for (size_t row = 0; row < rows; row++) {
        for (size_t lane = 0; lane < NT_BLOCK_TOKENS; lane++) {
            float sum = 0;
            for (size_t i = 0; i < dimension; i++) sum += queries[row * columns + i] * keys[i * NT_BLOCK_TOKENS + lane];
            scores[row * NT_BLOCK_TOKENS + lane] = sum;
        }
    }
}

static void nt_weigh_scalar(float *scores, size_t rows, float *maxima, float *scales, float *sums) {
    for (size_t row = 0; row < rows; row++, scores += NT_BLOCK_TOKENS, sums += NT_BLOCK_TOKENS) {
        float maximum = maxima[row];
        for (size_t i = 0; i < NT_BLOCK_TOKENS; i++) maximum = fmaxf(maximum, scores[i]);
        scales[row] = exp2f(maxima[row] - maximum);
        maxima[row] = maximum;
        for (size_t i = 0; i < NT_BLOCK_TOKENS; i++) {
            scores[i] = exp2f(scores[i] - maximum);
            sums[i] = sums[i] * scales[row] + scores[i];
        }
    }
}

static void nt_accumulate_scalar(const float *weights, const float *scales, size_t rows, size_t columns,
                                 const float *values, size_t tokens, float *out) {
    for (size_t row = 0; row < rows; row++, out += columns) {
        for (size_t i = 0; i < columns; i++) out[i] *= scales[row];
        for (size_t token = 0; token < tokens; token++)
            for (size_t i = 0; i < columns; i++)
                out[i] += weights[row * NT_BLOCK_TOKENS + token] * values[token * columns + i];
    }
}

static void nt_combine_scalar(float *out, float scale, const float *other, float other_scale, size_t columns) {
    for (size_t i = 0; i < columns; i++) out[i] = out[i] * scale + other[i] * other_scale;
}

const nt_attention_kernels nt_attention_scalar = {
    .widen = nt_widen_scalar,
    .dequantize_keys = nt_dequantize_keys_scalar,
    .dequantize_values = nt_dequantize_values_scalar,
    .score = nt_score_scalar,
    .weigh = nt_weigh_scalar,
    .accumulate = nt_accumulate_scalar,
    .combine = nt_combine_scalar,
    .exp2 = exp2f,
};
