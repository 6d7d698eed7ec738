import Diagnosis
import Testing

struct ProcessorChecksTests {
    private static let cpuinfo = """
        processor\t: 0
        model name\t: Example 9000
        flags\t\t: fpu fma f16c avx2 avx512f avx512bw avx512dq avx512vl avx512_vnni

        processor\t: 1
        model name\t: Example 9000
        """

    @Test func `the processor is named and each feature says what it buys`() throws {
        let made = try MadeUpMachine(["proc/cpuinfo": Self.cpuinfo])
        #expect(try made.check("cpu") == Check("cpu", .ok, "Example 9000"))
        #expect(try made.check("avx2").found == "8 floats an instruction")
        #expect(try made.status("vnni") == .ok)
        #expect(try made.status("bf16") == .info)
        #expect(try made.status("amx") == .info)
    }

    @Test func `a processor without AVX2 is a warning with what helps in a virtual machine`() throws {
        let made = try MadeUpMachine(["proc/cpuinfo": "model name: old\nflags: fpu sse2\n"])
        let check = try made.check("avx2")
        #expect(check.status == .warning && check.advice?.contains("-cpu host") == true)
    }

    @Test func `an arm64 processor is asked for its own features`() throws {
        let made = try MadeUpMachine(["proc/cpuinfo": "Features: fp asimd asimddp\nCPU part: 0xd0c\n"])
        #expect(try made.status("dot product") == .ok)
        #expect(try made.status("i8mm") == .info)
        #expect(try made.check("cpu").found == "0xd0c")
        #expect(!made.machine.examined().checks.contains { $0.topic == "avx2" })
    }

    @Test(arguments: [
        (nil, Check.Status.ok, "avx512, the fastest"), ("avx512", .ok, "as NEEDLETAIL_ISA asks"),
        ("avx2", .warning, "this processor has avx512"), ("neon", .warning, "does not have it"),
        ("avx9", .warning, "no set is called so"), ("", .ok, "the fastest"),
    ])
    func `an instruction set that NEEDLETAIL_ISA forces is noticed`(
        wanted: String?, status: Check.Status, text: String
    ) throws {
        let active = wanted == "avx2" ? "avx2" : "avx512"
        let made = try MadeUpMachine(
            environment: wanted.map { ["NEEDLETAIL_ISA": $0] } ?? [:],
            kernels: KernelSets(best: "avx512", active: active, supported: ["scalar", "avx2", "avx512"]))
        let check = try made.check("kernels")
        #expect(check.status == status && check.found.contains(text), "\(check)")
    }

    @Test func `this machine's kernels use a set that it supports`() {
        let kernels = KernelSets.current
        #expect(kernels.supported.contains(kernels.best) && kernels.supported.contains(kernels.active))
        #expect(kernels.supported.isSubset(of: KernelSets.names))
    }

    @Test func `the affinity mask and the control group's quota are told apart`() throws {
        let siblings = { (id: Int) in "sys/devices/system/cpu/cpu\(id)/topology/thread_siblings_list" }
        let made = try MadeUpMachine(
            [
                "sys/devices/system/cpu/online": "0-7\n", siblings(0): "0,2\n", siblings(1): "1,3\n",
                siblings(2): "0,2\n", siblings(3): "1,3\n", "proc/self/cgroup": "0::/pod\n",
                "sys/fs/cgroup/pod/cpu.max": "150000 100000\n",
            ], affinity: [0, 1, 2, 3])
        let check = try made.check("cores")
        #expect(
            check.found
                == "2 cores, 4 hardware threads of 8 (the affinity mask keeps this process from the rest), "
                + "a quota of 1.50 processors: 1 worker")
        #expect(check.status == .info)
        try made.write("50000 100000\n", to: "sys/fs/cgroup/pod/cpu.max")
        #expect(try made.status("cores") == .warning)
        try made.write("max 100000\n", to: "sys/fs/cgroup/pod/cpu.max")
        try made.write("0-3\n", to: "sys/devices/system/cpu/online")
        #expect(try made.check("cores") == Check("cores", .ok, "2 cores, 4 hardware threads: 2 workers"))
    }

    @Test(arguments: [("0.99 0.5 0.1 1/99 7", Check.Status.ok), ("1.00 0 0 1/99 7", .warning)])
    func `a machine that is busy to a half is warned of`(average: String, status: Check.Status) throws {
        let made = try MadeUpMachine(["proc/loadavg": average, "sys/devices/system/cpu/online": "0-1"])
        #expect(try made.status("load") == status)
    }

    @Test func `memory nodes are counted`() throws {
        let made = try MadeUpMachine(["sys/devices/system/node/online": "0-1\n"])
        #expect(try made.check("numa").found.hasPrefix("2 memory nodes"))
        try made.write("0\n", to: "sys/devices/system/node/online")
        #expect(try made.status("numa") == .ok)
    }
}
