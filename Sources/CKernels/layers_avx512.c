#if defined(__x86_64__)
#define NT_SIMD_AVX512
#define NT_LAYERS nt_layers_avx512
#include "layers.h"
#include "nt_half.h"
#include "nt_simd.h"

#include "layers_simd.h"
#endif
