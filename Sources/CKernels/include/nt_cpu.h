// What this processor can do, and which of it the kernels use.
#ifndef NT_CPU_H
#define NT_CPU_H

#include <stdbool.h>

// Instruction sets that kernels are written for; on x86-64 each includes those above it.
typedef enum {
    NT_ISA_SCALAR,
    NT_ISA_AVX2,        // with FMA and F16C
    NT_ISA_AVX512,      // F, BW, DQ, VL
    NT_ISA_AVX512VNNI,
    NT_ISA_AVX512BF16,
    NT_ISA_NEON,        // arm64 with the dot product
} nt_isa;

// The best set of this machine.
nt_isa nt_isa_best(void);

bool nt_isa_supported(nt_isa isa);

// The set that the calling thread's kernels use: the forced one, else the one that NEEDLETAIL_ISA names (scalar, avx2,
// avx512, avx512vnni, avx512bf16, neon), else the best.
nt_isa nt_isa_active(void);

// Makes the calling thread's kernels use a set, for tests. An unsupported one is ignored.
void nt_isa_force(nt_isa isa);

// The features found, for people: "AVX2, AVX-512 VNNI, BF16".
const char *nt_cpu_features(void);

#endif
