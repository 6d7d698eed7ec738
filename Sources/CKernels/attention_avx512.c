#if defined(__x86_64__)
#define NT_SIMD_AVX512
#define NT_ATTENTION nt_attention_avx512
#define NT_SCORE_ROWS 8
#define NT_SCORE_CHAINS 2
#define NT_VALUE_ROWS 4
#define NT_VALUE_VECTORS 4
#include "attention.h"
#include "layers.h"
#include "nt_simd.h"

#include "attention_simd.h"
#endif
