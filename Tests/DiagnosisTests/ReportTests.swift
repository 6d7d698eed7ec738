import Diagnosis
import JSON
import Testing

struct ReportTests {
    @Test func `a report counts its problems and warnings`() {
        let report = Report([
            Check("a", .ok, "good"), Check("b", .warning, "slow", advice: "hurry"),
            Check("c", .warning, "slower", advice: "hurry"), Check("d", .problem, "broken", advice: "mend"),
        ])
        #expect(report.summary == "1 problem and 2 warnings in 4 checks.")
        #expect(report.json["problems"] == 1 && report.json["warnings"] == 2)
        #expect(
            report.json["checks"]?[1]
                == ["topic": "b", "status": "warning", "found": "slow", "advice": "hurry"])
        #expect(report.json["checks"]?[0]?["advice"] == .null)
    }

    @Test func `a report without faults says so`() {
        #expect(Report([Check("a", .info, "there")]).summary == "Nothing to mend in 1 check.")
    }

    @Test func `a machine that tells nothing is examined to the end`() throws {
        let made = try MadeUpMachine(affinity: [])
        let topics = made.machine.examined().checks.map(\.topic)
        #expect(topics.contains("cpu") && topics.contains("python"))
    }

    @Test(arguments: [
        "", "\n\n:::", "\u{0}\u{FFFD}", "-1", "0-", "9-1", "99999999999999999999", "1e999 nan inf", "max max",
        "0::", "::", "4:memory", "4:memory,cpu:/../..\n0::/x/y", "Max open files", "[", "4,,5", "- - -",
        "NVRM version:", "-9223372036854775808", "flags:", "inactive_file -9223372036854775808",
    ])
    func `no file's content stops the examination`(text: String) throws {
        let paths = [
            "proc/cpuinfo", "proc/meminfo", "proc/loadavg", "proc/self/cgroup", "proc/self/limits",
            "proc/sys/kernel/osrelease", "proc/driver/nvidia/version", "sys/devices/system/cpu/online",
            "sys/devices/system/node/online", "sys/kernel/mm/transparent_hugepage/enabled",
            "sys/devices/system/cpu/cpu0/topology/thread_siblings_list", "sys/fs/cgroup/cpu.max",
            "sys/fs/cgroup/memory.max", "sys/fs/cgroup/memory.current", "sys/fs/cgroup/memory.stat",
            "sys/fs/cgroup/memory/memory.limit_in_bytes", "sys/bus/pci/devices/0/vendor",
            "libcuda.so.1", "libnvidia-ml.so.1", "libnvrtc.so.12",
        ]
        let files = Dictionary(uniqueKeysWithValues: paths.map { ($0, text) })
        let made = try MadeUpMachine(
            files, environment: ["CUDA_VISIBLE_DEVICES": text, "NEEDLETAIL_ISA": text])
        let report = made.machine.examined()
        #expect(report.checks.allSatisfy { !$0.topic.isEmpty && !$0.found.isEmpty })
        #expect(report.checks.contains { $0.topic == "nvidia driver" && $0.status == .problem })
    }

    @Test func `this machine is examined, and every problem has advice`() throws {
        let report = Machine.current(environment: ["HOME": "/nowhere"], port: 0).examined()
        #expect(report.checks.count > 15)
        #expect(Set(report.checks.map(\.topic)).count == report.checks.count)
        for check in report.checks where check.status == .problem || check.status == .warning {
            #expect(check.advice != nil, "\(check)")
        }
    }
}
