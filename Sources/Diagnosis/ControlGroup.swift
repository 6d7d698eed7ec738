/// What the control groups of this process, versions 1 and 2, say about memory.
///
/// Kernel documentation: cgroup-v2 (`memory.max`, `memory.current`, `memory.stat`), cgroup-v1/memory.
struct ControlGroupMemory: Equatable {
    /// Version 1 writes a number about this large for "no limit".
    private static let unlimitedMin = 1 << 60

    let limitBytes: Int
    /// In use, without the file cache, which the system drops before it denies memory: mapped weights count once.
    let usedBytes: Int

    var availableBytes: Int { max(0, limitBytes - usedBytes) }

    /// The group with the least room, this process's own or one above it; nil where none has a limit.
    static func tightest(_ files: SystemFiles) -> ControlGroupMemory? {
        let lines = files.text("/proc/self/cgroup")?.split(separator: "\n") ?? []
        return lines.flatMap { line -> [ControlGroupMemory] in
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3 else { return [] }
            let folders = ancestors(of: fields[2])
            if fields[1].isEmpty {
                return folders.compactMap {
                    group(
                        files, "/sys/fs/cgroup\($0)", limit: "memory.max", usage: "memory.current",
                        caches: ["inactive_file", "active_file"])
                }
            }
            guard fields[1].split(separator: ",").contains("memory") else { return [] }
            return folders.compactMap {
                group(
                    files, "/sys/fs/cgroup/memory\($0)", limit: "memory.limit_in_bytes",
                    usage: "memory.usage_in_bytes", caches: ["total_inactive_file", "total_active_file"])
            }
        }.min { $0.availableBytes < $1.availableBytes }
    }

    private static func group(
        _ files: SystemFiles, _ folder: String, limit: String, usage: String, caches: [String]
    ) -> ControlGroupMemory? {
        guard let limit = files.text("\(folder)/\(limit)").flatMap({ Int($0) }), limit >= 0,
            limit < unlimitedMin
        else { return nil }
        let usage = max(0, files.text("\(folder)/\(usage)").flatMap { Int($0) } ?? 0)
        let statistics = files.text("\(folder)/memory.stat")?.split(separator: "\n") ?? []
        let dropped = caches.reduce(0) { sum, cache in
            let line = statistics.first { $0.hasPrefix("\(cache) ") }
            let bytes = line?.split(separator: " ").last.flatMap { Int($0) } ?? 0
            return min(usage, sum + min(max(0, bytes), usage))
        }
        return ControlGroupMemory(limitBytes: limit, usedBytes: usage - dropped)
    }

    /// `/a/b` → `/a/b`, `/a` and the empty string.
    private static func ancestors(of path: Substring) -> [String] {
        let parts = path.split(separator: "/")
        return (0...parts.count).reversed().map { parts.prefix($0).map { "/" + $0 }.joined() }
    }
}
