#if defined(__aarch64__)
#define NT_SIMD_NEON
#define NT_LAYERS nt_layers_neon
#include "layers.h"
#include "nt_half.h"
#include "nt_simd.h"

#include "layers_simd.h"
#endif
