// The kernels with AMX.
#if defined(__x86_64__)
#include "matmul_amx_product.h"
#endif
