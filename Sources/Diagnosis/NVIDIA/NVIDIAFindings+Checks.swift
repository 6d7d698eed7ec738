/// What follows from the findings.
extension NVIDIAFindings {
    /// A device more occupied than this leaves too little for a server that takes nine tenths of it.
    private static let usedShareMax = 0.1

    package var checks: [Check] {
        switch driver {
        case .unusable(let reason, let isAbsent):
            return [driverMissing(reason: reason, isAbsent: isAbsent)]
        case .present(let driver):
            return [driverCheck(driver), libraryVersions, visibility(driver)].compactMap { $0 }
                + devices(driver)
                + [compilerCheck(driver), backend(driver)].compactMap { $0 }
        }
    }

    private func driverMissing(reason: String, isAbsent: Bool) -> Check {
        let topic = "nvidia driver"
        if let kernelModule {
            return Check(
                topic, .problem,
                "the kernel module \(kernelModule) is loaded, but libcuda.so.1 cannot be opened: \(reason)",
                advice: "install the user libraries of the same version\(Self.package(of: kernelModule)), or "
                    + "start the container with --gpus all and the NVIDIA Container Toolkit")
        }
        if !isAbsent {
            return Check(
                topic, .problem, "libcuda.so.1 is here but cannot be used: \(reason)",
                advice: "install the NVIDIA driver again")
        }
        if busDeviceCount > 0 {
            return Check(
                topic, .warning,
                "\(Figures.count(busDeviceCount, "NVIDIA device")) on the PCI bus without a driver: "
                    + "libcuda.so.1 cannot be opened; the CPU backend is used",
                advice: "install the NVIDIA driver (Ubuntu: sudo ubuntu-drivers install) and reboot")
        }
        return Check(
            topic, .info, "no NVIDIA driver here: libcuda.so.1 cannot be opened; the CPU backend is used")
    }

    /// The package of Debian and Ubuntu that has the user libraries of a driver.
    private static func package(of version: String) -> String {
        let major = version.split(separator: ".").first.flatMap { Int($0) }
        return major.map { " (Debian, Ubuntu: libnvidia-compute-\($0))" } ?? ""
    }

    private func driverCheck(_ driver: CUDADriver) -> Check {
        let topic = "nvidia driver"
        let name = [managed?.driverVersion ?? kernelModule, "CUDA \(Self.version(driver.version))"]
            .compactMap { $0 }.joined(separator: ", ")
        guard let fault = driver.fault else { return Check(topic, .ok, name) }
        if fault.code == 100, kernelModule == nil, busDeviceCount == 0 {
            return Check(topic, .info, "\(name), and no device; the CPU backend is used")
        }
        if fault.code == 100, let visibleDevices, managed?.devices.isEmpty != true {
            return Check(
                topic, .warning, "\(name); CUDA_VISIBLE_DEVICES=\(visibleDevices) hides every device",
                advice: "unset CUDA_VISIBLE_DEVICES")
        }
        return Check(
            topic, .problem, "\(name), but cuInit fails with \(fault.text)", advice: Self.advice(fault.code))
    }

    /// What helps against an answer of `cuInit` (CUDA Driver API, `CUresult`).
    private static func advice(_ code: Int32) -> String {
        switch code {
        case 34:
            "a stub library is in the way: take its folder (…/stubs) out of LD_LIBRARY_PATH"
        case 100:
            "see whether /dev/nvidia0 exists and this user may read and write it; in a container: --gpus all"
        case 802: "start the fabric manager: sudo systemctl start nvidia-fabricmanager"
        case 803: "libcuda and the kernel module are of different versions: reboot after a driver update"
        case 804: "take the CUDA compatibility package out of LD_LIBRARY_PATH: this device does not allow it"
        default: "sudo nvidia-smi and sudo dmesg say more; a reboot after a driver update often helps"
        }
    }

    /// Whether the kernel module and the libraries are of one driver.
    private var libraryVersions: Check? {
        let topic = "nvidia management"
        switch management {
        case .unusable(let reason, _):
            return Check(
                topic, .warning, "libnvidia-ml.so.1 cannot be used: \(reason)",
                advice: "install it with the driver, or in a container add utility to "
                    + "NVIDIA_DRIVER_CAPABILITIES: used memory is unknown without it")
        case .present(let management):
            if let fault = management.fault {
                return Check(
                    topic, .problem, "NVML does not start: \(fault.text)",
                    advice: fault.code == 18
                        ? "the libraries were updated and the kernel module was not: reboot"
                        : "sudo nvidia-smi and sudo dmesg say more")
            }
            guard let kernelModule, let version = management.driverVersion, kernelModule != "unknown",
                version != kernelModule
            else { return nil }
            return Check(
                topic, .problem, "the kernel module is \(kernelModule), the libraries are \(version)",
                advice: "reboot, or install one version of both")
        }
    }

    /// Whether CUDA_VISIBLE_DEVICES hides devices, on purpose or by a wrong entry.
    private func visibility(_ driver: CUDADriver) -> Check? {
        guard let visibleDevices, driver.fault == nil else { return nil }
        let topic = "CUDA_VISIBLE_DEVICES"
        let named = visibleDevices.split(separator: ",").count
        let visible = driver.devices.count
        let total = managed.map { " of \($0.devices.count)" } ?? ""
        let found = "\"\(visibleDevices)\": \(visible)\(total) visible"
        if visible == 0 {
            return Check(topic, .warning, found, advice: "unset it to use the devices")
        }
        guard visible >= named else {
            return Check(
                topic, .warning, found,
                advice: "it names \(named), but an entry that is no device hides all behind it: correct it")
        }
        return Check(topic, .info, found)
    }

    private func devices(_ driver: CUDADriver) -> [Check] {
        driver.devices.indices.map { index in
            let device = driver.devices[index]
            let found =
                "\(device.name), \(Figures.bytes(device.memoryBytes)), "
                + "compute capability \(device.capability / 10).\(device.capability % 10)"
            // The libraries count the devices alike only where nothing is hidden or put into another order.
            guard visibleDevices == nil, let managed, managed.devices.indices.contains(index),
                managed.devices[index].name == device.name
            else { return Check("gpu \(index)", .ok, found) }
            return occupancy(of: managed.devices[index], "gpu \(index)", found)
        }
    }

    private func occupancy(of device: NVIDIAManagement.Device, _ topic: String, _ found: String) -> Check {
        let processes = device.processCount.map { " by " + ($0 == 1 ? "1 process" : "\($0) processes") } ?? ""
        let used = "\(found), \(Figures.bytes(device.usedBytes)) in use\(processes)"
        guard Double(device.usedBytes) > Self.usedShareMax * Double(device.memoryBytes) else {
            return Check(topic, .ok, used)
        }
        let free = 1 - Double(device.usedBytes) / Double(max(1, device.memoryBytes))
        return Check(
            topic, .warning, used,
            advice: "end what runs there (nvidia-smi names it), or plan with "
                + "--gpu-memory-utilization \(Figures.decimal((free * 100).rounded(.down) / 100, digits: 2))")
    }

    /// Whether what the compiler makes can be loaded by the driver and run by the devices.
    ///
    /// CUDA Compatibility guide: within a major version an older driver runs newer machine code, but not newer PTX.
    private func compilerCheck(_ driver: CUDADriver) -> Check? {
        guard !driver.devices.isEmpty else { return nil }
        let topic = "nvrtc"
        let runs = Self.version(driver.version)
        let matching = "install an nvrtc of CUDA \(runs) or older, or a newer driver"
        guard let compiler else {
            return Check(
                topic, .info, "libnvrtc cannot be opened: CUDA kernels cannot be compiled here",
                advice: "pip install nvidia-cuda-nvrtc-cu\(driver.version / 1000), and add its lib folder to "
                    + "LD_LIBRARY_PATH")
        }
        let made = Self.version(compiler.version)
        if compiler.version / 1000 > driver.version / 1000 {
            return Check(
                topic, .problem, "CUDA \(made), but the driver runs CUDA \(runs) at most", advice: matching)
        }
        if let least = compiler.capabilities.min(), let most = compiler.capabilities.max(),
            let device = driver.devices.first(where: { !(least...most).contains($0.capability) })
        {
            return Check(
                topic, device.capability < least ? .problem : .warning,
                "CUDA \(made) compiles for \(Self.capability(least)) to \(Self.capability(most)), and "
                    + "\(device.name) has \(Self.capability(device.capability))",
                advice: device.capability < least
                    ? "install an nvrtc of an older CUDA" : "install an nvrtc of CUDA \(runs)")
        }
        guard compiler.version <= driver.version else {
            return Check(
                topic, .warning,
                "CUDA \(made), newer than the driver's \(runs): its machine code loads, its PTX does not",
                advice: matching)
        }
        return Check(topic, .ok, "CUDA \(made), which the driver's CUDA \(runs) runs")
    }

    /// Devices that are found are not devices that are used.
    private func backend(_ driver: CUDADriver) -> Check? {
        guard !driver.devices.isEmpty else { return nil }
        return Check(
            "backend", .info, "CPU: this version does not compute on GPUs",
            advice: "needletail plan MODEL says what would fit on them")
    }

    private var managed: NVIDIAManagement? {
        if case .present(let management) = management { management } else { nil }
    }

    /// `12.4` for 12040.
    private static func version(_ number: Int) -> String {
        "\(number / 1000).\(number % 1000 / 10)"
    }

    /// `9.0` for 90.
    private static func capability(_ number: Int) -> String {
        "\(number / 10).\(number % 10)"
    }
}
