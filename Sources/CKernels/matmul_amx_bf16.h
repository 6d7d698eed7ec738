// The product of BF16 weights with AMX: two tiles of rows by two groups of tokens at a time, so that four products run
// while one waits for its sums. Packed activations are a tile for each 32 columns (matmul_format.h).
//
// A row's sums go through its columns by 32 in order, for one token as for many.
#include "matmul_amx_parts.h"

#define NT_STEP_PAIRS 16
#define NT_STEP_BYTES (NT_STEP_PAIRS * 64)

// Steps that are multiplied at once.
#define NT_PART_STEPS 32

// Two tiles by two groups, or one where there is no second.
typedef struct {
    const uint8_t *weights[2];
    const uint8_t *activations[2];
    size_t tokens[2];
    nt_amx_sums *sums[2][2];  // [group][tile]
} nt_amx_quarters;

// Multiplies steps first ..< end, the last one of `pairs` pairs. Tiles are: sums 0 … 3, activations 4 and 5, weights 6
// and 7.
NT_AMX_INLINE void nt_amx_multiply_quarters(const nt_amx_quarters *some, const size_t tiles, const size_t groups,
                                            size_t first, size_t end, size_t pairs) {
#define NT_AMX_FOR_EACH_SUM(X)       \
    X(0, 0)                          \
    if (tiles > 1) { X(0, 1) }       \
    if (groups > 1) { X(1, 0) }      \
    if (tiles > 1 && groups > 1) { X(1, 1) }
#define NT_AMX_ZERO(g, t) nt_amx_zero(2 * g + t);
#define NT_AMX_LOAD(g, t) nt_amx_load(2 * g + t, *some->sums[g][t], 64);
#define NT_AMX_STORE(g, t) nt_amx_store(2 * g + t, *some->sums[g][t], 64);
#define NT_AMX_DOT(g, t) nt_amx_dot_bf16(2 * g + t, 4 + g, 6 + t);
    if (first == 0) {
        NT_AMX_FOR_EACH_SUM(NT_AMX_ZERO)
    } else {
        NT_AMX_FOR_EACH_SUM(NT_AMX_LOAD)
    }
    const size_t whole = pairs < NT_STEP_PAIRS ? end - 1 : end;
    for (size_t k = first; k < whole; k++) {
        nt_amx_load(4, some->activations[0] + k * some->tokens[0] * 64, 64);
        nt_amx_load(6, some->weights[0] + k * NT_STEP_BYTES, 64);
        if (groups > 1) { nt_amx_load(5, some->activations[1] + k * some->tokens[1] * 64, 64); }
        if (tiles > 1) { nt_amx_load(7, some->weights[1] + k * NT_STEP_BYTES, 64); }
        NT_AMX_FOR_EACH_SUM(NT_AMX_DOT)
    }
    if (whole < end) {
        // The last step, with zeros in the place of missing columns.
        _Alignas(64) uint8_t activations[2][16][64] = {0}, weights[2][NT_STEP_BYTES] = {0};
        for (size_t t = 0; t < tiles; t++) memcpy(weights[t], some->weights[t] + whole * NT_STEP_BYTES, pairs * 64);
        for (size_t g = 0; g < groups; g++)
            for (size_t token = 0; token < some->tokens[g]; token++)
                memcpy(activations[g][token],
                       some->activations[g] + whole * some->tokens[g] * 64 + token * pairs * 4, pairs * 4);
        nt_amx_load(4, activations[0], 64);
        nt_amx_load(6, weights[0], 64);
        if (groups > 1) { nt_amx_load(5, activations[1], 64); }
        if (tiles > 1) { nt_amx_load(7, weights[1], 64); }
        NT_AMX_FOR_EACH_SUM(NT_AMX_DOT)
    }
    NT_AMX_FOR_EACH_SUM(NT_AMX_STORE)
}

NT_AMX static void nt_amx_multiply_some(const nt_amx_quarters *some, size_t tiles, size_t groups, size_t first,
                                        size_t end, size_t pairs) {
    if (tiles > 1 && groups > 1) nt_amx_multiply_quarters(some, 2, 2, first, end, pairs);
    else if (tiles > 1) nt_amx_multiply_quarters(some, 2, 1, first, end, pairs);
    else if (groups > 1) nt_amx_multiply_quarters(some, 1, 2, first, end, pairs);
    else nt_amx_multiply_quarters(some, 1, 1, first, end, pairs);
}

NT_AMX static void nt_amx_shape_groups(const size_t *tokens) {
    nt_tile_shapes shapes = {0};
    for (int g = 0; g < 2; g++) {
        nt_amx_shape(&shapes, 2 * g, tokens[g], 64);
        nt_amx_shape(&shapes, 2 * g + 1, tokens[g], 64);
        nt_amx_shape(&shapes, 4 + g, tokens[g], 64);
        nt_amx_shape(&shapes, 6 + g, NT_STEP_PAIRS, 64);
    }
    nt_amx_configure(&shapes);
}

NT_AMX static void nt_amx_finish(const nt_product *product, size_t tile, size_t group, const nt_amx_sums *sums) {
    const nt_tile_job job = nt_amx_tile_job(product, tile, nt_amx_group_of(product, group));
    for (size_t t = 0; t < job.tokens; t++) nt_store(&job, t, _mm512_load_ps((*sums)[t]));
}

// A part of a product with BF16 weights.
NT_AMX static void nt_amx_multiply_bf16(const nt_product *product, const nt_amx_part *part,
                                        nt_amx_sums (*sums)[NT_PART_TILES]) {
    const size_t all_pairs = nt_steps(NT_TYPE_BF16, product->columns);
    const size_t steps = (all_pairs + NT_STEP_PAIRS - 1) / NT_STEP_PAIRS;
    // Few tokens read weights once, in order.
    const size_t part_steps = part->group_end - part->first_group <= 2 ? steps : NT_PART_STEPS;
    size_t shaped[2] = {0, 0};
    for (size_t first = 0; first < steps; first += part_steps) {
        const size_t end = first + part_steps < steps ? first + part_steps : steps;
        const size_t pairs = end < steps ? NT_STEP_PAIRS : all_pairs - (steps - 1) * NT_STEP_PAIRS;
        for (size_t group = part->first_group; group < part->group_end; group += 2) {
            const size_t groups = part->group_end - group < 2 ? 1 : 2;
            nt_amx_quarters quarters = {.tokens = {0, 0}};
            for (size_t g = 0; g < groups; g++) {
                const nt_amx_group tokens = nt_amx_group_of(product, group + g);
                quarters.tokens[g] = tokens.count;
                quarters.activations[g] = product->activations + tokens.first * all_pairs * 4;
            }
            if (groups == 1) quarters.tokens[1] = quarters.tokens[0];
            if (quarters.tokens[0] != shaped[0] || quarters.tokens[1] != shaped[1]) {
                nt_amx_shape_groups(quarters.tokens);
                memcpy(shaped, quarters.tokens, sizeof shaped);
            }
            for (size_t tile = part->first_tile; tile < part->tile_end; tile += 2) {
                const size_t tiles = part->tile_end - tile < 2 ? 1 : 2;
                for (size_t t = 0; t < tiles; t++) {
                    quarters.weights[t] = product->weights + (tile + t) * all_pairs * 64;
                    for (size_t g = 0; g < groups; g++)
                        quarters.sums[g][t] = &sums[group + g - part->first_group][tile + t - part->first_tile];
                }
                nt_amx_multiply_some(&quarters, tiles, groups, first, end, pairs);
                if (end < steps) continue;
                for (size_t g = 0; g < groups; g++)
                    for (size_t t = 0; t < tiles; t++)
                        nt_amx_finish(product, tile + t, group + g, quarters.sums[g][t]);
            }
        }
    }
}
