import Glibc

/// The folder that the store lies in.
enum Folder {
    /// Makes the folder, and those above it, readable by nobody else; one that is there stays as it is.
    static func make(_ path: String) throws(StoreError) {
        guard path.hasPrefix("/") else { throw .folder(path, reason: "the path must be absolute") }
        var made = ""
        for part in path.split(separator: "/") {
            made += "/" + part
            guard mkdir(made, 0o700) != 0, errno != EEXIST, access(made, X_OK) != 0 else { continue }
            throw .folder(path, reason: "\(made): \(String(cString: strerror(errno)))")
        }
        guard access(path, R_OK | W_OK | X_OK) == 0 else {
            throw .folder(path, reason: String(cString: strerror(errno)))
        }
    }

    /// Makes an empty file that nobody else can read; one that is there stays as it is.
    static func makeFile(_ path: String) throws(StoreError) {
        let descriptor = open(path, O_CREAT | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .folder(path, reason: String(cString: strerror(errno))) }
        close(descriptor)
    }
}

/// Keeps other processes out of a folder; the system lets go of it when the process ends, however it ends.
final class FolderLock: Sendable {
    private let descriptor: CInt

    init(_ folder: String) throws(StoreError) {
        descriptor = open(folder + "/lock", O_CREAT | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .folder(folder, reason: String(cString: strerror(errno))) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let reason = errno
            close(descriptor)
            throw reason == EWOULDBLOCK
                ? .inUse(folder) : .folder(folder, reason: String(cString: strerror(reason)))
        }
    }

    deinit { close(descriptor) }
}
