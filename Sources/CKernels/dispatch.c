// Finds out what the processor can do and chooses the instruction set.
#include "nt_cpu.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#if defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>
#endif
#if defined(__x86_64__)
#include <cpuid.h>
#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif
#endif

// What NEEDLETAIL_ISA may say; the emulated set has no name.
static const char *const nt_isa_names[] = {"scalar",     "avx2", "avx512", "avx512vnni",
                                           "avx512bf16", "amx",  "",       "neon"};
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

#if defined(__x86_64__)
// Whether the processor has AMX with the products of bytes and BF16, and the system lets this process use its tiles,
// which Linux has to be asked for, once, before any thread touches them.
static bool nt_detect_amx(void) {
    unsigned a, b, c, d;
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return false;
    const unsigned bf16 = 1u << 22, tile = 1u << 24, int8 = 1u << 25;
    if ((d & bf16) == 0 || (d & tile) == 0 || (d & int8) == 0) return false;
    const unsigned saved = 1u << 27;  // OSXSAVE: XGETBV may be used
    if (!__get_cpuid(1, &a, &b, &c, &d) || (c & saved) == 0) return false;
    unsigned low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    const unsigned tiles = 3u << 17;  // XTILECFG, XTILEDATA
    if ((low & tiles) != tiles) return false;
#if defined(__linux__)
    enum { ARCH_REQ_XCOMP_PERM = 0x1023, XFEATURE_XTILEDATA = 18 };
    return syscall(SYS_arch_prctl, ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA) == 0;
#else
    return false;
#endif
}
#endif

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
    nt_supported[NT_ISA_AMX] = nt_supported[NT_ISA_AVX512BF16] && nt_detect_amx();
    nt_supported[NT_ISA_AMX_EMULATED] = nt_supported[NT_ISA_AVX512BF16];
    nt_add_feature(nt_supported[NT_ISA_AVX2], "AVX2");
    nt_add_feature(nt_supported[NT_ISA_AVX512] && !nt_supported[NT_ISA_AVX512VNNI], "AVX-512");
    nt_add_feature(nt_supported[NT_ISA_AVX512VNNI], "AVX-512 VNNI");
    nt_add_feature(nt_supported[NT_ISA_AVX512BF16], "BF16");
    nt_add_feature(nt_supported[NT_ISA_AMX], "AMX");
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
        if (nt_supported[isa] && isa != NT_ISA_AMX_EMULATED) nt_best = (nt_isa)isa;
    nt_chosen = nt_best;
    const char *wanted = getenv("NEEDLETAIL_ISA");
    for (int isa = 0; wanted && isa < nt_isa_count; isa++)
        if (nt_supported[isa] && nt_isa_names[isa][0] && strcmp(wanted, nt_isa_names[isa]) == 0) nt_chosen = (nt_isa)isa;
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
