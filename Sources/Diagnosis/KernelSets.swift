import CKernels
import Glibc

/// The instruction sets that the kernels are written for: which this machine has, and which one is used.
package struct KernelSets: Sendable {
    /// From slow to fast, by the names that `NEEDLETAIL_ISA` knows.
    package static let names = ["scalar", "avx2", "avx512", "avx512vnni", "avx512bf16", "amx", "neon"]

    /// The fastest that this machine has.
    package let best: String
    /// The one in use.
    package let active: String
    package let supported: Set<String>

    package init(best: String, active: String, supported: Set<String>) {
        self.best = best
        self.active = active
        self.supported = supported
    }

    /// This machine's.
    package static var current: KernelSets {
        let sets: [(nt_isa, String)] = [
            (NT_ISA_SCALAR, "scalar"), (NT_ISA_AVX2, "avx2"), (NT_ISA_AVX512, "avx512"),
            (NT_ISA_AVX512VNNI, "avx512vnni"), (NT_ISA_AVX512BF16, "avx512bf16"),
            (NT_ISA_AMX, "amx"), (NT_ISA_NEON, "neon"),
        ]
        func name(_ isa: nt_isa) -> String { sets.first { $0.0 == isa }?.1 ?? "scalar" }
        return KernelSets(
            best: name(nt_isa_best()), active: name(nt_isa_active()),
            supported: Set(sets.filter { nt_isa_supported($0.0) }.map(\.1)))
    }
}
