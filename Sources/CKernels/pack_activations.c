// Packs activations, as matmul_format.h lays them out; quantises them for quantised weights.
#include "matmul_format.h"
#include "nt_cpu.h"

#include <math.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

// Below this the inverse of the scale would overflow: such numbers count as zero.
#define NT_ACTIVATION_MIN 0x1p-100f

// Quantises 32 numbers to int8: round(x * 127 / max |x|), to even. Returns the scale; NaN, and zeros, where a number is
// not finite. The sums are of columns 0–15 and 16–31.
typedef float (*nt_quantizer)(const float *x, int8_t *quants, int32_t *sums);

static inline float nt_quantize_scalar(const float *x, int8_t *quants, int32_t *sums) {
    uint32_t bits = 0;
    for (int i = 0; i < NT_BLOCK; i++) {
        const uint32_t magnitude = nt_load_u32(x + i) & 0x7FFFFFFF;
        if (magnitude > bits) bits = magnitude;
    }
    const float max = nt_f32_of_bits(bits);
    const bool finite = bits < 0x7F800000, zero = !finite || max < NT_ACTIVATION_MIN;
    const float inverse = zero ? 0 : 127 / max;
    sums[0] = sums[1] = 0;
    for (int i = 0; i < NT_BLOCK; i++) {
        const int quant = zero ? 0 : (int)rintf(x[i] * inverse);
        quants[i] = (int8_t)quant;
        sums[i / 16] += quant;
    }
    return !finite ? NAN : zero ? 0 : max / 127;
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) static inline float nt_quantize_avx2(const float *x, int8_t *quants, int32_t *sums) {
    const __m256i magnitude = _mm256_set1_epi32(0x7FFFFFFF);
    const __m256 a = _mm256_loadu_ps(x), b = _mm256_loadu_ps(x + 8);
    const __m256 c = _mm256_loadu_ps(x + 16), d = _mm256_loadu_ps(x + 24);
    const __m256i ab = _mm256_max_epi32(_mm256_and_si256(_mm256_castps_si256(a), magnitude),
                                        _mm256_and_si256(_mm256_castps_si256(b), magnitude));
    const __m256i cd = _mm256_max_epi32(_mm256_and_si256(_mm256_castps_si256(c), magnitude),
                                        _mm256_and_si256(_mm256_castps_si256(d), magnitude));
    const __m256i abcd = _mm256_max_epi32(ab, cd);
    __m128i most = _mm_max_epi32(_mm256_castsi256_si128(abcd), _mm256_extracti128_si256(abcd, 1));
    most = _mm_max_epi32(most, _mm_shuffle_epi32(most, 0x4E));
    most = _mm_max_epi32(most, _mm_shuffle_epi32(most, 0xB1));
    const uint32_t bits = (uint32_t)_mm_cvtsi128_si32(most);
    const float max = nt_f32_of_bits(bits);
    if (bits >= 0x7F800000 || max < NT_ACTIVATION_MIN) {
        memset(quants, 0, NT_BLOCK);
        sums[0] = sums[1] = 0;
        return bits >= 0x7F800000 ? NAN : 0;
    }
    const __m256 inverse = _mm256_set1_ps(127 / max);
    const __m256i first = _mm256_packs_epi32(_mm256_cvtps_epi32(_mm256_mul_ps(a, inverse)),
                                             _mm256_cvtps_epi32(_mm256_mul_ps(b, inverse)));
    const __m256i second = _mm256_packs_epi32(_mm256_cvtps_epi32(_mm256_mul_ps(c, inverse)),
                                              _mm256_cvtps_epi32(_mm256_mul_ps(d, inverse)));
    const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
    const __m256i packed = _mm256_permutevar8x32_epi32(_mm256_packs_epi16(first, second), order);
    _mm256_storeu_si256((__m256i *)quants, packed);
    const __m256i ones = _mm256_set1_epi16(1);
    const __m256i pairs = _mm256_maddubs_epi16(_mm256_set1_epi8(1), packed);
    __m256i fours = _mm256_madd_epi16(pairs, ones);
    fours = _mm256_add_epi32(fours, _mm256_shuffle_epi32(fours, 0x4E));
    fours = _mm256_add_epi32(fours, _mm256_shuffle_epi32(fours, 0xB1));
    sums[0] = _mm_cvtsi128_si32(_mm256_castsi256_si128(fours));
    sums[1] = _mm_cvtsi128_si32(_mm256_extracti128_si256(fours, 1));
    return max / 127;
}

__attribute__((target("avx512f,avx512bw,avx512vl,avx2"))) static inline float nt_quantize_avx512(const float *x,
                                                                                               int8_t *quants,
                                                                                               int32_t *sums) {
    const __m512 a = _mm512_loadu_ps(x), b = _mm512_loadu_ps(x + 16);
    const __m512i magnitude = _mm512_set1_epi32(0x7FFFFFFF);
    const __m512i ab = _mm512_max_epi32(_mm512_and_si512(_mm512_castps_si512(a), magnitude),
                                        _mm512_and_si512(_mm512_castps_si512(b), magnitude));
    const __m256i abcd = _mm256_max_epi32(_mm512_castsi512_si256(ab), _mm512_extracti64x4_epi64(ab, 1));
    __m128i most = _mm_max_epi32(_mm256_castsi256_si128(abcd), _mm256_extracti128_si256(abcd, 1));
    most = _mm_max_epi32(most, _mm_shuffle_epi32(most, 0x4E));
    most = _mm_max_epi32(most, _mm_shuffle_epi32(most, 0xB1));
    const uint32_t bits = (uint32_t)_mm_cvtsi128_si32(most);
    const float max = nt_f32_of_bits(bits);
    if (bits >= 0x7F800000 || max < NT_ACTIVATION_MIN) {
        memset(quants, 0, NT_BLOCK);
        sums[0] = sums[1] = 0;
        return bits >= 0x7F800000 ? NAN : 0;
    }
    const __m512 inverse = _mm512_set1_ps(127 / max);
    const __m128i low = _mm512_cvtepi32_epi8(_mm512_cvtps_epi32(_mm512_mul_ps(a, inverse)));
    const __m128i high = _mm512_cvtepi32_epi8(_mm512_cvtps_epi32(_mm512_mul_ps(b, inverse)));
    const __m256i packed = _mm256_set_m128i(high, low);
    _mm256_storeu_si256((__m256i *)quants, packed);
    // Sums of eight bytes each, made unsigned by adding 128.
    __m256i eights = _mm256_sad_epu8(_mm256_xor_si256(packed, _mm256_set1_epi8((char)0x80)), _mm256_setzero_si256());
    eights = _mm256_add_epi64(eights, _mm256_shuffle_epi32(eights, 0x4E));
    sums[0] = _mm_cvtsi128_si32(_mm256_castsi256_si128(eights)) - 16 * 128;
    sums[1] = _mm_cvtsi128_si32(_mm256_extracti128_si256(eights, 1)) - 16 * 128;
    return max / 127;
}
#endif

// Quantises columns [first, end) of a group of tokens: x is [tokens][end - first].
NT_ALWAYS_INLINE void nt_pack_quantized_inline(nt_quantizer quantize, nt_format format, const float *x, size_t stride,
                                               size_t tokens, size_t first, size_t end, uint8_t *packed) {
    const size_t block_bytes = tokens * NT_ACTIVATION_BLOCK_BYTES;
    for (size_t token = 0; token < tokens; token++) {
        const float *numbers_in = x + token * stride;
        uint8_t *block = packed + first / NT_BLOCK * block_bytes;
        for (size_t column = first; column < end; column += NT_BLOCK, numbers_in += NT_BLOCK, block += block_bytes) {
            int8_t *quants = (int8_t *)block + token * NT_BLOCK;
            uint8_t *numbers = block + tokens * NT_BLOCK + token * 4;
            int32_t sums[2];
            const float scale = quantize(numbers_in, quants, sums);
            memcpy(numbers, &scale, 4);
            if (nt_has_mins(format)) {
                const float start = scale * (float)(sums[0] + sums[1]);
                memcpy(numbers + 4 * tokens, &start, 4);
            } else {
                const bool halves = format.scales == NT_SCALES_SUPER;
                const int32_t low = -format.offset * (halves ? sums[0] : sums[0] + sums[1]);
                const int32_t high = -format.offset * sums[1];
                memcpy(numbers + 4 * tokens, &low, 4);
                if (halves) memcpy(numbers + 8 * tokens, &high, 4);
            }
        }
    }
}

#if defined(__x86_64__)
__attribute__((target("avx512f,avx512bw,avx512vl,avx2"))) static void nt_pack_quantized_avx512(
    nt_format format, const float *x, size_t stride, size_t tokens, size_t first, size_t end, uint8_t *packed) {
    nt_pack_quantized_inline(nt_quantize_avx512, format, x, stride, tokens, first, end, packed);
}

__attribute__((target("avx2"))) static void nt_pack_quantized_avx2(nt_format format, const float *x, size_t stride,
                                                                   size_t tokens, size_t first, size_t end,
                                                                   uint8_t *packed) {
    nt_pack_quantized_inline(nt_quantize_avx2, format, x, stride, tokens, first, end, packed);
}
#endif

static void nt_pack_quantized(nt_format format, const float *x, size_t stride, size_t tokens, size_t first, size_t end,
                              uint8_t *packed) {
#if defined(__x86_64__)
    const nt_isa isa = nt_isa_active();
    if (nt_isa_includes(isa, NT_ISA_AVX512))
        return nt_pack_quantized_avx512(format, x, stride, tokens, first, end, packed);
    if (nt_isa_includes(isa, NT_ISA_AVX2)) return nt_pack_quantized_avx2(format, x, stride, tokens, first, end, packed);
#endif
    nt_pack_quantized_inline(nt_quantize_scalar, format, x, stride, tokens, first, end, packed);
}

// Rounds a chunk of columns token by token, where the compiler finds vectors, then turns tokens and pairs.
#define NT_CHUNK_PAIRS 64

// `packed` is where the first of the columns goes; an odd last one is the matrix's last.
NT_ALWAYS_INLINE void nt_pack_bf16_inline(const float *x, size_t stride, size_t tokens, size_t columns,
                                          uint8_t *packed) {
    uint32_t words[NT_GROUP_TOKENS_MAX][NT_CHUNK_PAIRS];
    for (size_t first = 0; first < (columns + 1) / 2; first += NT_CHUNK_PAIRS) {
        const size_t whole = columns / 2 - first, pairs = whole < NT_CHUNK_PAIRS ? whole : NT_CHUNK_PAIRS;
        const bool ends_alone = pairs < NT_CHUNK_PAIRS && columns % 2 == 1;
        for (size_t token = 0; token < tokens; token++) {
            const float *numbers = x + token * stride + 2 * first;
            for (size_t i = 0; i < pairs; i++)
                words[token][i] = (uint32_t)nt_bf16_from_f32(numbers[2 * i]) |
                                  (uint32_t)nt_bf16_from_f32(numbers[2 * i + 1]) << 16;
            if (ends_alone) words[token][pairs] = nt_bf16_from_f32(numbers[2 * pairs]);
        }
        for (size_t i = 0; i < pairs + ends_alone; i++)
            for (size_t token = 0; token < tokens; token++, packed += 4) memcpy(packed, &words[token][i], 4);
    }
}

static void nt_pack_bf16_baseline(const float *x, size_t stride, size_t tokens, size_t columns, uint8_t *packed) {
    nt_pack_bf16_inline(x, stride, tokens, columns, packed);
}

#if defined(__x86_64__)
__attribute__((target("avx512f,avx512bw,avx512vl"))) static void nt_pack_bf16_avx512(
    const float *x, size_t stride, size_t tokens, size_t columns, uint8_t *packed) {
    nt_pack_bf16_inline(x, stride, tokens, columns, packed);
}

// A tile for each 32 columns.
__attribute__((target("avx512f,avx512bw,avx512vl"))) static void nt_pack_bf16_tiles(
    const float *x, size_t stride, size_t tokens, size_t columns, uint8_t *packed) {
    for (size_t first = 0; first < columns; first += 32) {
        const size_t count = columns - first < 32 ? columns - first : 32, row_bytes = (count + count % 2) * 2;
        for (size_t token = 0; token < tokens; token++, packed += row_bytes) {
            const float *from = x + token * stride + first;
            uint16_t numbers[32];
            if (count == 32) {
                for (size_t i = 0; i < 32; i++) numbers[i] = nt_bf16_from_f32(from[i]);
                memcpy(packed, numbers, 64);
            } else {
                numbers[count] = 0;
                for (size_t i = 0; i < count; i++) numbers[i] = nt_bf16_from_f32(from[i]);
                memcpy(packed, numbers, row_bytes);
            }
        }
    }
}
#endif

static void nt_pack_bf16(const float *x, size_t stride, size_t tokens, size_t columns, uint8_t *packed) {
#if defined(__x86_64__)
    if (nt_isa_is_amx(nt_isa_active())) return nt_pack_bf16_tiles(x, stride, tokens, columns, packed);
    if (nt_isa_includes(nt_isa_active(), NT_ISA_AVX512))
        return nt_pack_bf16_avx512(x, stride, tokens, columns, packed);
#endif
    nt_pack_bf16_baseline(x, stride, tokens, columns, packed);
}

static void nt_pack_f32(const float *x, size_t stride, size_t tokens, size_t columns, uint8_t *packed) {
    for (size_t column = 0; column < columns; column++)
        for (size_t token = 0; token < tokens; token++, packed += 4) memcpy(packed, x + token * stride + column, 4);
}

// Packs columns [first, end) of the tokens of groups [first_group, group_end); x begins with column `first`.
static void nt_pack_part(uint32_t type, const float *x, size_t stride, size_t tokens, size_t columns, size_t first,
                         size_t end, void *packed, size_t first_group, size_t group_end) {
    for (size_t group = first_group; group < group_end; group++) {
        const size_t token = nt_group_start(type, tokens, group);
        const size_t count = nt_group_start(type, tokens, group + 1) - token;
        const float *from = x + token * stride;
        uint8_t *to = (uint8_t *)packed + token * nt_token_bytes(type, columns);
        if (nt_is_quantized(type)) {
            nt_pack_quantized(nt_format_of(type), from, stride, count, first, end, to);
        } else if (type == NT_TYPE_BF16) {
            nt_pack_bf16(from, stride, count, end - first, to + first / 2 * count * 4);
        } else {
            nt_pack_f32(from, stride, count, end - first, to + first * count * 4);
        }
    }
}

void nt_pack_activations(uint32_t type, const float *x, size_t stride, size_t tokens, size_t columns, void *packed,
                         size_t first_group, size_t group_end) {
    nt_pack_part(type, x, stride, tokens, columns, 0, columns, packed, first_group, group_end);
}

void nt_pack_columns(uint32_t type, const float *x, size_t stride, size_t tokens, size_t columns, size_t first,
                     size_t end, void *packed) {
    nt_pack_part(type, x, stride, tokens, columns, first, end, packed, 0, nt_activation_groups(type, tokens));
}
