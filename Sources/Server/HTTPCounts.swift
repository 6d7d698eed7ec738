import Glibc
import Synchronization

/// Counts responses by route, method and status, for `/metrics`.
final class HTTPCounts: Sendable {
    private struct Key: Hashable {
        let route: String
        let method: String
        let status: Int
    }

    private static let methods: Set<String> = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

    private let counts = Mutex<[Key: Int]>([:])

    /// Counts a response; what a client can make up shares one label.
    func count(route: String, method: String, status: Int) {
        let key = Key(route: route, method: Self.methods.contains(method) ? method : "other", status: status)
        counts.withLock { $0[key, default: 0] += 1 }
    }

    func write(to text: inout PrometheusText) {
        text.begin("http_requests_total", .counter, "Responses by route, method and status")
        let counts = counts.withLock { $0 }
        for (key, count) in counts.sorted(by: {
            ($0.key.route, $0.key.status) < ($1.key.route, $1.key.status)
        }) {
            text.sample(
                "http_requests_total",
                [("handler", key.route), ("method", key.method), ("status", String(key.status))],
                Double(count))
        }
    }
}

/// What the operating system says of this process, for `/metrics`.
enum ProcessFigures {
    /// The bytes of memory that are resident, or nil where `/proc` does not tell.
    static var residentBytes: Int? {
        guard let file = fopen("/proc/self/statm", "r") else { return nil }
        defer { fclose(file) }
        var line = [UInt8](repeating: 0, count: 128)
        let count = fread(&line, 1, line.count, file)
        let fields = String(decoding: line[..<count], as: UTF8.self).split(separator: " ")
        guard fields.count > 1, let pages = Int(fields[1]) else { return nil }
        return pages * sysconf(Int32(_SC_PAGESIZE))
    }
}
