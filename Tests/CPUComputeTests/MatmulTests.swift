import CKernels
import TestSupport
import Testing

struct MatmulTests {
    private static let rowCounts = [1, 15, 16, 17, 33]
    private static let tokenCounts = [1, 2, 11, 12, 13, 31, 33, 67]

    /// Calls `body` with matrices of ragged shapes.
    private func forEachMatrix(
        _ type: KernelType, seed: UInt64, _ body: (FileMatrix, inout RepeatableRandom) -> Void
    ) {
        var random = RepeatableRandom(seed: seed)
        for rows in Self.rowCounts {
            for columns in type.columns {
                body(FileMatrix(type, rows: rows, columns: columns, random: &random), &random)
            }
        }
    }

    @Test(arguments: KernelType.all)
    func `every instruction set gives the bits of the scalar reference`(type: KernelType) {
        forEachMatrix(type, seed: 1) { matrix, random in
            for tokens in Self.tokenCounts {
                let x = random.floats(tokens * matrix.columns)
                let scalar = matrix.multiply(x, isa: NT_ISA_SCALAR)
                for isa in exactInstructionSets(type) {
                    #expect(
                        sameBits(matrix.multiply(x, isa: isa), scalar),
                        "\(isa) \(matrix.rows) × \(matrix.columns), \(tokens) tokens")
                }
            }
        }
    }

    @Test(arguments: KernelType.all)
    func `products are near those of the numbers that the file means`(type: KernelType) {
        // BF16 and int8 activations keep eight bits.
        let tolerance = type.isQuantized || type == .bf16 ? 4e-3 : 1e-6
        forEachMatrix(type, seed: 2) { matrix, random in
            let x = random.floats(3 * matrix.columns)
            let reference = matrix.reference(x)
            for isa in matmulInstructionSets {
                for (product, expected) in zip(matrix.multiply(x, isa: isa), reference) {
                    #expect(abs(Double(product) - expected.product) <= tolerance * expected.scale)
                }
            }
        }
    }

    @Test(arguments: KernelType.all)
    func `products of small whole numbers lose nothing to quantisation`(type: KernelType) {
        forEachMatrix(type, seed: 3) { matrix, random in
            // With 127 as the largest of each 32, int8 holds them as they are; so does BF16.
            let x = (0..<(2 * matrix.columns)).map { index in
                index % 32 == 0 ? 127 : Float(Int.random(in: -127...127, using: &random))
            }
            let reference = matrix.reference(x)
            for isa in matmulInstructionSets {
                for (product, expected) in zip(matrix.multiply(x, isa: isa), reference) {
                    #expect(abs(Double(product) - expected.product) <= 2e-6 * expected.scale)
                }
            }
        }
    }

    @Test(arguments: KernelType.all)
    func `a token's product has the same bits alone and in any company`(type: KernelType) {
        var random = RepeatableRandom(seed: 4)
        let matrix = FileMatrix(type, rows: 33, columns: type.columns[2], random: &random)
        let x = random.floats(80 * matrix.columns)
        for isa in matmulInstructionSets {
            let alone = (0..<80).flatMap { token in
                matrix.multiply(Array(x[(token * matrix.columns)..<((token + 1) * matrix.columns)]), isa: isa)
            }
            for tokens in Array(2...40) + [63, 64, 65, 80] {
                let together = matrix.multiply(Array(x[..<(tokens * matrix.columns)]), isa: isa)
                #expect(sameBits(together, alone[..<together.count]), "\(isa), \(tokens) tokens")
            }
        }
    }

    @Test(arguments: KernelType.all)
    func `ranges of tiles and groups make the whole and touch nothing else`(type: KernelType) {
        var random = RepeatableRandom(seed: 5)
        let rows = 71
        let tokens = 29
        let matrix = FileMatrix(type, rows: rows, columns: type.columns[2], random: &random)
        let x = random.floats(tokens * matrix.columns)
        let whole = matrix.multiply(x, isa: nt_isa_best())

        let weights = matrix.packed(ranges: [2..<5, 0..<2])
        #expect(weights == matrix.packed())
        var activations = [UInt8](
            repeating: 0, count: nt_activation_bytes(type.number, tokens, matrix.columns))
        for group in (0..<nt_activation_groups(type.number, tokens)).reversed() {
            nt_pack_activations(
                type.number, x, matrix.columns, tokens, matrix.columns, &activations, group, group + 1)
        }
        // Rows of 80 floats: the nine behind each row's 71 must stay as they are.
        var out = [Float](repeating: -7, count: tokens * 80)
        nt_multiply(
            type.number, weights, rows, matrix.columns, activations, tokens, 3, 5, nil, false, &out, 80)
        for token in 0..<tokens {
            #expect(out[(80 * token)..<(80 * token + 48)].allSatisfy { $0 == -7 })
        }
        nt_multiply(
            type.number, weights, rows, matrix.columns, activations, tokens, 0, 3, nil, false, &out, 80)
        for token in 0..<tokens {
            let row = out[(80 * token)..<(80 * token + 80)]
            #expect(sameBits(row.prefix(rows), whole[(rows * token)..<(rows * token + rows)]))
            #expect(row.dropFirst(rows).allSatisfy { $0 == -7 })
        }
    }

    @Test func `tiles that the second-level cache cannot hold are multiplied one by one`() {
        var random = RepeatableRandom(seed: 9)
        let matrix = FileMatrix(.f32, rows: 33, columns: 8192, random: &random)
        let x = random.floats(13 * matrix.columns)
        let out = matrix.multiply(x, isa: nt_isa_best())
        for (product, expected) in zip(out, matrix.reference(x)) {
            #expect(abs(Double(product) - expected.product) <= 1e-6 * expected.scale)
        }
    }

    @Test(arguments: KernelType.all)
    func `a bias is added, then what the output held`(type: KernelType) {
        var random = RepeatableRandom(seed: 6)
        let matrix = FileMatrix(type, rows: 21, columns: type.columns[1], random: &random)
        let x = random.floats(5 * matrix.columns)
        let bias = random.floats(21)
        let before = random.floats(5 * 21)
        for isa in matmulInstructionSets {
            let plain = matrix.multiply(x, isa: isa)
            var out = before
            with(isa) {
                nt_multiply(
                    type.number, matrix.packed(), 21, matrix.columns, matrix.packedActivations(x), 5, 0, 2,
                    bias, true,
                    &out, 21)
            }
            #expect(sameBits(out, (0..<105).map { before[$0] + (plain[$0] + bias[$0 % 21]) }))
        }
    }

    @Test(arguments: KernelType.all)
    func `no tokens are no work`(type: KernelType) {
        var random = RepeatableRandom(seed: 7)
        let matrix = FileMatrix(type, rows: 17, columns: type.columns[1], random: &random)
        #expect(nt_activation_bytes(type.number, 0, matrix.columns) == 0)
        for isa in matmulInstructionSets {
            #expect(matrix.multiply([], isa: isa).isEmpty)
        }
    }

    @Test(arguments: KernelType.all)
    func `any bits may be weights, and instruction sets agree on them`(type: KernelType) {
        var random = RepeatableRandom(seed: 8)
        for columns in type.columns {
            let matrix = FileMatrix(anyBitsOf: type, rows: 33, columns: columns, random: &random)
            for tokens in [1, 5] {
                let x = random.floats(tokens * columns)
                let scalar = matrix.multiply(x, isa: NT_ISA_SCALAR)
                for isa in exactInstructionSets(type) {
                    #expect(sameBitsOrNaN(matrix.multiply(x, isa: isa), scalar))
                }
            }
        }
    }
}
