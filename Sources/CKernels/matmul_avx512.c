// Kernels with AVX-512 for weights in floating point: a lane is a row, products accumulate column by column.
#include "matmul_format.h"

#if defined(__x86_64__)
#include "matmul_avx512.h"

#define NT_TARGET_BF16 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,avx2,fma,f16c")))

// The lower (earlier) and the upper numbers of pairs of BF16.
NT_AVX512_INLINE __m512 nt_bf16_low(__m512i pairs) { return _mm512_castsi512_ps(_mm512_slli_epi32(pairs, 16)); }

NT_AVX512_INLINE __m512 nt_bf16_high(__m512i pairs) {
    return _mm512_castsi512_ps(_mm512_and_si512(pairs, _mm512_set1_epi32((int)0xFFFF0000)));
}

NT_AVX512_INLINE void nt_tile(const nt_tile_job *job, uint32_t type, const size_t tokens) {
    __m512 sums[NT_GROUP_TOKENS];
    NT_UNROLL for (size_t t = 0; t < tokens; t++) sums[t] = _mm512_setzero_ps();
    const size_t bytes = type == NT_TYPE_F16 ? 32 : 64;
    const uint8_t *weights = job->weights, *activations = job->activations;
    for (size_t k = 0; k < job->steps; k++, weights += bytes, activations += 4 * tokens) {
        if (type == NT_TYPE_BF16) {
            const __m512i pairs = _mm512_loadu_si512(weights);
            const __m512 low = nt_bf16_low(pairs), high = nt_bf16_high(pairs);
            NT_UNROLL for (size_t t = 0; t < tokens; t++) {
                const __m512i activation = _mm512_set1_epi32((int)nt_load_u32(activations + 4 * t));
                sums[t] = _mm512_fmadd_ps(low, nt_bf16_low(activation), sums[t]);
                sums[t] = _mm512_fmadd_ps(high, nt_bf16_high(activation), sums[t]);
            }
        } else {
            const __m512 weight = type == NT_TYPE_F16
                                      ? _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)weights))
                                      : _mm512_loadu_ps(weights);
            NT_UNROLL for (size_t t = 0; t < tokens; t++)
                sums[t] = _mm512_fmadd_ps(weight, _mm512_set1_ps(nt_load_f32(activations + 4 * t)), sums[t]);
        }
    }
    NT_UNROLL for (size_t t = 0; t < tokens; t++) nt_store(job, t, sums[t]);
}

// The same with the dot product of BF16 pairs, which rounds otherwise.
static inline __attribute__((always_inline)) NT_TARGET_BF16 void nt_tile_dot_bf16(const nt_tile_job *job,
                                                                                   const size_t tokens) {
    __m512 sums[NT_GROUP_TOKENS];
    NT_UNROLL for (size_t t = 0; t < tokens; t++) sums[t] = _mm512_setzero_ps();
    const uint8_t *weights = job->weights, *activations = job->activations;
    for (size_t k = 0; k < job->steps; k++, weights += 64, activations += 4 * tokens) {
        const __m512bh pairs = (__m512bh)_mm512_loadu_si512(weights);
        NT_UNROLL for (size_t t = 0; t < tokens; t++) {
            const __m512bh activation = (__m512bh)_mm512_set1_epi32((int)nt_load_u32(activations + 4 * t));
            sums[t] = _mm512_dpbf16_ps(sums[t], pairs, activation);
        }
    }
    NT_UNROLL for (size_t t = 0; t < tokens; t++) nt_store(job, t, sums[t]);
}

#define NT_CASES(CALL) \
    switch (job->tokens) { \
    case 1: CALL(1); break; \
    case 2: CALL(2); break; \
    case 3: CALL(3); break; \
    case 4: CALL(4); break; \
    case 5: CALL(5); break; \
    case 6: CALL(6); break; \
    case 7: CALL(7); break; \
    case 8: CALL(8); break; \
    case 9: CALL(9); break; \
    case 10: CALL(10); break; \
    case 11: CALL(11); break; \
    case 12: CALL(12); break; \
    }

#define NT_F32_TILE(tokens) nt_tile(job, NT_TYPE_F32, tokens)
#define NT_F16_TILE(tokens) nt_tile(job, NT_TYPE_F16, tokens)
#define NT_BF16_TILE(tokens) nt_tile(job, NT_TYPE_BF16, tokens)
#define NT_BF16_DOT_TILE(tokens) nt_tile_dot_bf16(job, tokens)

NT_AVX512 static void nt_multiply_f32_avx512(const nt_tile_job *job) { NT_CASES(NT_F32_TILE) }
NT_AVX512 static void nt_multiply_f16_avx512(const nt_tile_job *job) { NT_CASES(NT_F16_TILE) }
NT_AVX512 static void nt_multiply_bf16_avx512(const nt_tile_job *job) { NT_CASES(NT_BF16_TILE) }
NT_TARGET_BF16 static void nt_multiply_bf16_avx512bf16(const nt_tile_job *job) { NT_CASES(NT_BF16_DOT_TILE) }

nt_tile_kernel nt_tile_kernel_avx512(uint32_t type) {
    switch (type) {
    case NT_TYPE_F32: return nt_multiply_f32_avx512;
    case NT_TYPE_F16: return nt_multiply_f16_avx512;
    case NT_TYPE_BF16: return nt_multiply_bf16_avx512;
    default: return NULL;
    }
}

nt_tile_kernel nt_tile_kernel_avx512bf16(uint32_t type) {
    return type == NT_TYPE_BF16 ? nt_multiply_bf16_avx512bf16 : NULL;
}
#endif
