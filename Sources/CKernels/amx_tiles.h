// The tile operations of AMX, for matmul_amx_*.h: by the instructions, or (NT_AMX_EMULATED) by plain C that gives the
// same bits, so that the kernels run in tests on processors without AMX. Tile numbers are constants. See "Intel
// Architecture Instruction Set Extensions Programming Reference", chapter 3.
//
// A product adds to tile C [M][N], f32 or int32, A [M][K] times B: row k of B holds, for each n, 4 (int8) or 2 (BF16)
// consecutive columns. The product of BF16 sums even and odd columns apart, then adds both to C; each step rounds to
// nearest even, and numbers below the normal ones count as zero.
#ifndef NT_AMX_TILES_H
#define NT_AMX_TILES_H

#include "matmul_avx512.h"

#define NT_AMX_AVX512 "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c"

// What LDTILECFG reads.
typedef struct {
    uint8_t palette, start_row, reserved[14];
    uint16_t row_bytes[16];
    uint8_t rows[16];
} nt_tile_shapes;

#if !defined(NT_AMX_EMULATED)
#define NT_AMX __attribute__((target(NT_AMX_AVX512 ",amx-tile,amx-int8,amx-bf16")))
#define NT_AMX_INLINE static inline __attribute__((always_inline)) NT_AMX
#define NT_AMX_NAME(name) name##_amx

#define nt_amx_configure(shapes) _tile_loadconfig(shapes)
#define nt_amx_release() _tile_release()
#define nt_amx_zero(tile) _tile_zero(tile)
#define nt_amx_load(tile, from, stride) _tile_loadd(tile, from, stride)
#define nt_amx_store(tile, to, stride) _tile_stored(tile, to, stride)
#define nt_amx_dot_int8(c, a, b) _tile_dpbssd(c, a, b)
#define nt_amx_dot_bf16(c, a, b) _tile_dpbf16ps(c, a, b)

#else
#include <math.h>

#define NT_AMX NT_AVX512
#define NT_AMX_INLINE NT_AVX512_INLINE
#define NT_AMX_NAME(name) name##_amx_emulated

static _Thread_local struct {
    nt_tile_shapes shapes;
    uint8_t bytes[8][16][64];
} nt_amx;

static void nt_amx_configure(const nt_tile_shapes *shapes) {
    memset(&nt_amx, 0, sizeof nt_amx);
    nt_amx.shapes = *shapes;
}

static void nt_amx_release(void) { memset(&nt_amx, 0, sizeof nt_amx); }

static void nt_amx_zero(int tile) { memset(nt_amx.bytes[tile], 0, sizeof nt_amx.bytes[tile]); }

static void nt_amx_load(int tile, const void *from, size_t stride) {
    nt_amx_zero(tile);
    for (size_t row = 0; row < nt_amx.shapes.rows[tile]; row++)
        memcpy(nt_amx.bytes[tile][row], (const uint8_t *)from + row * stride, nt_amx.shapes.row_bytes[tile]);
}

static void nt_amx_store(int tile, void *to, size_t stride) {
    for (size_t row = 0; row < nt_amx.shapes.rows[tile]; row++)
        memcpy((uint8_t *)to + row * stride, nt_amx.bytes[tile][row], nt_amx.shapes.row_bytes[tile]);
}

static void nt_amx_dot_int8(int c, int a, int b) {
    for (size_t m = 0; m < nt_amx.shapes.rows[c]; m++)
        for (size_t n = 0; n < nt_amx.shapes.row_bytes[c] / 4; n++) {
            int32_t sum;
            memcpy(&sum, &nt_amx.bytes[c][m][4 * n], 4);
            for (size_t k = 0; k < nt_amx.shapes.row_bytes[a]; k++)
                sum += (int8_t)nt_amx.bytes[a][m][k] * (int8_t)nt_amx.bytes[b][k / 4][4 * n + k % 4];
            memcpy(&nt_amx.bytes[c][m][4 * n], &sum, 4);
        }
}

// Zero for a number that is below the normal ones.
NT_ALWAYS_INLINE float nt_flushed(float x) { return fabsf(x) < 0x1p-126f ? copysignf(0, x) : x; }

static void nt_amx_dot_bf16(int c, int a, int b) {
    for (size_t m = 0; m < nt_amx.shapes.rows[c]; m++)
        for (size_t n = 0; n < nt_amx.shapes.row_bytes[c] / 4; n++) {
            float sums[2] = {0, 0};
            for (size_t k = 0; k < nt_amx.shapes.row_bytes[a] / 2; k++) {
                const float x = nt_flushed(nt_load_bf16(&nt_amx.bytes[a][m][2 * k]));
                const float y = nt_flushed(nt_load_bf16(&nt_amx.bytes[b][k / 2][4 * n + 2 * (k % 2)]));
                sums[k % 2] = nt_flushed(fmaf(x, y, sums[k % 2]));
            }
            const float sum = nt_flushed(sums[0] + sums[1]);
            const float total = nt_flushed(nt_flushed(nt_load_f32(&nt_amx.bytes[c][m][4 * n])) + sum);
            memcpy(&nt_amx.bytes[c][m][4 * n], &total, 4);
        }
}
#endif

// Sets a tile's shape.
NT_ALWAYS_INLINE void nt_amx_shape(nt_tile_shapes *shapes, int tile, size_t rows, size_t row_bytes) {
    shapes->palette = 1;
    shapes->rows[tile] = (uint8_t)rows;
    shapes->row_bytes[tile] = (uint16_t)row_bytes;
}

#endif
