import CPUCompute
import CKernels
import Glibc
import Testing

struct ProcessorsTests {
    /// A folder with files as `/proc` and `/sys` have them, which goes with this object.
    private final class Root {
        let path: String
        private var made: [String] = []

        init(_ files: [String: String]) throws {
            var template = Array("/tmp/needletail-test-XXXXXX".utf8CString)
            try #require(mkdtemp(&template) != nil)
            path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
            for (name, text) in files {
                var folder = path
                for part in name.split(separator: "/").dropLast() {
                    folder += "/\(part)"
                    if mkdir(folder, 0o700) == 0 { made.append(folder) }
                }
                let file = try #require(fopen("\(path)/\(name)", "w"))
                fputs(text, file)
                fclose(file)
                made.append("\(path)/\(name)")
            }
        }

        deinit {
            for item in made.reversed() { remove(item) }
            remove(path)
        }
    }

    private static func siblings(_ pairs: [Int: String]) -> [String: String] {
        Dictionary(
            uniqueKeysWithValues: pairs.map {
                ("sys/devices/system/cpu/cpu\($0)/topology/thread_siblings_list", "\($1)\n")
            })
    }

    @Test func `a thread for each physical core in the affinity mask, other hardware threads last`() throws {
        let root = try Root(Self.siblings([0: "0,4", 1: "1,5", 4: "0,4", 5: "1,5", 6: "2,6"]))
        let processors = Processors(affinity: [0, 1, 4, 5, 6], root: root.path)
        #expect(processors.ids == [0, 1, 6, 4, 5])
        #expect(processors.threadCount == 3)
    }

    @Test(arguments: [
        ("max 100000\n", "max 100000\n", 4), ("250000 100000\n", "max 100000\n", 2),
        ("max 100000\n", "50000 100000\n", 1),
        ("300000 100000\n", "200000 100000\n", 2), ("900000 100000\n", "nonsense", 4),
    ])
    func `a control group's quota bounds the threads, version 2`(
        own: String, parent: String, threads: Int
    ) throws {
        let root = try Root([
            "proc/self/cgroup": "0::/pod/engine\n", "sys/fs/cgroup/pod/engine/cpu.max": own,
            "sys/fs/cgroup/pod/cpu.max": parent,
        ])
        #expect(Processors(affinity: [0, 1, 2, 3], root: root.path).threadCount == threads)
    }

    @Test(arguments: [("-1\n", 4), ("150000\n", 1), ("300000\n", 3)])
    func `a control group's quota bounds the threads, version 1`(quota: String, threads: Int) throws {
        let root = try Root([
            "proc/self/cgroup": "5:memory:/box\n4:cpu,cpuacct:/box\n",
            "sys/fs/cgroup/cpu,cpuacct/box/cpu.cfs_quota_us": quota,
            "sys/fs/cgroup/cpu,cpuacct/box/cpu.cfs_period_us": "100000\n",
        ])
        #expect(Processors(affinity: [0, 1, 2, 3], root: root.path).threadCount == threads)
    }

    @Test func `without files every processor counts, and there is always a thread`() throws {
        let root = try Root([:])
        #expect(
            Processors(affinity: [3, 4], root: root.path) == Processors(affinity: [3, 4], root: root.path))
        #expect(Processors(affinity: [3, 4], root: root.path).ids == [3, 4])
        #expect(Processors(affinity: [], root: root.path).threadCount == 1)
        #expect(Processors().threadCount <= Processors.affinityMask().count)
    }

    @Test(arguments: [
        ("0\n", 0b1), ("0-1\n", 0b11), ("0,2-3\n", 0b1101), ("", 0), ("x,1\n", 0b10), ("62-70", 3 << 62),
    ])
    func `memory nodes are those that the system says have memory`(text: String, bits: UInt64) throws {
        let root = try Root(["sys/devices/system/node/has_memory": text])
        #expect(MemoryNodes(root: root.path).bits == bits)
    }

    @Test func `the system spreads pages over the nodes that there are, and refuses others`() throws {
        let size = 4 << 20
        let base = try #require(mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))
        defer { munmap(base, size) }
        #expect(nt_interleave(base, size, MemoryNodes.here.bits))
        #expect(!nt_interleave(base, size, 1 << 63))
        base.storeBytes(of: 1, as: UInt8.self)
    }
}
