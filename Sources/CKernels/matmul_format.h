// How the tile of a packed matrix is laid out.
//
// A tile has 16 rows. Quantised types go by blocks of 32 columns; a block is
//
//     [header][high bits][low bits]
//
// in which the quants lie as the dot product instructions want them: a quad is 64 bytes, four consecutive columns of
// row r in bytes 4 r … 4 r + 3. A block has eight quads, which are unsigned numbers:
//
//     nibbles    4 × 64 bytes, quad j in the low half of the bytes of the j-th 64, quad j + 4 in the high half
//     five bits  nibbles, and before them 64 bytes whose bit j is the fifth bit of quad j
//     six bits   nibbles, and before them 2 × 64 bytes: bits 2 f, 2 f + 1 of the h-th 64 belong to quad 4 h + f
//     bytes      8 × 64 bytes
//
// The header has two numbers or one for each of the 16 rows, as nt_scales says. The types with scales of scales have a
// header of f16 before each eight blocks too.
//
// F32 and F16 lie as [column][row], BF16 as [column / 2][row][2].
#ifndef NT_MATMUL_FORMAT_H
#define NT_MATMUL_FORMAT_H

#include "nt_half.h"
#include "nt_matmul.h"

#include <string.h>

#define NT_ALWAYS_INLINE static inline __attribute__((always_inline))
#define NT_BLOCK 32

typedef enum {
    NT_QUANTS_NIBBLES,
    NT_QUANTS_FIVE,
    NT_QUANTS_SIX,
    NT_QUANTS_BYTES,
    NT_QUANTS_TABLE,  // nibbles that index nt_iq4_values
} nt_quants;

typedef enum {
    NT_SCALES_F16,         // f16 scale
    NT_SCALES_F16_MINS,    // f16 scale, f16 minimum
    NT_SCALES_SUPER_MINS,  // u8 scale, u8 minimum; per eight blocks an f16 scale of each
    NT_SCALES_SUPER,       // i8 scale of columns 0–15, i8 scale of 16–31; per eight blocks an f16 scale
} nt_scales;

// A quantised type: x = scale * (quant - offset) + minimum.
typedef struct {
    nt_quants quants;
    nt_scales scales;
    int offset;
} nt_format;

// The values of IQ4_NL plus 128, to make them unsigned.
static const uint8_t nt_iq4_values[16] = {1, 24, 45, 63, 79, 93, 106, 118, 129, 141, 153, 166, 181, 197, 217, 241};

NT_ALWAYS_INLINE bool nt_is_quantized(uint32_t type) {
    return type != NT_TYPE_F32 && type != NT_TYPE_F16 && type != NT_TYPE_BF16;
}

NT_ALWAYS_INLINE nt_format nt_format_of(uint32_t type) {
    switch (type) {
    case NT_TYPE_Q4_0: return (nt_format){NT_QUANTS_NIBBLES, NT_SCALES_F16, 8};
    case NT_TYPE_Q4_1: return (nt_format){NT_QUANTS_NIBBLES, NT_SCALES_F16_MINS, 0};
    case NT_TYPE_Q5_0: return (nt_format){NT_QUANTS_FIVE, NT_SCALES_F16, 16};
    case NT_TYPE_Q5_1: return (nt_format){NT_QUANTS_FIVE, NT_SCALES_F16_MINS, 0};
    case NT_TYPE_Q8_0: return (nt_format){NT_QUANTS_BYTES, NT_SCALES_F16, 128};
    case NT_TYPE_Q4_K: return (nt_format){NT_QUANTS_NIBBLES, NT_SCALES_SUPER_MINS, 0};
    case NT_TYPE_Q5_K: return (nt_format){NT_QUANTS_FIVE, NT_SCALES_SUPER_MINS, 0};
    case NT_TYPE_Q6_K: return (nt_format){NT_QUANTS_SIX, NT_SCALES_SUPER, 32};
    default: return (nt_format){NT_QUANTS_TABLE, NT_SCALES_F16, 128};
    }
}

NT_ALWAYS_INLINE bool nt_has_mins(nt_format format) {
    return format.scales == NT_SCALES_F16_MINS || format.scales == NT_SCALES_SUPER_MINS;
}

// Bytes of the header before each eight blocks.
NT_ALWAYS_INLINE size_t nt_super_bytes(nt_format format) {
    return format.scales == NT_SCALES_SUPER_MINS ? 64 : format.scales == NT_SCALES_SUPER ? 32 : 0;
}

NT_ALWAYS_INLINE size_t nt_header_bytes(nt_format format) {
    return format.scales == NT_SCALES_F16_MINS ? 64 : 32;
}

NT_ALWAYS_INLINE size_t nt_high_bytes(nt_format format) {
    return format.quants == NT_QUANTS_FIVE ? 64 : format.quants == NT_QUANTS_SIX ? 128 : 0;
}

NT_ALWAYS_INLINE size_t nt_block_bytes(nt_format format) {
    return nt_header_bytes(format) + nt_high_bytes(format) + (format.quants == NT_QUANTS_BYTES ? 512 : 256);
}

// Where the header of the eight blocks around block `k` lies in a tile.
NT_ALWAYS_INLINE size_t nt_super_offset(nt_format format, size_t k) {
    return k / 8 * (nt_super_bytes(format) + 8 * nt_block_bytes(format));
}

// Where block `k` lies in a tile.
NT_ALWAYS_INLINE size_t nt_block_offset(nt_format format, size_t k) {
    return nt_super_offset(format, k) + nt_super_bytes(format) + k % 8 * nt_block_bytes(format);
}

// Steps that a kernel takes along the columns: blocks, pairs for BF16, or columns.
NT_ALWAYS_INLINE size_t nt_steps(uint32_t type, size_t columns) {
    if (nt_is_quantized(type)) return columns / NT_BLOCK;
    return type == NT_TYPE_BF16 ? (columns + 1) / 2 : columns;
}

NT_ALWAYS_INLINE size_t nt_tile_bytes(uint32_t type, size_t columns) {
    size_t steps = nt_steps(type, columns);
    if (!nt_is_quantized(type)) return steps * NT_TILE_ROWS * (type == NT_TYPE_F16 ? 2 : 4);
    nt_format format = nt_format_of(type);
    return steps * nt_block_bytes(format) + (steps + 7) / 8 * nt_super_bytes(format);
}

// Packed activations of a group of n tokens. For quantised weights, for each block of 32 columns:
//
//     int8 quants[n][32], f32 scales[n], start[n], startHigh[n]
//
// where a start is what the offset of the weights makes of the quants: for types with an offset, int32
// -offset × sum(quants), of columns 0–15 and 16–31 apart for NT_SCALES_SUPER; for those with minimums, f32
// scale × sum(quants). For F32 and F16: f32 [columns][n]. For BF16: bf16 [columns / 2][n][2]; with
// AMX bf16 [columns / 32][n][32], the last 32 without what is behind the last pair.
#define NT_ACTIVATION_BLOCK_BYTES (NT_BLOCK + 12)

NT_ALWAYS_INLINE size_t nt_token_bytes(uint32_t type, size_t columns) {
    return nt_steps(type, columns) * (nt_is_quantized(type) ? NT_ACTIVATION_BLOCK_BYTES : 4);
}

// The first token of a group.
NT_ALWAYS_INLINE size_t nt_group_start(uint32_t type, size_t tokens, size_t group) {
    size_t groups = nt_activation_groups(type, tokens), extra = tokens % groups;
    return group * (tokens / groups) + (group < extra ? group : extra);
}

NT_ALWAYS_INLINE uint16_t nt_load_u16(const void *p) {
    uint16_t value;
    memcpy(&value, p, sizeof value);
    return value;
}

NT_ALWAYS_INLINE uint32_t nt_load_u32(const void *p) {
    uint32_t value;
    memcpy(&value, p, sizeof value);
    return value;
}

NT_ALWAYS_INLINE float nt_load_f32(const void *p) {
    float value;
    memcpy(&value, p, sizeof value);
    return value;
}

NT_ALWAYS_INLINE float nt_load_f16(const void *p) { return nt_f32_from_f16(nt_load_u16(p)); }

NT_ALWAYS_INLINE float nt_load_bf16(const void *p) { return nt_f32_from_bf16(nt_load_u16(p)); }

// Quantised products of fewer tokens are faster without AMX.
#define NT_AMX_TOKENS_MIN 64

// Whether AMX, where the instruction set has it, multiplies activations of so many tokens with weights of a type: with
// BF16 always, since it rounds as no other does. For Q6_K, VNNI is faster.
NT_ALWAYS_INLINE bool nt_takes_amx(uint32_t type, size_t tokens) {
    if (!nt_is_quantized(type)) return type == NT_TYPE_BF16;
    return tokens >= NT_AMX_TOKENS_MIN && nt_format_of(type).scales != NT_SCALES_SUPER;
}

// One tile times one group of tokens.
typedef struct {
    const uint8_t *weights;      // the tile
    const uint8_t *activations;  // the group
    size_t steps;
    size_t tokens;
    size_t rows;                 // of the tile that exist, 1 … 16
    const float *bias;           // of the tile's rows, or NULL
    bool accumulate;
    float *out;                  // [tokens][rows]
    size_t out_stride;
} nt_tile_job;

typedef void (*nt_tile_kernel)(const nt_tile_job *job);

// For products of many tokens: tiles that are unpacked once for all groups, to blocks of `block_bytes` each, and their
// kernel. Empty where that does not pay.
typedef struct {
    void (*unpack)(const uint8_t *tile, size_t steps, uint8_t *out);
    nt_tile_kernel multiply;
    size_t block_bytes;
} nt_unpacked_kernels;

// What nt_multiply is asked for.
typedef struct {
    uint32_t type;
    const uint8_t *weights, *activations;
    size_t rows, columns, tokens;
    size_t first_tile, tile_end;
    const float *bias;  // of the matrix's rows, or NULL
    bool accumulate;
    float *out;
    size_t out_stride;
} nt_product;

// X(name, type) for each type.
#define NT_FOR_EACH_QUANTIZED_TYPE(X) \
    X(q4_0, NT_TYPE_Q4_0)             \
    X(q4_1, NT_TYPE_Q4_1)             \
    X(q5_0, NT_TYPE_Q5_0)             \
    X(q5_1, NT_TYPE_Q5_1)             \
    X(q8_0, NT_TYPE_Q8_0)             \
    X(q4_k, NT_TYPE_Q4_K)             \
    X(q5_k, NT_TYPE_Q5_K)             \
    X(q6_k, NT_TYPE_Q6_K)             \
    X(iq4_nl, NT_TYPE_IQ4_NL)

#define NT_FOR_EACH_TYPE(X) \
    X(f32, NT_TYPE_F32)     \
    X(f16, NT_TYPE_F16)     \
    X(bf16, NT_TYPE_BF16)   \
    NT_FOR_EACH_QUANTIZED_TYPE(X)

// Each instruction set's kernel for a type, or NULL.
nt_tile_kernel nt_tile_kernel_scalar(uint32_t type);
nt_tile_kernel nt_tile_kernel_avx2(uint32_t type);
nt_tile_kernel nt_tile_kernel_avx512(uint32_t type);
nt_tile_kernel nt_tile_kernel_avx512vnni(uint32_t type);
nt_tile_kernel nt_tile_kernel_avx512bf16(uint32_t type);
nt_tile_kernel nt_tile_kernel_neon(uint32_t type);

nt_unpacked_kernels nt_unpacked_kernels_avx512vnni(uint32_t type);

// Whole products of types and tokens that nt_takes_amx names.
void nt_multiply_amx(const nt_product *product);
void nt_multiply_amx_emulated(const nt_product *product);

#endif
