import Diagnosis
import Foundation
import Glibc
import Testing

/// Limits, models, port, software: what the server stands among.
struct SurroundingsTests {
    private static func limits(files: String, locked: String) -> String {
        """
        Limit                     Soft Limit           Hard Limit           Units
        Max open files            \(files)                20000                files
        Max locked memory         \(locked)              8388608              bytes
        """
    }

    @Test func `few open files are a warning`() throws {
        let made = try MadeUpMachine(["proc/self/limits": Self.limits(files: "256", locked: "8388608")])
        #expect(try made.check("open files").advice?.contains("ulimit -n") == true)
        #expect(try made.check("locked memory").found.hasPrefix("8.00 MiB"))
        try made.write(Self.limits(files: "1024", locked: "unlimited"), to: "proc/self/limits")
        #expect(try made.status("open files") == .ok)
        #expect(try made.status("locked memory") == .ok)
    }

    @Test func `the models of the cache are listed with their sizes`() throws {
        let made = try MadeUpMachine(
            [
                "models/a.gguf": "GGUF" + String(repeating: "x", count: 1020), "models/notes.txt": "x",
                "models/folder/config.json": "{}", "models/.lock": "",
            ], environment: ["NEEDLETAIL_MODELS": "/models", "HOME": "/home"])
        #expect(
            try made.check("model cache")
                == Check("model cache", .ok, "/models: a.gguf (1.00 KiB), folder (2 B)"))
        #expect(try [.ok, .warning].contains(made.status("disk")))
    }

    @Test func `a file that is no GGUF is a warning that names it`() throws {
        let made = try MadeUpMachine(
            ["home/.cache/needletail/models/broken.gguf": ""], environment: ["HOME": "/home"])
        let check = try made.check("model cache")
        #expect(check.status == .warning && check.found.contains("broken.gguf"))
    }

    @Test func `a cache that is empty, missing or no folder says so`() throws {
        let made = try MadeUpMachine(["models/notes.txt": ""], environment: ["NEEDLETAIL_MODELS": "/models"])
        #expect(try made.check("model cache").found == "/models is empty")
        made.machine.environment["NEEDLETAIL_MODELS"] = "/elsewhere"
        #expect(try made.check("model cache").advice?.contains("Scripts/fetch-model") == true)
        made.machine.environment["NEEDLETAIL_MODELS"] = "/models/notes.txt"
        #expect(try made.status("model cache") == .problem)
    }

    @Test func `a port that is taken is a warning with one that is free`() throws {
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
        let port = UInt16(bigEndian: address.sin_port)
        let made = try MadeUpMachine(port: port)
        let check = try made.check("port \(port)")
        #expect(check.status == .warning)
        #expect(check.advice?.contains("sport = :\(port)") == true)
        made.machine.port = 0
        #expect(try made.status("port 0") == .ok)
    }

    @Test func `python is looked for where the shell looks`() throws {
        let made = try MadeUpMachine(environment: ["PATH": "/none:/bin"])
        #expect(try made.check("python").found.contains("not in PATH"))
        for name in ["python3", "pip3"] {
            try made.write("", to: "bin/\(name)")
            chmod(made.folder.appending(path: "bin/\(name)").path, 0o700)
        }
        #expect(
            try made.check("python")
                == Check("python", .ok, "/bin/python3 and /bin/pip3, for Scripts/fetch-model"))
    }

    @Test func `kernel and C library tell their versions`() throws {
        let made = try MadeUpMachine(["proc/sys/kernel/osrelease": "6.8.0-example\n"])
        #expect(try made.check("kernel").found == "Linux 6.8.0-example")
        #expect(try made.check("c library").found.hasPrefix("glibc 2."))
    }
}
