import Glibc

/// A file mapped read-only into memory for as long as this object lives.
///
/// The pages are shared with the page cache: mapping costs no copy and pages are read on first touch.
package final class MappedFile: Sendable {
    /// Why a file could not be mapped: what was tried, on which path, and what the system said.
    package struct Failure: Error, CustomStringConvertible {
        /// One line for people.
        package let description: String
    }

    /// The path as given.
    package let path: String
    /// The size in bytes.
    package let count: Int

    // The mapping is read-only and lives until deinit, so any thread may read it.
    private nonisolated(unsafe) let base: UnsafeRawPointer?

    /// Maps the file at `path`.
    ///
    /// - Throws: ``Failure`` where it cannot be opened, is no regular file, or cannot be mapped.
    package init(path: String) throws(Failure) {
        // Without O_NONBLOCK, opening a named pipe would wait for a writer.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw Self.failure("open", path) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw Self.failure("read the size of", path) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw Failure(description: "cannot map \(path): it is not a regular file")
        }
        self.path = path
        self.count = Int(status.st_size)
        guard count > 0 else {
            self.base = nil
            return
        }
        guard let address = mmap(nil, count, PROT_READ, MAP_SHARED, descriptor, 0), address != MAP_FAILED
        else {
            throw Self.failure("map", path)
        }
        self.base = UnsafeRawPointer(address)
    }

    deinit {
        if let base { munmap(UnsafeMutableRawPointer(mutating: base), count) }
    }

    /// Calls `body` with the whole file's bytes, which are valid during the call only.
    package func withBytes<Result, Fault: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Fault) -> Result
    ) throws(Fault) -> Result {
        // The pointer and the count describe the mapping made in init, which lives as long as self.
        try withExtendedLifetime(self) { () throws(Fault) in
            try body(UnsafeRawBufferPointer(start: base, count: count))
        }
    }

    /// Tells the system that the given bytes will not be read again, so that their pages may go.
    package func discard(_ range: Range<Int>) {
        guard let base, !range.isEmpty, range.upperBound <= count else { return }
        let page = Int(sysconf(Int32(_SC_PAGESIZE)))
        let start = (range.lowerBound + page - 1) / page * page
        let end = range.upperBound / page * page
        guard end > start else { return }
        madvise(UnsafeMutableRawPointer(mutating: base + start), end - start, MADV_DONTNEED)
    }

    private static func failure(_ action: String, _ path: String) -> Failure {
        Failure(description: "cannot \(action) \(path): \(String(cString: strerror(errno)))")
    }
}
