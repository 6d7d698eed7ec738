import CKernels
import Glibc
import Tensors
import TestSupport

extension RepeatableRandom {
    mutating func floats(_ count: Int, in range: ClosedRange<Float> = -1...1) -> [Float] {
        (0..<count).map { _ in Float.random(in: range, using: &self) }
    }
}

/// The instruction sets whose kernels differ in layers and attention and that this machine has.
let instructionSets = [NT_ISA_SCALAR, NT_ISA_AVX2, NT_ISA_AVX512, NT_ISA_AVX512BF16, NT_ISA_NEON].filter {
    nt_isa_supported($0)
}

/// Runs `body` with the calling thread's kernels bound to an instruction set.
func with<Result>(_ isa: nt_isa, _ body: () throws -> Result) rethrows -> Result {
    let usual = nt_isa_active()
    nt_isa_force(isa)
    defer { nt_isa_force(usual) }
    return try body()
}

/// The largest difference between two rows of numbers, infinite where one is not finite or lengths differ.
func largestDifference(_ a: some Collection<Float>, _ b: some Collection<Float>) -> Float {
    guard a.count == b.count else { return .infinity }
    return zip(a, b).reduce(0) { $1.0.isFinite && $1.1.isFinite ? max($0, abs($1.0 - $1.1)) : .infinity }
}

/// Whether two rows of numbers have the same bits.
func sameBits(_ a: some Collection<Float>, _ b: some Collection<Float>) -> Bool {
    a.count == b.count && zip(a, b).allSatisfy { $0.bitPattern == $1.bitPattern }
}

/// Tensors in a file of their own, which goes when they do.
enum TensorFile {
    struct Failure: Error {}

    /// A tensor of one of the types F32, BF16, Q4_0, Q5_0, Q8_0 and Q6_K with numbers of about unit size.
    static func make(
        _ type: TensorType, name: String = "test", shape: [Int], random: inout RepeatableRandom
    ) throws -> TensorView {
        let elements = shape.reduce(1, *)
        let bytes = (0..<(elements / type.blockElements)).flatMap { _ in block(of: type, random: &random) }
        return try view(type, name: name, shape: shape, bytes: bytes)
    }

    /// A tensor of f32.
    static func make(_ elements: [Float], name: String = "test", shape: [Int]) throws -> TensorView {
        try view(.f32, name: name, shape: shape, bytes: elements.flatMap { bytes($0.bitPattern) })
    }

    /// The numbers of a tensor, by the reference conversion.
    static func elements(of view: TensorView) -> [Float] {
        [Float](unsafeUninitializedCapacity: view.elementCount) { buffer, count in
            view.withBytes {
                nt_dequantize(view.type.rawValue, $0.baseAddress, view.elementCount, buffer.baseAddress)
            }
            count = view.elementCount
        }
    }

    private static func view(
        _ type: TensorType, name: String, shape: [Int], bytes: [UInt8]
    ) throws -> TensorView {
        var path = Array("/tmp/needletail-test-XXXXXX".utf8CString)
        let descriptor = mkstemp(&path)
        guard descriptor >= 0 else { throw Failure() }
        // The mapping outlives the name.
        defer { unlink(path) }
        defer { close(descriptor) }
        guard write(descriptor, bytes, bytes.count) == bytes.count else { throw Failure() }
        let file = try MappedFile(
            path: String(decoding: path.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self))
        guard let view = TensorView(name: name, type: type, shape: shape, file: file, offset: 0) else {
            throw Failure()
        }
        return view
    }

    private static func block(of type: TensorType, random: inout RepeatableRandom) -> [UInt8] {
        func scale(_ range: ClosedRange<Float>) -> [UInt8] {
            bytes(Float16(Float.random(in: range, using: &random)).bitPattern)
        }
        func quants(_ count: Int) -> [UInt8] {
            (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
        }
        switch type {
        case .f32: return bytes(Float.random(in: -1...1, using: &random).bitPattern)
        case .bf16: return Array(bytes(Float.random(in: -1...1, using: &random).bitPattern)[2...])
        case .q8_0: return scale(0.005...0.01) + quants(32)
        case .q6_K: return quants(208) + scale(0.0001...0.0003)
        default: return scale(0.05...0.1) + quants(type.blockBytes - 2)
        }
    }

    private static func bytes(_ value: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }
}
