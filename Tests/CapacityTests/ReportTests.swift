import Capacity
import JSON
import Testing

struct ReportTests {
    @Test(arguments: [
        (26, 2, 14, 48), (1, 1, 1, 4), (0, 0, 0, 8), (60, 2, 0, 48), (1, 1_000_000, 1, 2_000_000),
        (3, 0, 5, 8),
    ]) func `the bar's cells add up to its width and show whatever there is`(
        weights: Int, activations: Int, cache: Int, device: Int
    ) throws {
        let shares = try MemoryShares(
            plan(weights: weights, activations: activations, cache: cache, device: device))
        for width in [5, 20, 56, 99, 100] {
            let cells = shares.cells(width: width)
            #expect(cells.reduce(0, +) == width)
            #expect(zip(cells, shares.bytes).allSatisfy { ($0 > 0) == ($1 > 0) }, "\(cells) \(shares.bytes)")
        }
    }

    @Test func `a bar's cells are in proportion`() throws {
        let shares = try MemoryShares(plan(weights: 50, activations: 10, cache: 30, device: 100))
        #expect(shares.cells(width: 104) == [51, 11, 31, 11])
        #expect(shares[.left] == 10)
        #expect(shares.missingBytes == 0)
    }

    @Test func `weights beyond the device leave nothing over and say what is missing`() throws {
        let shares = try MemoryShares(plan(weights: 60, activations: 2, cache: 0, device: 48))
        #expect(shares[.left] == 0)
        #expect(shares.missingBytes == 14)
    }

    @Test func `a bar without room for its parts is empty`() throws {
        #expect(
            try MemoryShares(plan(weights: 1, activations: 1, cache: 1, device: 4)).cells(width: 3) == [
                0, 0, 0, 0,
            ])
    }

    @Test func `the plan's JSON has the documented keys and only those`() throws {
        var plan = try plan(weights: 26, activations: 2, cache: 14, device: 48)
        plan.findings = ["a finding"]
        plan.remedies = [
            Remedy(
                setting: "--max-model-len", value: "15248", kvTokens: 15248, maxContext: 15248,
                text: "shorter")
        ]
        let json = plan.json
        #expect(
            json.members.map(\.name) == [
                "model", "family", "parameters", "device", "device_count", "memory_bytes", "utilization",
                "tensor_parallel_size", "weights_bytes_per_rank", "activation_bytes_per_rank",
                "kv_bytes_per_token_per_rank", "kv_bytes_per_rank", "block_size", "kv_blocks", "kv_tokens",
                "max_context", "requested_context", "max_concurrency", "fits", "remedies", "findings",
                "error_band",
            ])
        #expect(json["fits"] == false)
        #expect(json["weights_bytes_per_rank"] == 26)
        #expect(json["findings"]?[0] == "a finding")
        #expect(
            json["remedies"]?[0]?.members.map(\.name) == [
                "setting", "value", "kv_tokens", "max_context", "text",
            ])
    }

    @Test func `a concurrency that no number is becomes null`() throws {
        var plan = try plan(weights: 1, activations: 1, cache: 1, device: 4)
        plan.maxConcurrency = .infinity
        #expect(plan.json["max_concurrency"]?.isNull == true)
    }

    private func plan(weights: Int, activations: Int, cache: Int, device: Int) throws -> CapacityPlan {
        let profile = ModelProfile(
            name: "tiny", family: "llama", parameterCount: weights / 2, hiddenSize: 8, feedForwardSize: 16,
            headCount: 2, keyValueHeadCount: 2, vocabularySize: 32, contextLength: 64,
            layers: [.full(keyValueHeads: 2, keySize: 4, valueSize: 4)],
            weights: WeightProfile(
                shardedBytes: weights, keyValueBytes: 0, replicatedBytes: 0, quantization: "bf16"))
        var plan = try CapacityPlanner.plan(
            PlanRequest(profile: profile, deviceName: "device", deviceBytes: 1 << 30))
        plan.request.deviceBytes = device
        plan.weightBytesPerRank = weights
        plan.activationBytesPerRank = activations
        plan.kvBytesPerRank = cache
        plan.fits = false
        return plan
    }
}
