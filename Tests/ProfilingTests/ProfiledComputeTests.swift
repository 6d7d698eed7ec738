import Compute
import Profiling
import Tensors
import Testing

/// A made-up model of one layer: hidden 32, 2 heads and 1 key-value head of 8, feed-forward 64, vocabulary 3.
private struct OneLayer {
    let compute: any Compute
    let embedding, queryKeyValue, output, gateUp, down: MatrixID
    let residual, normed, qkv, attended, gated: ActivationID
    let vector: VectorID
    let rope: RopeTable

    init(_ compute: any Compute) throws {
        self.compute = compute
        // Any file will do: nobody reads the weights.
        let file = try MappedFile(path: #filePath)
        func matrix(_ type: TensorType, _ rows: Int, _ columns: Int) throws -> MatrixID {
            let view = TensorView(name: "w", type: type, shape: [rows, columns], file: file, offset: 0)
            return try compute.makeMatrix([try #require(view)])
        }
        embedding = try matrix(.f32, 3, 32)
        queryKeyValue = try matrix(.q4_0, 32, 32)
        output = try matrix(.q8_0, 32, 32)
        gateUp = try matrix(.bf16, 16, 32)
        down = try matrix(.q4_0, 32, 32)
        residual = compute.makeActivation(columns: 32)
        normed = compute.makeActivation(columns: 32)
        qkv = compute.makeActivation(columns: 32)
        attended = compute.makeActivation(columns: 16)
        gated = compute.makeActivation(columns: 64)
        vector = compute.makeVector([1])
        rope = RopeTable(cosines: vector, sines: vector, dimension: 8, isInterleaved: false)
        try compute.makeKVCache(
            KVCacheShape(
                layerCount: 1, headCount: 2, keyValueHeadCount: 1, headDimension: 8, blockCount: 5, type: .f16
            ))
    }

    /// Runs sequences of so many cached and new tokens; the last row of each has logits.
    func step(_ sequences: [(cached: Int, new: Int)], window: Int? = nil) {
        var step = StepLayout()
        for sequence in sequences {
            step.runs.append(
                .init(
                    firstRow: step.tokenCount, rowCount: sequence.new, firstPosition: sequence.cached,
                    firstBlock: 0))
            step.tokens += Array(repeating: 1, count: sequence.new)
            step.logitRows.append(Int32(step.tokenCount - 1))
        }
        compute.begin(step)
        compute.embed(embedding, into: residual)
        compute.rmsNorm(residual, weight: vector, epsilon: 0.5, into: normed)
        compute.multiply(normed, queryKeyValue, bias: vector, into: qkv)
        compute.rotateAndStore(qkv, rope: rope, layer: 0)
        compute.attend(qkv, layer: 0, scale: 0.25, window: window, into: attended)
        compute.multiplyAdding(attended, output, to: residual)
        compute.rmsNorm(residual, weight: vector, epsilon: 0.5, into: normed)
        compute.multiplyGated(normed, gateUp, into: gated, for: down)
        compute.multiplyAdding(gated, down, to: residual)
        _ = compute.logits(residual, norm: vector, epsilon: 0.5, head: embedding)
    }
}

struct ProfiledComputeTests {
    private let recorder = StepRecorder()

    /// The profile of some steps after one that nobody counts.
    private func profile(
        _ phase: StepRecorder.Phase, multipliesBF16: Bool = true, window: Int? = nil,
        steps: [[(cached: Int, new: Int)]]
    ) throws -> StepProfile {
        let layer = try OneLayer(
            ProfiledCompute(ListeningCompute(), recorder: recorder, multipliesBF16: multipliesBF16))
        layer.step([(0, 1)])
        recorder.start()
        for step in steps { layer.step(step, window: window) }
        recorder.stop()
        layer.step([(0, 9)])
        return recorder.profile(phase)
    }

    @Test func `every call is passed on as it is`() throws {
        let (alone, behind) = (ListeningCompute(), ListeningCompute())
        try OneLayer(alone).step([(0, 3), (4, 1)], window: 7)
        try OneLayer(ProfiledCompute(behind, recorder: recorder, multipliesBF16: true)).step(
            [(0, 3), (4, 1)], window: 7)
        #expect(alone.calls.count == 12)
        #expect(behind.calls == alone.calls)
        #expect(behind.weightBytes == alone.weightBytes)
    }

    @Test func `products are told apart, each with its weights once and a multiply-add a weight and row`()
        throws
    {
        let profile = try profile(.prefill, steps: [[(0, 4), (0, 1)], [(0, 2)]])
        #expect(profile.stepCount == 2 && profile.tokenCount == 7)
        func expect(_ kind: OperationKind, bytes: Double, _ arithmetic: Arithmetic, operations: Double) {
            // Two steps read the weights, as the backend holds them, once each.
            let work = Work(bytes: 2 * bytes * 1.5, operations: operations, in: arithmetic)
            #expect(profile[kind].work == work, "\(kind)")
            #expect(profile[kind].seconds > 0, "\(kind)")
        }
        expect(.queryKeyValue, bytes: 32 * 18, .int8, operations: 7 * 2 * 32 * 32)
        expect(.attentionOutput, bytes: 32 * 34, .int8, operations: 7 * 2 * 32 * 32)
        expect(.gateUp, bytes: 16 * 32 * 2, .bf16, operations: 7 * 2 * 16 * 32)
        expect(.down, bytes: 32 * 18, .int8, operations: 7 * 2 * 32 * 32)
        expect(.head, bytes: 3 * 32 * 4, .f32, operations: 3 * 2 * 3 * 32)
        for kind in [OperationKind.embedding, .norm, .rotateAndStore, .betweenSteps] {
            #expect(profile[kind].seconds > 0, "\(kind)")
            #expect(profile[kind].work == Work(), "\(kind)")
        }
    }

    @Test func `without instructions for BF16 its weights are f32's work`() throws {
        let profile = try profile(.prefill, multipliesBF16: false, steps: [[(0, 2)]])
        #expect(
            profile[.gateUp].work == Work(bytes: 16 * 32 * 2 * 1.5, operations: 2 * 2 * 16 * 32, in: .f32))
        #expect(profile[.attention].work.operations[Arithmetic.f32.rawValue] > 0)
    }

    @Test func `attention reads each sequence's keys and values once, and multiplies what each row sees`()
        throws
    {
        let profile = try profile(.prefill, steps: [[(10, 3), (5, 1)]])
        // 13 and 6 cached tokens, keys and values of 8 numbers of 2 bytes; rows see 11, 12, 13 and 6 tokens.
        #expect(
            profile[.attention].work
                == Work(bytes: 19 * 2 * 16, operations: 42 * 4 * 16, in: .bf16))
    }

    @Test func `a window bounds what attention reads and sees`() throws {
        let profile = try profile(.prefill, window: 4, steps: [[(10, 3), (1, 1)]])
        #expect(
            profile[.attention].work
                == Work(bytes: (6 + 2) * 2 * 16, operations: (12 + 2) * 4 * 16, in: .bf16)
        )
    }

    @Test func `steps of one token a sequence are decode, and all others prefill`() throws {
        let decode = try profile(.decode, steps: [[(3, 1), (9, 1)], [(0, 2)], [(4, 1)]])
        #expect(decode.stepCount == 2 && decode.tokenCount == 3)
        let prefill = recorder.profile(.prefill)
        #expect(prefill.stepCount == 1 && prefill.tokenCount == 2)
        // The time after the first step is decode's, the time after the second prefill's, and after the last nobody's.
        #expect(decode[.betweenSteps].seconds > 0 && prefill[.betweenSteps].seconds > 0)
    }
}

struct WeightReadTests {
    @Test func `weights are read before every eighth recorded step of decoding, and at no other time`() throws
    {
        let recorder = StepRecorder(), listener = ListeningCompute()
        var reads: [Int] = []
        let layer = try OneLayer(
            ProfiledCompute(listener, recorder: recorder, multipliesBF16: true) {
                reads.append(listener.calls.count { $0.hasPrefix("begin") })
                return 1 << 20
            })
        layer.step([(0, 1)])
        #expect(recorder.weightReadRate == nil)
        recorder.start()
        for _ in 0..<20 { layer.step([(4, 1)]) }
        layer.step([(0, 2)])
        // One step before the start, and the eighth and the sixteenth have not begun.
        #expect(reads == [8, 16])
        #expect(try #require(recorder.weightReadRate) > 0)
    }
}

struct RooflineTests {
    private let roofline = Roofline(bytesPerSecond: 100, int8: 1000, bf16: 500, f32: 250)

    @Test func `the slower of memory and arithmetic is the limit`() {
        let memory = Work(bytes: 200, operations: 1000, in: .int8)
        #expect(roofline.seconds(memory) == 2)
        #expect(roofline.isMemoryBound(memory))
        let arithmetic = Work(bytes: 200, operations: 1000, in: .f32)
        #expect(roofline.seconds(arithmetic) == 4)
        #expect(!roofline.isMemoryBound(arithmetic))
    }

    @Test func `parts of a profile add up`() {
        var profile = StepProfile()
        profile.recordStep(tokens: 5)
        profile.record(.down, seconds: 1, work: Work(bytes: 10, operations: 100, in: .int8))
        profile.record(.down, seconds: 2, work: Work(bytes: 20, operations: 300, in: .bf16))
        profile.record(.norm, seconds: 4)
        #expect(profile[.down].seconds == 3 && profile.seconds == 7)
        #expect(profile[.down].work.operations == [100, 300, 0])
        #expect(profile.work.bytes == 30)
        #expect(roofline.seconds(profile.work) == 0.7)
    }
}
