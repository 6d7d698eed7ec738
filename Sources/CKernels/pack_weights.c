// Repacks matrices from the layout of a file into tiles, in words of four quants.
#include "matmul_format.h"

// Writes the word of a row in a quad.
NT_ALWAYS_INLINE void nt_put(uint8_t *quads, size_t quad, size_t row, uint32_t word) {
    memcpy(quads + quad * 64 + row * 4, &word, 4);
}

// Five bits: moves bit 4 j + b to bit j of byte b, by swapping pairs of bits of the index.
NT_ALWAYS_INLINE uint32_t nt_transpose_bits(uint32_t x) {
    uint32_t t;
    t = (x ^ x >> 1) & 0x22222222, x ^= t ^ t << 1;
    t = (x ^ x >> 3) & 0x0A0A0A0A, x ^= t ^ t << 3;
    t = (x ^ x >> 6) & 0x00CC00CC, x ^= t ^ t << 6;
    t = (x ^ x >> 12) & 0x0000F0F0, x ^= t ^ t << 12;
    return x;
}

// Types of 32 numbers a block.
NT_ALWAYS_INLINE void nt_pack_block(uint32_t type, const uint8_t *src, uint8_t *tile, size_t k, size_t row) {
    const nt_format format = nt_format_of(type);
    uint8_t *block = tile + nt_block_offset(format, k);
    uint8_t *quads = block + nt_header_bytes(format);
    memcpy(block + 2 * row, src, 2), src += 2;
    if (nt_has_mins(format)) memcpy(block + 32 + 2 * row, src, 2), src += 2;
    if (format.quants == NT_QUANTS_FIVE) {
        nt_put(quads, 0, row, nt_transpose_bits(nt_load_u32(src)));
        quads += nt_high_bytes(format), src += 4;
    }
    if (format.quants == NT_QUANTS_BYTES)
        for (size_t j = 0; j < 8; j++) nt_put(quads, j, row, nt_load_u32(src + 4 * j) ^ 0x80808080);
    else
        for (size_t j = 0; j < 4; j++) nt_put(quads, j, row, nt_load_u32(src + 4 * j));
}

// In a file the low halves of 32 bytes are one block of the 256 and the high halves another.
NT_ALWAYS_INLINE void nt_pack_nibbles(const uint8_t *src, uint8_t *low, uint8_t *high, size_t row) {
    for (size_t j = 0; j < 4; j++) {
        const uint32_t a = nt_load_u32(src + 4 * j), b = nt_load_u32(src + 4 * j + 16);
        nt_put(low, j, row, (a & 0x0F0F0F0F) | (b & 0x0F0F0F0F) << 4);
        nt_put(high, j, row, (a >> 4 & 0x0F0F0F0F) | (b & 0xF0F0F0F0));
    }
}

// Q4_K and Q5_K.
NT_ALWAYS_INLINE void nt_pack_q45_k(uint32_t type, const uint8_t *src, uint8_t *tile, size_t super, size_t row) {
    const nt_format format = nt_format_of(type);
    const size_t bytes = nt_block_bytes(format), quads = nt_header_bytes(format) + nt_high_bytes(format);
    uint8_t *header = tile + nt_super_offset(format, super * 8), *blocks = header + nt_super_bytes(format);
    memcpy(header + 2 * row, src, 2);
    memcpy(header + 32 + 2 * row, src + 2, 2);

    const uint8_t *scales = src + 4, *high = src + 16;
    for (size_t i = 0; i < 4; i++) {
        uint8_t *first = blocks + i * bytes + row, *second = first + 4 * bytes;
        first[0] = scales[i] & 63;
        first[16] = scales[i + 4] & 63;
        second[0] = (uint8_t)((scales[i + 8] & 15) | scales[i] >> 6 << 4);
        second[16] = (uint8_t)(scales[i + 8] >> 4 | scales[i + 4] >> 6 << 4);
    }
    src = high;
    if (format.quants == NT_QUANTS_FIVE) {
        uint32_t words[8] = {0};
        for (size_t j = 0; j < 8; j++) {
            const uint32_t word = nt_load_u32(high + 4 * j);
            for (size_t i = 0; i < 8; i++) words[i] |= (word >> i & 0x01010101) << j;
        }
        for (size_t i = 0; i < 8; i++) nt_put(blocks + i * bytes + nt_header_bytes(format), 0, row, words[i]);
        src += 32;
    }
    for (size_t i = 0; i < 8; i += 2)
        nt_pack_nibbles(src + 16 * i, blocks + i * bytes + quads, blocks + (i + 1) * bytes + quads, row);
}

NT_ALWAYS_INLINE void nt_pack_q6_k(const uint8_t *src, uint8_t *tile, size_t super, size_t row) {
    const nt_format format = nt_format_of(NT_TYPE_Q6_K);
    const size_t bytes = nt_block_bytes(format), header = nt_header_bytes(format);
    const size_t quads = header + nt_high_bytes(format);
    uint8_t *blocks = tile + nt_super_offset(format, super * 8);
    memcpy(blocks + 2 * row, src + 208, 2), blocks += nt_super_bytes(format);
    for (size_t i = 0; i < 8; i++) {
        blocks[i * bytes + row] = src[192 + 2 * i];
        blocks[i * bytes + 16 + row] = src[193 + 2 * i];
    }
    for (size_t half = 0; half < 2; half++, blocks += 4 * bytes) {
        const uint8_t *low = src + half * 64, *high = src + 128 + half * 32;
        nt_pack_nibbles(low, blocks + quads, blocks + 2 * bytes + quads, row);
        nt_pack_nibbles(low + 32, blocks + bytes + quads, blocks + 3 * bytes + quads, row);
        for (size_t h = 0; h < 2; h++) {
            uint32_t words[4] = {0};
            for (size_t f = 0; f < 4; f++) {
                const uint32_t word = nt_load_u32(high + 16 * h + 4 * f);
                for (size_t i = 0; i < 4; i++) words[i] |= (word >> 2 * i & 0x03030303) << 2 * f;
            }
            for (size_t i = 0; i < 4; i++) nt_put(blocks + i * bytes + header, h, row, words[i]);
        }
    }
}

// Packs `rows` rows into one tile. `type` is a constant, so that each type gets a loop of its own.
NT_ALWAYS_INLINE void nt_pack_tile(uint32_t type, const uint8_t *src, size_t rows, size_t columns, uint8_t *tile) {
    const size_t block = nt_type_block(type), bytes = nt_type_bytes(type, block), stride = columns / block * bytes;
    for (size_t k = 0; k < columns / block; k++)
        for (size_t row = 0; row < rows; row++) {
            const uint8_t *from = src + row * stride + k * bytes;
            switch (type) {
            case NT_TYPE_F32: memcpy(tile + (k * NT_TILE_ROWS + row) * 4, from, 4); break;
            case NT_TYPE_F16: memcpy(tile + (k * NT_TILE_ROWS + row) * 2, from, 2); break;
            case NT_TYPE_BF16: memcpy(tile + (k / 2 * NT_TILE_ROWS + row) * 4 + k % 2 * 2, from, 2); break;
            case NT_TYPE_Q4_K:
            case NT_TYPE_Q5_K: nt_pack_q45_k(type, from, tile, k, row); break;
            case NT_TYPE_Q6_K: nt_pack_q6_k(from, tile, k, row); break;
            default: nt_pack_block(type, from, tile, k, row); break;
            }
        }
}

void nt_pack(uint32_t type, const void *rows, size_t row_count, size_t columns, void *packed, size_t first_tile,
             size_t tile_end) {
    if (!nt_type_supported(type)) return;
    const size_t tile_bytes = nt_tile_bytes(type, columns), row_bytes = nt_type_bytes(type, columns);
    for (size_t tile = first_tile; tile < tile_end; tile++) {
        const size_t row = tile * NT_TILE_ROWS;
        const size_t count = row_count - row < NT_TILE_ROWS ? row_count - row : NT_TILE_ROWS;
        const uint8_t *from = (const uint8_t *)rows + row * row_bytes;
        uint8_t *to = (uint8_t *)packed + tile * tile_bytes;
        if (count < NT_TILE_ROWS || (type == NT_TYPE_BF16 && columns % 2)) memset(to, 0, tile_bytes);
        switch (type) {
#define NT_PACK(name, TYPE) case TYPE: nt_pack_tile(TYPE, from, count, columns, to); break;
            NT_FOR_EACH_TYPE(NT_PACK)
        }
    }
}
