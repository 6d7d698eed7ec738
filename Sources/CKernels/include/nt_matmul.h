// Products of activations with quantised weight matrices.
//
// Weights are repacked at load, without loss, into tiles of 16 rows: a SIMD lane is an output row. Activations are
// packed in groups of a few tokens; for quantised weights they become int8 with a scale for each 32 columns. Functions
// take ranges of tiles or groups, so that a caller's threads share the work. A row's result has one order of
// reduction, hence the same bits whatever the number of tokens, the range, or the instruction set; only BF16 weights
// give slightly other bits where the processor has a BF16 dot product, and others again with AMX.
//
// `type` is the number that GGUF gives a tensor type.
#ifndef NT_MATMUL_H
#define NT_MATMUL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NT_TILE_ROWS 16
#define NT_GROUP_TOKENS 12

// The same for products with AMX.
#define NT_GROUP_TOKENS_MAX 16

// The types that have kernels.
enum {
    NT_TYPE_F32 = 0,
    NT_TYPE_F16 = 1,
    NT_TYPE_Q4_0 = 2,
    NT_TYPE_Q4_1 = 3,
    NT_TYPE_Q5_0 = 6,
    NT_TYPE_Q5_1 = 7,
    NT_TYPE_Q8_0 = 8,
    NT_TYPE_Q4_K = 12,
    NT_TYPE_Q5_K = 13,
    NT_TYPE_Q6_K = 14,
    NT_TYPE_IQ4_NL = 20,
    NT_TYPE_BF16 = 30,
};

bool nt_type_supported(uint32_t type);

// Columns of a row must be a multiple of this: 1, 32 or 256.
size_t nt_type_block(uint32_t type);

// Bytes of `count` numbers in a file; `count` is a multiple of the type's block.
size_t nt_type_bytes(uint32_t type, size_t count);

// Converts `count` numbers as they lie in a file.
void nt_dequantize(uint32_t type, const void *src, size_t count, float *out);

// Tiles of a matrix: rows / 16, rounded up.
size_t nt_tiles(size_t rows);

// Bytes of a packed matrix.
size_t nt_packed_bytes(uint32_t type, size_t rows, size_t columns);

// Packs the tiles [first_tile, tile_end) of the matrix `rows`, which lies as in a file. Rows missing in the last tile
// become zeros.
void nt_pack(uint32_t type, const void *rows, size_t row_count, size_t columns, void *packed, size_t first_tile,
             size_t tile_end);

// Converts one row of a packed matrix: the same numbers that nt_dequantize gives.
void nt_packed_row(uint32_t type, const void *packed, size_t columns, size_t row, float *out);

// Groups that `tokens` are packed in for weights of a type, of nearly equal size, NT_GROUP_TOKENS at most; where AMX
// multiplies them, NT_GROUP_TOKENS_MAX. The same instruction set is to pack and to multiply.
size_t nt_activation_groups(uint32_t type, size_t tokens);

// Bytes of packed activations for weights of a type.
size_t nt_activation_bytes(uint32_t type, size_t tokens, size_t columns);

// Whether activations packed for weights of one type serve those of the other.
bool nt_activations_shared(uint32_t type, uint32_t other);

// Packs the groups [first_group, group_end) of `x`, [tokens][columns] with `stride` floats from row to row. 32 numbers
// of which one is not finite count as NaN.
void nt_pack_activations(uint32_t type, const float *x, size_t stride, size_t tokens, size_t columns, void *packed,
                         size_t first_group, size_t group_end);

// Packs columns [first, end) of all tokens; `x` begins with column `first`, which is a multiple of 32, as `end` is unless
// it is `columns`.
void nt_pack_columns(uint32_t type, const float *x, size_t stride, size_t tokens, size_t columns, size_t first,
                     size_t end, void *packed);

// out[token][row] = activations · weights + bias, for the rows of the tiles [first_tile, tile_end); with `accumulate`,
// added to what `out` holds. `bias` has a number for each row of the matrix, or is NULL. `out_stride` is in floats.
void nt_multiply(uint32_t type, const void *packed_weights, size_t rows, size_t columns, const void *packed_activations,
                 size_t tokens, size_t first_tile, size_t tile_end, const float *bias, bool accumulate, float *out,
                 size_t out_stride);

// Two packed matrices of as many rows and columns: a feed-forward network's gates and ups.
typedef struct {
    uint32_t gate_type;
    const void *gates;
    uint32_t up_type;
    const void *ups;
    size_t rows;
    size_t columns;
} nt_gated_weights;

// silu(gates · activations) * (ups · activations), for the rows of the tiles [first_tile, tile_end) and 1024 tokens at
// most, packed as activations for weights of `next_type` with as many columns as there are rows. The activations are
// packed for the type of each; `first_tile` is even, and so is `tile_end` unless it is the last.
void nt_multiply_gated(const nt_gated_weights *weights, const void *gate_activations, const void *up_activations,
                       size_t tokens, size_t first_tile, size_t tile_end, uint32_t next_type, void *packed);

#endif
