// Chooses the instruction set and walks over rows and heads.
#include "layers.h"

#include <string.h>

#include "nt_cpu.h"

static const nt_layer_kernels *nt_layers_active(void) {
    switch (nt_isa_active()) {
#if defined(__x86_64__)
    case NT_ISA_AVX512:
    case NT_ISA_AVX512VNNI:
    case NT_ISA_AVX512BF16:
    case NT_ISA_AMX:
    case NT_ISA_AMX_EMULATED: return &nt_layers_avx512;
    case NT_ISA_AVX2: return &nt_layers_avx2;
#elif defined(__aarch64__)
    case NT_ISA_NEON: return &nt_layers_neon;
#endif
    default: return &nt_layers_scalar;
    }
}

void nt_rms_norm(const float *x, const float *weight, size_t rows, size_t columns, float epsilon, float *out) {
    const nt_layer_kernels *kernels = nt_layers_active();
    for (size_t row = 0; row < rows; row++)
        kernels->rms_norm(x + row * columns, weight, columns, epsilon, out + row * columns);
}

void nt_layer_norm(const float *x, const float *weight, const float *bias, size_t rows, size_t columns, float epsilon,
                   float *out) {
    const nt_layer_kernels *kernels = nt_layers_active();
    for (size_t row = 0; row < rows; row++)
        kernels->layer_norm(x + row * columns, weight, bias, columns, epsilon, out + row * columns);
}

void nt_activate(nt_activation activation, float *x, size_t count) {
    nt_layers_active()->activate(activation, x, count);
}

void nt_swiglu(const float *gate_up, size_t rows, size_t width, float *out) {
    const nt_layer_kernels *kernels = nt_layers_active();
    for (size_t row = 0; row < rows; row++) {
        const float *gates = gate_up + row * 2 * width;
        kernels->swiglu(gates, gates + width, width, out + row * width);
    }
}

void nt_rope(float *heads, size_t head_count, size_t head_dimension, const float *cosines, const float *sines,
             size_t dimension, bool interleaved) {
    const nt_layer_kernels *kernels = nt_layers_active();
    for (size_t head = 0; head < head_count; head++) {
        float *elements = heads + head * head_dimension;
        if (interleaved) {
            kernels->rotate_interleaved(elements, cosines, sines, dimension / 2);
        } else {
            kernels->rotate_halves(elements, cosines, sines, dimension / 2);
        }
    }
}

void nt_spread(float *x, size_t rows, size_t columns, size_t dimension) {
    const nt_layer_kernels *kernels = nt_layers_active();
    size_t run = dimension & -dimension;
    for (size_t row = 0; row < rows; row++) kernels->spread(x + row * columns, run, dimension);
}

// [head_dimension] to the slot's column of [head_dimension][16] and [groups][16], or to its row of [16][head_dimension]
// and [16][groups]; keys are spread before.
static void nt_store_q8_0(const nt_layer_kernels *kernels, const float *key, const float *value, size_t head_dimension,
                          size_t slot, uint8_t *head) {
    size_t groups = nt_kv_groups(head_dimension);
    int8_t *keys = (int8_t *)head;
    uint16_t *key_scales = (uint16_t *)(head + NT_BLOCK_TOKENS * head_dimension);
    int8_t *values = (int8_t *)(key_scales + NT_BLOCK_TOKENS * groups);
    uint16_t *value_scales = (uint16_t *)(values + NT_BLOCK_TOKENS * head_dimension);

    float spread[NT_HEAD_DIMENSION_MAX];
    memcpy(spread, key, head_dimension * sizeof(float));
    kernels->spread(spread, head_dimension & -head_dimension, head_dimension);
    int8_t numbers[NT_HEAD_DIMENSION_MAX];
    uint16_t scales[NT_HEAD_DIMENSION_MAX / NT_KV_GROUP];
    kernels->quantize(spread, head_dimension, numbers, scales);
    for (size_t i = 0; i < head_dimension; i++) keys[i * NT_BLOCK_TOKENS + slot] = numbers[i];
    for (size_t i = 0; i < groups; i++) key_scales[i * NT_BLOCK_TOKENS + slot] = scales[i];
    kernels->quantize(value, head_dimension, values + slot * head_dimension, value_scales + slot * groups);
}

// The same in 16 bits.
static void nt_store_halves(nt_kv_type type, const nt_layer_kernels *kernels, const float *key, const float *value,
                            size_t head_dimension, size_t slot, uint16_t *head) {
    uint16_t numbers[NT_HEAD_DIMENSION_MAX];
    kernels->narrow(type, key, head_dimension, numbers);
    for (size_t i = 0; i < head_dimension; i++) head[i * NT_BLOCK_TOKENS + slot] = numbers[i];
    kernels->narrow(type, value, head_dimension, head + (NT_BLOCK_TOKENS + slot) * head_dimension);
}

void nt_store_kv(nt_kv_type type, const float *keys, const float *values, size_t kv_heads, size_t head_dimension,
                 size_t slot, void *block) {
    const nt_layer_kernels *kernels = nt_layers_active();
    for (size_t i = 0; i < kv_heads; i++, keys += head_dimension, values += head_dimension) {
        uint8_t *head = (uint8_t *)block + i * nt_kv_head_bytes(type, head_dimension);
        if (type == NT_KV_Q8_0) {
            nt_store_q8_0(kernels, keys, values, head_dimension, slot, head);
        } else {
            nt_store_halves(type, kernels, keys, values, head_dimension, slot, (uint16_t *)head);
        }
    }
}
