import CKernels
import TestSupport
import Testing

/// A type of weights that the kernels know.
struct KernelType: Hashable, Sendable, CustomTestStringConvertible {
    let name: String
    let number: UInt32

    private init(_ name: String, _ number: Int) {
        self.name = name
        self.number = UInt32(number)
    }

    static let f32 = KernelType("F32", NT_TYPE_F32)
    static let bf16 = KernelType("BF16", NT_TYPE_BF16)
    static let all = [
        f32, KernelType("F16", NT_TYPE_F16), bf16, KernelType("Q4_0", NT_TYPE_Q4_0),
        KernelType("Q4_1", NT_TYPE_Q4_1),
        KernelType("Q5_0", NT_TYPE_Q5_0), KernelType("Q5_1", NT_TYPE_Q5_1), KernelType("Q8_0", NT_TYPE_Q8_0),
        KernelType("IQ4_NL", NT_TYPE_IQ4_NL), KernelType("Q4_K", NT_TYPE_Q4_K),
        KernelType("Q5_K", NT_TYPE_Q5_K),
        KernelType("Q6_K", NT_TYPE_Q6_K),
    ]

    var testDescription: String { name }
    var isQuantized: Bool { nt_type_block(number) > 1 }
    var blockColumns: Int { nt_type_block(number) }

    /// Columns worth testing: odd ones where the type allows them.
    var columns: [Int] {
        switch blockColumns {
        case 1: [1, 2, 31, 64, 333]
        case 32: [32, 64, 288, 512]
        default: [256, 512, 1280]
        }
    }

    /// Where the f16 scales and minimums lie in a block of a file.
    fileprivate var scaleOffsets: [Int] {
        switch Int(number) {
        case NT_TYPE_Q4_1, NT_TYPE_Q5_1, NT_TYPE_Q4_K, NT_TYPE_Q5_K: [0, 2]
        case NT_TYPE_Q6_K: [208]
        default: [0]
        }
    }
}

/// A matrix as a file holds it, `[rows, columns]`.
struct FileMatrix {
    let type: KernelType
    let rows: Int
    let columns: Int
    let bytes: [UInt8]

    var rowBytes: Int { nt_type_bytes(type.number, columns) }

    /// Random quants, with numbers of about unit size.
    init(_ type: KernelType, rows: Int, columns: Int, random: inout RepeatableRandom) {
        let blockBytes = nt_type_bytes(type.number, type.blockColumns)
        let blocks = rows * columns / type.blockColumns
        var bytes = Self.randomBytes(blocks * blockBytes, random: &random)
        for block in stride(from: 0, to: bytes.count, by: blockBytes) {
            let float = Float.random(in: -1...1, using: &random)
            switch type {
            case .f32: withUnsafeBytes(of: float) { bytes.replaceSubrange(block..<(block + 4), with: $0) }
            case .bf16:
                withUnsafeBytes(of: float) { bytes.replaceSubrange(block..<(block + 2), with: $0[2...]) }
            default:
                for offset in type.scaleOffsets {
                    let half = Float16(
                        type.isQuantized ? Float.random(in: -0.05...0.05, using: &random) : float)
                    let start = block + offset
                    withUnsafeBytes(of: half) { bytes.replaceSubrange(start..<(start + 2), with: $0) }
                }
            }
        }
        self.init(type, rows: rows, columns: columns, bytes: bytes)
    }

    /// A matrix of any bits, scales that are not finite among them.
    init(anyBitsOf type: KernelType, rows: Int, columns: Int, random: inout RepeatableRandom) {
        let bytes = Self.randomBytes(rows * nt_type_bytes(type.number, columns), random: &random)
        self.init(type, rows: rows, columns: columns, bytes: bytes)
    }

    private init(_ type: KernelType, rows: Int, columns: Int, bytes: [UInt8]) {
        self.type = type
        self.rows = rows
        self.columns = columns
        self.bytes = bytes
    }

    private static func randomBytes(_ count: Int, random: inout RepeatableRandom) -> [UInt8] {
        (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
    }

    /// A row's numbers, by the meaning of the file format.
    func row(_ row: Int) -> [Float] {
        [Float](unsafeUninitializedCapacity: columns) { buffer, count in
            bytes[(row * rowBytes)...].withUnsafeBytes {
                nt_dequantize(type.number, $0.baseAddress, columns, buffer.baseAddress)
            }
            count = columns
        }
    }

    /// The matrix in the kernels' layout, made in as many calls as there are `ranges` of tiles.
    func packed(ranges: [Range<Int>]? = nil) -> [UInt8] {
        var packed = [UInt8](repeating: 0xFF, count: nt_packed_bytes(type.number, rows, columns))
        for range in ranges ?? [0..<nt_tiles(rows)] {
            nt_pack(type.number, bytes, rows, columns, &packed, range.lowerBound, range.upperBound)
        }
        return packed
    }

    /// Activations in the kernels' layout.
    func packedActivations(_ x: [Float]) -> [UInt8] {
        let tokens = x.count / columns
        var packed = [UInt8](repeating: 0, count: nt_activation_bytes(type.number, tokens, columns))
        let groups = nt_activation_groups(type.number, tokens)
        nt_pack_activations(type.number, x, columns, tokens, columns, &packed, 0, groups)
        return packed
    }

    /// The product with `x`, `[tokens, columns]`, on one instruction set: `[tokens, rows]`.
    func multiply(_ x: [Float], isa: nt_isa) -> [Float] {
        let tokens = x.count / columns
        var out = [Float](repeating: .nan, count: tokens * rows)
        with(isa) {
            nt_multiply(
                type.number, packed(), rows, columns, packedActivations(x), tokens, 0, nt_tiles(rows), nil,
                false, &out,
                rows)
        }
        return out
    }

    /// The same in double precision, and for each number the lengths of its two vectors multiplied.
    func reference(_ x: [Float]) -> [(product: Double, scale: Double)] {
        let weights = (0..<rows).map { row($0).map(Double.init) }
        return stride(from: 0, to: x.count, by: columns).flatMap { start in
            let token = x[start..<(start + columns)].map(Double.init)
            return weights.map { row in (dot(row, token), (dot(row, row) * dot(token, token)).squareRoot()) }
        }
    }
}

private func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }

/// The instruction sets whose matrix kernels differ and that this machine has.
let matmulInstructionSets = [
    NT_ISA_SCALAR, NT_ISA_AVX2, NT_ISA_AVX512, NT_ISA_AVX512VNNI, NT_ISA_AVX512BF16, NT_ISA_AMX,
    NT_ISA_AMX_EMULATED, NT_ISA_NEON,
].filter { nt_isa_supported($0) }

/// Those of them that give a type's products the bits of the scalar kernels: products of BF16 round otherwise.
func exactInstructionSets(_ type: KernelType) -> [nt_isa] {
    matmulInstructionSets.filter { type != .bf16 || !nt_isa_includes($0, NT_ISA_AVX512BF16) }
}

/// Whether two rows have the same bits, or NaN at the same places.
func sameBitsOrNaN(_ a: [Float], _ b: [Float]) -> Bool {
    a.count == b.count && zip(a, b).allSatisfy { $0.bitPattern == $1.bitPattern || ($0.isNaN && $1.isNaN) }
}
