import Glibc
import Tensors
import Testing

struct MappedFileTests {
    @Test func `the bytes are those of the file`() throws {
        let path = try TemporaryFile([1, 2, 3, 250])
        let file = try MappedFile(path: path.path)
        #expect(file.count == 4)
        #expect(file.withBytes { Array($0) } == [1, 2, 3, 250])
    }

    @Test func `an empty file has no bytes`() throws {
        let path = try TemporaryFile([])
        let file = try MappedFile(path: path.path)
        #expect(file.count == 0 && file.withBytes { $0.isEmpty })
        file.discard(0..<0)
    }

    @Test func `the mapping outlives the file's name`() throws {
        var path: TemporaryFile? = try TemporaryFile([7])
        let file = try MappedFile(path: path?.path ?? "")
        path = nil
        #expect(file.withBytes { Array($0) } == [7])
    }

    @Test func `discarded bytes are read again from the file`() throws {
        let bytes = (0..<40_000).map { UInt8(truncatingIfNeeded: $0 * 7) }
        let path = try TemporaryFile(bytes)
        let file = try MappedFile(path: path.path)
        file.discard(10..<40_000)
        file.discard(0..<1 << 40)
        #expect(file.withBytes { Array($0) } == bytes)
    }

    @Test(
        "What is no regular file is refused with the path and the reason",
        arguments: [
            ("/nonexistent/model.gguf", "No such file or directory"), ("/tmp", "it is not a regular file"),
            ("/dev/null", "it is not a regular file"), ("", "No such file or directory"),
        ])
    func refuses(path: String, reason: String) throws {
        let error = try #require(throws: MappedFile.Failure.self) { try MappedFile(path: path) }
        #expect(error.description.contains(path) && error.description.hasSuffix(reason))
    }

    @Test func `a named pipe is refused without waiting for a writer`() throws {
        let path = "/tmp/needletail-pipe-\(getpid())"
        try #require(mkfifo(path, 0o600) == 0)
        defer { unlink(path) }
        #expect(throws: MappedFile.Failure.self) { try MappedFile(path: path) }
    }
}

/// A file that exists as long as this object.
final class TemporaryFile {
    let path: String

    init(_ bytes: [UInt8]) throws {
        var template = Array("/tmp/needletail-tensors-XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        try #require(write(descriptor, bytes, bytes.count) == bytes.count)
    }

    deinit { unlink(path) }
}
