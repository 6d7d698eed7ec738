// Finds out what the processor can do and chooses the instruction set.
#include "nt_cpu.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#if defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>
#endif

static const char *const nt_isa_names[] = {"scalar", "avx2", "avx512", "avx512vnni", "avx512bf16", "neon"};
static const int nt_isa_count = sizeof nt_isa_names / sizeof *nt_isa_names;

static pthread_once_t nt_detection = PTHREAD_ONCE_INIT;
static bool nt_supported[sizeof nt_isa_names / sizeof *nt_isa_names];
static nt_isa nt_best, nt_chosen;
static char nt_features[96];
static _Thread_local int nt_forced = -1;

static void nt_add_feature(bool present, const char *name) {
    if (!present) return;
    if (nt_features[0]) strcat(nt_features, ", ");
    strcat(nt_features, name);
}

static void nt_detect(void) {
    nt_supported[NT_ISA_SCALAR] = true;
#if defined(__x86_64__)
    __builtin_cpu_init();
    nt_supported[NT_ISA_AVX2] =
        __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c");
    nt_supported[NT_ISA_AVX512] = nt_supported[NT_ISA_AVX2] && __builtin_cpu_supports("avx512f") &&
                                  __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
                                  __builtin_cpu_supports("avx512vl");
    nt_supported[NT_ISA_AVX512VNNI] = nt_supported[NT_ISA_AVX512] && __builtin_cpu_supports("avx512vnni");
    nt_supported[NT_ISA_AVX512BF16] = nt_supported[NT_ISA_AVX512VNNI] && __builtin_cpu_supports("avx512bf16");
    nt_add_feature(nt_supported[NT_ISA_AVX2], "AVX2");
    nt_add_feature(nt_supported[NT_ISA_AVX512] && !nt_supported[NT_ISA_AVX512VNNI], "AVX-512");
    nt_add_feature(nt_supported[NT_ISA_AVX512VNNI], "AVX-512 VNNI");
    nt_add_feature(nt_supported[NT_ISA_AVX512BF16], "BF16");
#elif defined(__aarch64__)
#if defined(__linux__)
    nt_supported[NT_ISA_NEON] = (getauxval(AT_HWCAP) & (1UL << 20)) != 0;  // HWCAP_ASIMDDP
#else
    nt_supported[NT_ISA_NEON] = true;
#endif
    nt_add_feature(true, "NEON");
    nt_add_feature(nt_supported[NT_ISA_NEON], "dot product");
#endif
    nt_add_feature(!nt_features[0], "no SIMD");

    for (int isa = 0; isa < nt_isa_count; isa++)
        if (nt_supported[isa]) nt_best = (nt_isa)isa;
    nt_chosen = nt_best;
    const char *wanted = getenv("NEEDLETAIL_ISA");
    for (int isa = 0; wanted && isa < nt_isa_count; isa++)
        if (nt_supported[isa] && strcmp(wanted, nt_isa_names[isa]) == 0) nt_chosen = (nt_isa)isa;
}

nt_isa nt_isa_best(void) {
    pthread_once(&nt_detection, nt_detect);
    return nt_best;
}

bool nt_isa_supported(nt_isa isa) {
    pthread_once(&nt_detection, nt_detect);
    return (int)isa >= 0 && (int)isa < nt_isa_count && nt_supported[isa];
}

nt_isa nt_isa_active(void) {
    if (nt_forced >= 0) return (nt_isa)nt_forced;
    pthread_once(&nt_detection, nt_detect);
    return nt_chosen;
}

void nt_isa_force(nt_isa isa) {
    if (nt_isa_supported(isa)) nt_forced = (int)isa;
}

const char *nt_cpu_features(void) {
    pthread_once(&nt_detection, nt_detect);
    return nt_features;
}
