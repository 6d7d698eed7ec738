import CPUCompute

/// Processors: what they can, how many there are, how busy they are.
extension Machine {
    var processorChecks: [Check] {
        [processor] + features + [kernelSet, cores, load, nodes].compactMap { $0 }
    }

    private var processor: Check {
        let names = ["model name", "Model", "CPU part"].lazy.compactMap {
            files.value(of: $0, in: "/proc/cpuinfo")
        }
        return Check("cpu", names.first == nil ? .info : .ok, names.first ?? "the system does not name it")
    }

    /// What a feature is called, the flags that show it, and what it is good for.
    private struct Feature {
        let topic: String
        let flags: [String]
        let use: String
        /// What to say where it is missing.
        let without: (status: Check.Status, text: String, advice: String?)
    }

    private static let x86Features = [
        Feature(
            topic: "avx2", flags: ["avx2", "fma", "f16c"], use: "8 floats an instruction",
            without: (
                .warning, "missing: the scalar kernels run, many times slower",
                "in a virtual machine, pass the host's processor through (QEMU: -cpu host)"
            )),
        Feature(
            topic: "avx-512", flags: ["avx512f", "avx512bw", "avx512dq", "avx512vl"],
            use: "16 floats an instruction", without: (.info, "missing: 8 floats an instruction", nil)),
        Feature(
            topic: "vnni", flags: ["avx512_vnni"], use: "four 8-bit products at once, for quantised weights",
            without: (.info, "missing: quantised products take more instructions", nil)),
        Feature(
            topic: "bf16", flags: ["avx512_bf16"], use: "products of bfloat16 weights without widening",
            without: (.info, "missing: bfloat16 weights are widened first", nil)),
        Feature(
            topic: "amx", flags: ["amx_tile", "amx_int8", "amx_bf16"],
            use: "products of matrix tiles, for bfloat16 weights and many tokens",
            without: (.info, "missing: vectors are multiplied instead of tiles", nil)),
    ]

    private static let armFeatures = [
        Feature(
            topic: "neon", flags: ["asimd"], use: "4 floats an instruction",
            without: (.warning, "missing: the scalar kernels run, many times slower", nil)),
        Feature(
            topic: "dot product", flags: ["asimddp"],
            use: "four 8-bit products at once, for quantised weights",
            without: (.warning, "missing: the scalar kernels run, many times slower", nil)),
        Feature(
            topic: "i8mm", flags: ["i8mm"], use: "8-bit matrix products, which the kernels do not use yet",
            without: (.info, "missing; the kernels would not use it", nil)),
    ]

    private var features: [Check] {
        let x86 = files.value(of: "flags", in: "/proc/cpuinfo")
        guard let text = x86 ?? files.value(of: "Features", in: "/proc/cpuinfo") else { return [] }
        let flags = Set(text.split(separator: " ").map(String.init))
        return (x86 == nil ? Self.armFeatures : Self.x86Features).map { feature in
            flags.isSuperset(of: feature.flags)
                ? Check(feature.topic, .ok, feature.use)
                : Check(
                    feature.topic, feature.without.status, feature.without.text,
                    advice: feature.without.advice)
        }
    }

    /// The instruction set in use, and what `NEEDLETAIL_ISA` did to it.
    private var kernelSet: Check {
        let topic = "kernels"
        guard let wanted = variable("NEEDLETAIL_ISA") else {
            return Check(topic, .ok, "\(kernels.active), the fastest set that this processor has")
        }
        let known = KernelSets.names.filter(kernels.supported.contains).joined(separator: ", ")
        guard kernels.supported.contains(wanted) else {
            let why =
                KernelSets.names.contains(wanted) ? "this processor does not have it" : "no set is called so"
            return Check(
                topic, .warning, "\(kernels.active); NEEDLETAIL_ISA=\(wanted) is ignored: \(why)",
                advice: "unset NEEDLETAIL_ISA, or set it to one of: \(known)")
        }
        guard wanted != kernels.best else {
            return Check(
                topic, .ok, "\(kernels.active), as NEEDLETAIL_ISA asks; the default would be the same")
        }
        return Check(
            topic, .warning,
            "\(wanted), because NEEDLETAIL_ISA asks for it; this processor has \(kernels.best)",
            advice: "unset NEEDLETAIL_ISA")
    }

    /// Processors online, in the affinity mask, and what the control group leaves of them.
    private var cores: Check {
        let processors = Processors(affinity: affinity, root: files.root)
        var found =
            Figures.count(processors.coreCount, "core")
            + ", \(Figures.count(affinity.count, "hardware thread"))"
        let online = files.text("/sys/devices/system/cpu/online").flatMap(Figures.listLength)
        let quota = Processors.quota(root: files.root)
        var advice: [String] = []
        if let online, affinity.count < online {
            found += " of \(online) (the affinity mask keeps this process from the rest)"
            advice.append("start it without taskset, or with a wider --cpuset-cpus")
        }
        if let quota, quota < Double(processors.coreCount) {
            found += ", a quota of \(Figures.decimal(quota, digits: 2)) processors"
            advice.append("raise the control group's cpu.max (--cpus) to \(processors.coreCount)")
        }
        found += ": " + Figures.count(processors.threadCount, "worker")
        return Check(
            "cores", advice.isEmpty ? .ok : quota.map { $0 < 1 } == true ? .warning : .info, found,
            advice: advice.isEmpty ? nil : advice.joined(separator: "; "))
    }

    /// How many programs want a processor, averaged over a minute, beside how many processors there are.
    private var load: Check? {
        guard let average = files.text("/proc/loadavg")?.split(separator: " ").first.flatMap({ Double($0) }),
            average.isFinite, average >= 0
        else { return nil }
        let online = files.text("/sys/devices/system/cpu/online").flatMap(Figures.listLength)
        let count = max(1, online ?? affinity.count)
        let found =
            "\(Figures.decimal(average, digits: 2)) over the last minute, with "
            + Figures.count(count, "hardware thread")
        guard average >= Double(count) / 2 else { return Check("load", .ok, found) }
        return Check(
            "load", .warning, found + ": other programs take the processors",
            advice: "stop them (top shows who), or expect fewer tokens a second")
    }

    /// Memory nodes: reading another node's memory is slower.
    private var nodes: Check? {
        guard let count = files.text("/sys/devices/system/node/online").flatMap(Figures.listLength) else {
            return nil
        }
        guard count > 1 else { return Check("numa", .ok, "one memory node") }
        return Check(
            "numa", .info, "\(count) memory nodes: weights are read at the speed of the link between them",
            advice: "numactl --cpunodebind=0 --membind=0 for a model that fits one node, "
                + "else numactl --interleave=all")
    }
}
