import Glibc

/// The port that `needletail serve` would listen at.
extension Machine {
    var portCheck: Check {
        let topic = "port \(port)"
        let fault = Self.fault(bindingTo: port)
        guard fault != 0 else { return Check(topic, .ok, "free on 127.0.0.1") }
        guard fault == EADDRINUSE else {
            return Check(
                topic, .warning, "cannot be taken on 127.0.0.1: \(String(cString: strerror(fault)))",
                advice: "serve with --port and a number from 1024 on")
        }
        let others = (1...16).compactMap { UInt16(exactly: Int(port) + $0) }
        let free = others.first { Self.fault(bindingTo: $0) == 0 }
        return Check(
            topic, .warning, "another program listens there; it may be a Needletail",
            advice: "ss -ltnp 'sport = :\(port)' says which; stop it"
                + (free.map { ", or needletail serve --port \($0)" } ?? ", or serve at another port"))
    }

    /// The error number of taking the port for a moment, as the server would; 0 where it is free.
    private static func fault(bindingTo port: UInt16) -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return errno }
        defer { close(descriptor) }
        var yes: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        // Proof: `bind` reads a socket address of the length that it is given, and the address outlives the call.
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        return status == 0 ? 0 : errno
    }
}
