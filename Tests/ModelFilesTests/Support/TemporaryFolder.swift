import Glibc
import Testing

/// A folder that exists, with the files written to it, as long as this object.
final class TemporaryFolder {
    let path: String
    private var names: Set<String> = []

    init() throws {
        var template = Array("/tmp/needletail-modelfiles-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        for name in names { unlink("\(path)/\(name)") }
        rmdir(path)
    }

    /// Writes a file, in place of one of that name, and returns its path.
    @discardableResult
    func write(_ bytes: [UInt8], to name: String) throws -> String {
        let file = "\(path)/\(name)"
        // A new file each time: an older one may still be mapped.
        unlink(file)
        names.insert(name)
        let descriptor = open(file, O_WRONLY | O_CREAT | O_EXCL, 0o600)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        try #require(Glibc.write(descriptor, bytes, bytes.count) == bytes.count)
        return file
    }

    @discardableResult
    func write(_ text: String, to name: String) throws -> String {
        try write(Array(text.utf8), to: name)
    }

    func remove(_ name: String) {
        unlink("\(path)/\(name)")
    }
}
