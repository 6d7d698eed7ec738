import ArgumentParser
import Glibc
import Logging
import Server
import Store

/// The folder that `serve` keeps files, batches and responses in.
struct DataFolder {
    /// The folder as it was given; nil where nobody gave one.
    private let given: String?

    init(_ given: String?) { self.given = given }

    /// Opens the store.
    ///
    /// A folder that somebody named must work. Where nobody did, a server whose home cannot be written to, or
    /// the second one of a machine, serves all the same, and says what it cannot do.
    /// - Throws: `ValidationError`.
    func open(_ logger: Logger) throws -> Storage {
        do {
            guard let path = given.map(Self.absolute) ?? Self.defaultPath else {
                throw StoreError.folder("the home folder", reason: "neither XDG_DATA_HOME nor HOME is set")
            }
            return .store(try Store(folder: path))
        } catch let error as StoreError {
            guard given == nil else { throw ValidationError("\(error)") }
            logger.warning("No files, batches and stored responses: \(error)")
            return .none(reason: "\(error)")
        }
    }

    /// The XDG Base Directory Specification's place for data, which counts only where it is absolute.
    private static var defaultPath: String? {
        func variable(_ name: String) -> String? {
            getenv(name).map { String(cString: $0) }.flatMap { $0.hasPrefix("/") ? $0 : nil }
        }
        return (variable("XDG_DATA_HOME") ?? variable("HOME").map { $0 + "/.local/share" }).map {
            $0 + "/needletail"
        }
    }

    private static func absolute(_ path: String) -> String {
        guard !path.hasPrefix("/"), let folder = getcwd(nil, 0) else { return path }
        defer { free(folder) }
        return String(cString: folder) + "/" + path
    }
}
