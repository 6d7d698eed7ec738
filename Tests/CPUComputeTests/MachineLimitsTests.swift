import CKernels
import CPUCompute
import Testing

struct MachineLimitsTests {
    @Test func `a read takes in every word of the whole pieces, and none behind them`() {
        for bytes in [0, 8, 511, 512, 1024, 4096 + 504] {
            let words = (0..<((bytes + 7) / 8 + 1)).map { UInt64($0) &* 0x9E37_79B9_7F4A_7C15 }
            let read = words.withUnsafeBytes { nt_limit_read($0.baseAddress, bytes) }
            #expect(read == words.prefix(bytes / 512 * 64).reduce(0, &+), "\(bytes) bytes")
        }
    }

    @Test(arguments: [
        NT_ISA_SCALAR, NT_ISA_AVX2, NT_ISA_AVX512, NT_ISA_AVX512VNNI, NT_ISA_AVX512BF16, NT_ISA_AMX,
        NT_ISA_AMX_EMULATED, NT_ISA_NEON,
    ])
    func `rounds are counted, and computed`(_ isa: nt_isa) {
        guard nt_isa_supported(isa) else { return }
        let before = nt_isa_active()
        nt_isa_force(isa)
        defer { nt_isa_force(before) }
        for unit in [NT_LIMIT_INT8, NT_LIMIT_BF16, NT_LIMIT_F32] {
            var (one, many) = (Float.nan, Float.nan)
            let operations = nt_limit_compute(unit, 1, &one)
            guard operations > 0 else {
                #expect(unit == NT_LIMIT_BF16)
                continue
            }
            #expect(nt_limit_compute(unit, 1000, &many) == 1000 * operations)
            #expect(many.magnitude > one.magnitude && one != 0, "unit \(unit): \(one), \(many)")
        }
    }

    @Test func `one thread's limits are measured`() throws {
        var last = (done: 0, total: 0)
        let limits = try MachineLimits.measure(threads: 1) { last = ($0, $1) }
        #expect(limits.threadCount == 1)
        #expect(limits.readBytesPerSecond > 0 && limits.int8OperationsPerSecond > 0)
        #expect(limits.floatOperationsPerSecond > 0)
        #expect(limits.bf16OperationsPerSecond.map { $0 > 0 } ?? true)
        #expect(last.done == last.total && last.total > 0)
    }
}
