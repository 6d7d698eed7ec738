// The kernels of nt_layers.h for one instruction set.
#ifndef LAYERS_H
#define LAYERS_H

#include "nt_layers.h"

#define NT_HEAD_DIMENSION_MAX 256

typedef struct {
    void (*rms_norm)(const float *x, const float *weight, size_t columns, float epsilon, float *out);
    void (*swiglu)(const float *gates, const float *ups, size_t width, float *out);
    void (*rotate_halves)(float *head, const float *cosines, const float *sines, size_t pairs);
    void (*rotate_interleaved)(float *head, const float *cosines, const float *sines, size_t pairs);
    // Rounds to f16 or bf16; `count` is a multiple of 8.
    void (*narrow)(nt_kv_type type, const float *x, size_t count, uint16_t *out);
    // Rounds to Q8_0: the number x[i] becomes out[i] times scales[i / 32].
    void (*quantize)(const float *x, size_t count, int8_t *out, uint16_t *scales);
} nt_layer_kernels;

extern const nt_layer_kernels nt_layers_scalar;
#if defined(__x86_64__)
extern const nt_layer_kernels nt_layers_avx2;
extern const nt_layer_kernels nt_layers_avx512;
#elif defined(__aarch64__)
extern const nt_layer_kernels nt_layers_neon;
#endif

#endif
