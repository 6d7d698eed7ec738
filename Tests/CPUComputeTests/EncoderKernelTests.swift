import CKernels
import CPUCompute
import Compute
import Glibc
import TestSupport
import Testing

/// What encoders need beside the kernels of decoders, each against plain arithmetic in double precision.
struct EncoderKernelTests {
    private static let lengths = [1, 7, 8, 15, 16, 17, 31, 33, 64, 100, 384]

    @Test(arguments: instructionSets)
    func `LayerNorm takes away the mean and divides by the deviation`(isa: nt_isa) {
        var random = RepeatableRandom(seed: 11)
        for columns in Self.lengths {
            let x = random.floats(3 * columns, in: -4...9)
            let (weight, bias) = (random.floats(columns), random.floats(columns))
            var out = [Float](repeating: .nan, count: 3 * columns)
            with(isa) { nt_layer_norm(x, weight, bias, 3, columns, 1e-5, &out) }
            var inPlace = x
            with(isa) { nt_layer_norm(inPlace, weight, bias, 3, columns, 1e-5, &inPlace) }
            #expect(sameBits(out, inPlace))
            for row in 0..<3 {
                let numbers = x[(row * columns)..<((row + 1) * columns)].map(Double.init)
                let mean = numbers.reduce(0, +) / Double(columns)
                let variance = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(columns)
                let expected = numbers.indices.map {
                    Float(
                        (numbers[$0] - mean) / (variance + 1e-5).squareRoot() * Double(weight[$0])
                            + Double(bias[$0]))
                }
                // A single column is all mean: what is left is rounding, by the root of epsilon.
                let ours = out[(row * columns)..<((row + 1) * columns)]
                #expect(largestDifference(ours, expected) < (columns < 8 ? 2e-4 : 4e-6))
            }
        }
    }

    private static func exact(_ activation: nt_activation, _ x: Double) -> Double {
        switch activation {
        case NT_GELU: x * 0.5 * erfc(-x / 2.0.squareRoot())
        case NT_GELU_TANH: x / (1 + exp(-2 * (2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
        case NT_RELU: max(x, 0)
        case NT_SILU: x / (1 + exp(-x))
        default: tanh(x)
        }
    }

    @Test(arguments: instructionSets)
    func `activations are those of their formulas, far out too`(isa: nt_isa) {
        var random = RepeatableRandom(seed: 12)
        for activation in [NT_GELU, NT_GELU_TANH, NT_RELU, NT_SILU, NT_TANH] {
            for count in Self.lengths {
                var x = random.floats(count, in: -6...6)
                x[0] = [-200, 200, 0, -9, 9, -0.001][count % 6]
                var out = x
                with(isa) { nt_activate(activation, &out, count) }
                for (ours, x) in zip(out, x) {
                    let expected = Self.exact(activation, Double(x))
                    #expect(
                        abs(Double(ours) - expected) <= 4e-7 * max(1, abs(expected)), "\(activation) \(x)")
                }
            }
            var none: [Float] = [.nan]
            with(isa) { nt_activate(activation, &none, 1) }
            #expect(none[0].isNaN)
        }
    }

    private struct Heads {
        var heads = 4
        var keyValueHeads = 4
        var dimension = 32
        var columns: Int { (heads + 2 * keyValueHeads) * dimension }
    }

    /// Attention by the book, of one sequence `[tokens, columns]`.
    private static func attend(_ qkv: [Float], _ shape: Heads, isCausal: Bool) -> [Double] {
        let (columns, dimension) = (shape.columns, shape.dimension)
        let tokens = qkv.count / columns
        var out = [Double](repeating: 0, count: tokens * shape.heads * dimension)
        for token in 0..<tokens {
            for head in 0..<shape.heads {
                let kvHead = head / (shape.heads / shape.keyValueHeads)
                let keys = (shape.heads + kvHead) * dimension
                let values = keys + shape.keyValueHeads * dimension
                let seen = isCausal ? token + 1 : tokens
                let scores = (0..<seen).map { other in
                    (0..<dimension).reduce(0.0) {
                        $0 + Double(qkv[token * columns + head * dimension + $1])
                            * Double(qkv[other * columns + keys + $1])
                    } * 0.25
                }
                let largest = scores.max() ?? 0
                let weights = scores.map { exp($0 - largest) }
                let sum = weights.reduce(0, +)
                for i in 0..<dimension {
                    out[(token * shape.heads + head) * dimension + i] =
                        (0..<seen).reduce(0.0) {
                            $0 + weights[$1] * Double(qkv[$1 * columns + values + i])
                        } / sum
                }
            }
        }
        return out
    }

    @Test(arguments: instructionSets, [false, true])
    func `attention of whole sequences is the softmax of all products`(isa: nt_isa, isCausal: Bool) throws {
        var random = RepeatableRandom(seed: 13)
        for shape in [
            Heads(), Heads(heads: 4, keyValueHeads: 2, dimension: 8),
            Heads(heads: 2, keyValueHeads: 1, dimension: 80),
        ] {
            for tokens in [1, 2, 15, 16, 17, 33, 130, 257] {
                let qkv = random.floats(tokens * shape.columns, in: -2...2)
                let width = shape.heads * shape.dimension
                var out = [Float](repeating: .nan, count: tokens * width)
                qkv.withUnsafeBufferPointer { qkv in
                    out.withUnsafeMutableBufferPointer { out in
                        var attention = nt_whole_attention(
                            qkv: qkv.baseAddress, out: out.baseAddress, heads: shape.heads,
                            kv_heads: shape.keyValueHeads, head_dimension: shape.dimension, scale: 0.25,
                            causal: isCausal)
                        for head in 0..<shape.heads {
                            for query in stride(from: 0, to: tokens, by: 50) {
                                var item = nt_whole_item(
                                    first_row: 0, tokens: tokens, query: query,
                                    queries: min(50, tokens - query), head: head)
                                with(isa) { nt_attend_whole(&attention, &item) }
                            }
                        }
                    }
                }
                let expected = Self.attend(qkv, shape, isCausal: isCausal).map(Float.init)
                #expect(largestDifference(out, expected) < 1e-5, "\(tokens) tokens of \(shape.dimension)")
            }
        }
    }

    @Test func `pooling takes the mean, an end or the largest of each run's rows`() throws {
        let compute = try CPUCompute(threads: 2, stepTokensMax: 8, logitRowsMax: 1)
        let (input, output) = (compute.makeActivation(columns: 2), compute.makeActivation(columns: 2))
        var step = StepLayout()
        step.tokens = [0, 0, 0, 0, 0]
        step.positions = [0, 0, 1, 2, 3]
        step.runs = [
            .init(firstRow: 0, rowCount: 1, firstPosition: 0, firstBlock: 0),
            .init(firstRow: 1, rowCount: 4, firstPosition: 0, firstBlock: 0),
        ]
        compute.begin(step)
        for (index, number) in [5, -5, 1, 8, 2, -6, 3, 4, 6, -2].enumerated() {
            compute.rows(of: input)[index] = Float(number)
        }
        let expected: [Pooling: [Float]] = [
            .mean: [5, -5, 3, 1], .first: [5, -5, 1, 8], .last: [5, -5, 6, -2], .max: [5, -5, 6, 8],
            .meanBySquareRoot: [5, -5, 6, 2],
        ]
        for pooling in Pooling.allCases {
            compute.pool(input, pooling, into: output)
            #expect(Array(compute.rows(of: output)[..<4]) == expected[pooling], "\(pooling)")
        }
    }

    @Test func `rows of a table are added, and products on top of what is there`() throws {
        let compute = try CPUCompute(threads: 2, stepTokensMax: 8, logitRowsMax: 1)
        let table = try compute.makeMatrix([TensorFile.make([1, 2, 3, 4, 5, 6], shape: [3, 2])])
        let bias = compute.makeVector([10, 20, 30])
        let (small, large) = (compute.makeActivation(columns: 2), compute.makeActivation(columns: 3))
        var step = StepLayout()
        step.tokens = [2, 0]
        step.positions = [0, 1]
        step.runs = [.init(firstRow: 0, rowCount: 2, firstPosition: 0, firstBlock: 0)]
        compute.begin(step)
        compute.embed(table, into: small)
        compute.addRows([0, 1], of: table, to: small)
        #expect(Array(compute.rows(of: small)) == [6, 8, 4, 6])
        for index in 0..<6 { compute.rows(of: large)[index] = 100 }
        compute.multiplyAdding(small, table, bias: bias, to: large)
        #expect(Array(compute.rows(of: large)) == [132, 170, 208, 126, 156, 186])
    }
}
