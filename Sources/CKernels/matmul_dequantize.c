// The meaning of the types as they lie in a file (GGML's block formats), one number at a time.
#include "matmul_format.h"

#pragma STDC FP_CONTRACT OFF

// Types of 32 numbers a block: scale, minimum, high bits, quants.
static void nt_dequantize_block(uint32_t type, const uint8_t *src, float *out) {
    const nt_format format = nt_format_of(type);
    const float scale = nt_load_f16(src);
    const float minimum = nt_has_mins(format) ? nt_load_f16(src + 2) : 0;
    const uint8_t *high = src + (nt_has_mins(format) ? 4 : 2);
    const uint8_t *low = high + (format.quants == NT_QUANTS_FIVE ? 4 : 0);
    for (int i = 0; i < 32; i++) {
        int quant = i < 16 ? low[i] & 15 : low[i - 16] >> 4;
        if (format.quants == NT_QUANTS_FIVE) quant |= (nt_load_u32(high) >> i & 1) << 4;
        if (format.quants == NT_QUANTS_TABLE) quant = nt_iq4_values[quant];
        if (format.quants == NT_QUANTS_BYTES) quant = (int8_t)low[i] + 128;
        const float product = scale * (float)(quant - format.offset);
        out[i] = nt_has_mins(format) ? product + minimum : product;
    }
}

// Q4_K and Q5_K: 256 numbers as eight blocks with 6-bit scales and minimums.
static void nt_dequantize_q45_k(bool five, const uint8_t *src, float *out) {
    const float scale = nt_load_f16(src), minimum = nt_load_f16(src + 2);
    const uint8_t *scales = src + 4, *high = src + 16, *low = high + (five ? 32 : 0);
    for (int block = 0; block < 8; block++) {
        const int sub = block < 4 ? scales[block] & 63 : (scales[block + 4] & 15) | scales[block - 4] >> 6 << 4;
        const int sub_minimum = block < 4 ? scales[block + 4] & 63 : scales[block + 4] >> 4 | scales[block] >> 6 << 4;
        const float d = scale * (float)sub, m = minimum * (float)sub_minimum;
        for (int i = 0; i < 32; i++) {
            int quant = low[block / 2 * 32 + i] >> block % 2 * 4 & 15;
            if (five) quant |= (high[i] >> block & 1) << 4;
            const float product = d * (float)quant;
            out[block * 32 + i] = product - m;
        }
    }
}

// Q6_K: 256 numbers with an 8-bit scale for each 16.
static void nt_dequantize_q6_k(const uint8_t *src, float *out) {
    const uint8_t *low = src, *high = src + 128, *scales = src + 192;
    const float scale = nt_load_f16(src + 208);
    for (int i = 0; i < 256; i++) {
        const int half = i / 128, quarter = i % 128 / 32, column = i % 32;
        const int nibble = low[half * 64 + quarter % 2 * 32 + column] >> quarter / 2 * 4 & 15;
        const int quant = nibble | (high[half * 32 + column] >> quarter * 2 & 3) << 4;
        out[i] = scale * (float)(int8_t)scales[i / 16] * (float)(quant - 32);
    }
}

void nt_dequantize(uint32_t type, const void *src, size_t count, float *out) {
    const size_t block = nt_type_block(type);
    if (block == 0) return;
    const uint8_t *p = src;
    for (size_t i = 0; i < count; i += block, p += nt_type_bytes(type, block)) {
        switch (type) {
        case NT_TYPE_F32: out[i] = nt_load_f32(p); break;
        case NT_TYPE_F16: out[i] = nt_load_f16(p); break;
        case NT_TYPE_BF16: out[i] = nt_load_bf16(p); break;
        case NT_TYPE_Q4_K: nt_dequantize_q45_k(false, p, out + i); break;
        case NT_TYPE_Q5_K: nt_dequantize_q45_k(true, p, out + i); break;
        case NT_TYPE_Q6_K: nt_dequantize_q6_k(p, out + i); break;
        default: nt_dequantize_block(type, p, out + i); break;
        }
    }
}
