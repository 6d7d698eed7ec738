import Foundation
import Glibc
import Testing

extension SystemTests {
    /// `doctor`, run as a person runs it.
    struct DoctorTests {
        @Test func `doctor says in a pipe how things stand, in words and without escapes`() async throws {
            let result = try await Binary.run(["doctor"])
            #expect([0, 1].contains(result.status), "\(result.errors)")
            #expect(!result.output.contains("\u{1B}"))
            for topic in ["cpu", "kernels", "memory", "nvidia driver", "model cache", "port 8000"] {
                #expect(result.output.contains(" \(topic) "), "\(topic) is missing from \(result.output)")
            }
            #expect(result.output.hasSuffix(" checks.\n"))
        }

        @Test func `doctor's JSON counts its problems, and the exit status tells of them`() async throws {
            let result = try await Binary.run(["doctor", "--json"])
            let value = try #require(
                try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
            let checks = try #require(value["checks"] as? [[String: Any]])
            func count(_ status: String) -> Int { checks.count { $0["status"] as? String == status } }
            #expect(value["problems"] as? Int == count("problem"))
            #expect(value["warnings"] as? Int == count("warning"))
            #expect(result.status == (count("problem") > 0 ? 1 : 0))
            for check in checks {
                #expect(Set(check.keys) == ["topic", "status", "found", "advice"])
            }
        }

        @Test func `doctor looks at the port that it is given, and refuses what is none`() async throws {
            let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            defer { close(listener) }
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let status = withUnsafeMutablePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(listener, $0, length) | listen(listener, 1) | getsockname(listener, $0, &length)
                }
            }
            try #require(status == 0)
            let taken = UInt16(bigEndian: address.sin_port)
            let result = try await Binary.run(["doctor", "--port", "\(taken)"])
            #expect(result.output.contains("port \(taken)"))
            #expect(result.output.contains("another program listens there"))
            let wrong = try await Binary.run(["doctor", "--port", "70000"])
            #expect(wrong.status == 64 && wrong.errors.contains("--port"))
        }
    }
}
