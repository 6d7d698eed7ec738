/// Limits of the process, as `/proc/self/limits` has them.
extension Machine {
    /// A connection takes a file; the server itself takes a few dozen.
    private static let openFilesMin = 1024

    var limitChecks: [Check] {
        [openFiles, lockedMemory].compactMap { $0 }
    }

    private var openFiles: Check? {
        guard let limit = softLimit("Max open files") else { return nil }
        guard let count = Int(limit), count < Self.openFilesMin else {
            return Check("open files", .ok, limit)
        }
        return Check(
            "open files", .warning, "\(count): each connection takes one, so that clients will be refused",
            advice: "ulimit -n 65536 before the start, or LimitNOFILE=65536 in the systemd unit")
    }

    private var lockedMemory: Check? {
        guard let limit = softLimit("Max locked memory") else { return nil }
        guard let count = Int(limit) else { return Check("locked memory", .ok, limit) }
        return Check(
            "locked memory", .info,
            "\(Figures.bytes(count)); Needletail locks none, MPI and InfiniBand need more")
    }

    /// The first figure behind the name: a number or `unlimited`.
    private func softLimit(_ name: String) -> String? {
        let line = files.text("/proc/self/limits")?.split(separator: "\n").first { $0.hasPrefix(name) }
        return line?.dropFirst(name.count).split(separator: " ").first.map(String.init)
    }
}
