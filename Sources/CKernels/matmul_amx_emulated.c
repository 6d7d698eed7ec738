// The kernels with AMX once more, with the instructions in plain C: for tests.
#if defined(__x86_64__)
#define NT_AMX_EMULATED
#include "matmul_amx_product.h"
#endif
