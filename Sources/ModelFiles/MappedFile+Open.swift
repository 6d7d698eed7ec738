import Glibc
package import Tensors

extension MappedFile {
    /// Maps the file at `path`, with this room's error.
    static func open(_ path: String) throws(ModelFileError) -> MappedFile {
        do {
            return try MappedFile(path: path)
        } catch {
            throw .unreadable(reason: error.description)
        }
    }

    /// Whether there is a file or folder at `path`.
    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// Whether there is a folder at `path`.
    package static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }
}
