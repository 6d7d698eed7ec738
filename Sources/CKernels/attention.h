// The loops of attention for one instruction set.
//
// Queries and outputs are rows of `columns` floats: a head's dimension, filled with zeros to a multiple of 16.
#ifndef ATTENTION_H
#define ATTENTION_H

#include <stdbool.h>

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

#endif
