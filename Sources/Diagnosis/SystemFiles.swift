import Glibc

/// The files in which the system tells about itself, below a root that tests choose.
package struct SystemFiles: Sendable {
    /// A file longer than this is cut: `/proc/cpuinfo` of a thousand processors fits.
    private static let bytesMax = 4 << 20

    /// What stands before `/proc`, `/sys` and every other absolute path.
    package let root: String

    package init(root: String = "") {
        self.root = root
    }

    /// What a file holds, without white space around it; nil where it cannot be read.
    func text(_ path: String) -> String? {
        bytes(path, atMost: Self.bytesMax).map { Self.trimmed(String(decoding: $0, as: UTF8.self)[...]) }
    }

    /// A file's first bytes; nil where it cannot be read.
    func bytes(_ path: String, atMost limit: Int) -> [UInt8]? {
        guard let file = fopen(root + path, "re") else { return nil }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: min(limit, 64 << 10))
        while bytes.count < limit {
            let count = fread(&chunk, 1, min(chunk.count, limit - bytes.count), file)
            guard count > 0 else { break }
            bytes += chunk[..<count]
        }
        return ferror(file) == 0 ? bytes : nil
    }

    /// The value of the first line `key: value`, as `/proc/cpuinfo` and `/proc/meminfo` have them.
    func value(of key: String, in path: String) -> String? {
        for line in (text(path) ?? "").split(separator: "\n") {
            guard let colon = line.firstIndex(of: ":"), Self.trimmed(line[..<colon]) == key else { continue }
            return Self.trimmed(line[line.index(after: colon)...])
        }
        return nil
    }

    /// The names in a folder, sorted; empty where it cannot be read.
    func names(in folder: String) -> [String] {
        guard let stream = opendir(root + folder) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            // Proof: `d_name` lies in the entry, is ended by a zero, and the entry lives until the next `readdir`.
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                String(cString: UnsafeRawPointer($0).assumingMemoryBound(to: CChar.self))
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Bytes of a file and whether it is a folder; nil where there is none.
    func item(_ path: String) -> (byteCount: Int, isFolder: Bool)? {
        var status = stat()
        guard stat(root + path, &status) == 0 else { return nil }
        return (Int(status.st_size), status.st_mode & S_IFMT == S_IFDIR)
    }

    /// Whether this process may do that with the file or folder: `R_OK`, `W_OK`, `X_OK`.
    func allows(_ mode: Int32, _ path: String) -> Bool {
        access(root + path, mode) == 0
    }

    /// Bytes that this user may still write where `path` lies.
    func freeBytes(at path: String) -> Int? {
        var status = statvfs()
        guard statvfs(root + path, &status) == 0 else { return nil }
        let (bytes, overflow) = Int(clamping: status.f_bavail)
            .multipliedReportingOverflow(by: Int(clamping: status.f_frsize))
        return overflow ? Int.max : bytes
    }

    private static func trimmed(_ text: Substring) -> String {
        var text = text
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text.drop(while: \.isWhitespace))
    }
}
