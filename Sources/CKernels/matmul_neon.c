// Kernels with NEON and its dot product: a lane is a row, in four quarters of a tile, for up to four tokens at a time.
#include "matmul_format.h"

#if defined(__aarch64__)
#include <arm_neon.h>

#define NT_TARGET __attribute__((target("dotprod")))
#define NT_INLINE static inline __attribute__((always_inline)) NT_TARGET
#define NT_UNROLL _Pragma("clang loop unroll(full)")
#define NT_PART_TOKENS 4

NT_INLINE float32x4_t nt_load_4_f16(const uint8_t *p) {
    return vcvt_f32_f16(vreinterpret_f16_u8(vld1_u8(p)));
}

// Four bytes as four words.
NT_INLINE uint32x4_t nt_load_4_u8(const uint8_t *p) {
    return vmovl_u16(vget_low_u16(vmovl_u8(vreinterpret_u8_u32(vdup_n_u32(nt_load_u32(p))))));
}

NT_INLINE int32x4_t nt_load_4_i8(const uint8_t *p) {
    return vmovl_s16(vget_low_s16(vmovl_s8(vreinterpret_s8_u32(vdup_n_u32(nt_load_u32(p))))));
}

NT_INLINE uint32x4_t nt_broadcast_u32(const uint8_t *p) { return vdupq_n_u32(nt_load_u32(p)); }

NT_INLINE float32x4_t nt_broadcast_f32(const uint8_t *p) { return vdupq_n_f32(nt_load_f32(p)); }

// Whether quants take eight bits: the dot product wants them signed, and they need no offset then.
NT_INLINE bool nt_is_wide(nt_quants quants) { return quants == NT_QUANTS_BYTES || quants == NT_QUANTS_TABLE; }

// Four rows of quad `j`.
NT_INLINE int8x16_t nt_quad(nt_quants quants, const uint8_t *high, const uint8_t *low, size_t j) {
    const uint8x16_t sign = vdupq_n_u8(0x80);
    if (quants == NT_QUANTS_BYTES) return vreinterpretq_s8_u8(veorq_u8(vld1q_u8(low + 64 * j), sign));
    const uint8x16_t nibbles = vld1q_u8(low + 64 * (j % 4));
    const uint8x16_t quad = j >= 4 ? vshrq_n_u8(nibbles, 4) : vandq_u8(nibbles, vdupq_n_u8(15));
    if (quants == NT_QUANTS_TABLE)
        return vreinterpretq_s8_u8(veorq_u8(vqtbl1q_u8(vld1q_u8(nt_iq4_values), quad), sign));
    if (quants == NT_QUANTS_NIBBLES) return vreinterpretq_s8_u8(quad);

    // The bits of this quad move to bit 4 of their bytes.
    const int shift = quants == NT_QUANTS_FIVE ? 4 - (int)j : 4 - 2 * (int)(j % 4);
    uint8x16_t bits = vld1q_u8(high + (quants == NT_QUANTS_SIX ? 64 * (j / 4) : 0));
    bits = vandq_u8(vshlq_u8(bits, vdupq_n_s8((int8_t)shift)), vdupq_n_u8(quants == NT_QUANTS_FIVE ? 0x10 : 0x30));
    return vreinterpretq_s8_u8(vorrq_u8(quad, bits));
}

// dots[t] += quads first ..< first + count, times those of the tokens.
NT_INLINE void nt_dot(nt_quants quants, const uint8_t *high, const uint8_t *low, const uint8_t *activations,
                      size_t first, size_t count, int32x4_t *dots, const size_t tokens) {
    NT_UNROLL for (size_t j = first; j < first + count; j++) {
        const int8x16_t quad = nt_quad(quants, high, low, j);
        NT_UNROLL for (size_t t = 0; t < tokens; t++) {
            const uint32x4_t activation = nt_broadcast_u32(activations + NT_BLOCK * t + 4 * j);
            dots[t] = vdotq_s32(dots[t], quad, vreinterpretq_s8_u32(activation));
        }
    }
}

NT_INLINE void nt_store(const nt_tile_job *job, size_t token, size_t quarter, float32x4_t sum) {
    float lanes[4];
    vst1q_f32(lanes, sum);
    float *out = job->out + token * job->out_stride;
    for (size_t row = 4 * quarter; row < job->rows && row < 4 * quarter + 4; row++) {
        const float result = job->bias ? lanes[row % 4] + job->bias[row] : lanes[row % 4];
        out[row] = job->accumulate ? out[row] + result : result;
    }
}

// Four rows of a block for the tokens of a part; `quants` and `numbers` are those of the part, `stride` is the group's
// tokens.
NT_INLINE void nt_block_quarter(nt_format format, const uint8_t *super, const uint8_t *block, size_t quarter,
                                const uint8_t *quants, const uint8_t *numbers, size_t stride, float32x4_t *sums,
                                const size_t tokens) {
    const uint8_t *high = block + nt_header_bytes(format) + 16 * quarter, *low = high + nt_high_bytes(format);
    float32x4_t scale = vdupq_n_f32(0), minimum = scale;
    switch (format.scales) {
    case NT_SCALES_F16_MINS: minimum = nt_load_4_f16(block + 32 + 8 * quarter);  // fall through
    case NT_SCALES_F16: scale = nt_load_4_f16(block + 8 * quarter); break;
    case NT_SCALES_SUPER_MINS:
        scale = vmulq_f32(nt_load_4_f16(super + 8 * quarter), vcvtq_f32_u32(nt_load_4_u8(block + 4 * quarter)));
        minimum = vmulq_f32(nt_load_4_f16(super + 32 + 8 * quarter),
                            vcvtq_f32_u32(nt_load_4_u8(block + 16 + 4 * quarter)));
        break;
    case NT_SCALES_SUPER: scale = nt_load_4_f16(super + 8 * quarter); break;
    }
    const bool starts = format.offset && !nt_is_wide(format.quants);
    int32x4_t dots[NT_PART_TOKENS];
    NT_UNROLL for (size_t t = 0; t < tokens; t++)
        dots[t] = starts ? vreinterpretq_s32_u32(nt_broadcast_u32(numbers + 4 * (stride + t))) : vdupq_n_s32(0);
    if (format.scales == NT_SCALES_SUPER) {
        int32x4_t seconds[NT_PART_TOKENS];
        NT_UNROLL for (size_t t = 0; t < tokens; t++)
            seconds[t] = vreinterpretq_s32_u32(nt_broadcast_u32(numbers + 4 * (2 * stride + t)));
        nt_dot(format.quants, high, low, quants, 0, 4, dots, tokens);
        nt_dot(format.quants, high, low, quants, 4, 4, seconds, tokens);
        const int32x4_t first = nt_load_4_i8(block + 4 * quarter), second = nt_load_4_i8(block + 16 + 4 * quarter);
        NT_UNROLL for (size_t t = 0; t < tokens; t++)
            dots[t] = vmlaq_s32(vmulq_s32(dots[t], first), seconds[t], second);
    } else {
        nt_dot(format.quants, high, low, quants, 0, 8, dots, tokens);
    }
    NT_UNROLL for (size_t t = 0; t < tokens; t++) {
        const float32x4_t factor = vmulq_f32(scale, nt_broadcast_f32(numbers + 4 * t));
        const uint8_t *start = numbers + 4 * (stride + t);
        sums[t] = vfmaq_f32(sums[t], vcvtq_f32_s32(dots[t]), factor);
        if (format.scales == NT_SCALES_F16_MINS) sums[t] = vfmaq_f32(sums[t], minimum, nt_broadcast_f32(start));
        if (format.scales == NT_SCALES_SUPER_MINS) sums[t] = vfmsq_f32(sums[t], minimum, nt_broadcast_f32(start));
    }
}

// The lower (earlier) and the upper numbers of pairs of BF16.
NT_INLINE float32x4_t nt_bf16_low(uint32x4_t pairs) { return vreinterpretq_f32_u32(vshlq_n_u32(pairs, 16)); }

NT_INLINE float32x4_t nt_bf16_high(uint32x4_t pairs) {
    return vreinterpretq_f32_u32(vandq_u32(pairs, vdupq_n_u32(0xFFFF0000)));
}

// Four rows of a column, or of a pair of columns of BF16.
NT_INLINE void nt_column_quarter(uint32_t type, const uint8_t *weights, size_t quarter, const uint8_t *activations,
                                 float32x4_t *sums, const size_t tokens) {
    if (type == NT_TYPE_BF16) {
        const uint32x4_t pairs = vreinterpretq_u32_u8(vld1q_u8(weights + 16 * quarter));
        NT_UNROLL for (size_t t = 0; t < tokens; t++) {
            const uint32x4_t activation = nt_broadcast_u32(activations + 4 * t);
            sums[t] = vfmaq_f32(sums[t], nt_bf16_low(pairs), nt_bf16_low(activation));
            sums[t] = vfmaq_f32(sums[t], nt_bf16_high(pairs), nt_bf16_high(activation));
        }
    } else {
        const float32x4_t weight = type == NT_TYPE_F16 ? nt_load_4_f16(weights + 8 * quarter)
                                                       : vreinterpretq_f32_u8(vld1q_u8(weights + 16 * quarter));
        NT_UNROLL for (size_t t = 0; t < tokens; t++)
            sums[t] = vfmaq_f32(sums[t], weight, nt_broadcast_f32(activations + 4 * t));
    }
}

// The tokens first ..< first + tokens of the group.
NT_INLINE void nt_tile_part(const nt_tile_job *job, uint32_t type, size_t first, const size_t tokens) {
    float32x4_t sums[4][NT_PART_TOKENS];
    NT_UNROLL for (size_t q = 0; q < 4; q++)
        NT_UNROLL for (size_t t = 0; t < tokens; t++) sums[q][t] = vdupq_n_f32(0);
    const nt_format format = nt_format_of(type);
    const size_t stride = job->tokens;
    for (size_t k = 0; k < job->steps; k++) {
        NT_UNROLL for (size_t q = 0; q < 4; q++) {
            if (nt_is_quantized(type)) {
                const uint8_t *activations = job->activations + k * stride * NT_ACTIVATION_BLOCK_BYTES;
                nt_block_quarter(format, job->weights + nt_super_offset(format, k),
                                 job->weights + nt_block_offset(format, k), q, activations + NT_BLOCK * first,
                                 activations + NT_BLOCK * stride + 4 * first, stride, sums[q], tokens);
            } else {
                nt_column_quarter(type, job->weights + k * (type == NT_TYPE_F16 ? 32 : 64), q,
                                  job->activations + 4 * (k * stride + first), sums[q], tokens);
            }
        }
    }
    NT_UNROLL for (size_t q = 0; q < 4; q++)
        NT_UNROLL for (size_t t = 0; t < tokens; t++) nt_store(job, first + t, q, sums[q][t]);
}

#define NT_KERNEL(name, TYPE)                                                           \
    NT_TARGET static void nt_multiply_##name##_neon(const nt_tile_job *job) {           \
        size_t token = 0;                                                               \
        for (; token + 4 <= job->tokens; token += 4) nt_tile_part(job, TYPE, token, 4); \
        for (; token < job->tokens; token++) nt_tile_part(job, TYPE, token, 1);         \
    }
NT_FOR_EACH_TYPE(NT_KERNEL)

nt_tile_kernel nt_tile_kernel_neon(uint32_t type) {
    switch (type) {
#define NT_CASE(name, TYPE) case TYPE: return nt_multiply_##name##_neon;
        NT_FOR_EACH_TYPE(NT_CASE)
    default: return NULL;
    }
}
#endif
