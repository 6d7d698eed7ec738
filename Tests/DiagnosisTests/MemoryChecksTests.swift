import Diagnosis
import Testing

struct MemoryChecksTests {
    private static func meminfo(available: Int = 8 << 20, swapFree: Int = 100, huge: Int = 0) -> String {
        """
        MemTotal:       16777216 kB
        MemFree:          100000 kB
        MemAvailable:    \(available) kB
        SwapTotal:           100 kB
        SwapFree:            \(swapFree) kB
        Hugetlb:         \(huge) kB
        """
    }

    @Test(arguments: [(8 << 20, Check.Status.ok), (1 << 19, .warning), (1 << 17, .problem)])
    func `memory is judged by what is available`(kibibytes: Int, status: Check.Status) throws {
        let made = try MadeUpMachine(["proc/meminfo": Self.meminfo(available: kibibytes)])
        #expect(try made.status("memory") == status)
        #expect(try made.check("memory").found.contains("of 16.0 GiB available"))
    }

    @Test(arguments: ["", "MemTotal: x kB\nMemAvailable:\n", "MemTotal: 99999999999999999999 kB", ":::\n: 4"])
    func `memory that the system does not tell is a warning`(text: String) throws {
        #expect(try MadeUpMachine(["proc/meminfo": text]).status("memory") == .warning)
    }

    @Test func `the tightest control group counts, without the file cache, version 2`() throws {
        let made = try MadeUpMachine([
            "proc/self/cgroup": "0::/pod/engine\n", "sys/fs/cgroup/pod/engine/memory.max": "max\n",
            "sys/fs/cgroup/pod/memory.max": "4294967296\n",
            "sys/fs/cgroup/pod/memory.current": "3221225472\n",
            "sys/fs/cgroup/pod/memory.stat": "anon 5\ninactive_file 1073741824\nactive_file 1073741824\n",
        ])
        #expect(
            try made.check("memory limit")
                == Check("memory limit", .ok, "4.00 GiB by the control group, 1.00 GiB in use"))
        try made.write("anon 5\n", to: "sys/fs/cgroup/pod/memory.stat")
        try made.write("4294967000\n", to: "sys/fs/cgroup/pod/memory.current")
        #expect(try made.status("memory limit") == .problem)
    }

    @Test func `version 1 is read too, and its number for no limit is none`() throws {
        let made = try MadeUpMachine([
            "proc/self/cgroup": "5:cpu:/box\n4:memory:/box\n",
            "sys/fs/cgroup/memory/box/memory.limit_in_bytes": "1073741824\n",
            "sys/fs/cgroup/memory/box/memory.usage_in_bytes": "268435456\n",
        ])
        #expect(try made.status("memory limit") == .warning)
        try made.write("9223372036854771712\n", to: "sys/fs/cgroup/memory/box/memory.limit_in_bytes")
        #expect(try made.check("memory limit") == Check("memory limit", .ok, "no control group limits it"))
    }

    @Test func `what can be taken is the least of system and control groups, and file cache counts as free`()
        throws
    {
        let made = try MadeUpMachine(["proc/meminfo": Self.meminfo(available: 4 << 20)])
        #expect(Machine.availableBytes(made.machine.files) == 4 << 30)
        try made.write("0::/pod\n", to: "proc/self/cgroup")
        try made.write("2147483648\n", to: "sys/fs/cgroup/pod/memory.max")
        try made.write("1610612736\n", to: "sys/fs/cgroup/pod/memory.current")
        #expect(Machine.availableBytes(made.machine.files) == 512 << 20)
        try made.write(
            "anon 9\ninactive_file 268435456\nactive_file 536870912\n", to: "sys/fs/cgroup/pod/memory.stat")
        #expect(Machine.availableBytes(made.machine.files) == 1280 << 20)
        #expect(try Machine.availableBytes(MadeUpMachine().machine.files) == nil)
    }

    @Test func `swap in use is a warning`() throws {
        let made = try MadeUpMachine(["proc/meminfo": Self.meminfo(swapFree: 50)])
        #expect(try made.status("swap") == .warning)
        try made.write(Self.meminfo(), to: "proc/meminfo")
        #expect(try made.status("swap") == .ok)
    }

    @Test(arguments: [
        ("[always] madvise never", Check.Status.ok), ("always [madvise] never", .ok),
        ("always madvise [never]", .warning), ("", .warning), ("]][[", .warning),
    ])
    func `transparent huge pages that are switched off are a warning`(
        text: String, status: Check.Status
    )
        throws
    {
        let made = try MadeUpMachine(["sys/kernel/mm/transparent_hugepage/enabled": text])
        #expect(try made.status("transparent huge pages") == status)
    }

    @Test(arguments: [(0, Check.Status.ok), (2048, .info), (8 << 20, .warning)])
    func `memory set aside for huge pages is lost`(kibibytes: Int, status: Check.Status) throws {
        let made = try MadeUpMachine(["proc/meminfo": Self.meminfo(huge: kibibytes)])
        #expect(try made.status("reserved huge pages") == status)
    }
}
