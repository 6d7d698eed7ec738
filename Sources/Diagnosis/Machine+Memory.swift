/// Memory: how much there is, how much is left, and how it is paged.
extension Machine {
    /// Less than this and not even a small model with its cache loads.
    private static let availableMin = 256 << 20
    /// Less than this holds small models only.
    private static let availableComfortable = 1 << 30

    var memoryChecks: [Check] {
        [memory, memoryLimit, swap].compactMap { $0 }
    }

    var pageChecks: [Check] {
        [transparentPages, reservedPages].compactMap { $0 }
    }

    /// Bytes that this process can still take: what the system has available, bounded by the tightest control group;
    /// nil where the system tells neither.
    package static func availableBytes(_ files: SystemFiles = SystemFiles()) -> Int? {
        let system = files.value(of: "MemAvailable", in: "/proc/meminfo").flatMap(Figures.kibibytes)
        let bounds = [system, ControlGroupMemory.tightest(files)?.availableBytes].compactMap { $0 }
        return bounds.min()
    }

    private func memoryInfo(_ key: String) -> Int? {
        files.value(of: key, in: "/proc/meminfo").flatMap(Figures.kibibytes)
    }

    private var memory: Check {
        guard let total = memoryInfo("MemTotal"), let available = memoryInfo("MemAvailable") else {
            return Check(
                "memory", .warning, "/proc/meminfo cannot be read: the free memory is unknown",
                advice: "mount /proc: without it serve finds no memory to plan with")
        }
        return room("memory", available, "\(Figures.bytes(available)) of \(Figures.bytes(total)) available")
    }

    private var memoryLimit: Check? {
        guard let group = ControlGroupMemory.tightest(files) else {
            return Check("memory limit", .ok, "no control group limits it")
        }
        return room(
            "memory limit", group.availableBytes,
            "\(Figures.bytes(group.limitBytes)) by the control group, \(Figures.bytes(group.usedBytes)) in use"
        )
    }

    private func room(_ topic: String, _ available: Int, _ found: String) -> Check {
        if available < Self.availableMin {
            return Check(
                topic, .problem, "\(found): no model fits",
                advice: "end other programs, or give the container or machine more memory")
        }
        guard available < Self.availableComfortable else { return Check(topic, .ok, found) }
        return Check(
            topic, .warning, "\(found): only small models fit",
            advice: "needletail plan MODEL says what a model takes")
    }

    private var swap: Check? {
        guard let total = memoryInfo("SwapTotal"), let free = memoryInfo("SwapFree") else { return nil }
        guard total > 0 else { return Check("swap", .ok, "none: weights cannot be swapped out") }
        let used = max(0, total - free)
        let found = "\(Figures.bytes(used)) of \(Figures.bytes(total)) in use"
        guard used > total / 4 else { return Check("swap", .ok, found) }
        return Check(
            "swap", .warning, "\(found): memory is short, and a swapped page stalls every request",
            advice: "end other programs, or sudo swapoff -a once there is room")
    }

    /// The brackets in `always [madvise] never` mark the setting in force.
    private var transparentPages: Check? {
        let topic = "transparent huge pages"
        let path = "/sys/kernel/mm/transparent_hugepage/enabled"
        guard let text = files.text(path) else {
            return Check(topic, .info, "this kernel has none: the page tables take more of the time")
        }
        let setting = text.split(separator: "[").last?.split(separator: "]").first.map(String.init) ?? text
        switch setting {
        case "always": return Check(topic, .ok, "always: large buffers lie in 2 MiB pages")
        case "madvise": return Check(topic, .ok, "madvise: large buffers lie in 2 MiB pages, as asked for")
        default:
            return Check(
                topic, .warning, "\(setting): every 4 KiB of the weights costs a page table entry",
                advice: "echo madvise | sudo tee \(path)")
        }
    }

    /// Pages that were set aside are lost for programs that do not ask for them by name, as this one.
    private var reservedPages: Check? {
        guard let reserved = memoryInfo("Hugetlb") else { return nil }
        guard reserved > 0 else { return Check("reserved huge pages", .ok, "none set aside") }
        let found = "\(Figures.bytes(reserved)) set aside, which Needletail does not use"
        guard let total = memoryInfo("MemTotal"), reserved > total / 20 else {
            return Check("reserved huge pages", .info, found)
        }
        return Check(
            "reserved huge pages", .warning, found,
            advice: "sudo sysctl vm.nr_hugepages=0, unless another program needs them")
    }
}
