import Glibc

/// The memory that this process may take, as the system and its control group tell.
package enum HostMemory {
    /// Bytes that can still be taken: what the system has available, bounded by the control group's limit.
    ///
    /// Reads `MemAvailable` of /proc/meminfo and the limit less the use of cgroup v2 or v1; 0 where nothing is told.
    package static var availableBytes: Int {
        let system = meminfo("MemAvailable:") ?? 0
        let limits = [
            ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"),
            ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.usage_in_bytes"),
        ]
        let rooms = limits.compactMap { limit, usage -> Int? in
            guard let limit = number(at: limit), let usage = number(at: usage) else { return nil }
            return max(0, limit - usage)
        }
        return rooms.reduce(system, min)
    }

    /// Bytes of this process in memory now, or nil where the system does not tell.
    package static var residentBytes: Int? {
        guard
            let pages = text(at: "/proc/self/statm")?.split(separator: " ").dropFirst().first.flatMap({
                Int($0)
            })
        else { return nil }
        return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
    }

    private static func meminfo(_ key: String) -> Int? {
        let line = text(at: "/proc/meminfo")?.split(separator: "\n").first { $0.hasPrefix(key) }
        return line?.split(separator: " ").dropFirst().first.flatMap { Int($0) }.map { $0 << 10 }
    }

    private static func number(at path: String) -> Int? {
        text(at: path)?.split(separator: "\n").first.flatMap { Int($0) }
    }

    private static func text(at path: String) -> String? {
        guard let file = fopen(path, "re") else { return nil }
        defer { fclose(file) }
        var buffer = [UInt8](repeating: 0, count: 8192)
        let count = fread(&buffer, 1, buffer.count, file)
        return String(validating: buffer[..<count], as: UTF8.self)
    }
}
