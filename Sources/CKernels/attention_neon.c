#if defined(__aarch64__)
#define NT_SIMD_NEON
#define NT_ATTENTION nt_attention_neon
#define NT_SCORE_ROWS 4
#define NT_SCORE_CHAINS 1
#define NT_VALUE_ROWS 4
#define NT_VALUE_VECTORS 4
#include "attention.h"
#include "layers.h"
#include "nt_simd.h"

#include "attention_simd.h"
#endif
