import Capacity
import Testing

@Suite struct PlannerTests {
    /// Ours, on a CPU with that much memory.
    private func request(_ profile: ModelProfile = Shapes.smolLM2, memory: Int) -> PlanRequest {
        var request = PlanRequest(profile: profile, deviceName: "this machine", deviceBytes: memory)
        request.deviceKind = .cpu
        return request
    }

    private func profile(_ layers: [LayerState], context: Int = 131_072) -> ModelProfile {
        var profile = Shapes.llama8B
        profile.layers = layers
        profile.contextLength = context
        return profile
    }

    // MARK: Our engine

    @Test("A token's keys and values take 2 · layers · heads · dimension · bytes")
    func weighsTokens() throws {
        let plan = try CapacityPlanner.plan(request(memory: 8 << 30))
        #expect(plan.kvBytesPerTokenPerRank == 2 * 30 * 3 * 64 * 2)
        #expect(plan.errorBand == 0)
    }

    @Test("A step's activations, logits and rotary tables are counted in f32, on a CPU beside the program")
    func weighsActivations() throws {
        var request = request(memory: 8 << 30)
        request.deviceKind = .gpu
        let row = 2 * 576 + (2 * 9 + 2 * 3) * 64 + 2 * 1536
        let activations = 4 * (512 * row + 64 * 49_152 + 8192 * 64)
        #expect(try CapacityPlanner.plan(request).activationBytesPerRank == activations)
        request.deviceKind = .cpu
        let program = (52 << 20) + 160 * 49_152
        #expect(try CapacityPlanner.plan(request).activationBytesPerRank == activations + program)
    }

    @Test("The layout of our kernels takes more than the file where scales are widened; vLLM's does not")
    func weighsRepacking() throws {
        var request = request(memory: 8 << 30)
        let plain = try CapacityPlanner.plan(request).weightBytesPerRank
        request.profile.weights.repackingBytes = 1001
        #expect(try CapacityPlanner.plan(request).weightBytesPerRank == plain + 1001)
        request.engine = .vllm(major: 0, minor: 11)
        #expect(try CapacityPlanner.plan(request).weightBytesPerRank == plain)
    }

    @Test(
        "With memory to spare a CPU's KV cache takes its default, and what is asked for where a share is given"
    )
    func plansPlenty() throws {
        var request = request(memory: 24 << 30)
        let plan = try CapacityPlanner.plan(request)
        #expect(plan.maxContext == 8192)
        #expect(plan.kvBytesPerRank <= CapacityPlanner.kvBytesDefaultCPU)
        #expect(plan.kvBytesPerRank > CapacityPlanner.kvBytesDefaultCPU - 16 * plan.kvBytesPerTokenPerRank)
        #expect(plan.kvTokens == plan.kvBlocks * 16)
        request.utilization = 0.9
        #expect(try CapacityPlanner.plan(request).kvBytesPerRank > 20 << 30)
        request.utilization = nil
        request.deviceKind = .gpu
        #expect(try CapacityPlanner.plan(request).kvBytesPerRank > 20 << 30)
        request.kvCacheBytes = 1 << 30
        let sized = try CapacityPlanner.plan(request)
        #expect(sized.kvBlocks == (1 << 30) / (16 * sized.kvBytesPerTokenPerRank))
    }

    @Test("A context that nobody asked for is lowered to what fits; one that was asked for is refused")
    func lowersContext() throws {
        var request = request(memory: 500 << 20)
        let lowered = try CapacityPlanner.plan(request)
        #expect(lowered.fits)
        #expect(lowered.maxContext < 8192)
        #expect(lowered.maxContext == lowered.kvTokens)
        #expect(lowered.message == nil)
        let total = lowered.weightBytesPerRank + lowered.activationBytesPerRank + lowered.kvBytesPerRank
        #expect(total <= Int(Double(500 << 20) * 0.9))
        request.contextLength = 8192
        let refused = try CapacityPlanner.plan(request)
        #expect(!refused.fits)
        #expect(refused.message?.contains("--max-model-len \(refused.maxContext)") == true)
        request.contextLength = refused.maxContext
        #expect(try CapacityPlanner.plan(request).fits)
    }

    // MARK: Ranks

    @Test("Ranks share heads, replicate key-value heads that are too few, and never share a latent")
    func sharesHeads() throws {
        var request = PlanRequest(
            profile: Shapes.llama8B, deviceName: "GPU", deviceBytes: 80 << 30, deviceCount: 16)
        request.engine = .vllm(major: 0, minor: 11)
        func perToken(_ ranks: Int) throws -> Int {
            request.tensorParallelSize = ranks
            return try CapacityPlanner.plan(request).kvBytesPerTokenPerRank
        }
        #expect(try perToken(1) == 131_072)
        #expect(try perToken(8) == 131_072 / 8)
        #expect(try perToken(16) == 131_072 / 8)
        request.profile = profile(Array(repeating: .latent(rank: 512, ropeSize: 64), count: 27))
        #expect(try perToken(1) == 27 * 576 * 2)
        #expect(try perToken(8) == 27 * 576 * 2)
    }

    @Test("Impossible settings are errors that say what to set")
    func refusesSettings() throws {
        func error(_ change: (inout PlanRequest) -> Void) -> PlanError? {
            var request = PlanRequest(
                profile: Shapes.llama8B, deviceName: "GPU", deviceBytes: 80 << 30, deviceCount: 8)
            change(&request)
            do throws(PlanError) {
                _ = try CapacityPlanner.plan(request)
                return nil
            } catch {
                return error
            }
        }
        #expect(error { $0.deviceCount = 8 } == nil)
        #expect(error { $0.tensorParallelSize = 16 } == .tooFewDevices(ranks: 16, devices: 8))
        #expect(
            error { $0.tensorParallelSize = 3 } == .headsNotDivisible(heads: "query", count: 32, ranks: 3))
        #expect(
            error { $0.contextLength = 200_000 } == .contextBeyondModel(requested: 200_000, model: 131_072))
        #expect(error { $0.kvCacheBytes = 1 } == .cacheTooSmall(requested: 1, least: 16 * 131_072))
        for wrong: (inout PlanRequest) -> Void in [
            { $0.tensorParallelSize = 0 }, { $0.utilization = 0 }, { $0.utilization = 1.01 },
            { $0.utilization = .nan }, { $0.blockSize = 0 }, { $0.blockSize = -16 }, { $0.deviceBytes = 0 },
            { $0.sequencesMax = 0 }, { $0.stepTokensMax = -1 }, { $0.contextLength = 0 },
        ] {
            guard case .setting(let name, _, _) = error(wrong) else {
                Issue.record("a wrong setting was taken")
                continue
            }
            #expect(!name.isEmpty)
        }
        #expect(
            PlanError.tooFewDevices(ranks: 2, devices: 1).description.contains("TENSOR_PARALLEL_SIZE=1"))
    }

    // MARK: Layers that keep less

    @Test(
        "A hybrid's groups are of equal size and draw from one pool; a window needs a bounded number of blocks"
    )
    func groupsHybrids() throws {
        let full = LayerState.full(keyValueHeads: 8, keySize: 128, valueSize: 128)
        let window = LayerState.sliding(keyValueHeads: 8, keySize: 128, valueSize: 128, window: 1024)
        // Gemma 3's pattern: five layers with a window for each without.
        let layers = (0..<48).map { $0 % 6 == 5 ? full : window }
        var request = PlanRequest(profile: profile(layers), deviceName: "GPU", deviceBytes: 80 << 30)
        request.engine = .vllm(major: 0, minor: 21)
        request.stepTokensMax = 2048
        request.contextLength = 65_536
        let plan = try CapacityPlanner.plan(request)
        // Eight layers a group: one group of full layers, five with a window.
        let page = 16 * 8 * 256 * 2
        #expect(plan.kvBytesPerRank == plan.kvBlocks * page * 8)
        let perSequence = 65_536 / 16 + 5 * ((1023 + 2048 + 15) / 16 + 1)
        #expect(plan.maxConcurrency == Double(plan.kvBlocks) / Double(perSequence))
        #expect(plan.kvTokens == Int(plan.maxConcurrency * 65_536))
        request.engine = .vllm(major: 0, minor: 8)
        #expect(try CapacityPlanner.plan(request).kvBytesPerTokenPerRank == 48 * 8 * 256 * 2)
    }

    @Test("A chunked layer needs a chunk and a step; a recurrent layer one state a sequence")
    func boundsChunksAndStates() throws {
        let full = LayerState.full(keyValueHeads: 8, keySize: 128, valueSize: 128)
        let chunk = LayerState.chunked(keyValueHeads: 8, keySize: 128, valueSize: 128, chunk: 8192)
        var request = PlanRequest(
            profile: profile((0..<8).map { $0 % 4 == 3 ? full : chunk }), deviceName: "GPU",
            deviceBytes: 80 << 30)
        request.engine = .vllm(major: 0, minor: 21)
        request.stepTokensMax = 2048
        let chunked = try CapacityPlanner.plan(request)
        #expect(
            chunked.maxConcurrency == Double(chunked.kvBlocks) / Double(131_072 / 16 + 3 * (8192 + 2048) / 16)
        )
        request.profile = profile((0..<8).map { $0 % 4 == 3 ? full : .recurrent(elements: 65_536) })
        let recurrent = try CapacityPlanner.plan(request)
        // A state is as large as four pages of 16 tokens here, so a page of the full layers takes that many more.
        #expect(recurrent.maxConcurrency == Double(recurrent.kvBlocks) / Double(131_072 / 32 + 3))
    }
}
