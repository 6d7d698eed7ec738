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

const nt_layer_kernels nt_layers_scalar = {
    .rms_norm = nt_rms_norm_scalar,
    .swiglu = nt_swiglu_scalar,
    .rotate_halves = nt_rotate_halves_scalar,
    .rotate_interleaved = nt_rotate_interleaved_scalar,
    .narrow = nt_narrow_scalar,
};
