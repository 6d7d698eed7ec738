// Chooses the instruction set and walks over rows and heads.
#include "layers.h"

#include "nt_cpu.h"

static const nt_layer_kernels *nt_layers_active(void) {
    switch (nt_isa_active()) {
#if defined(__x86_64__)
    case NT_ISA_AVX512:
    case NT_ISA_AVX512VNNI:
    case NT_ISA_AVX512BF16: return &nt_layers_avx512;
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

void nt_store_kv(nt_kv_type type, const float *keys, const float *values, size_t kv_heads, size_t head_dimension,
                 size_t slot, uint16_t *block) {
    const nt_layer_kernels *kernels = nt_layers_active();
    for (size_t head = 0; head < kv_heads; head++) {
        uint16_t *head_keys = block + head * nt_kv_head_elements(head_dimension);
        uint16_t *head_values = head_keys + NT_BLOCK_TOKENS * head_dimension;
        uint16_t key[NT_HEAD_DIMENSION_MAX];
        kernels->narrow(type, keys + head * head_dimension, head_dimension, key);
        for (size_t i = 0; i < head_dimension; i++) head_keys[i * NT_BLOCK_TOKENS + slot] = key[i];
        kernels->narrow(type, values + head * head_dimension, head_dimension, head_values + slot * head_dimension);
    }
}
