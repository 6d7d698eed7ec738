import Glibc

/// The file descriptors that the system lets this process have.
enum Descriptors {
    /// Those that are not connections: models, database, logs, the loops of the HTTP server.
    private static let otherMax = 128
    /// What a process has at least for connections, however few descriptors it may have.
    private static let connectionsMin = 16

    /// How many connections there is room for; raises the process's own limit up to the system's for them.
    static func connections(wanted: Int) -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return wanted }
        let needed = rlim_t(wanted + otherMax)
        if limit.rlim_cur < needed, limit.rlim_cur < limit.rlim_max {
            var raised = limit
            raised.rlim_cur = min(needed, limit.rlim_max)
            if setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &raised) == 0 { limit = raised }
        }
        let available = Int(clamping: limit.rlim_cur) - otherMax
        return min(wanted, max(connectionsMin, available))
    }
}
