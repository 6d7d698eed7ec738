// How products with AMX are cut: a part's weights, activations and sums stay in the second-level cache while it goes
// through all columns, some at a time.
#ifndef NT_MATMUL_AMX_PARTS_H
#define NT_MATMUL_AMX_PARTS_H

#include "amx_tiles.h"

#define NT_PART_TILES 8
#define NT_PART_GROUPS 24

// Sums of a tile and a group, [token][row].
typedef float nt_amx_sums[16][16];

// Rows and tokens of a product.
typedef struct {
    size_t first_tile, tile_end;
    size_t first_group, group_end;
} nt_amx_part;

// A group's tokens.
typedef struct {
    size_t first, count;
} nt_amx_group;

NT_ALWAYS_INLINE nt_amx_group nt_amx_group_of(const nt_product *product, size_t group) {
    const size_t first = nt_group_start(product->type, product->tokens, group);
    return (nt_amx_group){first, nt_group_start(product->type, product->tokens, group + 1) - first};
}

// Where the sums of a tile and a group go.
NT_ALWAYS_INLINE nt_tile_job nt_amx_tile_job(const nt_product *product, size_t tile, nt_amx_group tokens) {
    const size_t row = tile * NT_TILE_ROWS, rows = product->rows - row;
    return (nt_tile_job){
        .tokens = tokens.count,
        .rows = rows < NT_TILE_ROWS ? rows : NT_TILE_ROWS,
        .bias = product->bias ? product->bias + row : NULL,
        .accumulate = product->accumulate,
        .out = product->out + tokens.first * product->out_stride + row,
        .out_stride = product->out_stride,
    };
}

#endif
