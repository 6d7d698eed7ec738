import Capacity
// Foundation searches texts.
import Foundation
import JSON
import TestSupport
import Testing

/// What is said where a request does not fit, and whether it helps.
@Suite struct PlannerRefusalTests {
    private static let models = [
        "Qwen2.5-7B-Instruct", "Mixtral-8x7B-Instruct-v0.1-AWQ", "gemma-3-4b-it", "DeepSeek-V2-Lite",
        "Llama-3.1-70B-Instruct", "Qwen3-Next-80B-A3B-Instruct", "Qwen1.5-14B-Chat", "gpt-oss-20b",
        "Qwen2.5-VL-7B-Instruct", "Llama-3.2-3B-Instruct",
    ]
    private static let devices = [
        ("T4", 1), ("4090", 2), ("A100", 4), ("H100", 8), ("L40S", 2), ("MI300X", 2), ("2060", 4),
    ]
    private static let engines: [PlanRequest.Engine] = [
        .needletail, .vllm(major: 0, minor: 4), .vllm(major: 0, minor: 6), .vllm(major: 0, minor: 9),
        .vllm(major: 0, minor: 11), .vllm(major: 0, minor: 24), .vllm(major: 0, minor: 30),
    ]

    /// Requests of many kinds, most of which do not fit.
    private static func requests(count: Int) throws -> [PlanRequest] {
        var random = RepeatableRandom(seed: 20_261_122)
        let profiles = try models.map { try ProfileConfigTests.profile($0) }
        var requests: [PlanRequest] = []
        while requests.count < count {
            let profile = random.element(of: profiles)
            let (name, deviceCount) = random.element(of: Self.devices)
            let device = try Device.named(name)
            var request = PlanRequest(
                profile: profile, deviceName: device.name, deviceBytes: device.memoryBytes,
                deviceCount: deviceCount)
            request.engine = random.element(of: engines)
            if Int.random(in: 0..<5, using: &random) == 0 {
                request.deviceKind = .cpu
                request.deviceCount = 1
                request.deviceName = "this machine"
            }
            request.contextLength = max(1, profile.contextLength >> Int.random(in: 0..<5, using: &random))
            if Bool.random(using: &random) {
                request.utilization = Double(Int.random(in: 30...95, using: &random)) / 100
            }
            if Int.random(in: 0..<3, using: &random) == 0 {
                request.sequencesMax = 1 << Int.random(in: 0..<11, using: &random)
            }
            if Int.random(in: 0..<4, using: &random) == 0 {
                request.stepTokensMax = 256 << Int.random(in: 0..<7, using: &random)
            }
            if Int.random(in: 0..<3, using: &random) == 0 {
                request.kvCacheBytes = (64 << 20) << Int.random(in: 0..<6, using: &random)
            }
            if Int.random(in: 0..<4, using: &random) == 0 { request.blockSize = 32 }
            requests.append(request)
        }
        return requests
    }

    /// The flags that a remedy's text prints, and their values; a flag to leave out has the value `unset`.
    private func flags(in text: String) throws -> (settings: [String], values: [String]) {
        let start = try #require(text.range(of: ": ", options: .backwards)).upperBound
        let end = text[start...].firstIndex { $0 == "(" || $0 == ";" } ?? text.endIndex
        let words = text[start..<end].split(separator: " ").map(String.init)
        var settings: [String] = []
        var values: [String] = []
        var index = 0
        while index < words.count {
            let isLeftOut = words[index] == "without"
            settings.append(words[isLeftOut ? index + 1 : index])
            values.append(isLeftOut ? "unset" : words[index + 1])
            index += 2
        }
        return (settings, values)
    }

    @Test("Every remedy of two thousand seeded requests works as it is printed, with the figures it promises")
    func remediesWorkAsPrinted() throws {
        var tried: [String: Int] = [:]
        var cases = 0
        for request in try Self.requests(count: 2000) {
            guard let plan = try? CapacityPlanner.plan(request), !plan.fits else { continue }
            if !plan.remedies.isEmpty { cases += 1 }
            for remedy in plan.remedies {
                let (settings, values) = try flags(in: remedy.text)
                #expect(settings.joined(separator: " ") == remedy.setting, "\(remedy.text)")
                #expect(values.joined(separator: " ") == remedy.value, "\(remedy.text)")
                let applied = try CapacityPlanner.plan(
                    try PlannerRemedyTests.apply(remedy, to: request))
                #expect(applied.fits, "\(remedy.text)")
                #expect(applied.kvTokens == remedy.kvTokens, "\(remedy.text)")
                #expect(applied.maxContext == remedy.maxContext, "\(remedy.text)")
                for setting in settings { tried[setting, default: 0] += 1 }
            }
        }
        #expect(cases >= 40, "\(cases)")
        for setting in [
            "--tensor-parallel-size", "--gpu-memory-utilization", "--kv-cache-dtype", "--max-model-len",
            "--max-num-seqs", "--max-num-batched-tokens", "--quantization", "MODEL", "--kv-cache-memory",
        ] {
            #expect(tried[setting, default: 0] > 0, "\(tried)")
        }
    }

    private func llama8B(memory: Int) -> PlanRequest {
        PlanRequest(profile: Shapes.llama8B, deviceName: "GPU", deviceBytes: memory << 30)
    }

    @Test(
        "Where the size given for the KV cache is what is too small, the first remedies leave it out or raise it"
    )
    func raisesCacheSize() throws {
        for engine in [PlanRequest.Engine.needletail, .vllm(major: 0, minor: 11)] {
            var request = llama8B(memory: 80)
            request.engine = engine
            request.contextLength = 16_384
            request.kvCacheBytes = 1 << 30
            let plan = try CapacityPlanner.plan(request)
            #expect(!plan.fits)
            let first = plan.remedies.prefix(2)
            #expect(first.map(\.setting) == ["--kv-cache-memory", "--kv-cache-memory"])
            #expect(first.map(\.value) == ["unset", "\(16_384 * 131_072)"])
            request.kvCacheBytes = 16_384 * 131_072
            #expect(try CapacityPlanner.plan(request).fits)
            request.kvCacheBytes = nil
            #expect(try CapacityPlanner.plan(request).fits)
        }
    }

    @Test("A size that does not fit is refused with the size that does")
    func namesFittingCacheSize() throws {
        for engine in [PlanRequest.Engine.needletail, .vllm(major: 0, minor: 11)] {
            var request = llama8B(memory: 24)
            request.engine = engine
            request.kvCacheBytes = 1 << 40
            do throws(PlanError) {
                _ = try CapacityPlanner.plan(request)
                Issue.record("a KV cache of a TiB was taken")
            } catch {
                guard case .cacheBeyondMemory(_, let available) = error else {
                    Issue.record("\(error)")
                    continue
                }
                #expect(available > 0)
                #expect(error.description.contains("--kv-cache-memory \(available)"))
                request.kvCacheBytes = available
                #expect(try CapacityPlanner.plan(request).kvBytesPerRank == available)
                request.kvCacheBytes = available + 16 * 131_072
                #expect(throws: PlanError.self) { try CapacityPlanner.plan(request) }
            }
            request.deviceBytes = 8 << 30
            request.kvCacheBytes = 1 << 30
            #expect(throws: PlanError.cacheBeyondMemory(requested: 1 << 30, available: 0)) {
                try CapacityPlanner.plan(request)
            }
        }
        let nothing = PlanError.cacheBeyondMemory(requested: 1 << 30, available: 0)
        #expect(!nothing.description.contains("--kv-cache-memory"))
    }

    @Test("The inverse question passes over devices too small for the KV cache that was given")
    func passesOverSmallDevices() throws {
        var request = llama8B(memory: 1)
        request.engine = .vllm(major: 0, minor: 11)
        request.kvCacheBytes = 20 << 30
        let candidates = [16, 24, 40, 80].map {
            CapacityPlanner.Candidate(deviceName: "\($0) GB", deviceBytes: $0 << 30)
        }
        let plan = try CapacityPlanner.least(
            serving: 2, contextLength: 8192, like: request, among: candidates)
        #expect(plan.request.deviceBytes == 40 << 30)
        #expect(plan.kvBytesPerRank == 20 << 30)
        #expect(throws: PlanError.nothingServes(concurrency: 2, contextLength: 8192)) {
            try CapacityPlanner.least(
                serving: 2, contextLength: 8192, like: request, among: Array(candidates.prefix(2)))
        }
    }

    @Test("The message speaks of this machine, of the device, or of each of several")
    func namesOwner() throws {
        func message(_ change: (inout PlanRequest) -> Void) throws -> String {
            var request = llama8B(memory: 24)
            request.deviceCount = 4
            request.contextLength = 131_072
            change(&request)
            return try #require(try CapacityPlanner.plan(request).message)
        }
        #expect(try message { $0.deviceKind = .cpu }.contains("This machine has 24.00 GiB"))
        #expect(try message { $0.deviceCount = 1 }.contains("The device (GPU) has 24.00 GiB"))
        #expect(
            try message {
                $0.tensorParallelSize = 2
                $0.deviceBytes = 12 << 30
            }.contains("Each of 2 devices (GPU) has 12.00 GiB"))
    }

    @Test("Processors leave no device idle: the settings for GPUs are said to be without effect")
    func ignoresDevicesOfProcessors() throws {
        var request = llama8B(memory: 24)
        request.deviceKind = .cpu
        request.givenDeviceCount = 2
        request.contextLength = 131_072
        let plan = try CapacityPlanner.plan(request)
        #expect(plan.findings.count == 1)
        #expect(plan.findings.first?.contains("NUM_GPUs=2") == true)
        #expect(plan.findings.first?.contains("without effect") == true)
        #expect(plan.findings.allSatisfy { !$0.contains("idle") })
        #expect(plan.remedies.allSatisfy { $0.setting != "--tensor-parallel-size" })
        request.givenDeviceCount = 1
        #expect(try CapacityPlanner.plan(request).findings.isEmpty)
        request.deviceKind = .gpu
        request.givenDeviceCount = 2
        #expect(try CapacityPlanner.plan(request).findings.contains { $0.contains("1 device is idle") })
    }

    @Test("A family that is not known is said to be guessed, and what vLLM reports is given a wide band")
    func tellsUnknownFamily() throws {
        var request = llama8B(memory: 80)
        request.engine = .vllm(major: 0, minor: 11)
        request.contextLength = 8192
        let known = try CapacityPlanner.plan(request)
        #expect(known.findings.isEmpty)
        request.profile.family = "zephyrion"
        request.profile.isKnownFamily = false
        let unknown = try CapacityPlanner.plan(request)
        #expect(unknown.kvTokens == known.kvTokens)
        #expect(unknown.findings.count == 1)
        #expect(unknown.findings[0].contains("zephyrion is not known: planned as a decoder like Llama"))
        #expect(unknown.errorBand >= 0.25)
        #expect(unknown.errorBand >= 2 * known.errorBand)
        request.engine = .needletail
        #expect(try CapacityPlanner.plan(request).errorBand == 0)
    }

    @Test("Of the golden configs' families none is unknown; a new one is")
    func knowsFamilies() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: ProfileConfigTests.folder)
        #expect(files.count > 40)
        for file in files {
            let profile = try ProfileConfigTests.profile(String(file.dropLast(".json".count)))
            #expect(profile.isKnownFamily, "\(profile.family)")
        }
        let text = try String(
            contentsOfFile: ProfileConfigTests.folder + "Qwen2.5-7B-Instruct.json", encoding: .utf8)
        let config = try JSONValue(parsing: text.replacing("\"qwen2\"", with: "\"zephyrion\""))
        #expect(try !ModelProfile(config: config, name: "new").isKnownFamily)
    }
}
