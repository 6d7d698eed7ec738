import Capacity
import Compute
import Testing

@Suite struct KVNumberTypeTests {
    @Test(
        "A vector takes 2, 1, or 1 byte a number and 2 for each group of 32",
        arguments: [
            (0, 0, 0), (1, 2, 3), (31, 62, 33), (32, 64, 34), (33, 66, 37), (80, 160, 86), (128, 256, 136),
            (576, 1152, 612),
        ])
    func weighsVectors(width: Int, halves: Int, quantized: Int) throws {
        #expect(try KVNumberType.f16.vectorBytes(width) == halves)
        #expect(try KVNumberType.bf16.vectorBytes(width) == halves)
        #expect(try KVNumberType.fp8.vectorBytes(width) == width)
        #expect(try KVNumberType.q8_0.vectorBytes(width) == quantized)
        #expect(throws: PlanError.overflow(of: "the bytes of a KV vector")) {
            try KVNumberType.q8_0.vectorBytes(.max)
        }
    }

    @Test("A block of the plan takes what the backend's does", arguments: KVCacheType.allCases)
    func weighsBlocks(_ type: KVCacheType) throws {
        let numberType = try #require(KVNumberType(rawValue: type.rawValue))
        for dimension in stride(from: 8, through: 256, by: 8) {
            var profile = Shapes.smolLM2
            profile.layers = Array(
                repeating: .full(keyValueHeads: 3, keySize: dimension, valueSize: dimension), count: 30)
            var request = PlanRequest(profile: profile, deviceName: "this machine", deviceBytes: 8 << 30)
            request.deviceKind = .cpu
            request.kvType = numberType
            request.kvCacheBytes = 96 << 20
            let plan = try CapacityPlanner.plan(request)
            let shape = KVCacheShape(
                layerCount: 30, headCount: 9, keyValueHeadCount: 3, headDimension: dimension,
                blockCount: plan.kvBlocks, type: type)
            #expect(plan.kvBytesPerRank == plan.kvBlocks * shape.bytesPerBlock)
            #expect(plan.kvBlocks == (96 << 20) / shape.bytesPerBlock)
            #expect(plan.kvTokens == plan.kvBlocks * KVCacheShape.blockTokens)
            #expect(plan.kvBytesPerTokenPerRank * KVCacheShape.blockTokens == shape.bytesPerBlock)
        }
    }

    @Test("Key and value of different widths are two vectors, a latent one is one")
    func weighsWidths() throws {
        func bytesPerToken(_ layer: LayerState, _ type: KVNumberType) throws -> Int {
            var profile = Shapes.llama8B
            profile.layers = [layer]
            var request = PlanRequest(profile: profile, deviceName: "GPU", deviceBytes: 80 << 30)
            request.kvType = type
            return try CapacityPlanner.plan(request).kvBytesPerTokenPerRank
        }
        let full = LayerState.full(keyValueHeads: 8, keySize: 192, valueSize: 40)
        #expect(try bytesPerToken(full, .q8_0) == 8 * ((192 + 12) + (40 + 4)))
        #expect(try bytesPerToken(full, .fp8) == 8 * 232)
        #expect(try bytesPerToken(full, .bf16) == 8 * 464)
        #expect(try bytesPerToken(.latent(rank: 512, ropeSize: 64), .q8_0) == 576 + 36)
    }
}
