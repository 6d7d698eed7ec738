// The processor's own peaks, with the widest instructions that the active set has. Each loop keeps so many independent
// sums that an instruction's latency does not show.
#include "nt_limits.h"

#include <string.h>

#include "nt_cpu.h"

#define NT_SUMS 12
#define NT_UNROLL _Pragma("clang loop unroll(full)")

#if defined(__x86_64__)
#include <immintrin.h>

#define NT_AVX2 __attribute__((target("avx2,fma")))
#define NT_AVX512 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl")))
#define NT_VNNI __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")))
#define NT_BF16 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")))
#define NT_AMX __attribute__((target("amx-tile,amx-int8,amx-bf16")))

// Hides a value from the optimiser, in its register.
#define NT_OPAQUE(x) __asm__ volatile("" : "+v"(x))

NT_AVX512 static uint64_t nt_read_avx512(const uint8_t *data, size_t bytes) {
    __m512i sums[8];
    for (int i = 0; i < 8; i++) sums[i] = _mm512_setzero_si512();
    for (size_t at = 0; at + 512 <= bytes; at += 512) {
        NT_UNROLL for (int i = 0; i < 8; i++)
            sums[i] = _mm512_add_epi64(sums[i], _mm512_loadu_si512(data + at + 64 * i));
    }
    uint64_t sum = 0;
    for (int i = 0; i < 8; i++) sum += (uint64_t)_mm512_reduce_add_epi64(sums[i]);
    return sum;
}

NT_AVX2 static uint64_t nt_read_avx2(const uint8_t *data, size_t bytes) {
    __m256i sums[8];
    for (int i = 0; i < 8; i++) sums[i] = _mm256_setzero_si256();
    for (size_t at = 0; at + 512 <= bytes; at += 512) {
        NT_UNROLL for (int i = 0; i < 16; i++)
            sums[i % 8] = _mm256_add_epi64(sums[i % 8], _mm256_loadu_si256((const __m256i *)(data + at + 32 * i)));
    }
    uint64_t words[4], sum = 0;
    for (int i = 0; i < 8; i++) {
        _mm256_storeu_si256((__m256i *)words, sums[i]);
        sum += words[0] + words[1] + words[2] + words[3];
    }
    return sum;
}

NT_VNNI static double nt_int8_vnni(size_t rounds, float *sink) {
    __m512i sums[NT_SUMS], a = _mm512_set1_epi8(1), b = _mm512_set1_epi8(-1);
    for (int i = 0; i < NT_SUMS; i++) sums[i] = _mm512_setzero_si512();
    for (size_t round = 0; round < rounds; round++) {
        NT_OPAQUE(a);
        NT_UNROLL for (int i = 0; i < NT_SUMS; i++) sums[i] = _mm512_dpbusd_epi32(sums[i], a, b);
    }
    for (int i = 1; i < NT_SUMS; i++) sums[0] = _mm512_add_epi32(sums[0], sums[i]);
    *sink = (float)_mm512_reduce_add_epi32(sums[0]);
    return (double)rounds * NT_SUMS * 128;
}

NT_AVX2 static double nt_int8_avx2(size_t rounds, float *sink) {
    __m256i sums[NT_SUMS], a = _mm256_set1_epi8(1), b = _mm256_set1_epi8(-1);
    const __m256i ones = _mm256_set1_epi16(1);
    for (int i = 0; i < NT_SUMS; i++) sums[i] = _mm256_setzero_si256();
    for (size_t round = 0; round < rounds; round++) {
        NT_UNROLL for (int i = 0; i < NT_SUMS; i++) {
            NT_OPAQUE(a);
            sums[i] = _mm256_add_epi32(sums[i], _mm256_madd_epi16(_mm256_maddubs_epi16(a, b), ones));
        }
    }
    for (int i = 1; i < NT_SUMS; i++) sums[0] = _mm256_add_epi32(sums[0], sums[i]);
    *sink = (float)_mm256_extract_epi32(sums[0], 0);
    return (double)rounds * NT_SUMS * 64;
}

NT_BF16 static double nt_bf16_avx512(size_t rounds, float *sink) {
    __m512 sums[NT_SUMS];
    __m512i a = _mm512_set1_epi16(0x3F80), b = _mm512_set1_epi16((short)0xBF80);
    for (int i = 0; i < NT_SUMS; i++) sums[i] = _mm512_setzero_ps();
    for (size_t round = 0; round < rounds; round++) {
        NT_OPAQUE(a);
        NT_UNROLL for (int i = 0; i < NT_SUMS; i++)
            sums[i] = _mm512_dpbf16_ps(sums[i], (__m512bh)a, (__m512bh)b);
    }
    for (int i = 1; i < NT_SUMS; i++) sums[0] = _mm512_add_ps(sums[0], sums[i]);
    *sink = _mm512_reduce_add_ps(sums[0]);
    return (double)rounds * NT_SUMS * 64;
}

// Products of two tiles full of ones, into six.
NT_AMX static double nt_amx(nt_limit_unit unit, size_t rounds, float *sink) {
    _Alignas(64) uint8_t shapes[64] = {1};  // as LDTILECFG reads them: bytes a row from 16 on, rows from 48
    _Alignas(64) uint16_t ones[512];
    _Alignas(64) int32_t sums[256];
    for (int i = 0; i < 8; i++) shapes[16 + 2 * i] = 64, shapes[48 + i] = 16;
    for (int i = 0; i < 512; i++) ones[i] = unit == NT_LIMIT_INT8 ? 0x0101 : 0x3F80;
    _tile_loadconfig(shapes);
    _tile_zero(0), _tile_zero(1), _tile_zero(2), _tile_zero(3), _tile_zero(4), _tile_zero(5);
    _tile_loadd(6, ones, 64);
    _tile_loadd(7, ones, 64);
    for (size_t round = 0; round < rounds; round++) {
        if (unit == NT_LIMIT_INT8) {
            _tile_dpbssd(0, 6, 7), _tile_dpbssd(1, 6, 7), _tile_dpbssd(2, 6, 7);
            _tile_dpbssd(3, 6, 7), _tile_dpbssd(4, 6, 7), _tile_dpbssd(5, 6, 7);
        } else {
            _tile_dpbf16ps(0, 6, 7), _tile_dpbf16ps(1, 6, 7), _tile_dpbf16ps(2, 6, 7);
            _tile_dpbf16ps(3, 6, 7), _tile_dpbf16ps(4, 6, 7), _tile_dpbf16ps(5, 6, 7);
        }
    }
    _tile_stored(0, sums, 64);
    _tile_release();
    if (unit == NT_LIMIT_INT8) *sink = (float)sums[0];
    else memcpy(sink, sums, sizeof *sink);
    return (double)rounds * 6 * 16 * 16 * (unit == NT_LIMIT_INT8 ? 128 : 64);
}

NT_AVX512 static double nt_f32_avx512(size_t rounds, float *sink) {
    __m512 sums[NT_SUMS], a = _mm512_set1_ps(0.5f), b = _mm512_set1_ps(1);
    for (int i = 0; i < NT_SUMS; i++) sums[i] = _mm512_setzero_ps();
    for (size_t round = 0; round < rounds; round++) {
        NT_OPAQUE(a);
        NT_UNROLL for (int i = 0; i < NT_SUMS; i++) sums[i] = _mm512_fmadd_ps(sums[i], a, b);
    }
    for (int i = 1; i < NT_SUMS; i++) sums[0] = _mm512_add_ps(sums[0], sums[i]);
    *sink = _mm512_reduce_add_ps(sums[0]);
    return (double)rounds * NT_SUMS * 32;
}

NT_AVX2 static double nt_f32_avx2(size_t rounds, float *sink) {
    __m256 sums[NT_SUMS], a = _mm256_set1_ps(0.5f), b = _mm256_set1_ps(1);
    for (int i = 0; i < NT_SUMS; i++) sums[i] = _mm256_setzero_ps();
    for (size_t round = 0; round < rounds; round++) {
        NT_OPAQUE(a);
        NT_UNROLL for (int i = 0; i < NT_SUMS; i++) sums[i] = _mm256_fmadd_ps(sums[i], a, b);
    }
    for (int i = 1; i < NT_SUMS; i++) sums[0] = _mm256_add_ps(sums[0], sums[i]);
    *sink = _mm256_cvtss_f32(sums[0]);
    return (double)rounds * NT_SUMS * 16;
}

#elif defined(__aarch64__)
#include <arm_neon.h>

#define NT_DOT __attribute__((target("dotprod")))
#define NT_OPAQUE(x) __asm__ volatile("" : "+w"(x))

NT_DOT static double nt_int8_neon(size_t rounds, float *sink) {
    int32x4_t sums[NT_SUMS];
    int8x16_t a = vdupq_n_s8(1), b = vdupq_n_s8(-1);
    for (int i = 0; i < NT_SUMS; i++) sums[i] = vdupq_n_s32(0);
    for (size_t round = 0; round < rounds; round++) {
        NT_OPAQUE(a);
        NT_UNROLL for (int i = 0; i < NT_SUMS; i++) sums[i] = vdotq_s32(sums[i], a, b);
    }
    for (int i = 1; i < NT_SUMS; i++) sums[0] = vaddq_s32(sums[0], sums[i]);
    *sink = (float)vaddvq_s32(sums[0]);
    return (double)rounds * NT_SUMS * 32;
}

static double nt_f32_neon(size_t rounds, float *sink) {
    float32x4_t sums[NT_SUMS], a = vdupq_n_f32(1), b = vdupq_n_f32(-1);
    for (int i = 0; i < NT_SUMS; i++) sums[i] = vdupq_n_f32(0);
    for (size_t round = 0; round < rounds; round++) {
        NT_OPAQUE(a);
        NT_UNROLL for (int i = 0; i < NT_SUMS; i++) sums[i] = vfmaq_f32(sums[i], a, b);
    }
    for (int i = 1; i < NT_SUMS; i++) sums[0] = vaddq_f32(sums[0], sums[i]);
    *sink = vaddvq_f32(sums[0]);
    return (double)rounds * NT_SUMS * 8;
}
#endif

// For processors without any of the above; the compiler makes of it what it can.
static uint64_t nt_read_scalar(const uint8_t *data, size_t bytes) {
    const uint64_t *words = (const uint64_t *)(const void *)data;
    uint64_t sums[8] = {0}, sum = 0;
    for (size_t at = 0; at + 64 <= bytes / 512 * 64; at += 64)
        for (int i = 0; i < 64; i++) sums[i % 8] += words[at + i];
    for (int i = 0; i < 8; i++) sum += sums[i];
    return sum;
}

static double nt_f32_scalar(size_t rounds, float *sink) {
    float sums[NT_SUMS] = {0};
    volatile float hidden = 0.5f;
    const float a = hidden;
    for (size_t round = 0; round < rounds; round++)
        for (int i = 0; i < NT_SUMS; i++) sums[i] = sums[i] * a + 1;
    for (int i = 1; i < NT_SUMS; i++) sums[0] += sums[i];
    *sink = sums[0];
    return (double)rounds * NT_SUMS * 2;
}

static double nt_int8_scalar(size_t rounds, float *sink) {
    int32_t sums[NT_SUMS] = {0};
    volatile int8_t hidden = 1;
    for (size_t round = 0; round < rounds; round++) {
        const int8_t a = hidden;
        for (int i = 0; i < NT_SUMS; i++) sums[i] += a * (int8_t)(i + 1);
    }
    for (int i = 1; i < NT_SUMS; i++) sums[0] += sums[i];
    *sink = (float)sums[0];
    return (double)rounds * NT_SUMS * 2;
}

uint64_t nt_limit_read(const void *data, size_t bytes) {
#if defined(__x86_64__)
    if (nt_isa_supported(NT_ISA_AVX512)) return nt_read_avx512(data, bytes);
    if (nt_isa_supported(NT_ISA_AVX2)) return nt_read_avx2(data, bytes);
#endif
    return nt_read_scalar(data, bytes);
}

static double nt_int8(nt_isa isa, size_t rounds, float *sink) {
#if defined(__x86_64__)
    if (isa == NT_ISA_AMX) return nt_amx(NT_LIMIT_INT8, rounds, sink);
    if (nt_isa_includes(isa, NT_ISA_AVX512VNNI)) return nt_int8_vnni(rounds, sink);
    if (isa == NT_ISA_AVX512 || isa == NT_ISA_AVX2) return nt_int8_avx2(rounds, sink);
#elif defined(__aarch64__)
    if (isa == NT_ISA_NEON) return nt_int8_neon(rounds, sink);
#endif
    (void)isa;
    return nt_int8_scalar(rounds, sink);
}

static double nt_f32(nt_isa isa, size_t rounds, float *sink) {
#if defined(__x86_64__)
    if (isa == NT_ISA_AVX2) return nt_f32_avx2(rounds, sink);
    if (isa != NT_ISA_SCALAR) return nt_f32_avx512(rounds, sink);
#elif defined(__aarch64__)
    if (isa == NT_ISA_NEON) return nt_f32_neon(rounds, sink);
#endif
    (void)isa;
    return nt_f32_scalar(rounds, sink);
}

static double nt_bf16(nt_isa isa, size_t rounds, float *sink) {
#if defined(__x86_64__)
    if (isa == NT_ISA_AMX) return nt_amx(NT_LIMIT_BF16, rounds, sink);
    if (nt_isa_includes(isa, NT_ISA_AVX512BF16)) return nt_bf16_avx512(rounds, sink);
#endif
    (void)isa, (void)rounds, (void)sink;
    return 0;
}

double nt_limit_compute(nt_limit_unit unit, size_t rounds, float *sink) {
    const nt_isa isa = nt_isa_active();
    switch (unit) {
    case NT_LIMIT_INT8: return nt_int8(isa, rounds, sink);
    case NT_LIMIT_BF16: return nt_bf16(isa, rounds, sink);
    case NT_LIMIT_F32: return nt_f32(isa, rounds, sink);
    }
    return 0;
}
