// The reference for the vector kernels, and what runs where there are none.
#include "layers.h"
#include "nt_half.h"

#include <math.h>

static void nt_rms_norm_scalar(const float *x, const float *weight, size_t columns, float epsilon, float *out) {
    double squares = 0;
    for (size_t i = 0; i < columns; i++) squares += (double)x[i] * x[i];
    float scale = 1 / sqrtf((float)(squares / (double)columns) + epsilon);
    for (size_t i = 0; i < columns; i++) out[i] = x[i] * scale * weight[i];
}

static void nt_layer_norm_scalar(const float *x, const float *weight, const float *bias, size_t columns, float epsilon,
                                 float *out) {
    double sum = 0, squares = 0;
    for (size_t i = 0; i < columns; i++) sum += x[i];
    double mean = sum / (double)columns;
    for (size_t i = 0; i < columns; i++) squares += (x[i] - mean) * (x[i] - mean);
    float scale = 1 / sqrtf((float)(squares / (double)columns) + epsilon);
    for (size_t i = 0; i < columns; i++) out[i] = (x[i] - (float)mean) * scale * weight[i] + bias[i];
}

static float nt_activated(nt_activation activation, float x) {
    switch (activation) {
    case NT_GELU: return x * (0.5f * erfcf(-x * (float)M_SQRT1_2));
    case NT_GELU_TANH: return x / (1 + expf(-1.5957691216057308f * (x + 0.044715f * x * x * x)));
    case NT_RELU: return x < 0 ? 0 : x;
    case NT_SILU: return x / (1 + expf(-x));
    default: return tanhf(x);
    }
}

static void nt_activate_scalar(nt_activation activation, float *x, size_t count) {
    for (size_t i = 0; i < count; i++) x[i] = nt_activated(activation, x[i]);
}

static void nt_swiglu_scalar(const float *gates, const float *ups, size_t width, float *out) {
    for (size_t i = 0; i < width; i++) out[i] = gates[i] / (1 + expf(-gates[i])) * ups[i];
}

static void nt_rotate(float *first, float *second, float cosine, float sine) {
    float x = *first, y = *second;
    *first = x * cosine - y * sine;
    *second = y * cosine + x * sine;
}

static void nt_rotate_halves_scalar(float *head, const float *cosines, const float *sines, size_t pairs) {
    for (size_t i = 0; i < pairs; i++) nt_rotate(head + i, head + i + pairs, cosines[i], sines[i]);
}

static void nt_rotate_interleaved_scalar(float *head, const float *cosines, const float *sines, size_t pairs) {
    for (size_t i = 0; i < pairs; i++) nt_rotate(head + 2 * i, head + 2 * i + 1, cosines[i], sines[i]);
}

static void nt_narrow_scalar(nt_kv_type type, const float *x, size_t count, uint16_t *out) {
    for (size_t i = 0; i < count; i++) out[i] = type == NT_KV_BF16 ? nt_bf16_from_f32(x[i]) : nt_f16_from_f32(x[i]);
}

static void nt_spread_scalar(float *x, size_t run, size_t dimension) {
    for (size_t half = 1; half < run; half *= 2) {
        for (size_t i = 0; i < dimension; i++) {
            if (i & half) continue;
            float first = x[i], second = x[i + half];
            x[i] = first + second;
            x[i + half] = first - second;
        }
    }
    float scale = 1 / sqrtf((float)run);
    for (size_t i = 0; i < dimension; i++) x[i] *= scale;
}

static void nt_quantize_scalar(const float *x, size_t count, int8_t *out, uint16_t *scales) {
    for (size_t first = 0; first < count; first += NT_KV_GROUP) {
        size_t end = first + NT_KV_GROUP < count ? first + NT_KV_GROUP : count;
        uint32_t largest = 0;
        for (size_t i = first; i < end; i++) {
            uint32_t magnitude = nt_bits_of_f32(x[i]) & 0x7fffffff;
            if (magnitude > largest) largest = magnitude;
        }
        float inverse;
        *scales++ = nt_q8_0_scale(largest, &inverse);
        // Only where the inverse is not 0 are all numbers finite.
        for (size_t i = first; i < end; i++) out[i] = inverse == 0 ? 0 : (int8_t)rintf(x[i] * inverse);
    }
}

const nt_layer_kernels nt_layers_scalar = {
    .rms_norm = nt_rms_norm_scalar,
    .layer_norm = nt_layer_norm_scalar,
    .activate = nt_activate_scalar,
    .swiglu = nt_swiglu_scalar,
    .rotate_halves = nt_rotate_halves_scalar,
    .rotate_interleaved = nt_rotate_interleaved_scalar,
    .narrow = nt_narrow_scalar,
    .quantize = nt_quantize_scalar,
    .spread = nt_spread_scalar,
};
