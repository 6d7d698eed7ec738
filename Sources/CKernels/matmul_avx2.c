// Kernels with AVX2: a lane is a row, in two halves of a tile, for up to four tokens at a time.
#include "matmul_format.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define NT_TARGET __attribute__((target("avx2,fma,f16c")))
#define NT_INLINE static inline __attribute__((always_inline)) NT_TARGET
#define NT_UNROLL _Pragma("clang loop unroll(full)")
#define NT_PART_TOKENS 4

NT_INLINE __m256i nt_load(const uint8_t *p) { return _mm256_loadu_si256((const __m256i *)p); }

NT_INLINE __m256 nt_load_8_f16(const uint8_t *p) { return _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)p)); }

NT_INLINE __m256 nt_load_8_u8(const uint8_t *p) {
    return _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)p)));
}

NT_INLINE __m256i nt_load_8_i8(const uint8_t *p) {
    return _mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i *)p));
}

NT_INLINE __m256i nt_broadcast_u32(const uint8_t *p) { return _mm256_set1_epi32((int)nt_load_u32(p)); }

NT_INLINE __m256 nt_broadcast_f32(const uint8_t *p) { return _mm256_set1_ps(nt_load_f32(p)); }

// Whether quants take eight bits: products of two would saturate 16 bits unless the weights are signed.
NT_INLINE bool nt_is_wide(nt_quants quants) { return quants == NT_QUANTS_BYTES || quants == NT_QUANTS_TABLE; }

// How many quads' products, each a sum of two, fit in 16 bits.
NT_INLINE size_t nt_quads_per_sum(nt_quants quants) {
    return quants == NT_QUANTS_NIBBLES ? 8 : quants == NT_QUANTS_FIVE ? 4 : quants == NT_QUANTS_SIX ? 2 : 1;
}

// Eight rows of quad `j`: unsigned, or signed where the type is wide.
NT_INLINE __m256i nt_quad(nt_quants quants, const uint8_t *high, const uint8_t *low, size_t j) {
    const __m256i sign = _mm256_set1_epi8((char)0x80);
    if (quants == NT_QUANTS_BYTES) return _mm256_xor_si256(nt_load(low + 64 * j), sign);
    __m256i quad = nt_load(low + 64 * (j % 4));
    if (j >= 4) quad = _mm256_srli_epi16(quad, 4);
    quad = _mm256_and_si256(quad, _mm256_set1_epi8(15));
    if (quants == NT_QUANTS_TABLE) {
        const __m256i values = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)nt_iq4_values));
        return _mm256_xor_si256(_mm256_shuffle_epi8(values, quad), sign);
    }
    if (quants == NT_QUANTS_NIBBLES) return quad;

    // The bits of this quad move to bit 4 of their bytes.
    const int shift = quants == NT_QUANTS_FIVE ? 4 - (int)j : 4 - 2 * (int)(j % 4);
    __m256i bits = nt_load(high + (quants == NT_QUANTS_SIX ? 64 * (j / 4) : 0));
    bits = shift >= 0 ? _mm256_slli_epi16(bits, shift) : _mm256_srli_epi16(bits, -shift);
    const __m256i mask = _mm256_set1_epi8(quants == NT_QUANTS_FIVE ? 0x10 : 0x30);
    return _mm256_or_si256(quad, _mm256_and_si256(bits, mask));
}

// Two columns times two columns of each row, as 16-bit sums.
NT_INLINE __m256i nt_multiply_pairs(nt_quants quants, __m256i quad, __m256i activations) {
    if (nt_is_wide(quants))
        return _mm256_maddubs_epi16(_mm256_abs_epi8(quad), _mm256_sign_epi8(activations, quad));
    return _mm256_maddubs_epi16(quad, activations);
}

// dots[t] += quads first ..< first + 4, times those of the tokens.
NT_INLINE void nt_dot(nt_quants quants, const uint8_t *high, const uint8_t *low, const uint8_t *activations,
                      size_t first, size_t count, __m256i *dots, const size_t tokens) {
    const __m256i ones = _mm256_set1_epi16(1);
    const size_t per_sum = nt_quads_per_sum(quants);
    __m256i pairs[NT_PART_TOKENS];
    NT_UNROLL for (size_t j = first; j < first + count; j++) {
        const __m256i quad = nt_quad(quants, high, low, j);
        NT_UNROLL for (size_t t = 0; t < tokens; t++) {
            const __m256i activation = nt_broadcast_u32(activations + NT_BLOCK * t + 4 * j);
            const __m256i products = nt_multiply_pairs(quants, quad, activation);
            pairs[t] = j % per_sum == 0 ? products : _mm256_add_epi16(pairs[t], products);
            if (j % per_sum == per_sum - 1) dots[t] = _mm256_add_epi32(dots[t], _mm256_madd_epi16(pairs[t], ones));
        }
    }
}

NT_INLINE void nt_store(const nt_tile_job *job, size_t token, size_t half, __m256 sum) {
    const __m256i lanes = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    const __m256i rows = _mm256_cmpgt_epi32(_mm256_set1_epi32((int)job->rows - 8 * (int)half), lanes);
    float *out = job->out + token * job->out_stride + 8 * half;
    if (job->bias) sum = _mm256_add_ps(sum, _mm256_maskload_ps(job->bias + 8 * half, rows));
    if (job->accumulate) sum = _mm256_add_ps(_mm256_maskload_ps(out, rows), sum);
    _mm256_maskstore_ps(out, rows, sum);
}

// Eight rows of a block for the tokens of a part; `activations` are those of the part, `stride` is the group's tokens.
NT_INLINE void nt_block_half(nt_format format, const uint8_t *super, const uint8_t *block, size_t half,
                             const uint8_t *quants, const uint8_t *numbers, size_t stride, __m256 *sums,
                             const size_t tokens) {
    const uint8_t *high = block + nt_header_bytes(format) + 32 * half, *low = high + nt_high_bytes(format);
    __m256 scale = _mm256_setzero_ps(), minimum = _mm256_setzero_ps();
    switch (format.scales) {
    case NT_SCALES_F16_MINS: minimum = nt_load_8_f16(block + 32 + 16 * half);  // fall through
    case NT_SCALES_F16: scale = nt_load_8_f16(block + 16 * half); break;
    case NT_SCALES_SUPER_MINS:
        scale = _mm256_mul_ps(nt_load_8_f16(super + 16 * half), nt_load_8_u8(block + 8 * half));
        minimum = _mm256_mul_ps(nt_load_8_f16(super + 32 + 16 * half), nt_load_8_u8(block + 16 + 8 * half));
        break;
    case NT_SCALES_SUPER: scale = nt_load_8_f16(super + 16 * half); break;
    }
    const bool starts = format.offset && !nt_is_wide(format.quants);
    __m256i dots[NT_PART_TOKENS];
    NT_UNROLL for (size_t t = 0; t < tokens; t++)
        dots[t] = starts ? nt_broadcast_u32(numbers + 4 * (stride + t)) : _mm256_setzero_si256();
    if (format.scales == NT_SCALES_SUPER) {
        __m256i seconds[NT_PART_TOKENS];
        nt_dot(format.quants, high, low, quants, 0, 4, dots, tokens);
        NT_UNROLL for (size_t t = 0; t < tokens; t++) seconds[t] = nt_broadcast_u32(numbers + 4 * (2 * stride + t));
        nt_dot(format.quants, high, low, quants, 4, 4, seconds, tokens);
        const __m256i first = nt_load_8_i8(block + 8 * half), second = nt_load_8_i8(block + 16 + 8 * half);
        NT_UNROLL for (size_t t = 0; t < tokens; t++)
            dots[t] = _mm256_add_epi32(_mm256_mullo_epi32(dots[t], first), _mm256_mullo_epi32(seconds[t], second));
    } else {
        nt_dot(format.quants, high, low, quants, 0, 8, dots, tokens);
    }
    NT_UNROLL for (size_t t = 0; t < tokens; t++) {
        const __m256 factor = _mm256_mul_ps(scale, nt_broadcast_f32(numbers + 4 * t));
        const uint8_t *start = numbers + 4 * (stride + t);
        sums[t] = _mm256_fmadd_ps(_mm256_cvtepi32_ps(dots[t]), factor, sums[t]);
        if (format.scales == NT_SCALES_F16_MINS) sums[t] = _mm256_fmadd_ps(minimum, nt_broadcast_f32(start), sums[t]);
        if (format.scales == NT_SCALES_SUPER_MINS)
            sums[t] = _mm256_fnmadd_ps(minimum, nt_broadcast_f32(start), sums[t]);
    }
}

NT_INLINE __m256 nt_bf16_low(__m256i pairs) { return _mm256_castsi256_ps(_mm256_slli_epi32(pairs, 16)); }

NT_INLINE __m256 nt_bf16_high(__m256i pairs) {
    return _mm256_castsi256_ps(_mm256_and_si256(pairs, _mm256_set1_epi32((int)0xFFFF0000)));
}

// Eight rows of a column, or of a pair of columns of BF16.
NT_INLINE void nt_column_half(uint32_t type, const uint8_t *weights, size_t half, const uint8_t *activations,
                              __m256 *sums, const size_t tokens) {
    if (type == NT_TYPE_BF16) {
        const __m256i pairs = nt_load(weights + 32 * half);
        NT_UNROLL for (size_t t = 0; t < tokens; t++) {
            const __m256i activation = nt_broadcast_u32(activations + 4 * t);
            sums[t] = _mm256_fmadd_ps(nt_bf16_low(pairs), nt_bf16_low(activation), sums[t]);
            sums[t] = _mm256_fmadd_ps(nt_bf16_high(pairs), nt_bf16_high(activation), sums[t]);
        }
    } else {
        const __m256 weight = type == NT_TYPE_F16 ? nt_load_8_f16(weights + 16 * half)
                                                  : _mm256_castsi256_ps(nt_load(weights + 32 * half));
        NT_UNROLL for (size_t t = 0; t < tokens; t++)
            sums[t] = _mm256_fmadd_ps(weight, nt_broadcast_f32(activations + 4 * t), sums[t]);
    }
}

// The tokens first ..< first + tokens of the group.
NT_INLINE void nt_tile_part(const nt_tile_job *job, uint32_t type, size_t first, const size_t tokens) {
    __m256 sums[2][NT_PART_TOKENS];
    NT_UNROLL for (size_t t = 0; t < tokens; t++) sums[0][t] = sums[1][t] = _mm256_setzero_ps();
    const nt_format format = nt_format_of(type);
    const size_t stride = job->tokens;
    for (size_t k = 0; k < job->steps; k++) {
        NT_UNROLL for (size_t half = 0; half < 2; half++) {
            if (nt_is_quantized(type)) {
                const uint8_t *activations = job->activations + k * stride * NT_ACTIVATION_BLOCK_BYTES;
                nt_block_half(format, job->weights + nt_super_offset(format, k),
                              job->weights + nt_block_offset(format, k), half, activations + NT_BLOCK * first,
                              activations + NT_BLOCK * stride + 4 * first, stride, sums[half], tokens);
            } else {
                nt_column_half(type, job->weights + k * (type == NT_TYPE_F16 ? 32 : 64), half,
                               job->activations + 4 * (k * stride + first), sums[half], tokens);
            }
        }
    }
    NT_UNROLL for (size_t half = 0; half < 2; half++)
        NT_UNROLL for (size_t t = 0; t < tokens; t++) nt_store(job, first + t, half, sums[half][t]);
}

#define NT_KERNEL(name, TYPE)                                                           \
    NT_TARGET static void nt_multiply_##name##_avx2(const nt_tile_job *job) {           \
        size_t token = 0;                                                               \
        for (; token + 4 <= job->tokens; token += 4) nt_tile_part(job, TYPE, token, 4); \
        switch (job->tokens - token) {                                                  \
        case 1: nt_tile_part(job, TYPE, token, 1); break;                               \
        case 2: nt_tile_part(job, TYPE, token, 2); break;                               \
        case 3: nt_tile_part(job, TYPE, token, 3); break;                               \
        }                                                                               \
    }
NT_FOR_EACH_TYPE(NT_KERNEL)

nt_tile_kernel nt_tile_kernel_avx2(uint32_t type) {
    switch (type) {
#define NT_CASE(name, TYPE) case TYPE: return nt_multiply_##name##_avx2;
        NT_FOR_EACH_TYPE(NT_CASE)
    default: return NULL;
    }
}
#endif
