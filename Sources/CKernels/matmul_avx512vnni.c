// Quantised kernels with the AVX-512 dot product: a lane is a row, the weights of a block stay in eight registers while
// the group's tokens pass by. The dot products, and a multiplication and an addition of scales for each eight of them,
// share two ports: 80 % of the dot products' peak is the most that these kernels reach.
#include "matmul_format.h"

#if defined(__x86_64__)
#include "matmul_avx512.h"

#define NT_TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma,f16c")))
#define NT_INLINE static inline __attribute__((always_inline)) NT_TARGET

// Adds four columns times four columns of each of 16 rows, for quads first ..< first + count.
NT_INLINE __m512i nt_dot(__m512i sum, const __m512i *quads, const uint8_t *activations, size_t first, size_t count) {
    NT_UNROLL for (size_t j = first; j < first + count; j++)
        sum = _mm512_dpbusd_epi32(sum, quads[j], nt_broadcast_u32(activations + 4 * j));
    return sum;
}

// An unpacked block: quads, scale, and the minimum or the subs where the format has them, a vector each.
NT_ALWAYS_INLINE size_t nt_unpacked_vectors(nt_format format) {
    return 9 + (nt_has_mins(format) ? 1 : 0) + (format.scales == NT_SCALES_SUPER ? 2 : 0);
}

NT_INLINE nt_block nt_load_unpacked(nt_format format, const uint8_t *tile, size_t k) {
    const uint8_t *p = tile + k * nt_unpacked_vectors(format) * 64;
    nt_block block = {.scale = _mm512_load_ps(p + 512), .minimum = _mm512_setzero_ps()};
    NT_UNROLL for (size_t j = 0; j < 8; j++) block.quads[j] = _mm512_load_si512(p + 64 * j);
    if (nt_has_mins(format)) block.minimum = _mm512_load_ps(p + 576);
    if (format.scales == NT_SCALES_SUPER)
        block.subs[0] = _mm512_load_si512(p + 576), block.subs[1] = _mm512_load_si512(p + 640);
    return block;
}

NT_INLINE void nt_unpack(nt_format format, const uint8_t *tile, size_t steps, uint8_t *out) {
    for (size_t k = 0; k < steps; k++, out += nt_unpacked_vectors(format) * 64) {
        const nt_block block = nt_load_block(format, tile, k);
        NT_UNROLL for (size_t j = 0; j < 8; j++) _mm512_store_si512(out + 64 * j, block.quads[j]);
        _mm512_store_ps(out + 512, block.scale);
        if (nt_has_mins(format)) _mm512_store_ps(out + 576, block.minimum);
        if (format.scales == NT_SCALES_SUPER)
            _mm512_store_si512(out + 576, block.subs[0]), _mm512_store_si512(out + 640, block.subs[1]);
    }
}

NT_INLINE void nt_tile(const nt_tile_job *job, uint32_t type, bool is_unpacked, const size_t tokens) {
    const nt_format format = nt_format_of(type);
    __m512 sums[NT_GROUP_TOKENS];
    NT_UNROLL for (size_t t = 0; t < tokens; t++) sums[t] = _mm512_setzero_ps();

    const uint8_t *activations = job->activations;
    for (size_t k = 0; k < job->steps; k++, activations += tokens * NT_ACTIVATION_BLOCK_BYTES) {
        const nt_block block =
            is_unpacked ? nt_load_unpacked(format, job->weights, k) : nt_load_block(format, job->weights, k);
        NT_UNROLL for (size_t t = 0; t < tokens; t++) {
            const uint8_t *quants = activations + NT_BLOCK * t, *numbers = activations + NT_BLOCK * tokens + 4 * t;
            const uint8_t *start = numbers + 4 * tokens, *start_high = start + 4 * tokens;
            __m512i dot = format.offset ? nt_broadcast_u32(start) : _mm512_setzero_si512();
            if (format.scales == NT_SCALES_SUPER) {
                const __m512i first = nt_dot(dot, block.quads, quants, 0, 4);
                const __m512i second = nt_dot(nt_broadcast_u32(start_high), block.quads, quants, 4, 4);
                dot = _mm512_add_epi32(_mm512_mullo_epi32(first, block.subs[0]),
                                       _mm512_mullo_epi32(second, block.subs[1]));
            } else {
                dot = nt_dot(dot, block.quads, quants, 0, 8);
            }
            const __m512 factor = _mm512_mul_ps(block.scale, nt_broadcast_f32(numbers));
            sums[t] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(dot), factor, sums[t]);
            if (format.scales == NT_SCALES_F16_MINS)
                sums[t] = _mm512_fmadd_ps(block.minimum, nt_broadcast_f32(start), sums[t]);
            if (format.scales == NT_SCALES_SUPER_MINS)
                sums[t] = _mm512_fnmadd_ps(block.minimum, nt_broadcast_f32(start), sums[t]);
        }
    }
    NT_UNROLL for (size_t t = 0; t < tokens; t++) nt_store(job, t, sums[t]);
}

#define NT_CASES(TYPE, IS_UNPACKED)                            \
    switch (job->tokens) {                                     \
    case 1: nt_tile(job, TYPE, IS_UNPACKED, 1); break;         \
    case 2: nt_tile(job, TYPE, IS_UNPACKED, 2); break;         \
    case 3: nt_tile(job, TYPE, IS_UNPACKED, 3); break;         \
    case 4: nt_tile(job, TYPE, IS_UNPACKED, 4); break;         \
    case 5: nt_tile(job, TYPE, IS_UNPACKED, 5); break;         \
    case 6: nt_tile(job, TYPE, IS_UNPACKED, 6); break;         \
    case 7: nt_tile(job, TYPE, IS_UNPACKED, 7); break;         \
    case 8: nt_tile(job, TYPE, IS_UNPACKED, 8); break;         \
    case 9: nt_tile(job, TYPE, IS_UNPACKED, 9); break;         \
    case 10: nt_tile(job, TYPE, IS_UNPACKED, 10); break;       \
    case 11: nt_tile(job, TYPE, IS_UNPACKED, 11); break;       \
    case 12: nt_tile(job, TYPE, IS_UNPACKED, 12); break;       \
    }

#define NT_KERNEL(name, TYPE) \
    NT_TARGET static void nt_multiply_##name##_avx512vnni(const nt_tile_job *job) { NT_CASES(TYPE, false) }
NT_FOR_EACH_QUANTIZED_TYPE(NT_KERNEL)

nt_tile_kernel nt_tile_kernel_avx512vnni(uint32_t type) {
    switch (type) {
#define NT_CASE(name, TYPE) case TYPE: return nt_multiply_##name##_avx512vnni;
        NT_FOR_EACH_QUANTIZED_TYPE(NT_CASE)
#undef NT_CASE
    default: return NULL;
    }
}

// Quads with high bits take so many steps to unpack that it pays to do it once for many groups of tokens.
#define NT_FOR_EACH_UNPACKED_TYPE(X) \
    X(q5_0, NT_TYPE_Q5_0)            \
    X(q5_1, NT_TYPE_Q5_1)            \
    X(q5_k, NT_TYPE_Q5_K)            \
    X(q6_k, NT_TYPE_Q6_K)

#define NT_UNPACKED(name, TYPE)                                                                                \
    NT_TARGET static void nt_unpack_##name##_avx512vnni(const uint8_t *tile, size_t steps, uint8_t *out) {     \
        nt_unpack(nt_format_of(TYPE), tile, steps, out);                                                       \
    }                                                                                                          \
    NT_TARGET static void nt_multiply_unpacked_##name##_avx512vnni(const nt_tile_job *job) { NT_CASES(TYPE, true) }
NT_FOR_EACH_UNPACKED_TYPE(NT_UNPACKED)

nt_unpacked_kernels nt_unpacked_kernels_avx512vnni(uint32_t type) {
    switch (type) {
#define NT_CASE(name, TYPE)                                                                                          \
    case TYPE:                                                                                                       \
        return (nt_unpacked_kernels){nt_unpack_##name##_avx512vnni, nt_multiply_unpacked_##name##_avx512vnni,        \
                                     nt_unpacked_vectors(nt_format_of(TYPE)) * 64};
        NT_FOR_EACH_UNPACKED_TYPE(NT_CASE)
#undef NT_CASE
    default: return (nt_unpacked_kernels){0};
    }
}
#endif
