// What the kernels with AVX-512 share: the blocks of a tile in registers, and where sums go.
#ifndef NT_MATMUL_AVX512_H
#define NT_MATMUL_AVX512_H

#include "matmul_format.h"

#include <immintrin.h>

#define NT_AVX512 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c")))
#define NT_AVX512_INLINE static inline __attribute__((always_inline)) NT_AVX512
#define NT_UNROLL _Pragma("clang loop unroll(full)")

NT_AVX512_INLINE __m512 nt_load_16_f16(const uint8_t *p) {
    return _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)p));
}

NT_AVX512_INLINE __m512 nt_load_16_u8(const uint8_t *p) {
    return _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)p)));
}

NT_AVX512_INLINE __m512i nt_load_16_i8(const uint8_t *p) {
    return _mm512_cvtepi8_epi32(_mm_loadu_si128((const __m128i *)p));
}

// Quad `j` of a block, as unsigned bytes.
NT_AVX512_INLINE __m512i nt_quad(nt_quants quants, const uint8_t *high, const uint8_t *low, size_t j) {
    if (quants == NT_QUANTS_BYTES) return _mm512_loadu_si512(low + 64 * j);
    __m512i quad = _mm512_loadu_si512(low + 64 * (j % 4));
    if (j >= 4) quad = _mm512_srli_epi16(quad, 4);
    quad = _mm512_and_si512(quad, _mm512_set1_epi8(15));
    if (quants == NT_QUANTS_TABLE) {
        const __m512i values = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)nt_iq4_values));
        return _mm512_shuffle_epi8(values, quad);
    }
    if (quants == NT_QUANTS_NIBBLES) return quad;

    // The bits of this quad move to bit 4 of their bytes.
    const int shift = quants == NT_QUANTS_FIVE ? 4 - (int)j : 4 - 2 * (int)(j % 4);
    __m512i bits = _mm512_loadu_si512(high + (quants == NT_QUANTS_SIX ? 64 * (j / 4) : 0));
    bits = shift >= 0 ? _mm512_slli_epi16(bits, (unsigned)shift) : _mm512_srli_epi16(bits, (unsigned)-shift);
    const __m512i mask = _mm512_set1_epi8(quants == NT_QUANTS_FIVE ? 0x10 : 0x30);
    return _mm512_or_si512(quad, _mm512_and_si512(bits, mask));
}

NT_AVX512_INLINE __m512i nt_broadcast_u32(const uint8_t *p) { return _mm512_set1_epi32((int)nt_load_u32(p)); }

NT_AVX512_INLINE __m512 nt_broadcast_f32(const uint8_t *p) { return _mm512_set1_ps(nt_load_f32(p)); }

NT_AVX512_INLINE void nt_store(const nt_tile_job *job, size_t token, __m512 sum) {
    const __mmask16 rows = (__mmask16)((1u << job->rows) - 1);
    float *out = job->out + token * job->out_stride;
    if (job->bias) sum = _mm512_add_ps(sum, _mm512_maskz_loadu_ps(rows, job->bias));
    if (job->accumulate) sum = _mm512_add_ps(_mm512_maskz_loadu_ps(rows, out), sum);
    _mm512_mask_storeu_ps(out, rows, sum);
}

// A block of a tile in registers.
typedef struct {
    __m512i quads[8];
    __m512 scale, minimum;
    __m512i subs[2];  // what the dot products of columns 0–15 and 16–31 are multiplied by, for NT_SCALES_SUPER
} nt_block;

NT_AVX512_INLINE nt_block nt_load_block(nt_format format, const uint8_t *tile, size_t k) {
    const uint8_t *super = tile + nt_super_offset(format, k);
    const uint8_t *header = tile + nt_block_offset(format, k);
    const uint8_t *high = header + nt_header_bytes(format), *low = high + nt_high_bytes(format);
    nt_block block = {.minimum = _mm512_setzero_ps()};
    switch (format.scales) {
    case NT_SCALES_F16_MINS: block.minimum = nt_load_16_f16(header + 32);  // fall through
    case NT_SCALES_F16: block.scale = nt_load_16_f16(header); break;
    case NT_SCALES_SUPER_MINS:
        block.scale = _mm512_mul_ps(nt_load_16_f16(super), nt_load_16_u8(header));
        block.minimum = _mm512_mul_ps(nt_load_16_f16(super + 32), nt_load_16_u8(header + 16));
        break;
    case NT_SCALES_SUPER:
        block.scale = nt_load_16_f16(super);
        block.subs[0] = nt_load_16_i8(header), block.subs[1] = nt_load_16_i8(header + 16);
        break;
    }
    NT_UNROLL for (size_t j = 0; j < 8; j++) block.quads[j] = nt_quad(format.quants, high, low, j);
    return block;
}

#endif
