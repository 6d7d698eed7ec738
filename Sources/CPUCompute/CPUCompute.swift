import CKernels
package import Compute
package import Tensors

/// The processor as a backend: C kernels for its instruction set, shared by a pool of threads.
///
/// Weights are repacked at load and stay quantised; activations are f32. One thread at a time uses an
/// instance. After the first step nothing is allocated, unless one needs more block tables or splits than all
/// before it.
package final class CPUCompute: Compute {
    /// Activations: `[stepTokensMax, columns]`.
    struct Activation {
        let buffer: FloatBuffer
        let columns: Int
        /// The type of the weights that the step's rows are packed for, if they are: chunks of
        /// ``PackedMatrix/tokensMax`` rows, each at the place of its first row.
        var packedType: UInt32?

        /// The first row.
        var elements: UnsafeMutablePointer<Float> { buffer.base }
    }

    /// The most rows of a step.
    let stepTokensMax: Int
    /// The most rows of a step whose logits are asked for.
    let logitRowsMax: Int

    let pool: WorkerPool
    var step = StepRows()
    var plan = AttentionPlan()
    /// The window that ``plan`` is for, once it has been made for the step.
    var plannedWindow: Int??

    /// Work of attention without a cache, and the heads that it is for, once it has been made for the step.
    var wholeItems: [nt_whole_item] = []
    var plannedHeads: AttentionShape?
    /// One row of a table.
    var rowBuffer = FloatBuffer(count: 0)

    private(set) var matrices: [PackedMatrix] = []
    private(set) var vectors: [FloatBuffer] = []
    var activations: [Activation] = []
    private(set) var cache: KVCache?

    /// Packed activations of a product, sized for the largest matrix.
    private(set) var packedActivations = FloatBuffer(count: 0)
    /// Results of splits of the context.
    var partials = FloatBuffer(count: 0)
    /// The rows whose logits are asked for, `[logitRowsMax, hidden]`.
    var logitInputs = FloatBuffer(count: 0)
    /// Their logits, `[logitRowsMax, vocabulary]`.
    var logitOutputs = FloatBuffer(count: 0)

    /// Whether attention may round what it multiplies to BF16, where the processor is faster at that.
    ///
    /// On as soon as a matrix is quantised or in BF16, so that every product rounds as much. Weights in F32 and F16
    /// promise more.
    package var roundsAttention = false

    private var arena = Arena(purpose: "weights")

    /// Bytes that weights take in memory.
    package private(set) var weightBytes = 0

    /// Starts the threads.
    ///
    /// - Parameters:
    ///   - threads: how many threads compute, the calling one included; nil for what the system offers.
    ///   - stepTokensMax: the most rows of a step.
    ///   - logitRowsMax: the most rows of a step whose logits are asked for.
    package init(threads: Int?, stepTokensMax: Int, logitRowsMax: Int) throws(ComputeError) {
        guard stepTokensMax > 0, logitRowsMax > 0 else {
            throw ComputeError(
                "a step of \(stepTokensMax) tokens and \(logitRowsMax) logit rows computes nothing")
        }
        if let threads, threads < 1 {
            throw ComputeError("cannot compute with \(threads) threads: at least 1")
        }
        let processors = Processors()
        pool = try WorkerPool(threads: threads ?? processors.threadCount, processors: processors.ids)
        self.stepTokensMax = stepTokensMax
        self.logitRowsMax = logitRowsMax
    }

    /// How many threads compute.
    package var threadCount: Int { pool.threadCount }

    /// What the processor offers to the kernels, for people: `AVX2, AVX-512 VNNI, BF16`.
    package static var features: String { String(cString: nt_cpu_features()) }

    package func makeMatrix(_ views: [TensorView]) throws(ComputeError) -> MatrixID {
        let matrix = try PackedMatrix(views, arena: &arena, pool: pool)
        packedActivations.grow(to: matrix.activationBytes / MemoryLayout<Float>.stride)
        weightBytes += matrix.byteCount
        if views.contains(where: { $0.type != .f32 && $0.type != .f16 }) { roundsAttention = true }
        matrices.append(matrix)
        return MatrixID(rawValue: matrices.count - 1)
    }

    package func makeVector(_ views: [TensorView]) throws(ComputeError) -> VectorID {
        if let view = views.first(where: { !nt_type_supported($0.type.rawValue) }) {
            throw ComputeError("\(view.name) is of type \(view.type.name), which has no kernel on the CPU")
        }
        let vector = FloatBuffer(count: views.reduce(0) { $0 + $1.elementCount })
        var next = vector.base
        for view in views {
            view.withBytes { bytes in
                guard let source = bytes.baseAddress else { return }
                nt_dequantize(view.type.rawValue, source, view.elementCount, next)
            }
            next += view.elementCount
        }
        return append(vector)
    }

    package func makeVector(_ elements: [Float]) -> VectorID {
        let vector = FloatBuffer(count: elements.count)
        vector.base.update(from: elements, count: elements.count)
        return append(vector)
    }

    package func makeActivation(columns: Int) -> ActivationID {
        activations.append(Activation(buffer: FloatBuffer(count: stepTokensMax * columns), columns: columns))
        return ActivationID(rawValue: activations.count - 1)
    }

    /// The step's rows of an activation, `[tokens, columns]`, to look at or to replace.
    package func rows(of id: ActivationID) -> UnsafeMutableBufferPointer<Float> {
        let activation = activations[id.rawValue]
        precondition(activation.packedType == nil, "packed rows are for one product only")
        return UnsafeMutableBufferPointer(start: activation.elements, count: step.count * activation.columns)
    }

    package func makeKVCache(_ shape: KVCacheShape) throws(ComputeError) {
        precondition(cache == nil, "the KV cache is made once")
        cache = try KVCache(shape)
    }

    package func begin(_ step: StepLayout) {
        precondition(step.tokenCount <= stepTokensMax, "\(step.tokenCount) rows, at most \(stepTokensMax)")
        precondition(
            step.logitRows.count <= logitRowsMax, "\(step.logitRows.count) logits, at most \(logitRowsMax)")
        self.step.load(step)
        plannedWindow = nil
        plannedHeads = nil
    }

    /// Reads all matrices in order with all threads, as ``MachineLimits`` reads memory, and returns their bytes.
    ///
    /// Memory is not equally fast everywhere: this is the limit for whatever reads these weights.
    package func readWeights() -> Int { MachineLimits.read(arena.pieces, pool) }

    private func append(_ vector: FloatBuffer) -> VectorID {
        weightBytes += vector.count * MemoryLayout<Float>.stride
        vectors.append(vector)
        return VectorID(rawValue: vectors.count - 1)
    }
}
