import Capacity
import ModelFiles
import Testing
import Tokens

@Suite struct MemoryPlannerTests {
    /// SmolLM2-135M-Instruct in Q4_1 on a machine with that much memory.
    private func planner(memory: Int) -> MemoryPlanner {
        MemoryPlanner(
            config: ModelConfig(
                family: .llama, name: "SmolLM2 135M Instruct", layerCount: 30, hiddenSize: 576,
                feedForwardSize: 1536,
                headCount: 9, keyValueHeadCount: 3, headDimension: 64, vocabularySize: 49_152,
                contextLength: 8192,
                normEpsilon: 1e-5, rope: RopeConfig(theta: 100_000, dimension: 64, layout: .interleaved),
                tiesEmbeddings: true, slidingWindow: nil, beginningOfSequence: 1, endOfSequence: [2]),
            weightBytes: 96_610_176, memoryBytes: memory, blockTokens: 16, kvElementBytes: 2,
            stepTokensMax: 512,
            sequencesMax: 64)
    }

    @Test("A token's keys and values take 2 · layers · heads · dimension · bytes")
    func weighsTokens() {
        #expect(planner(memory: 8 << 30).kvBytesPerToken == 2 * 30 * 3 * 64 * 2)
    }

    @Test("With memory to spare the KV cache takes its default and the model its whole context")
    func plansPlenty() throws {
        let plan = try planner(memory: 24 << 30).plan()
        #expect(plan.contextLength == 8192)
        #expect(plan.loweredFrom == nil)
        #expect(plan.kvBytes <= MemoryPlanner.kvBytesDefault)
        #expect(plan.kvBytes > MemoryPlanner.kvBytesDefault - plan.kvBytesPerToken * plan.blockTokens)
        #expect(plan.kvTokens == plan.blockCount * 16)
    }

    @Test("A context that nobody asked for is lowered to what fits, and the plan stays inside the memory")
    func lowersContext() throws {
        let memory = 300 << 20
        let plan = try planner(memory: memory).plan()
        #expect(plan.contextLength < 8192)
        #expect(plan.contextLength == plan.kvTokens)
        #expect(plan.loweredFrom == 8192)
        let total = plan.weightBytes + plan.activationBytes + plan.kvBytes
        #expect(total <= Int(Double(memory) * MemoryPlanner.utilization))
    }

    @Test("A context that was asked for and does not fit is refused with the setting that would help")
    func refusesContext() throws {
        let planner = planner(memory: 300 << 20)
        let tokens = try planner.plan().kvTokens
        let error = #expect(throws: CapacityError.self) { try planner.plan(contextLength: 8192) }
        guard case .contextBeyondCache(8192, let fitting, _, _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(fitting == tokens)
        #expect("\(try #require(error))".contains("--max-model-len \(tokens)"))
        #expect(try planner.plan(contextLength: fitting).contextLength == fitting)
    }

    @Test("More context than the model was made for is refused")
    func refusesBeyondModel() {
        #expect(throws: CapacityError.contextBeyondModel(requested: 8193, model: 8192)) {
            try planner(memory: 24 << 30).plan(contextLength: 8193)
        }
    }

    @Test("A size of the KV cache that was asked for is kept to the block")
    func keepsCacheSize() throws {
        let plan = try planner(memory: 24 << 30).plan(kvBytes: 100 << 20)
        #expect(plan.blockCount == (100 << 20) / (23_040 * 16))
    }

    @Test("A KV cache that does not hold one block is refused with the least that does")
    func refusesTinyCache() {
        #expect(throws: CapacityError.cacheTooSmall(bytes: 1, least: 23_040 * 16)) {
            try planner(memory: 24 << 30).plan(kvBytes: 1)
        }
    }

    @Test("What cannot fit at all says how much is needed", arguments: [0, 1 << 20, 100 << 20])
    func refusesModel(memory: Int) {
        #expect(throws: CapacityError.self) { try planner(memory: memory).plan() }
    }
}
