#if defined(__x86_64__)
#define NT_SIMD_AVX2
#define NT_ATTENTION nt_attention_avx2
#define NT_SCORE_ROWS 4
#define NT_SCORE_CHAINS 1
#define NT_VALUE_ROWS 4
#define NT_VALUE_VECTORS 2
#include "attention.h"
#include "layers.h"
#include "nt_simd.h"

#include "attention_simd.h"
#endif
