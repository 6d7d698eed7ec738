import Foundation
import Glibc
import Synchronization
import Testing

/// One request and its answer over a socket of its own, read as it comes and closed when the test wants.
///
/// A real client library would hide what is tested here: when bytes arrive, and what happens when nobody reads them.
final class HTTPExchange: Sendable {
    /// The socket; -1 when closed.
    private let descriptor: Mutex<Int32>

    /// Connects and sends a request.
    init(_ method: String, _ path: String, body: String = "", port: UInt16) throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        self.descriptor = Mutex(descriptor)
        try #require(descriptor >= 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        try #require(status == 0, "nobody listens on port \(port)")
        var patience = timeval(tv_sec: 120, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        let request = """
            \(method) \(path) HTTP/1.1\r
            Host: 127.0.0.1:\(port)\r
            Authorization: Bearer \(RunningServer.apiKey)\r
            Content-Type: application/json\r
            Content-Length: \(body.utf8.count)\r
            Connection: close\r
            \r
            \(body)
            """
        try #require(
            Array(request.utf8).withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, 0) } > 0)
    }

    deinit {
        close()
    }

    /// Closes the connection, in the middle of whatever is being sent.
    func close() {
        descriptor.withLock { descriptor in
            if descriptor >= 0 { Glibc.close(descriptor) }
            descriptor = -1
        }
    }

    /// Reads until the answer contains the text, or to the answer's end.
    ///
    /// - Returns: What this call has read.
    func read(until text: String? = nil) async throws -> String {
        let descriptor = descriptor.withLock { $0 }
        return try await blocking {
            var bytes: [UInt8] = []
            var chunk = [UInt8](repeating: 0, count: 4096)
            while true {
                let count = recv(descriptor, &chunk, chunk.count, 0)
                try #require(count >= 0, "no answer: \(String(cString: strerror(errno)))")
                bytes += chunk[..<count]
                let read = String(decoding: bytes, as: UTF8.self)
                if count == 0 || text.map({ read.contains($0) }) == true { return read }
            }
        }
    }

    /// A short answer.
    struct Answer: Sendable {
        let status: Int
        let body: String
    }

    /// Asks and reads the whole answer.
    static func get(_ path: String, port: UInt16) async throws -> Answer {
        let text = try await HTTPExchange("GET", path, port: port).read()
        let parts = text.split(separator: "\r\n\r\n", maxSplits: 1)
        let status = text.split(separator: " ").dropFirst().first.flatMap { Int($0) }
        return Answer(status: try #require(status), body: parts.count > 1 ? String(parts[1]) : "")
    }
}

/// Runs what blocks on a thread of its own, away from the few that all tests share.
func blocking<R: Sendable>(_ body: @escaping @Sendable () throws -> R) async throws -> R {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Result(catching: body)) }
    }
}
