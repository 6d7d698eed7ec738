// The loops of attention.h over the vectors of nt_simd.h. Included once for each instruction set.
//
// NT_SCORE_ROWS and NT_VALUE_ROWS say how many rows share what a loop loads, NT_VALUE_VECTORS how many vectors of a
// value row it takes at once: their products are the sums that fit in registers. Fewer rows than that go through the
// same loops, each row's sums in the same order. A head's dimension is a multiple of NT_SCORE_CHAINS.

#define NT_KEY_VECTORS (NT_BLOCK_TOKENS / NT_WIDTH)
#define NT_UNROLL _Pragma("clang loop unroll(full)")

NT_INLINE nt_vf nt_widen_part(bool is_bf16, const uint16_t *x, size_t count) {
    uint16_t part[NT_WIDTH] = {0};
    memcpy(part, x, count * sizeof(uint16_t));
    return nt_widen(is_bf16, part);
}

NT_INLINE void nt_widen_rows(bool is_bf16, const uint16_t *x, size_t rows, size_t count, size_t columns, float *out) {
    for (size_t row = 0; row < rows; row++, x += count, out += columns) {
        size_t i = 0;
        for (; i + NT_WIDTH <= count; i += NT_WIDTH) nt_store(out + i, nt_widen(is_bf16, x + i));
        for (; i < columns; i += NT_WIDTH)
            nt_store(out + i, nt_widen_part(is_bf16, x + i, i < count ? count - i : 0));
    }
}

static void nt_widen_simd(bool is_bf16, const uint16_t *x, size_t rows, size_t count, size_t columns, float *out) {
    if (count == columns) count = columns = rows * columns, rows = 1;
    if (is_bf16) {
        nt_widen_rows(true, x, rows, count, columns, out);
    } else {
        nt_widen_rows(false, x, rows, count, columns, out);
    }
}

static void nt_dequantize_keys_simd(const int8_t *x, const uint16_t *scales, size_t dimension, float *out) {
    for (size_t first = 0; first < dimension; first += NT_KV_GROUP, scales += NT_BLOCK_TOKENS) {
        nt_vf scale[NT_KEY_VECTORS];
        NT_UNROLL for (size_t j = 0; j < NT_KEY_VECTORS; j++) scale[j] = nt_widen(false, scales + j * NT_WIDTH);
        size_t count = dimension - first < NT_KV_GROUP ? dimension - first : NT_KV_GROUP;
        for (size_t i = 0; i < count; i++, x += NT_BLOCK_TOKENS, out += NT_BLOCK_TOKENS)
            NT_UNROLL for (size_t j = 0; j < NT_KEY_VECTORS; j++)
                nt_store(out + j * NT_WIDTH, nt_widen_bytes(x + j * NT_WIDTH) * scale[j]);
    }
}

static void nt_dequantize_values_simd(const int8_t *x, const uint16_t *scales, size_t tokens, size_t dimension,
                                      size_t columns, float *out) {
    size_t groups = nt_kv_groups(dimension);
    float wide[NT_BLOCK_TOKENS * NT_HEAD_DIMENSION_MAX / NT_KV_GROUP];
    // Of slots after the last query too: 16 rows are whole vectors.
    for (size_t i = 0; i < NT_BLOCK_TOKENS * groups; i += NT_WIDTH) nt_store(wide + i, nt_widen(false, scales + i));
    const float *scale = wide;
    for (size_t token = 0; token < tokens; token++, x += dimension, scale += groups, out += columns) {
        size_t i = 0;
        for (; i + NT_WIDTH <= dimension; i += NT_WIDTH)
            nt_store(out + i, nt_widen_bytes(x + i) * nt_splat(scale[i / NT_KV_GROUP]));
        if (i == columns) continue;
        int8_t part[NT_BLOCK_TOKENS] = {0};
        memcpy(part, x + i, dimension - i);
        for (size_t j = 0; i < columns; i += NT_WIDTH, j += NT_WIDTH)
            nt_store(out + i, nt_widen_bytes(part + j) * nt_splat(i < dimension ? scale[i / NT_KV_GROUP] : 0));
    }
}

// A row's sums: NT_SCORE_CHAINS of them take turns, so that few rows keep the multipliers busy too.
NT_INLINE void nt_score_rows(const size_t rows, const float *queries, size_t columns, size_t dimension,
                             const float *keys, float *scores) {
    nt_vf sums[NT_SCORE_ROWS][NT_SCORE_CHAINS][NT_KEY_VECTORS];
    NT_UNROLL for (size_t row = 0; row < rows; row++)
        NT_UNROLL for (size_t chain = 0; chain < NT_SCORE_CHAINS; chain++)
            NT_UNROLL for (size_t j = 0; j < NT_KEY_VECTORS; j++) sums[row][chain][j] = nt_splat(0);
    for (size_t i = 0; i < dimension; i += NT_SCORE_CHAINS, keys += NT_SCORE_CHAINS * NT_BLOCK_TOKENS) {
        NT_UNROLL for (size_t chain = 0; chain < NT_SCORE_CHAINS; chain++) {
            NT_UNROLL for (size_t row = 0; row < rows; row++) {
                nt_vf query = nt_splat(queries[row * columns + i + chain]);
                NT_UNROLL for (size_t j = 0; j < NT_KEY_VECTORS; j++) {
                    nt_vf key = nt_load(keys + chain * NT_BLOCK_TOKENS + j * NT_WIDTH);
                    sums[row][chain][j] = nt_fma(query, key, sums[row][chain][j]);
                }
            }
        }
    }
    NT_UNROLL for (size_t row = 0; row < rows; row++) {
        NT_UNROLL for (size_t j = 0; j < NT_KEY_VECTORS; j++) {
            nt_vf sum = sums[row][0][j];
            NT_UNROLL for (size_t chain = 1; chain < NT_SCORE_CHAINS; chain++) sum += sums[row][chain][j];
            nt_store(scores + row * NT_BLOCK_TOKENS + j * NT_WIDTH, sum);
        }
    }
}

static void nt_score_simd(const float *queries, size_t rows, size_t columns, size_t dimension, const float *keys,
                          float *scores) {
    for (; rows >= NT_SCORE_ROWS; rows -= NT_SCORE_ROWS) {
        nt_score_rows(NT_SCORE_ROWS, queries, columns, dimension, keys, scores);
        queries += NT_SCORE_ROWS * columns;
        scores += NT_SCORE_ROWS * NT_BLOCK_TOKENS;
    }
    switch (rows) {
#if NT_SCORE_ROWS == 8
    case 7: nt_score_rows(7, queries, columns, dimension, keys, scores); break;
    case 6: nt_score_rows(6, queries, columns, dimension, keys, scores); break;
    case 5: nt_score_rows(5, queries, columns, dimension, keys, scores); break;
    case 4: nt_score_rows(4, queries, columns, dimension, keys, scores); break;
#endif
    case 3: nt_score_rows(3, queries, columns, dimension, keys, scores); break;
    case 2: nt_score_rows(2, queries, columns, dimension, keys, scores); break;
    case 1: nt_score_rows(1, queries, columns, dimension, keys, scores); break;
    }
}

static void nt_weigh_simd(float *scores, size_t rows, float *maxima, float *scales, float *sums) {
    for (size_t row = 0; row < rows; row++) {
        nt_vf largest = nt_load(scores + row * NT_BLOCK_TOKENS);
        NT_UNROLL for (size_t j = 1; j < NT_KEY_VECTORS; j++)
            largest = nt_max(largest, nt_load(scores + row * NT_BLOCK_TOKENS + j * NT_WIDTH));
        float maximum = nt_reduce_max(largest);
        scales[row] = maximum > maxima[row] ? maxima[row] - maximum : 0;
        maxima[row] = maximum > maxima[row] ? maximum : maxima[row];
    }
    // Rows are few, and `scales` has room for whole vectors.
    for (size_t row = 0; row < rows; row += NT_WIDTH) nt_store(scales + row, nt_exp2(nt_load(scales + row)));
    for (size_t row = 0; row < rows; row++) {
        NT_UNROLL for (size_t j = 0; j < NT_KEY_VECTORS; j++) {
            size_t i = row * NT_BLOCK_TOKENS + j * NT_WIDTH;
            nt_vf weight = nt_exp2(nt_load(scores + i) - nt_splat(maxima[row]));
            nt_store(scores + i, weight);
            nt_store(sums + i, nt_fma(nt_load(sums + i), nt_splat(scales[row]), weight));
        }
    }
}

NT_INLINE void nt_accumulate_rows(const size_t rows, const size_t vectors, const float *weights, const float *scales,
                                  size_t columns, const float *values, size_t tokens, float *out) {
    nt_vf sums[NT_VALUE_ROWS][NT_VALUE_VECTORS];
    NT_UNROLL for (size_t row = 0; row < rows; row++)
        NT_UNROLL for (size_t j = 0; j < vectors; j++)
            sums[row][j] = nt_load(out + row * columns + j * NT_WIDTH) * nt_splat(scales[row]);
    for (size_t token = 0; token < tokens; token++, values += columns) {
        nt_vf value[NT_VALUE_VECTORS];
        NT_UNROLL for (size_t j = 0; j < vectors; j++) value[j] = nt_load(values + j * NT_WIDTH);
        NT_UNROLL for (size_t row = 0; row < rows; row++) {
            nt_vf weight = nt_splat(weights[row * NT_BLOCK_TOKENS + token]);
            NT_UNROLL for (size_t j = 0; j < vectors; j++) sums[row][j] = nt_fma(weight, value[j], sums[row][j]);
        }
    }
    NT_UNROLL for (size_t row = 0; row < rows; row++)
        NT_UNROLL for (size_t j = 0; j < vectors; j++) nt_store(out + row * columns + j * NT_WIDTH, sums[row][j]);
}

NT_INLINE void nt_accumulate_columns(const size_t rows, const float *weights, const float *scales, size_t columns,
                                     const float *values, size_t tokens, float *out) {
    const size_t step = NT_VALUE_VECTORS * NT_WIDTH;
    size_t column = 0;
    for (; column + step <= columns; column += step)
        nt_accumulate_rows(rows, NT_VALUE_VECTORS, weights, scales, columns, values + column, tokens, out + column);
    for (; column < columns; column += NT_WIDTH)
        nt_accumulate_rows(rows, 1, weights, scales, columns, values + column, tokens, out + column);
}

static void nt_accumulate_simd(const float *weights, const float *scales, size_t rows, size_t columns,
                               const float *values, size_t tokens, float *out) {
    size_t row = 0;
#define NT_ACCUMULATE(count)                                                                                          \
    for (; rows - row >= count; row += count)                                                                         \
        nt_accumulate_columns(count, weights + row * NT_BLOCK_TOKENS, scales + row, columns, values, tokens,          \
                              out + row * columns);
    NT_ACCUMULATE(4)
    NT_ACCUMULATE(2)
    NT_ACCUMULATE(1)
#undef NT_ACCUMULATE
}

static void nt_combine_simd(float *out, float scale, const float *other, float other_scale, size_t columns) {
    for (size_t i = 0; i < columns; i++) out[i] = __builtin_fmaf(out[i], scale, other[i] * other_scale);
}

static float nt_exp2_simd(float x) { return nt_exp2(nt_splat(x))[0]; }

NT_SIMD_END

const nt_attention_kernels NT_ATTENTION = {
    .widen = nt_widen_simd,
    .dequantize_keys = nt_dequantize_keys_simd,
    .dequantize_values = nt_dequantize_values_simd,
    .score = nt_score_simd,
    .weigh = nt_weigh_simd,
    .accumulate = nt_accumulate_simd,
    .combine = nt_combine_simd,
    .exp2 = nt_exp2_simd,
};
