/// What CUDA's run-time compiler says (NVRTC, `nvrtc.h`).
package struct RuntimeCompiler: Sendable, Equatable {
    /// The CUDA it belongs to, 12040 for 12.4.
    package var version: Int
    /// The architectures that it compiles for, 90 for compute capability 9.0; empty where it does not tell.
    package var capabilities: [Int]

    package init(version: Int, capabilities: [Int]) {
        self.version = version
        self.capabilities = capabilities
    }
}

extension RuntimeCompiler {
    /// The names under which the library is installed, newest first. Since CUDA 11.3 it has one name a major version.
    static let libraryNames = ["libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so.11.2", "libnvrtc.so"]

    /// Architectures that are listed at most.
    private static let capabilitiesMax: Int32 = 256

    private typealias Version =
        @convention(c) (UnsafeMutablePointer<Int32>, UnsafeMutablePointer<Int32>) -> Int32
    private typealias Numbers = @convention(c) (UnsafeMutablePointer<Int32>) -> Int32

    /// Asks the library; nil where it lacks the functions that every version has.
    init?(_ library: SharedLibrary) {
        guard let version = library.function("nvrtcVersion", as: Version.self) else { return nil }
        var (major, minor): (Int32, Int32) = (0, 0)
        guard version(&major, &minor) == 0, (1...1000).contains(major), (0...99).contains(minor) else {
            return nil
        }
        self.version = Int(major) * 1000 + Int(minor) * 10
        capabilities = []
        var count: Int32 = 0
        guard let length = library.function("nvrtcGetNumSupportedArchs", as: Numbers.self),
            let list = library.function("nvrtcGetSupportedArchs", as: Numbers.self), length(&count) == 0,
            (1...Self.capabilitiesMax).contains(count)
        else { return }
        var architectures = [Int32](repeating: 0, count: Int(count))
        if list(&architectures) == 0 { capabilities = architectures.map(Int.init) }
    }
}
