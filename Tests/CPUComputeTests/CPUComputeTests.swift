import CKernels
import CPUCompute
import Compute
import Tensors
import TestSupport
import Testing

struct CPUComputeTests {
    private static func step(tokens: [Int32], logitRows: [Int32] = []) -> StepLayout {
        var step = StepLayout()
        step.tokens = tokens
        step.positions = tokens.indices.map(Int32.init)
        step.runs = [StepLayout.Run(firstRow: 0, rowCount: tokens.count, firstPosition: 0, firstBlock: 0)]
        step.blockTables = (0..<Int32((tokens.count + 15) / 16)).map { $0 }
        step.logitRows = logitRows
        return step
    }

    /// `x × weightsᵀ` in Double; both row by row.
    private static func product(_ x: [Float], _ weights: [Float], columns: Int) -> [Float] {
        let rows = weights.count / columns
        return (0..<(x.count / columns)).flatMap { token in
            (0..<rows).map { row in
                Float(
                    (0..<columns).reduce(0.0) {
                        $0 + Double(x[token * columns + $1]) * Double(weights[row * columns + $1])
                    })
            }
        }
    }

    @Test(arguments: [1, 2], [1, 2, 13, 31, 400])
    func `stacked matrices of several types multiply as they do one by one`(threads: Int, tokens: Int) throws
    {
        var random = RepeatableRandom(seed: 11)
        let columns = 256
        let parts: [(TensorType, Int)] = [
            (.q5_0, 48), (.q6_K, 17), (.q8_0, 16), (.bf16, 5), (.f32, 40), (.q4_0, 160),
        ]
        let views = try parts.map { try TensorFile.make($0, shape: [$1, columns], random: &random) }
        let rows = parts.reduce(0) { $0 + $1.1 }
        let bias = random.floats(rows)
        let x = random.floats(tokens * columns)

        let compute = try CPUCompute(threads: threads, stepTokensMax: tokens, logitRowsMax: 1)
        let input = compute.makeActivation(columns: columns), output = compute.makeActivation(columns: rows)
        let matrix = try compute.makeMatrix(views)
        let biasID = compute.makeVector(bias)
        compute.begin(Self.step(tokens: [Int32](repeating: 0, count: tokens)))
        _ = compute.rows(of: input).update(from: x)
        compute.multiply(input, matrix, bias: biasID, into: output)
        let stacked = Array(compute.rows(of: output))

        // Products with quantised weights round the activations to 8 bits: the reference differs by that.
        let weights = views.flatMap(TensorFile.elements)
        let expected = Self.product(x, weights, columns: columns)
        for token in 0..<tokens {
            let row = stacked[(token * rows)..<((token + 1) * rows)]
            let reference = zip(expected[(token * rows)..<((token + 1) * rows)], bias).map { $0 + $1 }
            #expect(largestDifference(row, reference) < 0.25)
        }
        var first = 0
        for (view, (_, count)) in zip(views, parts) {
            let part = try compute.makeMatrix([view])
            let partBias = compute.makeVector(Array(bias[first..<(first + count)]))
            let partOutput = compute.makeActivation(columns: count)
            compute.multiply(input, part, bias: partBias, into: partOutput)
            let alone = Array(compute.rows(of: partOutput))
            for token in 0..<tokens {
                #expect(
                    sameBits(
                        alone[(token * count)..<((token + 1) * count)],
                        stacked[(token * rows + first)..<(token * rows + first + count)]), "\(view.type.name)"
                )
            }
            first += count
        }
    }

    @Test func `a token's product has the same bits in any company`() throws {
        var random = RepeatableRandom(seed: 12)
        let columns = 512, rows = 80, tokens = 397
        let compute = try CPUCompute(threads: 2, stepTokensMax: tokens, logitRowsMax: 1)
        let input = compute.makeActivation(columns: columns), output = compute.makeActivation(columns: rows)
        let matrix = try compute.makeMatrix([
            TensorFile.make(.q8_0, shape: [32, columns], random: &random),
            TensorFile.make(.q4_0, shape: [48, columns], random: &random),
        ])
        let x = random.floats(tokens * columns)
        compute.begin(Self.step(tokens: [Int32](repeating: 0, count: tokens)))
        _ = compute.rows(of: input).update(from: x)
        compute.multiply(input, matrix, bias: nil, into: output)
        let together = Array(compute.rows(of: output))
        compute.begin(Self.step(tokens: [0]))
        for token in [0, 1, 12, 200, 383, 384, 396] {
            _ = compute.rows(of: input).update(from: x[(token * columns)..<((token + 1) * columns)])
            compute.multiply(input, matrix, bias: nil, into: output)
            #expect(
                sameBits(compute.rows(of: output), together[(token * rows)..<((token + 1) * rows)]),
                "\(token)")
        }
    }

    @Test func `multiplyAdding adds to what is there`() throws {
        var random = RepeatableRandom(seed: 13)
        let compute = try CPUCompute(threads: 2, stepTokensMax: 3, logitRowsMax: 1)
        let input = compute.makeActivation(columns: 32), output = compute.makeActivation(columns: 20)
        let matrix = try compute.makeMatrix([TensorFile.make(.f32, shape: [20, 32], random: &random)])
        compute.begin(Self.step(tokens: [0, 0, 0]))
        _ = compute.rows(of: input).update(from: random.floats(96))
        compute.multiply(input, matrix, bias: nil, into: output)
        let product = Array(compute.rows(of: output))
        let residual = random.floats(60, in: -9...9)
        _ = compute.rows(of: output).update(from: residual)
        compute.multiplyAdding(input, matrix, to: output)
        #expect(largestDifference(compute.rows(of: output), zip(product, residual).map { $0 + $1 }) < 1e-5)
    }

    @Test func `embedding looks up the rows of the step's tokens`() throws {
        var random = RepeatableRandom(seed: 14)
        let views = try [(TensorType.q6_K, 21), (.q8_0, 9)].map {
            try TensorFile.make($0, shape: [$1, 256], random: &random)
        }
        let elements = views.flatMap(TensorFile.elements)
        let compute = try CPUCompute(threads: 1, stepTokensMax: 8, logitRowsMax: 1)
        let table = try compute.makeMatrix(views), output = compute.makeActivation(columns: 256)
        let tokens: [Int32] = [29, 0, 20, 21, 3, 3]
        compute.begin(Self.step(tokens: tokens))
        compute.embed(table, into: output)
        #expect(
            Array(compute.rows(of: output))
                == tokens.flatMap { elements[(Int($0) * 256)..<(Int($0 + 1) * 256)] })
    }

    @Test(arguments: [1, 2])
    func `rows are normalised over all threads`(threads: Int) throws {
        var random = RepeatableRandom(seed: 15)
        let tokens = 77, columns = 600
        let compute = try CPUCompute(threads: threads, stepTokensMax: tokens, logitRowsMax: 1)
        let input = compute.makeActivation(columns: columns),
            output = compute.makeActivation(columns: columns)
        let weight = random.floats(columns), x = random.floats(tokens * columns)
        let weightID = compute.makeVector(weight)
        compute.begin(Self.step(tokens: [Int32](repeating: 0, count: tokens)))
        _ = compute.rows(of: input).update(from: x)
        compute.rmsNorm(input, weight: weightID, epsilon: 1e-6, into: output)
        var normed = [Float](repeating: 0, count: x.count)
        nt_rms_norm(x, weight, tokens, columns, 1e-6, &normed)
        #expect(sameBits(compute.rows(of: output), normed))
    }

    @Test(arguments: [1, 2], [1, 20, 500])
    func `a gated product has the bits of the product, gated`(threads: Int, tokens: Int) throws {
        // The type of the matrix that reads the gated rows, and how many there are.
        for (next, width) in [(TensorType.q8_0, 224), (.q4_K, 256), (.q6_K, 512), (.bf16, 201), (.f32, 200)] {
            try checkGated(threads: threads, tokens: tokens, next: next, width: width)
        }
    }

    private func checkGated(threads: Int, tokens: Int, next: TensorType, width: Int) throws {
        var random = RepeatableRandom(seed: 17)
        let columns = 256
        let compute = try CPUCompute(threads: threads, stepTokensMax: tokens, logitRowsMax: 1)
        let views = try [TensorType.q5_K, .q8_0].map {
            try TensorFile.make($0, shape: [width, columns], random: &random)
        }
        let weights = try compute.makeMatrix(views)
        let input = compute.makeActivation(columns: columns)
        let both = compute.makeActivation(columns: 2 * width), gated = compute.makeActivation(columns: width)
        let down = try compute.makeMatrix([try TensorFile.make(next, shape: [40, width], random: &random)])
        let sum = compute.makeActivation(columns: 40), expectedSum = compute.makeActivation(columns: 40)
        let plain = compute.makeActivation(columns: width)
        compute.begin(Self.step(tokens: [Int32](repeating: 0, count: tokens)))
        _ = compute.rows(of: input).update(from: random.floats(tokens * columns))
        compute.multiply(input, weights, bias: nil, into: both)
        compute.multiplyGated(input, weights, into: gated, for: down)
        for activation in [sum, expectedSum] { compute.rows(of: activation).update(repeating: 1) }
        compute.multiplyAdding(gated, down, to: sum)
        var expected = [Float](repeating: 0, count: tokens * width)
        nt_swiglu(Array(compute.rows(of: both)), tokens, width, &expected)
        _ = compute.rows(of: plain).update(from: expected)
        compute.multiplyAdding(plain, down, to: expectedSum)
        #expect(sameBits(compute.rows(of: sum), Array(compute.rows(of: expectedSum))), "\(next), \(width)")
    }

    @Test func `logits are the normed rows that were asked for, times the head`() throws {
        var random = RepeatableRandom(seed: 16)
        let compute = try CPUCompute(threads: 2, stepTokensMax: 5, logitRowsMax: 3)
        let input = compute.makeActivation(columns: 64)
        let headView = try TensorFile.make(.f32, shape: [101, 64], random: &random)
        let head = try compute.makeMatrix([headView])
        let weight = random.floats(64), x = random.floats(5 * 64)
        let norm = compute.makeVector(weight)
        compute.begin(Self.step(tokens: [0, 0, 0, 0, 0], logitRows: [1, 4]))
        _ = compute.rows(of: input).update(from: x)
        let logits = compute.logits(input, norm: norm, epsilon: 1e-6, head: head)
        let rows = Array(x[64..<128] + x[256..<320])
        var normed = [Float](repeating: 0, count: 128)
        nt_rms_norm(rows, weight, 2, 64, 1e-6, &normed)
        let expected = Self.product(normed, TensorFile.elements(of: headView), columns: 64)
        #expect(largestDifference(logits, expected) < 1e-4)
        compute.begin(Self.step(tokens: [0]))
        #expect(compute.logits(input, norm: norm, epsilon: 1e-6, head: head).isEmpty)
    }

    @Test func `vectors are converted and concatenated`() throws {
        var random = RepeatableRandom(seed: 17)
        let compute = try CPUCompute(threads: 1, stepTokensMax: 1, logitRowsMax: 1)
        let views = try [TensorType.f32, .bf16].map { try TensorFile.make($0, shape: [24], random: &random) }
        let weight = try compute.makeVector(views)
        let input = compute.makeActivation(columns: 48)
        compute.begin(Self.step(tokens: [0]))
        let ones = [Float](repeating: 1, count: 48)
        _ = compute.rows(of: input).update(from: ones)
        compute.rmsNorm(input, weight: weight, epsilon: 0, into: input)
        #expect(Array(compute.rows(of: input)) == views.flatMap(TensorFile.elements))
        #expect(compute.weightBytes == 48 * 4)
    }

    @Test func `what cannot be computed is refused with the reason`() throws {
        var random = RepeatableRandom(seed: 18)
        let compute = try CPUCompute(threads: 1, stepTokensMax: 1, logitRowsMax: 1)
        let exotic = try TensorFile.make(
            .iq2_XXS, name: "blk.0.ffn_up.weight", shape: [16, 256], random: &random)
        #expect(throws: ComputeError.self) { try compute.makeMatrix([exotic]) }
        #expect(throws: ComputeError.self) { try compute.makeVector([exotic]) }
        let narrow = try TensorFile.make(.f32, shape: [16, 32], random: &random)
        let wide = try TensorFile.make(.f32, shape: [16, 64], random: &random)
        #expect(throws: ComputeError.self) { try compute.makeMatrix([narrow, wide]) }
        #expect(throws: ComputeError.self) { try compute.makeMatrix([]) }
        for (heads, keyValueHeads, dimension, blocks) in [
            (4, 3, 64, 1), (4, 4, 60, 1), (4, 4, 264, 1), (4, 4, 64, 0),
        ] {
            let shape = KVCacheShape(
                layerCount: 1, headCount: heads, keyValueHeadCount: keyValueHeads, headDimension: dimension,
                blockCount: blocks, type: .f16)
            #expect(throws: ComputeError.self) { try compute.makeKVCache(shape) }
        }
        #expect(throws: ComputeError.self) { try CPUCompute(threads: 0, stepTokensMax: 1, logitRowsMax: 1) }
    }
}
