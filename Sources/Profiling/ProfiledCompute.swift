package import Compute
package import Tensors

/// A backend that passes every operation on to another one, and takes its time.
///
/// Products are told apart by the activations that they read and write, which are known once a step has run: record
/// from the second step on.
package final class ProfiledCompute: Compute {
    /// What is known of a matrix.
    private struct Matrix {
        var bytes: Double
        /// Operations that a row of activations takes.
        var operations: Work
    }

    private let inner: any Compute
    private let recorder: StepRecorder
    /// Whether BF16 weights are multiplied in BF16, rather than in f32.
    private let multipliesBF16: Bool
    /// Reads all weights in order and returns their bytes.
    private let readWeights: (() -> Int)?
    private var matrices: [MatrixID: Matrix] = [:]
    private var columns: [ActivationID: Int] = [:]
    private var cache: KVCacheShape?
    /// Whether some matrix allows attention to round to BF16, and the processor gains by it.
    private var attendsInBF16 = false
    /// What attention writes, which tells its output projection from the feed-forward network's.
    private var attended: ActivationID?
    private var rows = 0
    private var logitRows = 0
    /// Runs of the step: first position and count of rows.
    private var runs: [StepLayout.Run] = []

    /// - Parameters:
    ///   - multipliesBF16: Whether the processor multiplies BF16 weights in BF16, and attends so where it may.
    ///   - readWeights: Reads all weights in order, as fast as `inner` can, and returns their bytes: what decoding is
    ///     held against. Called between steps, a few times a second.
    package init(
        _ inner: any Compute, recorder: StepRecorder, multipliesBF16: Bool, readWeights: (() -> Int)? = nil
    ) {
        self.inner = inner
        self.recorder = recorder
        self.multipliesBF16 = multipliesBF16
        self.readWeights = readWeights
    }

    // MARK: Making things at load

    package var weightBytes: Int { inner.weightBytes }

    package func makeMatrix(_ views: [TensorView]) throws -> MatrixID {
        let before = inner.weightBytes
        let id = try inner.makeMatrix(views)
        let operations = views.reduce(into: Work()) { sum, view in
            sum += Work(bytes: 0, operations: 2 * Double(view.elementCount), in: arithmetic(view.type))
        }
        if multipliesBF16, views.contains(where: { $0.type != .f32 && $0.type != .f16 }) {
            attendsInBF16 = true
        }
        matrices[id] = Matrix(bytes: Double(inner.weightBytes - before), operations: operations)
        return id
    }

    package func makeVector(_ views: [TensorView]) throws -> VectorID { try inner.makeVector(views) }

    package func makeVector(_ elements: [Float]) -> VectorID { inner.makeVector(elements) }

    package func makeActivation(columns count: Int) -> ActivationID {
        let id = inner.makeActivation(columns: count)
        columns[id] = count
        return id
    }

    package func makeKVCache(_ shape: KVCacheShape) throws {
        try inner.makeKVCache(shape)
        cache = shape
    }

    // MARK: A step

    package func begin(_ step: StepLayout) {
        rows = step.tokenCount
        logitRows = step.logitRows.count
        runs = step.runs
        let phase: StepRecorder.Phase = step.runs.contains { $0.rowCount > 1 } ? .prefill : .decode
        if recorder.beginStep(phase, tokens: rows), let readWeights {
            let start = ContinuousClock.now
            let bytes = readWeights()
            recorder.recordRead(bytes: bytes, since: start)
        }
        inner.begin(step)
    }

    package func embed(_ table: MatrixID, into output: ActivationID) {
        timed(.embedding, Work()) { inner.embed(table, into: output) }
    }

    package func rmsNorm(_ input: ActivationID, weight: VectorID, epsilon: Float, into output: ActivationID) {
        timed(.norm, Work()) { inner.rmsNorm(input, weight: weight, epsilon: epsilon, into: output) }
    }

    package func multiply(
        _ input: ActivationID, _ matrix: MatrixID, bias: VectorID?, into output: ActivationID
    ) {
        timed(.queryKeyValue, product(matrix, rows: rows)) {
            inner.multiply(input, matrix, bias: bias, into: output)
        }
    }

    package func multiplyAdding(_ input: ActivationID, _ matrix: MatrixID, to output: ActivationID) {
        timed(input == attended ? .attentionOutput : .down, product(matrix, rows: rows)) {
            inner.multiplyAdding(input, matrix, to: output)
        }
    }

    package func rotateAndStore(_ qkv: ActivationID, rope: RopeTable, layer: Int) {
        timed(.rotateAndStore, Work()) { inner.rotateAndStore(qkv, rope: rope, layer: layer) }
    }

    package func attend(
        _ qkv: ActivationID, layer: Int, scale: Float, window: Int?, into output: ActivationID
    ) {
        attended = output
        timed(.attention, attention(window: window)) {
            inner.attend(qkv, layer: layer, scale: scale, window: window, into: output)
        }
    }

    package func multiplyGated(
        _ input: ActivationID, _ gateUp: MatrixID, into output: ActivationID, for next: MatrixID
    ) {
        timed(.gateUp, product(gateUp, rows: rows)) {
            inner.multiplyGated(input, gateUp, into: output, for: next)
        }
    }

    package func logits(
        _ input: ActivationID, norm: VectorID, epsilon: Float, head: MatrixID
    ) -> UnsafeMutableBufferPointer<Float> {
        timed(.head, logitRows > 0 ? product(head, rows: logitRows) : Work()) {
            inner.logits(input, norm: norm, epsilon: epsilon, head: head)
        }
    }

    // MARK: Work

    private func timed<R>(_ kind: OperationKind, _ work: Work, _ operation: () -> R) -> R {
        let start = ContinuousClock.now
        defer { recorder.record(kind, since: start, work) }
        return operation()
    }

    private func arithmetic(_ type: TensorType) -> Arithmetic {
        if type.isQuantized { return .int8 }
        return type == .bf16 && multipliesBF16 ? .bf16 : .f32
    }

    /// The weights once, and their products with each row.
    private func product(_ matrix: MatrixID, rows: Int) -> Work {
        guard let matrix = matrices[matrix] else { return Work() }
        var work = matrix.operations
        for index in work.operations.indices { work.operations[index] *= Double(rows) }
        work.bytes = matrix.bytes
        return work
    }

    /// Each sequence's cached keys and values once; of each row a product with every key and value that it sees.
    private func attention(window: Int?) -> Work {
        guard let cache else { return Work() }
        var (cached, seen) = (0.0, 0.0)
        for run in runs {
            let end = run.firstPosition + run.rowCount
            cached += Double(min(end, window.map { $0 + run.rowCount - 1 } ?? end))
            for row in 0..<run.rowCount {
                let reach = run.firstPosition + row + 1
                seen += Double(min(reach, window ?? reach))
            }
        }
        let width = Double(cache.keyValueHeadCount * cache.type.vectorBytes(cache.headDimension))
        return Work(
            bytes: cached * 2 * width, operations: seen * 4 * Double(cache.headCount * cache.headDimension),
            in: attendsInBF16 ? .bf16 : .f32)
    }
}
