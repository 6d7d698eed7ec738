// The first half of a feed-forward network with SwiGLU (Shazeer, 2020).
#include "nt_layers.h"
#include "nt_matmul.h"

#include <assert.h>

// Gates and ups of a few tiles, which stay in the second-level cache until they are gated and packed.
#define NT_GATED_FLOATS (64 * 1024)

void nt_multiply_gated(const nt_gated_weights *weights, const void *gate_activations, const void *up_activations,
                       size_t tokens, size_t first_tile, size_t tile_end, uint32_t next_type, void *packed) {
    static _Thread_local _Alignas(64) float buffer[NT_GATED_FLOATS];
    // Two tiles are a block of columns to whoever reads the result.
    const size_t columns = weights->columns, most = NT_GATED_FLOATS / (4 * NT_TILE_ROWS * tokens) * 2;
    const size_t gate_bytes = nt_packed_bytes(weights->gate_type, NT_TILE_ROWS, columns);
    const size_t up_bytes = nt_packed_bytes(weights->up_type, NT_TILE_ROWS, columns);
    assert(most > 0 && first_tile % 2 == 0);
    for (size_t tile = first_tile; tile < tile_end; tile += most) {
        const size_t tiles = tile_end - tile < most ? tile_end - tile : most;
        const size_t row = tile * NT_TILE_ROWS, rows = weights->rows - row;
        const size_t width = rows < tiles * NT_TILE_ROWS ? rows : tiles * NT_TILE_ROWS;
        nt_multiply(weights->gate_type, (const uint8_t *)weights->gates + tile * gate_bytes, rows, columns,
                    gate_activations, tokens, 0, tiles, NULL, false, buffer, 2 * width);
        nt_multiply(weights->up_type, (const uint8_t *)weights->ups + tile * up_bytes, rows, columns, up_activations,
                    tokens, 0, tiles, NULL, false, buffer + width, 2 * width);
        for (size_t token = 0; token < tokens; token++) {
            float *gates = buffer + token * 2 * width;
            nt_swiglu(gates, 1, width, gates);
        }
        nt_pack_columns(next_type, buffer, 2 * width, tokens, weights->rows, row, row + width, packed);
    }
}
