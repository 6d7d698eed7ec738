// Quantised kernels with AMX, for many tokens: a block's dot products are one product of tiles, [tokens][32] by
// [32 / 4][16 rows][4], and what AVX-512 has left to do is the multiplication by scales. A part of a few tiles is
// unpacked once for all groups, to blocks of
//
//     int8 quads[8][64], f32 scales[16], and f32 minimums[16] where the format has them
//
// in which quants are signed: what the offset makes of them is in the weights. Those are whole numbers, hence exact,
// and scales are applied in the order of the other instruction sets: results have the same bits. NT_SCALES_SUPER, of
// which a block takes two products, is left to VNNI, which is faster.
#include "matmul_amx_parts.h"

// So many blocks are multiplied ahead of the scaling, and the dots of how many are kept.
#define NT_AMX_AHEAD 2
#define NT_AMX_RING 4

// Blocks of a tile that are multiplied at once: as many of a group's stay in the first-level cache.
#define NT_PART_BLOCKS 32
#define NT_AMX_BLOCK_BYTES_MAX 640

// Tile numbers: sums and activations of even and odd blocks, weights of even and odd blocks.
enum { NT_AMX_SUMS = 0, NT_AMX_ACTIVATIONS = 2, NT_AMX_WEIGHTS = 4, NT_AMX_TILES = 6 };

NT_ALWAYS_INLINE size_t nt_amx_block_bytes(bool has_mins) { return has_mins ? 640 : 576; }

// Unpacks blocks first ..< end of a tile.
NT_AMX_INLINE void nt_amx_unpack(nt_format format, const uint8_t *tile, size_t first, size_t end, uint8_t *out) {
    const __m512i offset = _mm512_set1_epi8((char)format.offset);
    // Minimums are added, never subtracted.
    const __m512 sign = _mm512_set1_ps(format.scales == NT_SCALES_SUPER_MINS ? -0.0f : 0.0f);
    for (size_t k = first; k < end; k++, out += nt_amx_block_bytes(nt_has_mins(format))) {
        const nt_block block = nt_load_block(format, tile, k);
        NT_UNROLL for (size_t j = 0; j < 8; j++)
            _mm512_store_si512(out + 64 * j, _mm512_sub_epi8(block.quads[j], offset));
        _mm512_store_ps(out + 512, block.scale);
        if (nt_has_mins(format)) _mm512_store_ps(out + 576, _mm512_xor_ps(block.minimum, sign));
    }
}

// Dot products of a block, [token][row].
typedef int32_t nt_amx_dots[16][16];

// Multiplies block k of a tile with that of a group.
NT_AMX_INLINE void nt_amx_issue(const nt_tile_job *job, bool has_mins, size_t tokens, size_t k, nt_amx_dots *ring) {
    const uint8_t *activations = job->activations + k * tokens * NT_ACTIVATION_BLOCK_BYTES;
    const uint8_t *weights = job->weights + k * nt_amx_block_bytes(has_mins);
    int32_t *dots = ring[k % NT_AMX_RING][0];
#define NT_AMX_ISSUE(odd)                                                                \
    nt_amx_load(NT_AMX_ACTIVATIONS + odd, activations, NT_BLOCK);                        \
    nt_amx_load(NT_AMX_WEIGHTS + odd, weights, 64);                                      \
    nt_amx_zero(NT_AMX_SUMS + odd);                                                      \
    nt_amx_dot_int8(NT_AMX_SUMS + odd, NT_AMX_ACTIVATIONS + odd, NT_AMX_WEIGHTS + odd);  \
    nt_amx_store(NT_AMX_SUMS + odd, dots, 64);
    if (k % 2) {
        NT_AMX_ISSUE(1)
    } else {
        NT_AMX_ISSUE(0)
    }
#undef NT_AMX_ISSUE
}

// A part of one tile times one group: sums go on from the part before and to the one behind.
typedef struct {
    nt_tile_job job;
    nt_amx_sums *sums;
    bool is_first, is_last;
} nt_amx_block_job;

NT_AMX_INLINE void nt_amx_tile(const nt_amx_block_job *part, bool has_mins, const size_t tokens) {
    const nt_tile_job *job = &part->job;
    _Alignas(64) nt_amx_dots ring[NT_AMX_RING];
    __m512 sums[NT_GROUP_TOKENS_MAX];
    if (part->is_first) {
        NT_UNROLL for (size_t t = 0; t < tokens; t++) sums[t] = _mm512_setzero_ps();
    } else {
        NT_UNROLL for (size_t t = 0; t < tokens; t++) sums[t] = _mm512_load_ps((*part->sums)[t]);
    }
    for (size_t k = 0; k < NT_AMX_AHEAD && k < job->steps; k++) nt_amx_issue(job, has_mins, tokens, k, ring);
    for (size_t k = 0; k < job->steps; k++) {
        if (k + NT_AMX_AHEAD < job->steps) nt_amx_issue(job, has_mins, tokens, k + NT_AMX_AHEAD, ring);
        const uint8_t *numbers = job->activations + k * tokens * NT_ACTIVATION_BLOCK_BYTES + NT_BLOCK * tokens;
        const uint8_t *weights = job->weights + k * nt_amx_block_bytes(has_mins);
        const __m512 scale = _mm512_load_ps(weights + 512);
        const __m512 minimum = has_mins ? _mm512_load_ps(weights + 576) : _mm512_setzero_ps();
        const nt_amx_dots *dots = ring + k % NT_AMX_RING;
        NT_UNROLL for (size_t t = 0; t < tokens; t++, numbers += 4) {
            const __m512i dot = _mm512_load_si512((*dots)[t]);
            const __m512 factor = _mm512_mul_ps(scale, nt_broadcast_f32(numbers));
            sums[t] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(dot), factor, sums[t]);
            if (has_mins)
                sums[t] = _mm512_fmadd_ps(minimum, nt_broadcast_f32(numbers + 4 * tokens), sums[t]);
        }
    }
    if (part->is_last) {
        NT_UNROLL for (size_t t = 0; t < tokens; t++) nt_store(job, t, sums[t]);
    } else {
        NT_UNROLL for (size_t t = 0; t < tokens; t++) _mm512_store_ps((*part->sums)[t], sums[t]);
    }
}

#define NT_AMX_CASE(tokens, HAS_MINS) case tokens: nt_amx_tile(part, HAS_MINS, tokens); break;
#define NT_AMX_KERNEL(name, HAS_MINS)                                                                               \
    NT_AMX static void nt_multiply_##name##_amx(const nt_amx_block_job *part) {                                     \
        switch (part->job.tokens) {                                                                                 \
            NT_AMX_CASE(1, HAS_MINS) NT_AMX_CASE(2, HAS_MINS) NT_AMX_CASE(3, HAS_MINS) NT_AMX_CASE(4, HAS_MINS)     \
            NT_AMX_CASE(5, HAS_MINS) NT_AMX_CASE(6, HAS_MINS) NT_AMX_CASE(7, HAS_MINS) NT_AMX_CASE(8, HAS_MINS)     \
            NT_AMX_CASE(9, HAS_MINS) NT_AMX_CASE(10, HAS_MINS) NT_AMX_CASE(11, HAS_MINS) NT_AMX_CASE(12, HAS_MINS)  \
            NT_AMX_CASE(13, HAS_MINS) NT_AMX_CASE(14, HAS_MINS) NT_AMX_CASE(15, HAS_MINS) NT_AMX_CASE(16, HAS_MINS) \
        }                                                                                                           \
    }
NT_AMX_KERNEL(plain, false)
NT_AMX_KERNEL(minimums, true)

#define NT_AMX_UNPACK(name, TYPE)                                                                            \
    NT_AMX static void nt_unpack_##name##_amx(const uint8_t *tile, size_t first, size_t end, uint8_t *out) { \
        nt_amx_unpack(nt_format_of(TYPE), tile, first, end, out);                                            \
    }
NT_FOR_EACH_QUANTIZED_TYPE(NT_AMX_UNPACK)

// What differs from type to type.
typedef struct {
    void (*unpack)(const uint8_t *tile, size_t first, size_t end, uint8_t *out);
    void (*multiply)(const nt_amx_block_job *part);
    size_t block_bytes;
} nt_amx_kernels;

static nt_amx_kernels nt_amx_kernels_of(uint32_t type) {
    const nt_format format = nt_format_of(type);
    nt_amx_kernels kernels = {
        .multiply = nt_has_mins(format) ? nt_multiply_minimums_amx : nt_multiply_plain_amx,
        .block_bytes = nt_amx_block_bytes(nt_has_mins(format)),
    };
    switch (type) {
#define NT_CASE(name, TYPE) case TYPE: kernels.unpack = nt_unpack_##name##_amx; break;
        NT_FOR_EACH_QUANTIZED_TYPE(NT_CASE)
#undef NT_CASE
    }
    return kernels;
}

NT_AMX static void nt_amx_shape_group(size_t tokens) {
    nt_tile_shapes shapes = {0};
    for (int tile = NT_AMX_SUMS; tile < NT_AMX_ACTIVATIONS; tile++) nt_amx_shape(&shapes, tile, tokens, 64);
    for (int tile = NT_AMX_ACTIVATIONS; tile < NT_AMX_WEIGHTS; tile++) nt_amx_shape(&shapes, tile, tokens, NT_BLOCK);
    for (int tile = NT_AMX_WEIGHTS; tile < NT_AMX_TILES; tile++) nt_amx_shape(&shapes, tile, NT_BLOCK / 4, 64);
    nt_amx_configure(&shapes);
}

// A part of a product with quantised weights.
NT_AMX static void nt_amx_multiply_quantized(const nt_product *product, const nt_amx_part *part,
                                             nt_amx_sums (*sums)[NT_PART_TILES]) {
    static _Thread_local _Alignas(64) uint8_t unpacked[NT_PART_TILES][NT_PART_BLOCKS * NT_AMX_BLOCK_BYTES_MAX];
    const nt_amx_kernels kernels = nt_amx_kernels_of(product->type);
    const size_t steps = nt_steps(product->type, product->columns);
    const size_t tile_bytes = nt_tile_bytes(product->type, product->columns);
    const size_t token_bytes = nt_token_bytes(product->type, product->columns);
    size_t shaped = 0;
    for (size_t first = 0; first < steps; first += NT_PART_BLOCKS) {
        const size_t end = first + NT_PART_BLOCKS < steps ? first + NT_PART_BLOCKS : steps;
        for (size_t tile = part->first_tile; tile < part->tile_end; tile++)
            kernels.unpack(product->weights + tile * tile_bytes, first, end, unpacked[tile - part->first_tile]);
        for (size_t group = part->first_group; group < part->group_end; group++) {
            const nt_amx_group tokens = nt_amx_group_of(product, group);
            if (tokens.count != shaped) nt_amx_shape_group(shaped = tokens.count);
            for (size_t tile = part->first_tile; tile < part->tile_end; tile++) {
                nt_amx_block_job job = {
                    .job = nt_amx_tile_job(product, tile, tokens),
                    .sums = &sums[group - part->first_group][tile - part->first_tile],
                    .is_first = first == 0,
                    .is_last = end == steps,
                };
                job.job.steps = end - first;
                job.job.weights = unpacked[tile - part->first_tile];
                job.job.activations = product->activations + tokens.first * token_bytes +
                                      first * tokens.count * NT_ACTIVATION_BLOCK_BYTES;
                kernels.multiply(&job);
            }
        }
    }
}
