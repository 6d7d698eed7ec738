import Glibc

/// Finds libraries that need not be on this machine.
package struct LibraryFinder: Sendable {
    /// Where to look instead of the system's own places, for tests.
    private let folder: String?

    package init(folder: String? = nil) {
        self.folder = folder
    }

    /// Opens the library of that name.
    func open(_ name: String) throws(SharedLibrary.Failure) -> SharedLibrary {
        try SharedLibrary(folder.map { "\($0)/\(name)" } ?? name)
    }

    /// Opens the first of these that is there.
    func open(oneOf names: [String]) -> SharedLibrary? {
        for name in names {
            if let library = try? open(name) { return library }
        }
        return nil
    }
}

/// A library that was opened while the program runs. It stays open: NVIDIA's do not like to go.
struct SharedLibrary {
    /// The library, or something in it, is missing.
    struct Failure: Error, Equatable {
        /// What the dynamic linker said.
        let reason: String
        /// The file is not there, as opposed to: it is, and cannot be loaded.
        var isAbsent: Bool { reason.contains("No such file") }
    }

    private let handle: UnsafeMutableRawPointer

    init(_ path: String) throws(Failure) {
        guard let handle = dlopen(path, RTLD_NOW | RTLD_LOCAL) else {
            throw Failure(reason: dlerror().map { String(cString: $0) } ?? "no reason given")
        }
        self.handle = handle
    }

    /// The function of that name, or nil where the library has none.
    ///
    /// - Parameter type: Its C type, which nobody checks: it has to be the one of the library's header.
    func function<Function>(_ name: String, as type: Function.Type) -> Function? {
        // Proof: a C function pointer has the size and the representation of the address that dlsym gives, and every
        // caller names the type that the library's documentation states.
        dlsym(handle, name).map { unsafeBitCast($0, to: type) }
    }
}
