import CKernels
import TestSupport
import Testing

/// The kernels for AMX: on processors without it, with its instructions emulated.
struct MatmulTilesTests {
    private static let sets = [NT_ISA_AMX, NT_ISA_AMX_EMULATED].filter { nt_isa_supported($0) }

    /// What TDPBF16PS makes of two vectors, 32 columns at a time: fused sums of even and of odd columns, then both
    /// added to the total.
    private static func tileDot(_ weights: [Float], _ x: [Float]) -> Float {
        var total: Float = 0
        for first in stride(from: 0, to: weights.count, by: 32) {
            var sums: [Float] = [0, 0]
            for column in first..<min(first + 32, weights.count) {
                sums[column % 2].addProduct(rounded(x[column]), weights[column])
            }
            total += sums[0] + sums[1]
        }
        return total
    }

    /// The nearest BF16, ties to even.
    private static func rounded(_ x: Float) -> Float {
        Float(bitPattern: (x.bitPattern + 0x7FFF + (x.bitPattern >> 16 & 1)) & 0xFFFF_0000)
    }

    @Test(arguments: sets)
    func `products with BF16 weights are summed as the processor's manual says`(isa: nt_isa) {
        var random = RepeatableRandom(seed: 1)
        for (rows, columns) in [(1, 1), (17, 31), (33, 32), (16, 63), (48, 333)] {
            let matrix = FileMatrix(.bf16, rows: rows, columns: columns, random: &random)
            let weights = (0..<rows).map(matrix.row)
            for tokens in [1, 2, 16, 17, 33, 50] {
                let x = random.floats(tokens * columns)
                let expected = (0..<tokens).flatMap { token in
                    weights.map { Self.tileDot($0, Array(x[(token * columns)..<((token + 1) * columns)])) }
                }
                let product = matrix.multiply(x, isa: isa)
                #expect(sameBits(product, expected), "\(rows) × \(columns), \(tokens) tokens")
            }
        }
    }

    @Test(arguments: sets)
    func `numbers below the normal ones count as zero`(isa: nt_isa) {
        var random = RepeatableRandom(seed: 2)
        let matrix = FileMatrix(.bf16, rows: 16, columns: 64, random: &random)
        let x = [Float](repeating: 0x1p-130, count: 64)
        #expect(matrix.multiply(x, isa: isa).allSatisfy { $0 == 0 })
    }

    /// Rows beyond one part, columns beyond one stretch of them, and a last group that is not whole.
    @Test(arguments: sets)
    func `parts of quantised products make the bits of the whole`(isa: nt_isa) {
        var random = RepeatableRandom(seed: 3)
        for type in KernelType.all where type.isQuantized {
            let matrix = FileMatrix(type, rows: 137, columns: 2304, random: &random)
            let x = random.floats(67 * matrix.columns)
            #expect(
                sameBits(matrix.multiply(x, isa: isa), matrix.multiply(x, isa: NT_ISA_AVX512VNNI)), "\(type)")
        }
    }

    @Test(arguments: sets)
    func `parts of products with BF16 weights make the bits of one token`(isa: nt_isa) {
        var random = RepeatableRandom(seed: 4)
        let (rows, columns, tokens) = (137, 2090, 391)
        let matrix = FileMatrix(.bf16, rows: rows, columns: columns, random: &random)
        let x = random.floats(tokens * columns)
        let together = matrix.multiply(x, isa: isa)
        for token in [0, 16, 33, 383, 384, 390] {
            let alone = matrix.multiply(Array(x[(token * columns)..<((token + 1) * columns)]), isa: isa)
            #expect(sameBits(together[(token * rows)..<((token + 1) * rows)], alone), "token \(token)")
        }
    }

    @Test func `the instructions give the bits of their emulation`() {
        guard nt_isa_supported(NT_ISA_AMX) else { return }
        var random = RepeatableRandom(seed: 5)
        for type in KernelType.all {
            let matrix = FileMatrix(anyBitsOf: type, rows: 33, columns: 512, random: &random)
            let x = random.floats(70 * 512)
            let emulated = matrix.multiply(x, isa: NT_ISA_AMX_EMULATED)
            #expect(sameBitsOrNaN(matrix.multiply(x, isa: NT_ISA_AMX), emulated), "\(type)")
        }
    }

    @Test func `the emulation is never chosen`() {
        #expect(nt_isa_best() != NT_ISA_AMX_EMULATED && nt_isa_active() != NT_ISA_AMX_EMULATED)
    }
}
