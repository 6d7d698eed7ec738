import CKernels
import Glibc

/// The processors that this process may keep busy.
package struct Processors: Equatable {
    /// The affinity mask's processors: one of each physical core first, then the cores' other threads.
    package let ids: [Int32]
    /// Physical cores that the affinity mask reaches.
    package let coreCount: Int
    /// How many threads are worth running: one a physical core, within the control group's quota.
    package let threadCount: Int

    /// Looks at the system. `root` is where `/proc` and `/sys` lie, for tests.
    package init(affinity: [Int32] = Self.affinityMask(), root: String = "") {
        var cores: Set<String> = []
        var first: [Int32] = []
        var others: [Int32] = []
        for id in affinity {
            let path = "\(root)/sys/devices/system/cpu/cpu\(id)/topology/thread_siblings_list"
            if cores.insert(Self.text(of: path) ?? "\(id)").inserted {
                first.append(id)
            } else {
                others.append(id)
            }
        }
        ids = first + others
        coreCount = first.count
        let quota = Self.quota(root: root).map { Int(min($0, 4096)) } ?? Int.max
        threadCount = max(1, min(first.count, quota))
    }

    /// The numbers of the processors that the calling thread may run on.
    package static func affinityMask() -> [Int32] {
        [Int32](unsafeUninitializedCapacity: 1024) { $1 = nt_pool_affinity($0.baseAddress, $0.count) }
    }

    /// The least processor time a unit of time that this process's control group or one above it may use, in
    /// processors; nil without a limit. Kernel documentation: cgroup-v2 (`cpu.max`), sched-bwc (version 1).
    package static func quota(root: String) -> Double? {
        let lines = text(of: "\(root)/proc/self/cgroup")?.split(separator: "\n") ?? []
        return lines.flatMap { line -> [Double] in
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3 else { return [] }
            let path = String(fields[2])
            if fields[1].isEmpty {
                return ancestors(of: path).compactMap { version2(folder: "\(root)/sys/fs/cgroup\($0)") }
            }
            guard fields[1].split(separator: ",").contains("cpu") else { return [] }
            return ancestors(of: path).compactMap {
                version1(folder: "\(root)/sys/fs/cgroup/\(fields[1])\($0)")
            }
        }.min()
    }

    private static func version2(folder: String) -> Double? {
        let words = text(of: "\(folder)/cpu.max")?.split(separator: " ") ?? []
        guard words.count == 2 else { return nil }
        return ratio(words[0], words[1])
    }

    private static func version1(folder: String) -> Double? {
        guard let quota = text(of: "\(folder)/cpu.cfs_quota_us"),
            let period = text(of: "\(folder)/cpu.cfs_period_us")
        else { return nil }
        return ratio(quota[...], period[...])
    }

    private static func ratio(_ quota: Substring, _ period: Substring) -> Double? {
        guard let quota = Double(quota), let period = Double(period), quota > 0, period > 0 else {
            return nil
        }
        return quota / period
    }

    /// `/a/b` → `/a/b`, `/a` and the empty string.
    private static func ancestors(of path: String) -> [String] {
        let parts = path.split(separator: "/")
        return (0...parts.count).reversed().map { parts.prefix($0).map { "/" + $0 }.joined() }
    }

    /// The first 4,095 bytes of a file without the last line's end, or nil where it cannot be read.
    static func text(of path: String) -> String? {
        guard let file = fopen(path, "re") else { return nil }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 4095)
        bytes.removeLast(bytes.count - fread(&bytes, 1, bytes.count, file))
        if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
        return String(validating: bytes, as: UTF8.self)
    }
}
