import Capacity
import TestSupport
import Testing

@Suite struct PlannerPropertyTests {
    private static let engines: [PlanRequest.Engine] = [
        .needletail, .vllm(major: 0, minor: 4), .vllm(major: 0, minor: 9), .vllm(major: 0, minor: 25),
    ]

    @Test("More memory or a greater share never holds fewer tokens, and tokens are blocks times their size")
    func growsWithMemory() throws {
        for engine in Self.engines {
            for kind in [PlanRequest.DeviceKind.cpu, .gpu] {
                var tokens = 0
                for gibibytes in 17...69 {
                    var request = PlanRequest(
                        profile: Shapes.llama8B, deviceName: "GPU", deviceBytes: gibibytes << 30)
                    request.engine = engine
                    request.deviceKind = kind
                    let plan = try CapacityPlanner.plan(request)
                    #expect(plan.kvTokens >= tokens)
                    #expect(plan.kvTokens == plan.kvBlocks * 16)
                    tokens = plan.kvTokens
                }
                tokens = 0
                for hundredths in 1...100 {
                    var request = PlanRequest(
                        profile: Shapes.llama8B, deviceName: "GPU", deviceBytes: 40 << 30)
                    request.engine = engine
                    request.deviceKind = kind
                    request.utilization = Double(hundredths) / 100
                    let plan = try CapacityPlanner.plan(request)
                    #expect(plan.kvTokens >= tokens)
                    tokens = plan.kvTokens
                }
            }
        }
    }

    @Test(
        "One whole prompt profiled costs capacity as the context grows, and chunks from 32768 tokens give it back"
    )
    func followsOldProfiles() throws {
        var request = PlanRequest(
            profile: Shapes.llama8B, deviceName: "RTX 3090", deviceBytes: 25_318_000_000)
        request.engine = .vllm(major: 0, minor: 6)
        let tokens = try [20_000, 29_000, 35_000].map {
            request.contextLength = $0
            return try CapacityPlanner.plan(request).kvTokens
        }
        #expect(tokens[0] > 20_000)
        #expect(tokens[1] < 29_000)
        #expect(tokens[2] > 35_000)
    }

    @Test("Absurd requests give a plan or a typed error, and never trap", arguments: 1...4)
    func survivesAbsurdity(seed: UInt64) {
        var random = RepeatableRandom(seed: seed)
        let numbers = [
            Int.min, -1, 0, 1, 2, 3, 16, 128, 4096, 1 << 20, 1 << 31, 1 << 47, 1 << 48, 1 << 62, Int.max,
        ]
        func number() -> Int { numbers[Int(random.next() % UInt64(numbers.count))] }
        /// Mostly as it was, so that some requests get past the first checks.
        func spoil(_ value: inout Int) { if random.next() % 8 == 0 { value = number() } }
        func spoil(_ value: inout Int?) { if random.next() % 8 == 0 { value = number() } }
        var planned = 0
        var refused = 0
        for _ in 0..<2000 {
            var profile = random.next() % 2 == 0 ? Shapes.llama8B : Shapes.smolLM2
            spoil(&profile.hiddenSize)
            spoil(&profile.feedForwardSize)
            spoil(&profile.headCount)
            spoil(&profile.keyValueHeadCount)
            spoil(&profile.vocabularySize)
            spoil(&profile.contextLength)
            spoil(&profile.parameterCount)
            spoil(&profile.weights.shardedBytes)
            spoil(&profile.weights.replicatedBytes)
            if random.next() % 4 == 0 {
                profile.experts = ExpertProfile(usedCount: number(), feedForwardSize: 64)
            }
            if random.next() % 4 == 0 {
                profile.vision = VisionProfile(
                    hiddenSize: 64, feedForwardSize: number(), patchSize: 64, patchesMax: number())
            }
            switch random.next() % 8 {
            case 0: profile.layers = []
            case 1: profile.layers = [.none, .none]
            case 2: profile.layers.append(.recurrent(elements: number()))
            case 3: profile.layers.append(.latent(rank: number(), ropeSize: 64))
            case 4:
                profile.layers.append(
                    .sliding(keyValueHeads: 8, keySize: number(), valueSize: 64, window: number()))
            case 5:
                profile.layers.append(
                    .chunked(keyValueHeads: number(), keySize: 64, valueSize: 64, chunk: number()))
            default: break
            }
            var request = PlanRequest(profile: profile, deviceName: "", deviceBytes: 80 << 30, deviceCount: 4)
            request.engine = Self.engines[Int(random.next() % UInt64(Self.engines.count))]
            spoil(&request.deviceBytes)
            spoil(&request.deviceCount)
            spoil(&request.tensorParallelSize)
            spoil(&request.contextLength)
            spoil(&request.blockSize)
            spoil(&request.sequencesMax)
            spoil(&request.stepTokensMax)
            spoil(&request.kvCacheBytes)
            spoil(&request.givenDeviceCount)
            do throws(PlanError) {
                let plan = try CapacityPlanner.plan(request)
                #expect(plan.kvTokens >= 0)
                #expect(plan.maxContext <= profile.contextLength)
                planned += 1
            } catch {
                #expect(!error.description.isEmpty)
                refused += 1
            }
        }
        #expect(planned > 50)
        #expect(refused > 50)
    }
}
