// Products with AMX: part by part. Included once by instructions and once emulated.
#include "matmul_amx_bf16.h"
#include "matmul_amx_int8.h"

NT_AMX void NT_AMX_NAME(nt_multiply)(const nt_product *product) {
    static _Thread_local _Alignas(64) nt_amx_sums sums[NT_PART_GROUPS][NT_PART_TILES];
    const size_t groups = nt_activation_groups(product->type, product->tokens);
    for (size_t group = 0; group < groups; group += NT_PART_GROUPS) {
        for (size_t tile = product->first_tile; tile < product->tile_end; tile += NT_PART_TILES) {
            const nt_amx_part part = {
                .first_tile = tile,
                .tile_end = tile + NT_PART_TILES < product->tile_end ? tile + NT_PART_TILES : product->tile_end,
                .first_group = group,
                .group_end = group + NT_PART_GROUPS < groups ? group + NT_PART_GROUPS : groups,
            };
            if (product->type == NT_TYPE_BF16) nt_amx_multiply_bf16(product, &part, sums);
            else nt_amx_multiply_quantized(product, &part, sums);
        }
    }
    nt_amx_release();
}
