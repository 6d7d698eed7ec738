import Glibc

/// A small file that is read whole, and looked at now and then: has it changed?
struct AccessFile: Sendable {
    /// What tells one state of a file from the next.
    struct Stamp: Equatable, Sendable {
        let seconds: Int
        let nanoseconds: Int
        let bytes: Int
        let node: UInt64
    }

    /// The most bytes that are read: thousands of keys, or any chain of certificates.
    static let bytesMax = 16 << 20

    /// Where it lies.
    let path: String
    /// What it is, for messages: `keys file`.
    let purpose: String

    /// The file's state; nil where it is not there.
    var stamp: Stamp? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return Stamp(
            seconds: status.st_mtim.tv_sec, nanoseconds: status.st_mtim.tv_nsec, bytes: Int(status.st_size),
            node: UInt64(status.st_ino))
    }

    /// The whole file.
    ///
    /// - Throws: ``AccessError`` that names the file, and says what the system says.
    func read() throws(AccessError) -> [UInt8] {
        // Without O_NONBLOCK, opening a named pipe would wait for a writer.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw failure(String(cString: strerror(errno))) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            guard count >= 0 else { throw failure(String(cString: strerror(errno))) }
            guard count > 0 else { return bytes }
            bytes += chunk[..<count]
            guard bytes.count <= Self.bytesMax else { throw failure("it has over \(Self.bytesMax) bytes") }
        }
    }

    private func failure(_ reason: String) -> AccessError {
        AccessError("cannot read the \(purpose) \(path): \(reason)")
    }
}
