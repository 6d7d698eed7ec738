// Attention with the dot product of BF16 pairs, which multiplies twice as many numbers as f32 does in the same time.
//
// Blocks are taken in stretches of 64 positions, counted from position 0. Queries, keys, values and weights are rounded
// to BF16 and lie in pairs: queries and keys along the dimension, weights and values along the positions. Scores,
// maxima, sums and outputs are f32; the sums are those of the rounded weights, so that these add up to 1.
//
// What a row does not see has a weight of exactly 0, and adding its products changes nothing: a row's result has the
// same bits whatever else the stretches hold for other rows.
#if defined(__x86_64__)
#define NT_SIMD_AVX512BF16
#include "attention.h"
#include "nt_simd.h"

#define NT_UNROLL _Pragma("clang loop unroll(full)")

#define ROWS NT_ATTENTION_ROWS_MAX
#define BLOCK NT_BLOCK_TOKENS
#define STRETCH_BLOCKS 4
#define STRETCH (STRETCH_BLOCKS * BLOCK)

// Rows that share what a loop loads: with vectors of a stretch's keys, or of 64 columns of values, their sums fill 24
// of the 32 registers.
#define TILE_ROWS 6
#define VECTORS 4

typedef struct {
    const nt_item_state *item;
    nt_partial partial;
    size_t position;     // of the stretch's first token
    bool all_seen;       // each row sees the whole stretch
    size_t query_pairs;  // in a row of queries
    _Alignas(64) uint32_t queries[ROWS * NT_HEAD_DIMENSION_MAX / 2];    // [row][query_pairs]
    _Alignas(64) uint32_t keys[NT_HEAD_DIMENSION_MAX / 2 * STRETCH];    // [dimension / 2][64]
    _Alignas(64) uint32_t values[STRETCH / 2 * NT_HEAD_DIMENSION_MAX];  // [32][columns]
    _Alignas(64) float sums[ROWS * 16];
    size_t positions[ROWS];  // of the rows' tokens
} nt_stretch;

// A tile's rows in a stretch.
typedef struct {
    size_t row;
    size_t first, end;  // the positions of the stretch that any of the rows sees
    _Alignas(64) float scores[TILE_ROWS * STRETCH];
    _Alignas(64) uint32_t weights[TILE_ROWS * STRETCH / 2];
    float scales[16];
} nt_tile;

NT_INLINE nt_vf nt_dot(nt_vf sum, __m512i a, __m512i b) { return _mm512_dpbf16_ps(sum, (__m512bh)a, (__m512bh)b); }

// Numbers rounded to BF16, `low` before `high`.
NT_INLINE __m512i nt_round(nt_vf low, nt_vf high) { return (__m512i)_mm512_cvtne2ps_pbh(high, low); }

// Pairs of a number of the lower half and one of the upper.
NT_INLINE __m512i nt_pair(__m512i halves) {
    const __m512i low = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
    const __m512i places = _mm512_or_si512(low, _mm512_slli_epi32(_mm512_add_epi32(low, _mm512_set1_epi32(16)), 16));
    return _mm512_permutexvar_epi16(places, halves);
}

// MARK: Loading

static void nt_pack_queries(nt_stretch *stretch) {
    const nt_item_state *item = stretch->item;
    for (size_t row = 0; row < item->rows; row++) {
        const float *query = item->queries + row * item->columns;
        uint32_t *out = stretch->queries + row * stretch->query_pairs;
        for (size_t i = 0; i < item->columns; i += 16)
            _mm256_storeu_si256((__m256i *)(out + i / 2), (__m256i)_mm512_cvtneps_pbh(nt_load(query + i)));
    }
}

NT_INLINE void nt_load_keys(const nt_kv_type type, const uint8_t *bytes, size_t dimension, uint32_t *out) {
    const uint16_t *halves = (const uint16_t *)bytes;
    const int8_t *numbers = (const int8_t *)bytes;
    const uint16_t *scales = (const uint16_t *)(bytes + BLOCK * dimension);
    for (size_t i = 0; i < dimension; i += 2, out += STRETCH) {
        __m512i pairs;
        if (type == NT_KV_BF16) {
            pairs = _mm512_loadu_si512(halves + i * BLOCK);
        } else if (type == NT_KV_F16) {
            pairs = nt_round(nt_widen(false, halves + i * BLOCK), nt_widen(false, halves + (i + 1) * BLOCK));
        } else {
            nt_vf scale = nt_widen(false, scales + i / NT_KV_GROUP * BLOCK);
            pairs = nt_round(nt_widen_bytes(numbers + i * BLOCK) * scale,
                             nt_widen_bytes(numbers + (i + 1) * BLOCK) * scale);
        }
        _mm512_storeu_si512(out, nt_pair(pairs));
    }
}

// The values of two tokens, or of one and zeros, in columns i ..< i + 16 as far as there are so many.
NT_INLINE __m512i nt_load_value_pairs(const nt_kv_type type, const uint8_t *bytes, size_t token, bool is_alone,
                                      size_t dimension, size_t i) {
    const __mmask16 low = dimension - i >= 16 ? 0xffff : 0xff, high = is_alone ? 0 : low;
    if (type == NT_KV_Q8_0) {
        const int8_t *numbers = (const int8_t *)bytes + token * dimension + i;
        const size_t groups = nt_kv_groups(dimension);
        const uint16_t *scales = (const uint16_t *)(bytes + BLOCK * dimension) + token * groups + i / NT_KV_GROUP;
        __m512i first = _mm512_cvtepi8_epi32(_mm_maskz_loadu_epi8(low, numbers));
        __m512i second = _mm512_cvtepi8_epi32(_mm_maskz_loadu_epi8(high, numbers + dimension));
        float scale = _cvtsh_ss(scales[0]), other = is_alone ? 0 : _cvtsh_ss(scales[groups]);
        return nt_pair(nt_round(_mm512_cvtepi32_ps(first) * nt_splat(scale),
                                _mm512_cvtepi32_ps(second) * nt_splat(other)));
    }
    const uint16_t *numbers = (const uint16_t *)bytes + token * dimension + i;
    __m256i first = _mm256_maskz_loadu_epi16(low, numbers);
    __m256i second = _mm256_maskz_loadu_epi16(high, numbers + dimension);
    if (type == NT_KV_BF16) return nt_pair(_mm512_inserti64x4(_mm512_castsi256_si512(first), second, 1));
    return nt_pair(nt_round(_mm512_cvtph_ps(first), _mm512_cvtph_ps(second)));
}

// Slots after the first `tokens` may hold anything and are not read.
NT_INLINE void nt_load_values(const nt_kv_type type, const uint8_t *bytes, size_t tokens, size_t dimension,
                              size_t columns, uint32_t *out) {
    for (size_t token = 0; token < tokens; token += 2, out += columns) {
        bool is_alone = token + 1 == tokens;
        for (size_t i = 0; i < columns; i += 16)
            _mm512_storeu_si512(out + i, nt_load_value_pairs(type, bytes, token, is_alone, dimension, i));
    }
}

static void nt_load_block(nt_stretch *stretch, size_t block) {
    const nt_attention *attention = stretch->item->attention;
    const size_t dimension = attention->head_dimension, columns = stretch->item->columns;
    const size_t place = block % STRETCH_BLOCKS * BLOCK;
    const uint8_t *keys = nt_item_block(stretch->item, block);
    const uint8_t *values = keys + BLOCK * nt_kv_vector_bytes(attention->type, dimension);
    const size_t last = nt_last_query(stretch->item->item) - block * BLOCK;
    const size_t tokens = last < BLOCK ? last + 1 : BLOCK;
    uint32_t *key_pairs = stretch->keys + place, *value_pairs = stretch->values + place / 2 * columns;
    nt_prefetch_next(stretch->item, block);
#define NT_LOAD(type)                                                                                                  \
    case type:                                                                                                         \
        nt_load_keys(type, keys, dimension, key_pairs);                                                                \
        nt_load_values(type, values, tokens, dimension, columns, value_pairs);                                         \
        break;
    switch (attention->type) {
        NT_LOAD(NT_KV_F16)
        NT_LOAD(NT_KV_BF16)
        NT_LOAD(NT_KV_Q8_0)
    }
#undef NT_LOAD
}

// MARK: A tile of rows

// Scores of `vectors` blocks of the stretch.
NT_INLINE void nt_score(const size_t rows, const size_t vectors, const nt_stretch *stretch, size_t block,
                        nt_tile *tile) {
    const size_t pairs = stretch->item->attention->head_dimension / 2;
    const uint32_t *queries = stretch->queries + tile->row * stretch->query_pairs;
    const uint32_t *keys = stretch->keys + block * BLOCK;
    nt_vf sums[TILE_ROWS][VECTORS];
    NT_UNROLL for (size_t row = 0; row < rows; row++)
        NT_UNROLL for (size_t j = 0; j < vectors; j++) sums[row][j] = nt_splat(0);
    for (size_t i = 0; i < pairs; i++, keys += STRETCH) {
        __m512i key[VECTORS];
        NT_UNROLL for (size_t j = 0; j < vectors; j++) key[j] = _mm512_load_si512(keys + j * BLOCK);
        NT_UNROLL for (size_t row = 0; row < rows; row++) {
            __m512i query = _mm512_set1_epi32((int)queries[row * stretch->query_pairs + i]);
            NT_UNROLL for (size_t j = 0; j < vectors; j++) sums[row][j] = nt_dot(sums[row][j], query, key[j]);
        }
    }
    NT_UNROLL for (size_t row = 0; row < rows; row++)
        NT_UNROLL for (size_t j = 0; j < vectors; j++)
            nt_store(tile->scores + row * STRETCH + (block + j) * BLOCK, sums[row][j]);
}

// 2^x for x of at most 0, by a polynomial whose relative error is below 1e-4: the result is rounded to BF16, by up to
// 4e-3. Exactly 1 for 0.
NT_INLINE nt_vf nt_exp2_rough(nt_vf x) {
    nt_vf r = _mm512_reduce_ps(x, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC);
    nt_vf p = nt_fma(nt_splat(0.0770672f), r, nt_splat(0.22764482f));
    p = nt_fma(p, r, nt_splat(0.6951168f));
    p = nt_fma(p, r, nt_splat(1));
    return _mm512_scalef_ps(p, x);
}

// Which of the positions from `position` on lie in first ..< end, for the 64 of a stretch.
NT_INLINE uint64_t nt_seen(size_t position, size_t first, size_t end) {
    if (end <= position || first >= position + STRETCH) return 0;
    uint64_t seen = end - position < STRETCH ? (1ull << (end - position)) - 1 : ~0ull;
    return first > position ? seen >> (first - position) << (first - position) : seen;
}

// The largest of all lanes, in each lane.
NT_INLINE nt_vf nt_spread_max(nt_vf x) {
    x = nt_max(x, _mm512_shuffle_f32x4(x, x, 0x4e));
    x = nt_max(x, _mm512_shuffle_f32x4(x, x, 0xb1));
    x = nt_max(x, _mm512_permute_ps(x, 0x4e));
    return nt_max(x, _mm512_permute_ps(x, 0xb1));
}

// Turns a tile's scores into weights 2^(score - maximum), and says what the earlier ones shrink by.
NT_INLINE void nt_weigh(const size_t rows, const bool all_seen, nt_stretch *stretch, nt_tile *tile) {
    const size_t *positions = stretch->positions + tile->row;
    uint64_t seen[TILE_ROWS];
    nt_vf after[TILE_ROWS], scales = nt_splat(0);
    float *maxima = stretch->partial.maxima + tile->row;
    NT_UNROLL for (size_t row = 0; row < rows; row++) {
        size_t first = nt_first_seen(stretch->item->attention, positions[row]);
        seen[row] = all_seen ? ~0ull : nt_seen(stretch->position, first, positions[row] + 1);
        nt_vf largest = nt_splat(NT_LOWEST);
        NT_UNROLL for (size_t j = 0; j < VECTORS; j++) {
            __mmask16 mask = (__mmask16)(seen[row] >> (j * 16));
            nt_vf scores = _mm512_maskz_loadu_ps(mask, tile->scores + row * STRETCH + j * BLOCK);
            largest = _mm512_mask_max_ps(largest, mask, largest, scores);
        }
        largest = nt_max(nt_spread_max(largest), nt_splat(maxima[row]));
        after[row] = largest;
        scales = _mm512_mask_sub_ps(scales, (__mmask16)(1u << row), nt_splat(maxima[row]), largest);
        maxima[row] = largest[0];
    }
    nt_store(tile->scales, nt_exp2(scales));

    const __m512i ones = _mm512_set1_epi16(0x3f80);
    float *sums = stretch->sums + tile->row * 16;
    NT_UNROLL for (size_t row = 0; row < rows; row++) {
        nt_vf sum = nt_load(sums + row * 16) * nt_splat(tile->scales[row]);
        NT_UNROLL for (size_t half = 0; half < 2; half++) {
            nt_vf weights[2];
            NT_UNROLL for (size_t j = 0; j < 2; j++) {
                __mmask16 mask = (__mmask16)(seen[row] >> (half * 32 + j * 16));
                nt_vf scores = _mm512_maskz_loadu_ps(mask, tile->scores + row * STRETCH + half * 32 + j * BLOCK);
                weights[j] = _mm512_maskz_mov_ps(mask, nt_exp2_rough(scores - after[row]));
            }
            __m512i pairs = nt_round(weights[0], weights[1]);
            sum = nt_dot(sum, pairs, ones);
            _mm512_store_si512(tile->weights + row * STRETCH / 2 + half * 16, pairs);
        }
        nt_store(sums + row * 16, sum);
    }
}

NT_INLINE void nt_accumulate(const size_t rows, const size_t vectors, const nt_stretch *stretch, const nt_tile *tile,
                             size_t column) {
    const size_t columns = stretch->item->columns;
    const size_t first = (tile->first - stretch->position) / 2, end = (tile->end - stretch->position + 1) / 2;
    const uint32_t *values = stretch->values + first * columns + column;
    float *out = stretch->partial.values + tile->row * columns + column;
    nt_vf sums[TILE_ROWS][VECTORS];
    NT_UNROLL for (size_t row = 0; row < rows; row++)
        NT_UNROLL for (size_t j = 0; j < vectors; j++)
            sums[row][j] = nt_load(out + row * columns + j * 16) * nt_splat(tile->scales[row]);
    for (size_t pair = first; pair < end; pair++, values += columns) {
        __m512i value[VECTORS];
        NT_UNROLL for (size_t j = 0; j < vectors; j++) value[j] = _mm512_load_si512(values + j * 16);
        NT_UNROLL for (size_t row = 0; row < rows; row++) {
            __m512i weight = _mm512_set1_epi32((int)tile->weights[row * STRETCH / 2 + pair]);
            NT_UNROLL for (size_t j = 0; j < vectors; j++) sums[row][j] = nt_dot(sums[row][j], weight, value[j]);
        }
    }
    NT_UNROLL for (size_t row = 0; row < rows; row++)
        NT_UNROLL for (size_t j = 0; j < vectors; j++) nt_store(out + row * columns + j * 16, sums[row][j]);
}

NT_INLINE void nt_attend_tile(const size_t rows, nt_stretch *stretch, size_t row) {
    const size_t columns = stretch->item->columns;
    nt_tile tile;
    tile.row = row;
    tile.first = nt_first_seen(stretch->item->attention, stretch->positions[row]);
    tile.end = stretch->positions[row + rows - 1] + 1;
    if (tile.first < stretch->position) tile.first = stretch->position;
    if (tile.end > stretch->position + STRETCH) tile.end = stretch->position + STRETCH;
    if (tile.first >= tile.end) return;

    size_t block = (tile.first - stretch->position) / BLOCK;
    size_t block_end = (tile.end - stretch->position + BLOCK - 1) / BLOCK;
    if (block_end - block == VECTORS) {
        nt_score(rows, VECTORS, stretch, block, &tile);
    } else {
        for (; block < block_end; block++) nt_score(rows, 1, stretch, block, &tile);
    }
    if (stretch->all_seen) {
        nt_weigh(rows, true, stretch, &tile);
    } else {
        nt_weigh(rows, false, stretch, &tile);
    }
    size_t column = 0;
    for (; column + VECTORS * 16 <= columns; column += VECTORS * 16)
        nt_accumulate(rows, VECTORS, stretch, &tile, column);
    for (; column < columns; column += 16) nt_accumulate(rows, 1, stretch, &tile, column);
}

#define NT_TILE(count)                                                                                                 \
    static __attribute__((noinline)) void nt_attend_tile_##count(nt_stretch *stretch, size_t row) {                    \
        nt_attend_tile(count, stretch, row);                                                                           \
    }
NT_TILE(1)
NT_TILE(2)
NT_TILE(3)
NT_TILE(4)
NT_TILE(5)
NT_TILE(6)
#undef NT_TILE

static void nt_attend_rows(nt_stretch *stretch) {
    const size_t rows = stretch->item->rows;
    size_t row = 0;
    for (; row + TILE_ROWS <= rows; row += TILE_ROWS) nt_attend_tile_6(stretch, row);
    switch (rows - row) {
    case 5: nt_attend_tile_5(stretch, row); break;
    case 4: nt_attend_tile_4(stretch, row); break;
    case 3: nt_attend_tile_3(stretch, row); break;
    case 2: nt_attend_tile_2(stretch, row); break;
    case 1: nt_attend_tile_1(stretch, row); break;
    }
}

void nt_attend_blocks_bf16(const nt_item_state *state, size_t first, size_t end, nt_partial partial) {
    nt_stretch stretch;
    stretch.item = state;
    stretch.partial = partial;
    stretch.query_pairs = state->columns / 2;
    nt_pack_queries(&stretch);
    for (size_t row = 0; row < state->rows; row++) {
        stretch.positions[row] = state->item->position + row / state->item->head_count;
        partial.maxima[row] = NT_LOWEST;
    }
    memset(stretch.sums, 0, state->rows * 16 * sizeof(float));
    memset(partial.values, 0, state->rows * state->columns * sizeof(float));
    for (size_t block = first; block < end;) {
        stretch.position = block / STRETCH_BLOCKS * STRETCH;
        for (; block < end && block * BLOCK < stretch.position + STRETCH; block++) nt_load_block(&stretch, block);
        stretch.all_seen = stretch.position + STRETCH <= state->item->position + 1 &&
                           nt_first_seen(state->attention, nt_last_query(state->item)) <= stretch.position;
        nt_attend_rows(&stretch);
    }
    for (size_t row = 0; row < state->rows; row++) partial.sums[row] = nt_reduce_add(nt_load(stretch.sums + row * 16));
}

NT_SIMD_END
#endif
