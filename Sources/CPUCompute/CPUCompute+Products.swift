import CKernels
package import Compute

extension CPUCompute {
    package func multiply(
        _ input: ActivationID, _ matrix: MatrixID, bias: VectorID?, into output: ActivationID
    ) {
        let matrix = matrices[matrix.rawValue]
        precondition(
            activations[output.rawValue].columns == matrix.rows, "outputs are as wide as the matrix is high")
        multiply(
            activation(input, columns: matrix.columns), matrix, rows: step.count,
            bias: bias.map { vectors[$0.rawValue] },
            accumulate: false, into: activations[output.rawValue].elements)
    }

    package func multiplyAdding(_ input: ActivationID, _ matrix: MatrixID, to output: ActivationID) {
        let matrix = matrices[matrix.rawValue]
        precondition(
            activations[input.rawValue].columns == matrix.columns
                && activations[output.rawValue].columns == matrix.rows,
            "inputs are as wide as the matrix, outputs as wide as it is high")
        let source = activations[input.rawValue]
        multiply(
            source.elements, matrix, rows: step.count, bias: nil, accumulate: true,
            into: activations[output.rawValue].elements, packedType: source.packedType)
        // It was packed for this product alone.
        activations[input.rawValue].packedType = nil
    }

    package func multiplyGated(
        _ input: ActivationID, _ gateUp: MatrixID, into output: ActivationID, for next: MatrixID
    ) {
        let (matrix, next) = (matrices[gateUp.rawValue], matrices[next.rawValue])
        let (x, width) = (activation(input, columns: matrix.columns), matrix.rows / 2)
        let gated = activation(output, columns: width)
        precondition(
            matrix.segments.count == 2 && matrix.segments.allSatisfy { $0.rows == width },
            "gates and ups are a view each, of as many rows as the output has columns")
        precondition(next.columns == width && next.formats.count == 1, "the next product reads one format")
        let (gates, ups, nextType) = (matrix.segments[0], matrix.segments[1], next.formats[0].type)
        let weights = nt_gated_weights(
            gate_type: gates.type, gates: gates.packed, up_type: ups.type, ups: ups.packed, rows: width,
            columns: matrix.columns)
        for first in stride(from: 0, to: step.count, by: PackedMatrix.tokensMax) {
            let tokens = min(PackedMatrix.tokensMax, step.count - first)
            pack(x + first * matrix.columns, tokens: tokens, for: matrix)
            matrix.ranges.withUnsafeBufferPointer { ranges in
                guard let firstRange = ranges.baseAddress else { return }
                let packed = UnsafeRawPointer(packedActivations.base)
                let job = GatedJob(
                    weights: weights, ranges: firstRange, gateActivations: packed + gates.activationOffset,
                    upActivations: packed + ups.activationOffset, tokens: tokens, nextType: nextType,
                    output: gated + first * width)
                pool.run(job, count: ranges.count { $0.segment == 0 }) {
                    $0?.load(as: GatedJob.self).run(range: $1)
                }
            }
        }
        activations[output.rawValue].packedType = nextType
    }

    package func logits(
        _ input: ActivationID, norm: VectorID, epsilon: Float, head: MatrixID
    ) -> UnsafeMutableBufferPointer<Float> {
        let matrix = matrices[head.rawValue]
        let source = activation(input, columns: matrix.columns)
        let weight = vectors[norm.rawValue].base
        logitInputs.grow(to: logitRowsMax * matrix.columns)
        logitOutputs.grow(to: logitRowsMax * matrix.rows)
        for (index, row) in step.logitRows.enumerated() {
            nt_rms_norm(
                source + Int(row) * matrix.columns, weight, 1, matrix.columns, epsilon,
                logitInputs.base + index * matrix.columns)
        }
        multiply(
            logitInputs.base, matrix, rows: step.logitRows.count, bias: nil, accumulate: false,
            into: logitOutputs.base)
        return UnsafeMutableBufferPointer(start: logitOutputs.base, count: step.logitRows.count * matrix.rows)
    }

    /// `output = input × matrixᵀ + bias`, `[rows, matrix.columns]` → `[rows, matrix.rows]`.
    ///
    /// - Parameter packedType: What `input` is packed for already, as ``Activation/packedType`` says.
    func multiply(
        _ input: UnsafeMutablePointer<Float>, _ matrix: PackedMatrix, rows: Int, bias: FloatBuffer?,
        accumulate: Bool,
        into output: UnsafeMutablePointer<Float>, packedType: UInt32? = nil
    ) {
        precondition(packedType.map { $0 == matrix.formats[0].type } ?? true, "packed for another product")
        for first in stride(from: 0, to: rows, by: PackedMatrix.tokensMax) {
            let tokens = min(PackedMatrix.tokensMax, rows - first)
            let source = input + first * matrix.columns
            if packedType == nil { pack(source, tokens: tokens, for: matrix) }
            matrix.segments.withUnsafeBufferPointer { segments in
                matrix.ranges.withUnsafeBufferPointer { ranges in
                    guard let segments = segments.baseAddress, let firstRange = ranges.baseAddress else {
                        return
                    }
                    let job = ProductJob(
                        segments: segments, ranges: firstRange, rows: matrix.rows, columns: matrix.columns,
                        activations: packedType == nil ? packedActivations.base : source, tokens: tokens,
                        bias: bias?.base,
                        accumulate: accumulate,
                        output: output + first * matrix.rows)
                    pool.run(job, count: ranges.count) { $0?.load(as: ProductJob.self).run(range: $1) }
                }
            }
        }
    }

    /// Packs `tokens` rows for each of the matrix's formats.
    private func pack(_ input: UnsafeMutablePointer<Float>, tokens: Int, for matrix: PackedMatrix) {
        for format in matrix.formats {
            let job = PackActivationsJob(
                type: format.type, input: input, columns: matrix.columns, tokens: tokens,
                output: UnsafeMutableRawPointer(packedActivations.base) + format.offset)
            pool.run(job, count: nt_activation_groups(format.type, tokens)) { job, group in
                guard let job = job?.load(as: PackActivationsJob.self) else { return }
                nt_pack_activations(
                    job.type, job.input, job.columns, job.tokens, job.columns, job.output, group, group + 1)
            }
        }
    }
}

/// Activations to pack, a task a group of tokens.
private struct PackActivationsJob: BitwiseCopyable {
    var type: UInt32
    var input: UnsafeMutablePointer<Float>
    var columns: Int
    var tokens: Int
    var output: UnsafeMutableRawPointer
}

/// A product of packed activations, a task a range of tiles.
private struct ProductJob: BitwiseCopyable {
    var segments: UnsafePointer<PackedMatrix.Segment>
    var ranges: UnsafePointer<PackedMatrix.TileRange>
    var rows: Int
    var columns: Int
    var activations: UnsafeMutablePointer<Float>
    var tokens: Int
    var bias: UnsafeMutablePointer<Float>?
    var accumulate: Bool
    var output: UnsafeMutablePointer<Float>

    func run(range index: Int) {
        let range = ranges[index]
        let segment = segments[range.segment]
        nt_multiply(
            segment.type, segment.packed, segment.rows, columns,
            UnsafeRawPointer(activations) + segment.activationOffset, tokens, range.firstTile, range.tileEnd,
            bias.map { $0 + segment.firstRow }, accumulate, output + segment.firstRow, rows)
    }
}

/// A gated product of packed activations, a task a range of the gates' tiles.
private struct GatedJob: BitwiseCopyable {
    var weights: nt_gated_weights
    var ranges: UnsafePointer<PackedMatrix.TileRange>
    var gateActivations: UnsafeRawPointer
    var upActivations: UnsafeRawPointer
    var tokens: Int
    var nextType: UInt32
    /// The chunk's rows, which become packed activations.
    var output: UnsafeMutablePointer<Float>

    func run(range index: Int) {
        let range = ranges[index]
        withUnsafePointer(to: weights) {
            nt_multiply_gated(
                $0, gateActivations, upActivations, tokens, range.firstTile, range.tileEnd, nextType, output)
        }
    }
}
