// Sizes, and the loops around the kernels of tiles.
#include "matmul_format.h"
#include "nt_cpu.h"

// What a tile range reads again for each token group, to stay in the second-level cache.
#define NT_CHUNK_BYTES (384 * 1024)

bool nt_type_supported(uint32_t type) { return nt_type_block(type) != 0; }

size_t nt_type_block(uint32_t type) {
    switch (type) {
    case NT_TYPE_F32:
    case NT_TYPE_F16:
    case NT_TYPE_BF16: return 1;
    case NT_TYPE_Q4_0:
    case NT_TYPE_Q4_1:
    case NT_TYPE_Q5_0:
    case NT_TYPE_Q5_1:
    case NT_TYPE_Q8_0:
    case NT_TYPE_IQ4_NL: return 32;
    case NT_TYPE_Q4_K:
    case NT_TYPE_Q5_K:
    case NT_TYPE_Q6_K: return 256;
    default: return 0;
    }
}

size_t nt_type_bytes(uint32_t type, size_t count) {
    switch (type) {
    case NT_TYPE_F32: return count * 4;
    case NT_TYPE_F16:
    case NT_TYPE_BF16: return count * 2;
    case NT_TYPE_Q4_0:
    case NT_TYPE_IQ4_NL: return count / 32 * 18;
    case NT_TYPE_Q4_1: return count / 32 * 20;
    case NT_TYPE_Q5_0: return count / 32 * 22;
    case NT_TYPE_Q5_1: return count / 32 * 24;
    case NT_TYPE_Q8_0: return count / 32 * 34;
    case NT_TYPE_Q4_K: return count / 256 * 144;
    case NT_TYPE_Q5_K: return count / 256 * 176;
    case NT_TYPE_Q6_K: return count / 256 * 210;
    default: return 0;
    }
}

size_t nt_tiles(size_t rows) { return (rows + NT_TILE_ROWS - 1) / NT_TILE_ROWS; }

size_t nt_packed_bytes(uint32_t type, size_t rows, size_t columns) {
    return nt_tiles(rows) * nt_tile_bytes(type, columns);
}

size_t nt_activation_groups(uint32_t type, size_t tokens) {
    const bool is_amx = nt_isa_is_amx(nt_isa_active()) && nt_takes_amx(type, tokens);
    const size_t most = is_amx ? NT_GROUP_TOKENS_MAX : NT_GROUP_TOKENS;
    return (tokens + most - 1) / most;
}

size_t nt_activation_bytes(uint32_t type, size_t tokens, size_t columns) {
    return tokens * nt_token_bytes(type, columns);
}

bool nt_activations_shared(uint32_t type, uint32_t other) {
    if (!nt_is_quantized(type) || !nt_is_quantized(other))
        return type == other || (!nt_is_quantized(type) && !nt_is_quantized(other) && type != NT_TYPE_BF16 &&
                                 other != NT_TYPE_BF16);
    nt_format a = nt_format_of(type), b = nt_format_of(other);
    return a.offset == b.offset;
}

static nt_tile_kernel nt_tile_kernel_of(uint32_t type) {
    nt_tile_kernel kernel = NULL;
    switch (nt_isa_active()) {
#if defined(__x86_64__)
    case NT_ISA_AMX:
    case NT_ISA_AMX_EMULATED:
    case NT_ISA_AVX512BF16:
        if ((kernel = nt_tile_kernel_avx512bf16(type))) return kernel;
        // fall through
    case NT_ISA_AVX512VNNI:
        if ((kernel = nt_tile_kernel_avx512vnni(type))) return kernel;
        // fall through
    case NT_ISA_AVX512:
        if ((kernel = nt_tile_kernel_avx512(type))) return kernel;
        // fall through
    case NT_ISA_AVX2:
        if ((kernel = nt_tile_kernel_avx2(type))) return kernel;
        break;
#elif defined(__aarch64__)
    case NT_ISA_NEON:
        if ((kernel = nt_tile_kernel_neon(type))) return kernel;
        break;
#endif
    default: break;
    }
    return nt_tile_kernel_scalar(type);
}

// Unpacked tiles are for so many tokens at least.
#define NT_UNPACKED_TOKENS_MIN 36

static nt_unpacked_kernels nt_unpacked_kernels_of(uint32_t type) {
#if defined(__x86_64__)
    if (nt_isa_includes(nt_isa_active(), NT_ISA_AVX512VNNI)) return nt_unpacked_kernels_avx512vnni(type);
#endif
    (void)type;
    return (nt_unpacked_kernels){0};
}

// What multiplies a whole product; NULL where it goes tile by tile.
static void (*nt_whole_kernel_of(uint32_t type, size_t tokens))(const nt_product *product) {
#if defined(__x86_64__)
    if (nt_isa_active() == NT_ISA_AMX && nt_takes_amx(type, tokens)) return nt_multiply_amx;
    if (nt_isa_active() == NT_ISA_AMX_EMULATED && nt_takes_amx(type, tokens)) return nt_multiply_amx_emulated;
#endif
    (void)type, (void)tokens;
    return NULL;
}

void nt_multiply(uint32_t type, const void *packed_weights, size_t rows, size_t columns, const void *packed_activations,
                 size_t tokens, size_t first_tile, size_t tile_end, const float *bias, bool accumulate, float *out,
                 size_t out_stride) {
    static _Thread_local _Alignas(64) uint8_t unpacked[NT_CHUNK_BYTES];
    void (*const whole)(const nt_product *) = nt_whole_kernel_of(type, tokens);
    if (whole) {
        const nt_product product = {type,       packed_weights, packed_activations, rows,       columns, tokens,
                                    first_tile, tile_end,       bias,               accumulate, out,     out_stride};
        return whole(&product);
    }
    const size_t steps = nt_steps(type, columns), groups = nt_activation_groups(type, tokens);
    const size_t packed_bytes = nt_tile_bytes(type, columns), token_bytes = nt_token_bytes(type, columns);
    const nt_unpacked_kernels unpacking = nt_unpacked_kernels_of(type);
    const bool unpacks =
        unpacking.unpack && tokens >= NT_UNPACKED_TOKENS_MIN && steps * unpacking.block_bytes <= sizeof unpacked;
    const size_t tile_bytes = unpacks ? steps * unpacking.block_bytes : packed_bytes;
    const size_t chunk = tile_bytes < NT_CHUNK_BYTES ? NT_CHUNK_BYTES / tile_bytes : 1;
    const nt_tile_kernel kernel = unpacks ? unpacking.multiply : nt_tile_kernel_of(type);
    nt_tile_job job = {.steps = steps, .accumulate = accumulate, .out_stride = out_stride};

    for (size_t start = first_tile; start < tile_end; start += chunk) {
        const size_t end = start + chunk < tile_end ? start + chunk : tile_end;
        const uint8_t *tiles = (const uint8_t *)packed_weights + start * packed_bytes;
        if (unpacks) {
            for (size_t i = 0; i < end - start; i++)
                unpacking.unpack(tiles + i * packed_bytes, steps, unpacked + i * tile_bytes);
            tiles = unpacked;
        }
        for (size_t group = 0; group < groups; group++) {
            const size_t token = nt_group_start(type, tokens, group);
            job.tokens = nt_group_start(type, tokens, group + 1) - token;
            job.activations = (const uint8_t *)packed_activations + token * token_bytes;
            for (size_t tile = start; tile < end; tile++) {
                const size_t row = tile * NT_TILE_ROWS;
                job.rows = rows - row < NT_TILE_ROWS ? rows - row : NT_TILE_ROWS;
                job.weights = tiles + (tile - start) * tile_bytes;
                job.bias = bias ? bias + row : NULL;
                job.out = out + token * out_stride + row;
                kernel(&job);
            }
        }
    }
}
