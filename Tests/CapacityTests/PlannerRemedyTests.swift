import Capacity
import Testing

@Suite struct PlannerRemedyTests {
    /// Qwen1.5-14B-Chat on an RTX A6000 with the settings of the report behind this project (api-for-open-llm #259).
    private var classic: PlanRequest {
        var request = PlanRequest(
            profile: Shapes.qwen14B, deviceName: "RTX A6000", deviceBytes: Int(47.54 * Double(1 << 30)))
        request.engine = .vllm(major: 0, minor: 4)
        request.givenModelName = "qwen"
        request.givenDeviceCount = 2
        return request
    }

    @Test("The classic report does not fit, and all of its faults are told")
    func tellsClassicReport() throws {
        let plan = try CapacityPlanner.plan(classic)
        #expect(!plan.fits)
        #expect(plan.requestedContext == 32_768)
        #expect(abs(Double(plan.kvTokens) - 15_248) < 0.1 * 15_248, "\(plan.kvTokens)")
        let first = try #require(plan.remedies.first)
        #expect((first.setting, first.value) == ("--tensor-parallel-size", "2"))
        let shorter = try #require(plan.remedies.first { $0.setting == "--max-model-len" })
        #expect(shorter.text.contains("CONTEXT_LEN=\(plan.maxContext)"))
        let message = try #require(plan.message)
        for text in [
            "max seq len (32768) is larger than the maximum number of tokens that can be stored in KV cache "
                + "(\(plan.kvTokens))",
            "TENSOR_PARALLEL_SIZE=2", "NUM_GPUs=2", "MODEL_NAME=qwen2", "nobody set a context length",
        ] {
            #expect(message.contains(text), "\(message)")
        }
    }

    @Test("The classic report fits on both of its GPUs")
    func fitsOnTwoDevices() throws {
        var request = classic
        request.deviceCount = 2
        request.tensorParallelSize = 2
        let plan = try CapacityPlanner.plan(request)
        #expect(plan.fits)
        #expect(plan.remedies.isEmpty)
        #expect(plan.findings.count == 1)
    }

    /// Requests that do not fit, for one reason or several.
    static let refused: [PlanRequest] = {
        let profiles = [Shapes.qwen14B, Shapes.llama8B, Shapes.smolLM2]
        let versions = [(0, 4), (0, 6), (0, 9), (0, 11), (0, 25)]
        let scarcelyShort = versions.map { version in
            var request = PlanRequest(profile: Shapes.llama8B, deviceName: "GPU", deviceBytes: 24 << 30)
            request.engine = .vllm(major: version.0, minor: version.1)
            // 0.4 profiles one whole prompt, so less is left.
            request.contextLength = version.1 == 4 ? 33_000 : 50_000
            return request
        }
        return scarcelyShort
            + versions.flatMap { version in
                profiles.flatMap { profile in
                    [(2, 1.02), (2, 1.2), (4, 1.5), (1, 1.1), (1, 2)].map { devices, share in
                        var request = PlanRequest(
                            profile: profile, deviceName: "GPU",
                            deviceBytes: Int(Double(profile.weights.totalBytes) * share) + 2 << 30,
                            deviceCount: devices)
                        request.engine = .vllm(major: version.0, minor: version.1)
                        request.contextLength = profile.contextLength
                        return request
                    }
                }
            }
    }()

    @Test("Every remedy makes the context fit when its settings are applied")
    func remediesWork() throws {
        var tried: Set<String> = []
        for request in Self.refused {
            let plan = try CapacityPlanner.plan(request)
            for remedy in plan.remedies {
                let applied = try CapacityPlanner.plan(try Self.apply(remedy, to: request))
                #expect(applied.fits, "\(remedy.text)")
                #expect(applied.kvTokens == remedy.kvTokens)
                #expect(applied.maxContext == remedy.maxContext)
                tried.insert(remedy.setting)
            }
        }
        for setting in [
            "--tensor-parallel-size", "--gpu-memory-utilization", "--kv-cache-dtype", "--max-model-len",
            "--max-num-seqs", "--quantization",
        ] {
            #expect(tried.contains(setting), "\(tried)")
        }
        #expect(tried.contains { $0.contains(" ") }, "no combination was needed")
    }

    /// The request with a remedy's settings given, as `plan` would read them.
    static func apply(_ remedy: Remedy, to request: PlanRequest) throws -> PlanRequest {
        var changed = request
        for (setting, value) in zip(remedy.setting.split(separator: " "), remedy.value.split(separator: " "))
        {
            switch setting {
            case "--tensor-parallel-size": changed.tensorParallelSize = try #require(Int(value))
            case "--gpu-memory-utilization": changed.utilization = Double(value)
            case "--kv-cache-dtype": changed.kvType = try #require(KVNumberType(rawValue: String(value)))
            case "--max-model-len": changed.contextLength = Int(value)
            case "--max-num-seqs": changed.sequencesMax = Int(value)
            case "--max-num-batched-tokens": changed.stepTokensMax = Int(value)
            case "--kv-cache-memory": changed.kvCacheBytes = Int(value)
            case "--quantization", "MODEL":
                let weights = changed.profile.weights
                let share = Double(changed.profile.parameterCount) * 4.5 / 8 / Double(weights.totalBytes)
                changed.profile.weights = WeightProfile(
                    shardedBytes: Int(Double(weights.shardedBytes) * share),
                    keyValueBytes: Int(Double(weights.keyValueBytes) * share),
                    replicatedBytes: weights.replicatedBytes, quantization: "awq")
            default: Issue.record("unknown setting \(setting)")
            }
        }
        return changed
    }

    @Test("The least of several devices serves what is asked, and one that is too small is not chosen")
    func findsLeast() throws {
        let candidates = [(80, 1), (24, 1), (24, 2), (16, 1), (24, 3)].map { size, count in
            CapacityPlanner.Candidate(
                deviceName: "\(size) GB", deviceBytes: size << 30, deviceCount: count)
        }
        var request = PlanRequest(profile: Shapes.llama8B, deviceName: "", deviceBytes: 1)
        request.engine = .vllm(major: 0, minor: 11)
        func least(_ concurrency: Int, _ context: Int) throws -> (Int, Int) {
            let plan = try CapacityPlanner.least(
                serving: concurrency, contextLength: context, like: request, among: candidates)
            #expect(plan.maxConcurrency >= Double(concurrency))
            return (plan.request.deviceBytes >> 30, plan.request.deviceCount)
        }
        #expect(try least(1, 8192) == (24, 1))
        #expect(try least(8, 16_384) == (24, 2))
        #expect(try least(16, 16_384) == (80, 1))
        #expect(throws: PlanError.nothingServes(concurrency: 1000, contextLength: 131_072)) {
            try least(1000, 131_072)
        }
    }
}
