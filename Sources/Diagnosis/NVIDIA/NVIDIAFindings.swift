/// Everything that a machine tells about NVIDIA's devices, before anything is concluded from it.
package struct NVIDIAFindings: Sendable, Equatable {
    /// Whether a library could be used.
    package enum Library<Value: Sendable & Equatable>: Sendable, Equatable {
        case present(Value)
        /// What the dynamic linker said.
        case unusable(reason: String, isAbsent: Bool)
    }

    /// The version of the loaded kernel module, from `/proc/driver/nvidia/version`.
    package var kernelModule: String?
    /// NVIDIA's display devices on the PCI bus, whether or not a driver serves them.
    package var busDeviceCount: Int
    package var driver: Library<CUDADriver>
    package var management: Library<NVIDIAManagement>
    package var compiler: RuntimeCompiler?
    /// The variable CUDA_VISIBLE_DEVICES; nil where it is not set, which differs from being empty.
    package var visibleDevices: String?

    package init(
        kernelModule: String?, busDeviceCount: Int, driver: Library<CUDADriver>,
        management: Library<NVIDIAManagement>, compiler: RuntimeCompiler?, visibleDevices: String?
    ) {
        self.kernelModule = kernelModule
        self.busDeviceCount = busDeviceCount
        self.driver = driver
        self.management = management
        self.compiler = compiler
        self.visibleDevices = visibleDevices
    }
}

extension NVIDIAFindings {
    /// Opens the libraries that are there and asks them.
    init(on machine: Machine) {
        self.init(
            kernelModule: Self.moduleVersion(machine.files.text("/proc/driver/nvidia/version")),
            busDeviceCount: Self.busDevices(machine.files),
            driver: Self.asked("libcuda.so.1", machine.libraries, CUDADriver.init),
            management: Self.asked("libnvidia-ml.so.1", machine.libraries, NVIDIAManagement.init),
            compiler: machine.libraries.open(oneOf: RuntimeCompiler.libraryNames)
                .flatMap { RuntimeCompiler($0) },
            visibleDevices: machine.environment["CUDA_VISIBLE_DEVICES"])
    }

    private static func asked<Value>(
        _ name: String, _ libraries: LibraryFinder, _ ask: (SharedLibrary) -> Value?
    ) -> Library<Value> {
        do {
            guard let value = ask(try libraries.open(name)) else {
                return .unusable(reason: "\(name) lacks functions that it should have", isAbsent: false)
            }
            return .present(value)
        } catch {
            return .unusable(reason: error.reason, isAbsent: error.isAbsent)
        }
    }

    /// The first word of digits and points in `NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.15  Tue …`.
    static func moduleVersion(_ text: String?) -> String? {
        guard let line = text?.split(separator: "\n").first else { return nil }
        let version = line.split(separator: " ").first {
            $0.first?.isNumber == true && $0.contains(".") && $0.allSatisfy { $0.isNumber || $0 == "." }
        }
        return version.map(String.init) ?? "unknown"
    }

    /// Vendor 10de, class 03: display controllers, data centre devices among them.
    private static func busDevices(_ files: SystemFiles) -> Int {
        let folder = "/sys/bus/pci/devices"
        return files.names(in: folder).count {
            files.text("\(folder)/\($0)/vendor") == "0x10de"
                && files.text("\(folder)/\($0)/class")?.hasPrefix("0x03") == true
        }
    }
}
