import Glibc
import NIOCore

/// The address cannot be listened at: which one, what the system said, and what to set.
package struct ListenError: Error, Hashable, Sendable, CustomStringConvertible {
    /// One line for people.
    package let description: String

    /// Wraps what listening threw; nil where the error is of another kind.
    init?(_ error: any Error, host: String, port: Int) {
        let place = "\(host):\(port)"
        switch error {
        case let error as IOError:
            let remedy =
                switch error.errnoCode {
                case EADDRINUSE: "another program listens there; choose another --port, or 0 for a free one"
                case EACCES: "ports below 1024 need privileges; choose a --port from 1024 on"
                default: "choose a --host that is an address of this machine, such as 127.0.0.1 or 0.0.0.0"
                }
            let reason = String(cString: strerror(error.errnoCode))
            description = "cannot listen at \(place): \(reason): \(remedy)"
        case let error as SocketAddressError:
            description = "cannot listen at \(place): \(error); choose another --host"
        default: return nil
        }
    }
}
