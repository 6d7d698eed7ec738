import Diagnosis
import Testing

/// What is concluded from findings of machines that are not at hand.
struct NVIDIAFindingsTests {
    private static let device = CUDADriver.Device(
        name: "NVIDIA H200", memoryBytes: 100 << 30, capability: 90)

    /// A machine in order: one device, a driver of CUDA 12.4.
    private static var sound: NVIDIAFindings {
        NVIDIAFindings(
            kernelModule: "550.54.15", busDeviceCount: 1,
            driver: .present(CUDADriver(version: 12040, devices: [device])),
            management: .present(
                NVIDIAManagement(
                    driverVersion: "550.54.15",
                    devices: [
                        .init(name: device.name, memoryBytes: 100 << 30, usedBytes: 1 << 29, processCount: 0)
                    ])),
            compiler: RuntimeCompiler(version: 12040, capabilities: [50, 70, 90]), visibleDevices: nil)
    }

    private static func findings(_ change: (inout NVIDIAFindings) -> Void) -> [Check] {
        var findings = sound
        change(&findings)
        return findings.checks
    }

    private static let absent = "libcuda.so.1: cannot open shared object file: No such file or directory"

    @Test func `a sound machine gives lines that are all ok`() {
        let checks = Self.sound.checks
        #expect(checks.map(\.topic) == ["nvidia driver", "gpu 0", "nvrtc", "backend"])
        #expect(checks.map(\.status) == [.ok, .ok, .ok, .info], "\(checks)")
        #expect(checks[0].found == "550.54.15, CUDA 12.4")
        #expect(
            checks[1].found
                == "NVIDIA H200, 100 GiB, compute capability 9.0, 512 MiB in use by 0 processes")
    }

    @Test func `no driver and no device is one plain sentence`() {
        let checks = Self.findings {
            $0.driver = .unusable(reason: Self.absent, isAbsent: true)
            $0.kernelModule = nil
            $0.busDeviceCount = 0
        }
        #expect(
            checks == [
                Check(
                    "nvidia driver", .info,
                    "no NVIDIA driver here: libcuda.so.1 cannot be opened; the CPU backend is used")
            ])
    }

    @Test func `a kernel module without its user library is a problem that names the package`() {
        let checks = Self.findings { $0.driver = .unusable(reason: Self.absent, isAbsent: true) }
        #expect(checks.map(\.status) == [.problem])
        #expect(checks[0].advice?.contains("libnvidia-compute-550") == true)
        #expect(checks[0].advice?.contains("--gpus all") == true)
        let unnamed = Self.findings {
            $0.driver = .unusable(reason: Self.absent, isAbsent: true)
            $0.kernelModule = "unknown"
        }
        #expect(unnamed[0].status == .problem && unnamed[0].advice?.contains("libnvidia") == false)
    }

    @Test func `a device without a driver is a warning, a library that cannot be loaded a problem`() {
        let bare = Self.findings {
            $0.driver = .unusable(reason: Self.absent, isAbsent: true)
            $0.kernelModule = nil
        }
        #expect(bare.map(\.status) == [.warning])
        let damaged = Self.findings {
            $0.driver = .unusable(reason: "file too short", isAbsent: false)
            $0.kernelModule = nil
        }
        #expect(damaged.map(\.status) == [.problem] && damaged[0].found.contains("file too short"))
    }

    @Test(arguments: [
        (Int32(34), "stub"), (100, "/dev/nvidia0"), (802, "fabricmanager"), (803, "reboot"),
        (804, "compatibility"), (999, "dmesg"),
    ])
    func `each way that cuInit fails has its advice`(code: Int32, advice: String) {
        let checks = Self.findings {
            $0.driver = .present(
                CUDADriver(version: 12040, fault: .init(code: code, text: "CUDA_ERROR"), devices: []))
        }
        #expect(checks[0].status == .problem && checks[0].found.contains("CUDA_ERROR"))
        #expect(checks[0].advice?.contains(advice) == true)
    }

    @Test func `a driver library on a machine without devices is no fault`() {
        let checks = Self.findings {
            $0.driver = .present(
                CUDADriver(version: 12040, fault: .init(code: 100, text: "no device"), devices: []))
            $0.kernelModule = nil
            $0.busDeviceCount = 0
        }
        #expect(checks[0].status == .info)
    }

    @Test func `a hidden device is told from a missing one`() {
        let checks = Self.findings {
            $0.driver = .present(
                CUDADriver(version: 12040, fault: .init(code: 100, text: "no device"), devices: []))
            $0.visibleDevices = "-1"
        }
        #expect(checks[0].status == .warning)
        #expect(checks[0].advice == "unset CUDA_VISIBLE_DEVICES")
        let missing = Self.findings {
            $0.driver = .present(
                CUDADriver(version: 12040, fault: .init(code: 100, text: "no device"), devices: []))
            $0.management = .present(NVIDIAManagement(driverVersion: "550.54.15", devices: []))
            $0.visibleDevices = "0"
        }
        #expect(missing[0].status == .problem)
    }

    @Test(arguments: [("0", Check.Status.info), ("0,7,1", .warning)])
    func `an entry of CUDA_VISIBLE_DEVICES that is no device hides those behind it`(
        value: String, status: Check.Status
    ) {
        let checks = Self.findings { $0.visibleDevices = value }
        #expect(checks.first { $0.topic == "CUDA_VISIBLE_DEVICES" }?.status == status)
    }

    @Test func `libraries and kernel module of different versions are a problem`() {
        let mixed = Self.findings { $0.kernelModule = "535.183.01" }
        #expect(mixed.first { $0.topic == "nvidia management" }?.status == .problem)
        let refused = Self.findings {
            $0.management = .present(
                NVIDIAManagement(
                    driverVersion: nil, fault: .init(code: 18, text: "Driver/library version mismatch"),
                    devices: []))
        }
        let check = refused.first { $0.topic == "nvidia management" }
        #expect(check?.status == .problem && check?.advice?.contains("reboot") == true)
    }

    @Test func `an occupied device is a warning with the share that is free`() {
        let checks = Self.findings {
            $0.management = .present(
                NVIDIAManagement(
                    driverVersion: "550.54.15",
                    devices: [
                        .init(
                            name: Self.device.name, memoryBytes: 100 << 30, usedBytes: 40 << 30,
                            processCount: 1)
                    ]))
        }
        let check = checks.first { $0.topic == "gpu 0" }
        #expect(check?.status == .warning)
        #expect(check?.found.hasSuffix("40.0 GiB in use by 1 process") == true)
        #expect(check?.advice?.contains("--gpu-memory-utilization 0.60") == true)
    }

    @Test(arguments: [
        (11080, [50, 90], Check.Status.ok), (12040, [50, 90], .ok), (12060, [50, 90], .warning),
        (13000, [75, 90], .problem), (11020, [35, 86], .warning), (12000, [100, 120], .problem),
        (12040, [], .ok),
    ])
    func `the compiler's version and architectures have to fit the driver and the device`(
        version: Int, capabilities: [Int], status: Check.Status
    ) {
        let checks = Self.findings {
            $0.compiler = RuntimeCompiler(version: version, capabilities: capabilities)
        }
        #expect(checks.first { $0.topic == "nvrtc" }?.status == status, "\(checks)")
    }

    @Test func `a missing compiler names the package of the driver's major version`() {
        let checks = Self.findings { $0.compiler = nil }
        let check = checks.first { $0.topic == "nvrtc" }
        #expect(check?.advice?.contains("nvidia-cuda-nvrtc-cu12") == true)
    }
}
