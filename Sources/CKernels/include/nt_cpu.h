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
    NT_ISA_AMX,           // TILE, INT8, BF16
    NT_ISA_AMX_EMULATED,  // AMX's kernels with AVX512BF16 and C in the place of its instructions: for tests
    NT_ISA_NEON,          // arm64 with the dot product
} nt_isa;

// Whether a set of x86-64 includes another one of them.
static inline bool nt_isa_includes(nt_isa isa, nt_isa other) { return isa >= other && isa <= NT_ISA_AMX_EMULATED; }

// Whether a set's kernels are those for AMX.
static inline bool nt_isa_is_amx(nt_isa isa) { return isa == NT_ISA_AMX || isa == NT_ISA_AMX_EMULATED; }

// The best set of this machine; never the emulated one.
nt_isa nt_isa_best(void);

bool nt_isa_supported(nt_isa isa);

// The set that the calling thread's kernels use: the forced one, else the one that NEEDLETAIL_ISA names (scalar, avx2,
// avx512, avx512vnni, avx512bf16, amx, neon), else the best.
nt_isa nt_isa_active(void);

// Makes the calling thread's kernels use a set, for tests. An unsupported one is ignored.
void nt_isa_force(nt_isa isa);

// The features found, for people: "AVX2, AVX-512 VNNI, BF16".
const char *nt_cpu_features(void);

#endif
