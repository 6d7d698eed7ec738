// The reference kernels, and a row of a packed matrix as numbers.
#include "matmul_format.h"

#include <math.h>

#pragma STDC FP_CONTRACT OFF

// One row of one block: x = scale * sub[half] * (quant - offset) + minimum.
typedef struct {
    int quants[NT_BLOCK];
    int subs[2];  // of columns 0–15 and 16–31
    float scale, minimum;
} nt_row_block;

static nt_row_block nt_unpack_row(nt_format format, const uint8_t *tile, size_t k, size_t row) {
    const uint8_t *super = tile + nt_super_offset(format, k) + 2 * row, *block = tile + nt_block_offset(format, k);
    nt_row_block result = {.subs = {1, 1}};
    switch (format.scales) {
    case NT_SCALES_F16_MINS: result.minimum = nt_load_f16(block + 32 + 2 * row);
    case NT_SCALES_F16: result.scale = nt_load_f16(block + 2 * row); break;
    case NT_SCALES_SUPER_MINS:
        result.scale = nt_load_f16(super) * (float)block[row];
        result.minimum = -(nt_load_f16(super + 32) * (float)block[16 + row]);
        break;
    case NT_SCALES_SUPER:
        result.scale = nt_load_f16(super);
        result.subs[0] = (int8_t)block[row], result.subs[1] = (int8_t)block[16 + row];
        break;
    }
    const uint8_t *high = block + nt_header_bytes(format) + 4 * row, *low = high + nt_high_bytes(format);
    for (int i = 0; i < NT_BLOCK; i++) {
        const int quad = i / 4, byte = i % 4;
        int quant = low[quad % 4 * 64 + byte] >> quad / 4 * 4 & 15;
        switch (format.quants) {
        case NT_QUANTS_NIBBLES: break;
        case NT_QUANTS_FIVE: quant |= (high[byte] >> quad & 1) << 4; break;
        case NT_QUANTS_SIX: quant |= (high[quad / 4 * 64 + byte] >> quad % 4 * 2 & 3) << 4; break;
        case NT_QUANTS_BYTES: quant = low[quad * 64 + byte]; break;
        case NT_QUANTS_TABLE: quant = nt_iq4_values[quant]; break;
        }
        result.quants[i] = quant;
    }
    return result;
}

void nt_packed_row(uint32_t type, const void *packed, size_t columns, size_t row, float *out) {
    const uint8_t *tile = (const uint8_t *)packed + row / NT_TILE_ROWS * nt_tile_bytes(type, columns);
    row %= NT_TILE_ROWS;
    if (!nt_is_quantized(type)) {
        for (size_t k = 0; k < columns; k++) {
            if (type == NT_TYPE_F32) out[k] = nt_load_f32(tile + (k * NT_TILE_ROWS + row) * 4);
            else if (type == NT_TYPE_F16) out[k] = nt_load_f16(tile + (k * NT_TILE_ROWS + row) * 2);
            else out[k] = nt_load_bf16(tile + (k / 2 * NT_TILE_ROWS + row) * 4 + k % 2 * 2);
        }
        return;
    }
    const nt_format format = nt_format_of(type);
    for (size_t k = 0; k < columns / NT_BLOCK; k++) {
        const nt_row_block block = nt_unpack_row(format, tile, k, row);
        for (int i = 0; i < NT_BLOCK; i++) {
            const float product = block.scale * (float)block.subs[i / 16] * (float)(block.quants[i] - format.offset);
            out[k * NT_BLOCK + (size_t)i] = nt_has_mins(format) ? product + block.minimum : product;
        }
    }
}

static float nt_row_quantized(const nt_tile_job *job, nt_format format, size_t row, size_t token) {
    float sum = 0;
    for (size_t k = 0; k < job->steps; k++) {
        const nt_row_block block = nt_unpack_row(format, job->weights, k, row);
        const uint8_t *activations = job->activations + k * job->tokens * NT_ACTIVATION_BLOCK_BYTES;
        const int8_t *quants = (const int8_t *)activations + token * NT_BLOCK;
        const uint8_t *numbers = activations + job->tokens * NT_BLOCK + 4 * token;
        const uint8_t *start = numbers + 4 * job->tokens, *start_high = start + 4 * job->tokens;
        int dots[2] = {0, 0};
        for (int i = 0; i < NT_BLOCK; i++) dots[i / 16] += block.quants[i] * quants[i];
        if (format.offset) dots[0] += (int)nt_load_u32(start);
        if (format.scales == NT_SCALES_SUPER) dots[1] += (int)nt_load_u32(start_high);
        const int dot = dots[0] * block.subs[0] + dots[1] * block.subs[1];
        const float scale = block.scale * nt_load_f32(numbers);
        sum = fmaf((float)dot, scale, sum);
        if (nt_has_mins(format)) sum = fmaf(block.minimum, nt_load_f32(start), sum);
    }
    return sum;
}

static float nt_row_float(const nt_tile_job *job, uint32_t type, size_t row, size_t token) {
    float sum = 0;
    for (size_t k = 0; k < job->steps; k++) {
        const uint8_t *activation = job->activations + (k * job->tokens + token) * 4;
        const uint8_t *weight = job->weights + (k * NT_TILE_ROWS + row) * (type == NT_TYPE_F16 ? 2 : 4);
        if (type == NT_TYPE_F32) sum = fmaf(nt_load_f32(weight), nt_load_f32(activation), sum);
        else if (type == NT_TYPE_F16) sum = fmaf(nt_load_f16(weight), nt_load_f32(activation), sum);
        else {
            sum = fmaf(nt_load_bf16(weight), nt_load_bf16(activation), sum);
            sum = fmaf(nt_load_bf16(weight + 2), nt_load_bf16(activation + 2), sum);
        }
    }
    return sum;
}

NT_ALWAYS_INLINE void nt_tile_scalar(const nt_tile_job *job, uint32_t type) {
    for (size_t token = 0; token < job->tokens; token++)
        for (size_t row = 0; row < job->rows; row++) {
            float sum = nt_is_quantized(type) ? nt_row_quantized(job, nt_format_of(type), row, token)
                                              : nt_row_float(job, type, row, token);
            float *out = job->out + token * job->out_stride + row;
            if (job->bias) sum += job->bias[row];
            *out = job->accumulate ? *out + sum : sum;
        }
}

#define NT_KERNEL(name, TYPE) \
    static void nt_multiply_##name##_scalar(const nt_tile_job *job) { nt_tile_scalar(job, TYPE); }
NT_FOR_EACH_TYPE(NT_KERNEL)

nt_tile_kernel nt_tile_kernel_scalar(uint32_t type) {
    switch (type) {
#define NT_CASE(name, TYPE) case TYPE: return nt_multiply_##name##_scalar;
        NT_FOR_EACH_TYPE(NT_CASE)
    default: return NULL;
    }
}
