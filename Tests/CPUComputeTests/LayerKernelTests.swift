import CKernels
import Glibc
import TestSupport
import Testing

struct LayerKernelTests {
    private static let lengths = [1, 7, 8, 15, 16, 17, 31, 33, 64, 100, 896]

    @Test(arguments: instructionSets)
    func `RMSNorm divides rows by their root mean square`(isa: nt_isa) {
        var random = RepeatableRandom(seed: 1)
        for columns in Self.lengths {
            let x = random.floats(3 * columns, in: -4...4)
            let weight = random.floats(columns)
            var out = [Float](repeating: .nan, count: 3 * columns)
            with(isa) { nt_rms_norm(x, weight, 3, columns, 1e-5, &out) }
            for row in 0..<3 {
                let numbers = x[(row * columns)..<((row + 1) * columns)].map(Double.init)
                let scale = 1 / (numbers.reduce(0) { $0 + $1 * $1 } / Double(columns) + 1e-5).squareRoot()
                let expected = zip(numbers, weight).map { Float($0 * scale * Double($1)) }
                #expect(largestDifference(out[(row * columns)..<((row + 1) * columns)], expected) < 2e-6)
            }
        }
    }

    @Test(arguments: instructionSets)
    func `SwiGLU gates, also where the exponential leaves its range`(isa: nt_isa) {
        var random = RepeatableRandom(seed: 2)
        for width in Self.lengths {
            var gateUp = random.floats(4 * width, in: -12...12)
            gateUp[0] = -200
            gateUp[2 * width] = 200
            var out = [Float](repeating: .nan, count: 2 * width)
            with(isa) { nt_swiglu(gateUp, 2, width, &out) }
            for row in 0..<2 {
                for i in 0..<width {
                    let gate = Double(gateUp[row * 2 * width + i]),
                        up = Double(gateUp[row * 2 * width + width + i])
                    let expected = gate / (1 + exp(-gate)) * up
                    #expect(abs(Double(out[row * width + i]) - expected) <= 1e-6 * max(1, abs(expected)))
                }
            }
        }
    }

    @Test(arguments: instructionSets)
    func `a gate that is no number stays none`(isa: nt_isa) {
        var out = [Float](repeating: 0, count: 16)
        with(isa) {
            nt_swiglu([Float](repeating: .nan, count: 16) + [Float](repeating: 1, count: 16), 1, 16, &out)
        }
        #expect(!out.contains { !$0.isNaN })
    }

    @Test(arguments: instructionSets, [true, false])
    func `RoPE turns pairs of the leading elements and leaves the rest`(isa: nt_isa, interleaved: Bool) {
        var random = RepeatableRandom(seed: 3)
        for (dimension, rotated) in [(8, 8), (64, 64), (80, 32), (80, 80), (128, 126)] {
            let heads = random.floats(3 * dimension)
            let angles = (0..<(rotated / 2)).map { _ in Double.random(in: 0...7, using: &random) }
            var out = heads
            with(isa) {
                nt_rope(
                    &out, 3, dimension, angles.map { Float(cos($0)) }, angles.map { Float(sin($0)) }, rotated,
                    interleaved)
            }
            var expected = heads
            for head in 0..<3 {
                for (i, angle) in angles.enumerated() {
                    let first = head * dimension + (interleaved ? 2 * i : i)
                    let second = interleaved ? first + 1 : first + rotated / 2
                    let (x, y) = (Double(heads[first]), Double(heads[second]))
                    expected[first] = Float(x * cos(angle) - y * sin(angle))
                    expected[second] = Float(x * sin(angle) + y * cos(angle))
                }
            }
            #expect(largestDifference(out, expected) < 1e-6)
        }
    }

    /// Numbers at the borders of rounding: ties, subnormals, the largest, infinity.
    private static let corners: [Float] = [
        0, -0.0, 1, 1 + 0x1p-11, 1 + 0x1.8p-10, -(1 + 0x1p-8), 1 + 0x1.8p-7, 65504, 65519.996, 65520, -1e30,
        0x1p-14,
        0x1p-24, 0x1p-25, 0x1.8p-25, 0x1.004p-14, 0x1.fp-25, .leastNonzeroMagnitude, .infinity, -.infinity,
    ]

    @Test(arguments: instructionSets, [8, 64, 72, 80, 256])
    func `keys and values go into a token's slot, rounded to the nearest f16`(isa: nt_isa, dimension: Int) {
        check(isa, NT_KV_F16, dimension: dimension) { Float16($0).bitPattern }
    }

    @Test(arguments: instructionSets, [8, 64, 72, 80, 256])
    func `keys and values go into a token's slot, rounded to the nearest bf16`(isa: nt_isa, dimension: Int) {
        check(isa, NT_KV_BF16, dimension: dimension) {
            UInt16(truncatingIfNeeded: roundedToBF16($0).bitPattern >> 16)
        }
    }

    @Test(arguments: instructionSets, [NT_KV_F16, NT_KV_BF16])
    func `a number that is none stays none in the cache`(isa: nt_isa, type: nt_kv_type) {
        var block = [UInt16](repeating: 0, count: nt_kv_head_bytes(type, 8) / 2)
        let numbers = [Float](repeating: Float(bitPattern: 0x7f80_0001), count: 8)
        with(isa) { nt_store_kv(type, numbers, numbers, 1, 8, 0, &block) }
        let mask: UInt16 = type == NT_KV_F16 ? 0x7c00 : 0x7f80
        #expect(block[0] & mask == mask && block[0] & ~mask & 0x7fff != 0)
    }

    private func check(_ isa: nt_isa, _ type: nt_kv_type, dimension: Int, bits: (Float) -> UInt16) {
        var random = RepeatableRandom(seed: 4)
        let heads = 3
        let headElements = nt_kv_head_bytes(type, dimension) / 2
        var block = [UInt16](repeating: 0xffff, count: heads * headElements)
        for slot in [0, 5, 15] {
            let before = block
            let keys = Array((Self.corners + random.floats(heads * dimension)).prefix(heads * dimension))
            let values = Array(
                (random.floats(8) + Self.corners + random.floats(heads * dimension)).prefix(heads * dimension)
            )
            with(isa) { nt_store_kv(type, keys, values, heads, dimension, slot, &block) }
            var expected = before
            for head in 0..<heads {
                for i in 0..<dimension {
                    let base = head * headElements
                    expected[base + i * 16 + slot] = bits(keys[head * dimension + i])
                    expected[base + 16 * dimension + slot * dimension + i] = bits(
                        values[head * dimension + i])
                }
            }
            #expect(block == expected)
        }
    }
}

/// The nearest number that bf16 has, ties to even.
func roundedToBF16(_ x: Float) -> Float {
    let bits = x.bitPattern
    let (low, high) = (bits & 0xffff, bits & 0xffff_0000)
    let roundsUp = low > 0x8000 || (low == 0x8000 && high & 0x1_0000 != 0)
    return Float(bitPattern: roundsUp ? high + 0x1_0000 : high)
}
