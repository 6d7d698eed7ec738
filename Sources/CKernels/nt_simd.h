// Vectors of f32, written once for every instruction set.
//
// A file of kernels defines NT_SIMD_AVX512BF16, NT_SIMD_AVX512, NT_SIMD_AVX2 or NT_SIMD_NEON, includes this, then its
// kernels, and ends with NT_SIMD_END; everything between is compiled for that set.
#ifndef NT_SIMD_H
#define NT_SIMD_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define NT_PRAGMA(text) _Pragma(#text)
#define NT_SIMD_END NT_PRAGMA(clang attribute pop)

#if defined(NT_SIMD_AVX512BF16)
#include <immintrin.h>
#define NT_SIMD_AVX512
#define NT_WIDTH 16
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,f16c,fma"))), apply_to = function)
#elif defined(NT_SIMD_AVX512)
#include <immintrin.h>
#define NT_WIDTH 16
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,f16c,fma"))), apply_to = function)
#elif defined(NT_SIMD_AVX2)
#include <immintrin.h>
#define NT_WIDTH 8
#pragma clang attribute push(__attribute__((target("avx2,f16c,fma"))), apply_to = function)
#elif defined(NT_SIMD_NEON)
#include <arm_neon.h>
#define NT_WIDTH 4
#pragma clang attribute push
#endif

#define NT_INLINE static inline __attribute__((always_inline))

typedef float nt_vf __attribute__((vector_size(NT_WIDTH * 4)));
typedef int32_t nt_vi __attribute__((vector_size(NT_WIDTH * 4)));
typedef uint32_t nt_vu __attribute__((vector_size(NT_WIDTH * 4)));
typedef uint16_t nt_vh __attribute__((vector_size(NT_WIDTH * 2)));
typedef int8_t nt_vb __attribute__((vector_size(NT_WIDTH)));
typedef _Float16 nt_vhalf __attribute__((vector_size(NT_WIDTH * 2)));
typedef nt_vf nt_vf_unaligned __attribute__((aligned(4), may_alias));
typedef nt_vh nt_vh_unaligned __attribute__((aligned(2), may_alias));
typedef nt_vb nt_vb_unaligned __attribute__((aligned(1), may_alias));

NT_INLINE nt_vf nt_load(const float *p) { return *(const nt_vf_unaligned *)p; }
NT_INLINE void nt_store(float *p, nt_vf x) { *(nt_vf_unaligned *)p = x; }
NT_INLINE nt_vf nt_splat(float x) { return x - (nt_vf){0}; }
NT_INLINE nt_vf nt_fma(nt_vf a, nt_vf b, nt_vf c) { return __builtin_elementwise_fma(a, b, c); }

NT_INLINE nt_vf nt_select(nt_vi mask, nt_vf a, nt_vf b) { return (nt_vf)(((nt_vi)a & mask) | ((nt_vi)b & ~mask)); }

// The larger of two; either where one is NaN.
NT_INLINE nt_vf nt_max(nt_vf a, nt_vf b) {
#if defined(NT_SIMD_AVX512)
    return _mm512_max_ps(a, b);
#elif defined(NT_SIMD_AVX2)
    return _mm256_max_ps(a, b);
#else
    return vmaxq_f32(a, b);
#endif
}

// The largest of all lanes.
NT_INLINE float nt_reduce_max(nt_vf x) {
#if defined(NT_SIMD_AVX512)
    return _mm512_reduce_max_ps(x);
#elif defined(NT_SIMD_AVX2)
    __m128 m = _mm_max_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
    m = _mm_max_ps(m, _mm_movehl_ps(m, m));
    return _mm_cvtss_f32(_mm_max_ss(m, _mm_movehdup_ps(m)));
#else
    return vmaxvq_f32(x);
#endif
}

// The sum of all lanes, halves first.
NT_INLINE float nt_reduce_add(nt_vf x) {
    float lanes[NT_WIDTH];
    nt_store(lanes, x);
    for (size_t half = NT_WIDTH / 2; half > 0; half /= 2)
        for (size_t i = 0; i < half; i++) lanes[i] += lanes[i + half];
    return lanes[0];
}

// 2^x: 2^n by the exponent's bits, 2^r for r in [-1/2, 1/2] by a polynomial whose relative error is below 1e-7.
// Exactly 1 for 0, exactly 0 below -126, 2^127 above 127.
NT_INLINE nt_vf nt_exp2(nt_vf x) {
    const float rounder = 0x1.8p23f;
    nt_vf clamped = nt_select(x > nt_splat(127), nt_splat(127), x);
    nt_vf shifted = clamped + nt_splat(rounder);
    nt_vf r = clamped - (shifted - nt_splat(rounder));
    nt_vf p = nt_splat(0.0013264744775369763f);
    p = nt_fma(p, r, nt_splat(0.009671512991189957f));
    p = nt_fma(p, r, nt_splat(0.05550733581185341f));
    p = nt_fma(p, r, nt_splat(0.24022242426872253f));
    p = nt_fma(p, r, nt_splat(0.6931470036506653f));
    p = nt_fma(p, r, nt_splat(1));
    nt_vf scaled = (nt_vf)((nt_vu)p + ((nt_vu)shifted << 23));
    return (nt_vf)((nt_vi)scaled & ~(nt_vi)(x < nt_splat(-126)));
}

// f16 or bf16 to f32.
NT_INLINE nt_vf nt_widen(bool is_bf16, const uint16_t *p) {
    nt_vh bits = *(const nt_vh_unaligned *)p;
    if (is_bf16) return (nt_vf)(__builtin_convertvector(bits, nt_vu) << 16);
    return __builtin_convertvector((nt_vhalf)bits, nt_vf);
}

// Numbers of 8 bits to f32.
NT_INLINE nt_vf nt_widen_bytes(const int8_t *p) {
    return __builtin_convertvector(__builtin_convertvector(*(const nt_vb_unaligned *)p, nt_vi), nt_vf);
}

// f32 to f16 or bf16, ties to even.
NT_INLINE void nt_narrow(bool is_bf16, nt_vf x, uint16_t *p) {
    if (!is_bf16) {
        *(nt_vh_unaligned *)p = (nt_vh)__builtin_convertvector(x, nt_vhalf);
        return;
    }
    nt_vu bits = (nt_vu)x;
    nt_vu rounded = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
    nt_vu quiet = (bits >> 16) | 0x40;
    nt_vu is_nan = (nt_vu)(x != x);
    *(nt_vh_unaligned *)p = __builtin_convertvector((quiet & is_nan) | (rounded & ~is_nan), nt_vh);
}

#endif
