import CKernels
import JSON
import TestSupport
import Testing

struct MatmulPackingTests {
    @Test(arguments: KernelType.all)
    func `a packed row is the same numbers as the file's`(type: KernelType) {
        var random = RepeatableRandom(seed: 1)
        for rows in [1, 15, 16, 17, 33] {
            for columns in type.columns {
                let matrix = FileMatrix(type, rows: rows, columns: columns, random: &random)
                let packed = matrix.packed()
                for row in 0..<rows {
                    var numbers = [Float](repeating: .nan, count: columns)
                    nt_packed_row(type.number, packed, columns, row, &numbers)
                    #expect(sameBits(numbers, matrix.row(row)), "row \(row) of \(rows) × \(columns)")
                }
            }
        }
    }

    @Test(arguments: KernelType.all)
    func `packing adds three percent at most`(type: KernelType) {
        let packed = Double(nt_packed_bytes(type.number, 4864, 1024))
        #expect(packed <= 1.03 * Double(4864 * nt_type_bytes(type.number, 1024)))
    }

    @Test func `groups are nearly equal and not too large`() {
        let counts = [0, 1, 12, 13, 24, 25, 63, 64, 512]
        for type in KernelType.all {
            for isa in matmulInstructionSets {
                let groups = with(isa) { counts.map { nt_activation_groups(type.number, $0) } }
                let plain = [0, 1, 1, 2, 2, 3, 6, 6, 43]
                let isQuantizedForTiles = type.isQuantized && type.name != "Q6_K"
                switch nt_isa_is_amx(isa) {
                case true where type == .bf16: #expect(groups == [0, 1, 1, 1, 2, 2, 4, 4, 32])
                case true where isQuantizedForTiles: #expect(groups == [0, 1, 1, 2, 2, 3, 6, 4, 32])
                default: #expect(groups == plain)
                }
            }
        }
    }

    @Test func `unknown types have no kernel`() {
        #expect(KernelType.all.allSatisfy { nt_type_supported($0.number) })
        #expect([4, 5, 9, 10, 11, 15, 16, 19, 21, 24, 29, 31, .max].allSatisfy { !nt_type_supported($0) })
    }

    @Test(arguments: KernelType.all)
    func `types share packed activations where they say so`(type: KernelType) {
        var random = RepeatableRandom(seed: 2)
        let x = random.floats(13 * 512)
        for other in KernelType.all {
            let shared = nt_activations_shared(type.number, other.number)
            #expect(shared == nt_activations_shared(other.number, type.number))
            guard shared else { continue }
            let mine = FileMatrix(type, rows: 1, columns: 512, random: &random).packedActivations(x)
            let others = FileMatrix(other, rows: 1, columns: 512, random: &random).packedActivations(x)
            #expect(mine == others, "\(type.name) and \(other.name)")
        }
    }

    @Test func `activations are packed to the same bits on every instruction set`() {
        var random = RepeatableRandom(seed: 3)
        let special: [Float] = [
            0, -0.0, 0x1p-133, 1e-35, -1e-20, 3e38, .infinity, -.infinity, .nan, .signalingNaN,
        ]
        for type in KernelType.all {
            var x = random.floats(14 * 512, in: -3...3)
            for (token, number) in special.enumerated() { x[512 * token + 37 * token] = number }
            for index in 512..<1024 { x[index] = 0x1p-140 }
            let matrix = FileMatrix(type, rows: 1, columns: 512, random: &random)
            let scalar = with(NT_ISA_SCALAR) { matrix.packedActivations(x) }
            for isa in matmulInstructionSets where type != .bf16 || !nt_isa_is_amx(isa) {
                #expect(with(isa) { matrix.packedActivations(x) } == scalar, "\(type.name) \(isa)")
            }
        }
    }

    @Test(arguments: KernelType.all)
    func `a number that is not finite spoils its own token only`(type: KernelType) {
        var random = RepeatableRandom(seed: 4)
        let matrix = FileMatrix(type, rows: 17, columns: type.columns[1], random: &random)
        for number in [Float.infinity, -.infinity, .nan] {
            var x = random.floats(4 * matrix.columns)
            let clean = matrix.multiply(x, isa: nt_isa_best())
            x[matrix.columns + 1] = number
            for isa in matmulInstructionSets where type != .bf16 || isa == nt_isa_best() {
                let out = matrix.multiply(x, isa: isa)
                #expect(sameBits(out[..<17], clean[..<17]))
                #expect(out[17..<34].allSatisfy { !$0.isFinite })
                #expect(sameBits(out[34...], clean[34...]))
            }
        }
    }

    @Test(arguments: KernelType.all)
    func `zeros give zeros`(type: KernelType) {
        var random = RepeatableRandom(seed: 5)
        let matrix = FileMatrix(type, rows: 17, columns: type.columns[1], random: &random)
        for isa in matmulInstructionSets {
            let x = [Float](repeating: 0, count: 2 * matrix.columns)
            #expect(matrix.multiply(x, isa: isa).allSatisfy { $0 == 0 })
        }
    }

    @Test func `blocks mean what the gguf package reads in them`() throws {
        let cases = try #require(try Golden.json("matmul_dequantize.json").arrayValue)
        #expect(cases.count == 11)
        for golden in cases {
            let type = UInt32(try #require(golden["type"]?.intValue))
            let digits = try #require(golden["blocks"]?.stringValue).utf8.map { $0 < 58 ? $0 - 48 : $0 - 87 }
            let bytes = stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
            let bits = try #require(golden["bits"]?.arrayValue).map { UInt32(try #require($0.intValue)) }
            var numbers = [Float](repeating: .nan, count: bits.count)
            nt_dequantize(type, bytes, bits.count, &numbers)
            #expect(numbers.map(\.bitPattern) == bits, "\(golden["name"]?.stringValue ?? "")")
        }
    }
}
