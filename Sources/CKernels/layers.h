// The kernels of nt_layers.h for one instruction set.
#ifndef LAYERS_H
#define LAYERS_H

#include "nt_layers.h"

#define NT_HEAD_DIMENSION_MAX 256

typedef struct {
    void (*rms_norm)(const float *x, const float *weight, size_t columns, float epsilon, float *out);
    void (*layer_norm)(const float *x, const float *weight, const float *bias, size_t columns, float epsilon,
                       float *out);
    void (*activate)(nt_activation activation, float *x, size_t count);
    void (*swiglu)(const float *gates, const float *ups, size_t width, float *out);
    void (*rotate_halves)(float *head, const float *cosines, const float *sines, size_t pairs);
    void (*rotate_interleaved)(float *head, const float *cosines, const float *sines, size_t pairs);
    // Rounds to f16 or bf16; `count` is a multiple of 8.
    void (*narrow)(nt_kv_type type, const float *x, size_t count, uint16_t *out);
    // Rounds to Q8_0: the number x[i] becomes out[i] times scales[i / 32].
    void (*quantize)(const float *x, size_t count, int8_t *out, uint16_t *scales);
    // nt_spread for one row.
    void (*spread)(float *x, size_t run, size_t dimension);
} nt_layer_kernels;

// Spreads each number of a row over its neighbours, in place: the Walsh-Hadamard transform of each run of n numbers,
// by 1/sqrt(n), where n is the largest power of two that divides `dimension`. Dot products of two such rows stay.
//
// Some models' keys have few numbers that are far larger than the others and would take all of a group's 8 bits:
// keys in Q8_0 are spread, and so are the queries that meet them (Ashkboos et al., 2024).
void nt_spread(float *x, size_t rows, size_t columns, size_t dimension);

extern const nt_layer_kernels nt_layers_scalar;
#if defined(__x86_64__)
extern const nt_layer_kernels nt_layers_avx2;
extern const nt_layer_kernels nt_layers_avx512;
#elif defined(__aarch64__)
extern const nt_layer_kernels nt_layers_neon;
#endif

#endif
