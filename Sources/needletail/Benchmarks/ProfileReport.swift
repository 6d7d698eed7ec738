import Benchmarking
import CPUCompute
import JSON
import Profiling

/// Shows a profile beside the machine's limits.
struct ProfileReport {
    let limits: MachineLimits
    let recorder: StepRecorder

    /// Phases that had a step.
    private var phases: [(name: String, profile: StepProfile)] {
        [("prefill", recorder.profile(.prefill)), ("decode", recorder.profile(.decode))]
            .filter { $0.1.stepCount > 0 }
    }

    private var roofline: Roofline {
        let f32 = limits.floatOperationsPerSecond
        return Roofline(
            bytesPerSecond: recorder.weightReadRate ?? limits.readBytesPerSecond,
            int8: limits.int8OperationsPerSecond,
            bf16: limits.bf16OperationsPerSecond ?? f32, f32: f32)
    }

    // MARK: Lines

    /// The limits, and a table for each phase.
    func lines(for terminal: Terminal) -> [String] {
        let bf16 = limits.bf16OperationsPerSecond.map { "bf16 \(Self.giga($0)) GOP/s · " } ?? ""
        let machine =
            "\(limits.threadCount) threads: read \(Self.giga(limits.readBytesPerSecond, digits: 1)) GB/s · "
            + "int8 \(Self.giga(limits.int8OperationsPerSecond)) GOP/s · \(bf16)"
            + "f32 \(Self.giga(limits.floatOperationsPerSecond)) GOP/s"
        let reading = recorder.weightReadRate.map {
            ["weights read in order between steps: \(Self.giga($0, digits: 1)) GB/s"]
        }
        return [machine] + (reading ?? []) + phases.flatMap { lines($0.name, $0.profile, terminal) }
    }

    private func lines(_ name: String, _ profile: StepProfile, _ terminal: Terminal) -> [String] {
        let speed = Double(profile.tokenCount) / profile.seconds
        let title =
            "\(name): \(profile.stepCount) steps, \(Quantities.count(profile.tokenCount)) tokens, "
            + "\(Quantities.decimal(speed, digits: 1)) tokens/s"
        var table = Table([
            ("", .left), ("ms/step", .right), ("share", .right), ("GB/s", .right), ("GOP/s", .right),
            ("of limit", .right), ("bound", .left),
        ])
        for kind in OperationKind.allCases where profile[kind].seconds > 0 {
            table.append([kind.title] + cells(profile[kind].seconds, profile[kind].work, in: profile))
        }
        table.append(["all"] + cells(profile.seconds, profile.work, in: profile))
        return ["", terminal.styled(title, .cyan)] + table.lines(for: terminal)
    }

    private func cells(_ seconds: Double, _ work: Work, in profile: StepProfile) -> [String] {
        let figures = [
            Quantities.decimal(seconds * 1000 / Double(profile.stepCount), digits: 3),
            Self.percent(seconds / profile.seconds),
        ]
        guard work.bytes > 0 else { return figures + ["", "", "", ""] }
        return figures + [
            Self.giga(work.bytes / seconds, digits: 1),
            Self.giga(work.operations.reduce(0, +) / seconds),
            Self.percent(roofline.seconds(work) / seconds),
            roofline.isMemoryBound(work) ? "memory" : "arithmetic",
        ]
    }

    private static func giga(_ value: Double, digits: Int = 0) -> String {
        Quantities.decimal(value / 1e9, digits: digits)
    }

    private static func percent(_ share: Double) -> String {
        Quantities.decimal(share * 100, digits: 1) + " %"
    }

    // MARK: JSON

    /// `limits`, `prefill` and `decode`.
    var members: [(name: String, value: JSONValue)] {
        let limits: JSONValue = [
            "threads": .int(limits.threadCount), "read_bytes_per_second": .double(limits.readBytesPerSecond),
            "int8_operations_per_second": .double(limits.int8OperationsPerSecond),
            "bf16_operations_per_second": limits.bf16OperationsPerSecond.map(JSONValue.double) ?? .null,
            "f32_operations_per_second": .double(limits.floatOperationsPerSecond),
            "weight_read_bytes_per_second": recorder.weightReadRate.map(JSONValue.double) ?? .null,
        ]
        return [("limits", limits)] + phases.map { ($0.name, json($0.profile)) }
    }

    private func json(_ profile: StepProfile) -> JSONValue {
        let operations = OperationKind.allCases.filter { profile[$0].seconds > 0 }.map { kind in
            JSONValue(
                members: [("name", .string(kind.name))]
                    + members(profile[kind].seconds, profile[kind].work, in: profile))
        }
        return JSONValue(
            members: [
                ("steps", .int(profile.stepCount)), ("tokens", .int(profile.tokenCount)),
                ("tokens_per_second", .double(Double(profile.tokenCount) / profile.seconds)),
            ] + members(profile.seconds, profile.work, in: profile) + [("operations", .array(operations))])
    }

    private func members(
        _ seconds: Double, _ work: Work, in profile: StepProfile
    ) -> [(name: String, value: JSONValue)] {
        let figures: [(name: String, value: JSONValue)] = [
            ("ms_per_step", .double(seconds * 1000 / Double(profile.stepCount))),
            ("share", .double(seconds / profile.seconds)),
        ]
        guard work.bytes > 0 else { return figures }
        return figures + [
            ("bytes_per_second", .double(work.bytes / seconds)),
            ("operations_per_second", .double(work.operations.reduce(0, +) / seconds)),
            ("share_of_limit", .double(roofline.seconds(work) / seconds)),
            ("limit", .string(roofline.isMemoryBound(work) ? "memory" : "arithmetic")),
        ]
    }
}
