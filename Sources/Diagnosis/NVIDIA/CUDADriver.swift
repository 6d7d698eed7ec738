/// What CUDA's driver library says (CUDA Driver API, `cuda.h`).
package struct CUDADriver: Sendable, Equatable {
    /// One device that CUDA shows this process.
    package struct Device: Sendable, Equatable {
        package var name: String
        package var memoryBytes: Int
        /// 90 for compute capability 9.0.
        package var capability: Int

        package init(name: String, memoryBytes: Int, capability: Int) {
            self.name = name
            self.memoryBytes = memoryBytes
            self.capability = capability
        }
    }

    /// What a call answered where it was not success.
    package struct Fault: Error, Sendable, Equatable {
        package var code: Int32
        /// `CUDA_ERROR_NO_DEVICE: no CUDA-capable device is detected`.
        package var text: String

        package init(code: Int32, text: String) {
            self.code = code
            self.text = text
        }
    }

    /// The newest CUDA that the driver runs, 12040 for 12.4.
    package var version: Int
    /// What `cuInit` answered; nil where it succeeded.
    package var fault: Fault?
    /// The devices that CUDA_VISIBLE_DEVICES leaves.
    package var devices: [Device]

    package init(version: Int, fault: Fault? = nil, devices: [Device]) {
        self.version = version
        self.fault = fault
        self.devices = devices
    }
}

extension CUDADriver {
    /// Devices that are listed at most.
    private static let devicesMax = 64
    /// `CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR` and `_MINOR`.
    private static let capabilityAttributes: (major: Int32, minor: Int32) = (75, 76)

    private typealias Initialize = @convention(c) (UInt32) -> Int32
    private typealias Number = @convention(c) (UnsafeMutablePointer<Int32>) -> Int32
    private typealias DeviceAt = @convention(c) (UnsafeMutablePointer<Int32>, Int32) -> Int32
    private typealias Name = @convention(c) (UnsafeMutablePointer<CChar>, Int32, Int32) -> Int32
    private typealias Memory = @convention(c) (UnsafeMutablePointer<Int>, Int32) -> Int32
    private typealias Attribute = @convention(c) (UnsafeMutablePointer<Int32>, Int32, Int32) -> Int32
    private typealias ErrorText = @convention(c) (Int32, UnsafeMutablePointer<UnsafePointer<CChar>?>) -> Int32

    /// Asks the library; nil where it lacks the functions that every driver has.
    init?(_ library: SharedLibrary) {
        guard let initialize = library.function("cuInit", as: Initialize.self),
            let driverVersion = library.function("cuDriverGetVersion", as: Number.self),
            let deviceCount = library.function("cuDeviceGetCount", as: Number.self)
        else { return nil }
        var version: Int32 = 0
        self.version = driverVersion(&version) == 0 ? Int(version) : 0
        let status = initialize(0)
        guard status == 0 else {
            fault = Fault(code: status, text: Self.text(of: status, library))
            devices = []
            return
        }
        fault = nil
        var count: Int32 = 0
        guard deviceCount(&count) == 0, count > 0 else {
            devices = []
            return
        }
        devices = (0..<min(Int(count), Self.devicesMax)).compactMap { Self.device(Int32($0), library) }
    }

    private static func device(_ index: Int32, _ library: SharedLibrary) -> Device? {
        guard let deviceAt = library.function("cuDeviceGet", as: DeviceAt.self),
            let deviceName = library.function("cuDeviceGetName", as: Name.self),
            let totalMemory = library.function("cuDeviceTotalMem_v2", as: Memory.self),
            let attribute = library.function("cuDeviceGetAttribute", as: Attribute.self)
        else { return nil }
        var device: Int32 = 0
        guard deviceAt(&device, index) == 0 else { return nil }
        var name = [CChar](repeating: 0, count: 128)
        var memory = 0
        var (major, minor): (Int32, Int32) = (0, 0)
        guard deviceName(&name, Int32(name.count - 1), device) == 0, totalMemory(&memory, device) == 0,
            attribute(&major, capabilityAttributes.major, device) == 0,
            attribute(&minor, capabilityAttributes.minor, device) == 0
        else { return nil }
        return Device(
            name: String(cBytes: name), memoryBytes: memory, capability: Int(major) &* 10 &+ Int(minor))
    }

    private static func text(of status: Int32, _ library: SharedLibrary) -> String {
        let parts = ["cuGetErrorName", "cuGetErrorString"].compactMap { name -> String? in
            var text: UnsafePointer<CChar>?
            guard let function = library.function(name, as: ErrorText.self), function(status, &text) == 0
            else { return nil }
            return text.map { String(cString: $0) }
        }
        return parts.isEmpty ? "error \(status)" : parts.joined(separator: ": ")
    }
}

extension String {
    /// The characters before the first zero.
    init(cBytes: [CChar]) {
        self.init(decoding: cBytes.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
