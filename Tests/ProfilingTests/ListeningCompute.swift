import Compute
import Tensors

/// A backend that computes nothing and notes what it was asked for.
final class ListeningCompute: Compute {
    private(set) var calls: [String] = []
    private var matrixCount = 0
    private var vectorCount = 0
    private var activationCount = 0
    private let row = UnsafeMutableBufferPointer<Float>.allocate(capacity: 4)
    private(set) var weightBytes = 0

    deinit { row.deallocate() }

    func makeMatrix(_ views: [TensorView]) -> MatrixID {
        // Half as much again as in the file, so that the two are told apart.
        weightBytes += views.reduce(0) { $0 + $1.byteCount } * 3 / 2
        matrixCount += 1
        return MatrixID(rawValue: matrixCount - 1)
    }

    func makeVector(_ views: [TensorView]) -> VectorID { makeVector([Float]()) }

    func makeVector(_ elements: [Float]) -> VectorID {
        vectorCount += 1
        return VectorID(rawValue: vectorCount - 1)
    }

    func makeActivation(columns: Int) -> ActivationID {
        activationCount += 1
        return ActivationID(rawValue: activationCount - 1)
    }

    func makeKVCache(_ shape: KVCacheShape) { calls.append("cache \(shape.blockCount)") }

    func begin(_ step: StepLayout) { calls.append("begin \(step.tokenCount)") }

    func embed(_ table: MatrixID, into output: ActivationID) {
        calls.append("embed \(table.rawValue) \(output.rawValue)")
    }

    func rmsNorm(_ input: ActivationID, weight: VectorID, epsilon: Float, into output: ActivationID) {
        calls.append("norm \(input.rawValue) \(weight.rawValue) \(epsilon) \(output.rawValue)")
    }

    func multiply(_ input: ActivationID, _ matrix: MatrixID, bias: VectorID?, into output: ActivationID) {
        let bias = bias.map { "\($0.rawValue)" } ?? "none"
        calls.append("multiply \(input.rawValue) \(matrix.rawValue) \(bias) \(output.rawValue)")
    }

    func multiplyAdding(_ input: ActivationID, _ matrix: MatrixID, to output: ActivationID) {
        calls.append("add \(input.rawValue) \(matrix.rawValue) \(output.rawValue)")
    }

    func rotateAndStore(_ qkv: ActivationID, rope: RopeTable, layer: Int) {
        calls.append("rotate \(qkv.rawValue) \(layer)")
    }

    func attend(_ qkv: ActivationID, layer: Int, scale: Float, window: Int?, into output: ActivationID) {
        calls.append("attend \(qkv.rawValue) \(layer) \(scale) \(window ?? 0) \(output.rawValue)")
    }

    func multiplyGated(
        _ input: ActivationID, _ gateUp: MatrixID, into output: ActivationID, for next: MatrixID
    ) {
        calls.append("gated \(input.rawValue) \(gateUp.rawValue) \(output.rawValue)")
    }

    func logits(
        _ input: ActivationID, norm: VectorID, epsilon: Float, head: MatrixID
    ) -> UnsafeMutableBufferPointer<Float> {
        calls.append("logits \(input.rawValue) \(norm.rawValue) \(epsilon) \(head.rawValue)")
        return row
    }
}
