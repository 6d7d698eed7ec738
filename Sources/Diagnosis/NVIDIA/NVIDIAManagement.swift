/// What NVIDIA's management library says (NVML, `nvml.h`): every device, whatever CUDA_VISIBLE_DEVICES hides.
package struct NVIDIAManagement: Sendable, Equatable {
    /// One device of the machine.
    package struct Device: Sendable, Equatable {
        package var name: String
        package var memoryBytes: Int
        package var usedBytes: Int
        /// Programs that compute on it; nil where the library does not tell.
        package var processCount: Int?

        package init(name: String, memoryBytes: Int, usedBytes: Int, processCount: Int?) {
            self.name = name
            self.memoryBytes = memoryBytes
            self.usedBytes = usedBytes
            self.processCount = processCount
        }
    }

    /// `550.54.15`, the version of the library that was asked.
    package var driverVersion: String?
    /// What starting the library answered where it was not success.
    package var fault: CUDADriver.Fault?
    package var devices: [Device]

    package init(driverVersion: String?, fault: CUDADriver.Fault? = nil, devices: [Device]) {
        self.driverVersion = driverVersion
        self.fault = fault
        self.devices = devices
    }
}

extension NVIDIAManagement {
    /// Devices that are listed at most.
    private static let devicesMax: UInt32 = 64
    /// `NVML_ERROR_INSUFFICIENT_SIZE`: the count was written, the list did not fit.
    private static let insufficientSize: Int32 = 7

    /// `nvmlMemory_t`.
    private struct Memory {
        var total: UInt64 = 0
        var free: UInt64 = 0
        var used: UInt64 = 0
    }

    private typealias Call = @convention(c) () -> Int32
    private typealias Text = @convention(c) (UnsafeMutablePointer<CChar>, UInt32) -> Int32
    private typealias Count = @convention(c) (UnsafeMutablePointer<UInt32>) -> Int32
    private typealias DeviceAt = @convention(c) (UInt32, UnsafeMutablePointer<OpaquePointer?>) -> Int32
    private typealias Name = @convention(c) (OpaquePointer, UnsafeMutablePointer<CChar>, UInt32) -> Int32
    private typealias MemoryOf = @convention(c) (OpaquePointer, UnsafeMutableRawPointer) -> Int32
    private typealias Processes =
        @convention(c) (
            OpaquePointer, UnsafeMutablePointer<UInt32>, UnsafeMutableRawPointer?
        ) -> Int32
    private typealias ErrorText = @convention(c) (Int32) -> UnsafePointer<CChar>?

    /// Asks the library; nil where it lacks the functions that every version has.
    init?(_ library: SharedLibrary) {
        guard let start = library.function("nvmlInit_v2", as: Call.self),
            let stop = library.function("nvmlShutdown", as: Call.self),
            let version = library.function("nvmlSystemGetDriverVersion", as: Text.self),
            let deviceCount = library.function("nvmlDeviceGetCount_v2", as: Count.self)
        else { return nil }
        driverVersion = nil
        devices = []
        let status = start()
        guard status == 0 else {
            let text = library.function("nvmlErrorString", as: ErrorText.self)?(status)
            fault = .init(code: status, text: text.map { String(cString: $0) } ?? "error \(status)")
            return
        }
        defer { _ = stop() }
        var text = [CChar](repeating: 0, count: 128)
        if version(&text, UInt32(text.count - 1)) == 0 { driverVersion = String(cBytes: text) }
        var count: UInt32 = 0
        guard deviceCount(&count) == 0 else { return }
        devices = (0..<min(count, Self.devicesMax)).compactMap { Self.device($0, library) }
    }

    private static func device(_ index: UInt32, _ library: SharedLibrary) -> Device? {
        guard let deviceAt = library.function("nvmlDeviceGetHandleByIndex_v2", as: DeviceAt.self),
            let deviceName = library.function("nvmlDeviceGetName", as: Name.self),
            let memoryOf = library.function("nvmlDeviceGetMemoryInfo", as: MemoryOf.self)
        else { return nil }
        var handle: OpaquePointer?
        guard deviceAt(index, &handle) == 0, let handle else { return nil }
        var name = [CChar](repeating: 0, count: 128)
        var memory = Memory()
        guard deviceName(handle, &name, UInt32(name.count - 1)) == 0, memoryOf(handle, &memory) == 0 else {
            return nil
        }
        return Device(
            name: String(cBytes: name), memoryBytes: Int(clamping: memory.total),
            usedBytes: Int(clamping: memory.used), processCount: processCount(handle, library))
    }

    /// Asks with an empty list, which is enough to learn how long the list would be.
    private static func processCount(_ device: OpaquePointer, _ library: SharedLibrary) -> Int? {
        let names = ["nvmlDeviceGetComputeRunningProcesses_v3", "nvmlDeviceGetComputeRunningProcesses_v2"]
        guard
            let processes = names.lazy.compactMap({ library.function($0, as: Processes.self) }).first
        else { return nil }
        var count: UInt32 = 0
        let status = processes(device, &count, nil)
        return status == 0 || status == insufficientSize ? Int(count) : nil
    }
}
