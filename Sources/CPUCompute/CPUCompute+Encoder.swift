import CKernels
package import Compute

extension CPUCompute: EncoderCompute {
    package func addRows(_ rows: [Int32], of table: MatrixID, to output: ActivationID) {
        let matrix = matrices[table.rawValue]
        precondition(rows.count == step.count, "\(rows.count) rows to add, the step has \(step.count)")
        var next = activation(output, columns: matrix.columns)
        rowBuffer.grow(to: matrix.columns)
        for row in rows {
            precondition(row >= 0 && row < matrix.rows, "row \(row) of \(matrix.rows)")
            matrix.row(Int(row), into: rowBuffer.base)
            for column in 0..<matrix.columns { next[column] += rowBuffer.base[column] }
            next += matrix.columns
        }
    }

    package func layerNorm(
        _ input: ActivationID, weight: VectorID, bias: VectorID, epsilon: Float, into output: ActivationID
    ) {
        let columns = vectors[weight.rawValue].count
        precondition(vectors[bias.rawValue].count == columns, "weight and bias are alike")
        let job = LayerNormJob(
            rows: RowRanges(count: step.count, columns: columns), input: activation(input, columns: columns),
            weight: vectors[weight.rawValue].base, bias: vectors[bias.rawValue].base, epsilon: epsilon,
            output: activation(output, columns: columns))
        pool.run(job, count: job.rows.taskCount) { $0?.load(as: LayerNormJob.self).run(task: $1) }
    }

    package func multiplyAdding(
        _ input: ActivationID, _ matrix: MatrixID, bias: VectorID?, to output: ActivationID
    ) {
        let matrix = matrices[matrix.rawValue]
        multiply(
            activation(input, columns: matrix.columns), matrix, rows: step.count,
            bias: bias.map { vectors[$0.rawValue] }, accumulate: true,
            into: activation(output, columns: matrix.rows))
    }

    package func activate(_ elements: ActivationID, _ function: ActivationFunction) {
        let columns = activations[elements.rawValue].columns
        let job = ActivationJob(
            rows: RowRanges(count: step.count, columns: columns), function: function.kernelFunction,
            elements: activation(elements, columns: columns))
        pool.run(job, count: job.rows.taskCount) { $0?.load(as: ActivationJob.self).run(task: $1) }
    }

    package func rotate(_ qkv: ActivationID, rope: RopeTable, heads: AttentionShape) {
        let (cosines, sines) = (vectors[rope.cosines.rawValue], vectors[rope.sines.rawValue])
        precondition(
            rope.dimension <= heads.headDimension && rope.dimension % 2 == 0, "rotation stays in the head")
        if let last = step.positions.max() {
            precondition(
                (Int(last) + 1) * (rope.dimension / 2) <= cosines.count, "no angles for position \(last)")
        }
        let rows = RowRanges(count: step.count, columns: heads.columns)
        let elements = activation(qkv, columns: heads.columns)
        step.positions.withUnsafeBufferPointer { positions in
            guard let positions = positions.baseAddress else { return }
            let job = RotationJob(
                rows: rows, elements: elements, positions: positions, cosines: cosines.base,
                sines: sines.base, dimension: rope.dimension, isInterleaved: rope.isInterleaved,
                headCount: heads.headCount + heads.keyValueHeadCount, headDimension: heads.headDimension)
            pool.run(job, count: rows.taskCount) { $0?.load(as: RotationJob.self).run(task: $1) }
        }
    }

    package func attendWithinRuns(
        _ qkv: ActivationID, heads: AttentionShape, scale: Float, isCausal: Bool, into output: ActivationID
    ) {
        precondition(
            heads.headDimension % 8 == 0 && heads.headDimension <= KVCache.headDimensionMax
                && heads.headCount % heads.keyValueHeadCount == 0,
            "heads of \(heads.headDimension), \(heads.headCount) of them over \(heads.keyValueHeadCount)")
        let attention = nt_whole_attention(
            qkv: activation(qkv, columns: heads.columns), out: activation(output, columns: heads.width),
            heads: heads.headCount, kv_heads: heads.keyValueHeadCount, head_dimension: heads.headDimension,
            scale: scale, causal: isCausal)
        planWholeAttention(heads)
        wholeItems.withUnsafeBufferPointer { items in
            guard let first = items.baseAddress else { return }
            pool.run(WholeAttentionJob(attention: attention, items: first), count: items.count) {
                $0?.load(as: WholeAttentionJob.self).run(task: $1)
            }
        }
    }

    package func pool(_ input: ActivationID, _ pooling: Pooling, into output: ActivationID) {
        let columns = activations[input.rawValue].columns
        let (source, target) = (
            activation(input, columns: columns), activation(output, columns: columns)
        )
        for (index, run) in step.runs.enumerated() {
            let rows = UnsafeBufferPointer(
                start: source + run.firstRow * columns, count: run.rowCount * columns)
            Self.pool(rows, pooling, columns: columns, into: target + index * columns)
        }
    }

    /// Work for the threads: a head and some queries of a run; once a step, as every layer has the same.
    private func planWholeAttention(_ heads: AttentionShape) {
        guard plannedHeads != heads else { return }
        plannedHeads = heads
        wholeItems.removeAll(keepingCapacity: true)
        // The longest runs first, so that no thread ends with a long item.
        for run in step.runs.sorted(by: { $0.rowCount > $1.rowCount }) {
            precondition(run.firstPosition == 0, "a sequence is in the step as a whole")
            for head in 0..<heads.headCount {
                for query in stride(from: 0, to: run.rowCount, by: Int(NT_ATTENTION_ROWS_MAX)) {
                    wholeItems.append(
                        nt_whole_item(
                            first_row: run.firstRow, tokens: run.rowCount, query: query,
                            queries: min(Int(NT_ATTENTION_ROWS_MAX), run.rowCount - query), head: head))
                }
            }
        }
    }

    /// `[rows, columns]` → `[columns]`, in order of rows.
    private static func pool(
        _ rows: UnsafeBufferPointer<Float>, _ pooling: Pooling, columns: Int,
        into output: UnsafeMutablePointer<Float>
    ) {
        let count = rows.count / columns
        let chosen = pooling == .last ? count - 1 : 0
        for column in 0..<columns { output[column] = rows[chosen * columns + column] }
        switch pooling {
        case .first, .last: return
        case .max:
            for row in 1..<max(count, 1) {
                for column in 0..<columns {
                    output[column] = Swift.max(output[column], rows[row * columns + column])
                }
            }
        case .mean, .meanBySquareRoot:
            for row in 1..<max(count, 1) {
                for column in 0..<columns { output[column] += rows[row * columns + column] }
            }
            let divisor = pooling == .mean ? Float(count) : Float(count).squareRoot()
            for column in 0..<columns { output[column] /= divisor }
        }
    }
}

extension ActivationFunction {
    /// The kernels' name for it.
    fileprivate var kernelFunction: nt_activation {
        switch self {
        case .gelu: NT_GELU
        case .geluTanh: NT_GELU_TANH
        case .relu: NT_RELU
        case .silu: NT_SILU
        case .tanh: NT_TANH
        }
    }
}

/// Rows to normalise.
private struct LayerNormJob: BitwiseCopyable {
    var rows: RowRanges
    var input: UnsafeMutablePointer<Float>
    var weight: UnsafeMutablePointer<Float>
    var bias: UnsafeMutablePointer<Float>
    var epsilon: Float
    var output: UnsafeMutablePointer<Float>

    func run(task: Int) {
        let (range, columns) = (rows[task], rows.columns)
        nt_layer_norm(
            input + range.lowerBound * columns, weight, bias, range.count, columns, epsilon,
            output + range.lowerBound * columns)
    }
}

/// Rows whose numbers go through a function.
private struct ActivationJob: BitwiseCopyable {
    var rows: RowRanges
    var function: nt_activation
    var elements: UnsafeMutablePointer<Float>

    func run(task: Int) {
        let (range, columns) = (rows[task], rows.columns)
        nt_activate(function, elements + range.lowerBound * columns, range.count * columns)
    }
}

/// Rows whose queries and keys rotate.
private struct RotationJob: BitwiseCopyable {
    var rows: RowRanges
    var elements: UnsafeMutablePointer<Float>
    var positions: UnsafePointer<Int32>
    var cosines: UnsafeMutablePointer<Float>
    var sines: UnsafeMutablePointer<Float>
    var dimension: Int
    var isInterleaved: Bool
    var headCount: Int
    var headDimension: Int

    func run(task: Int) {
        for row in rows[task] {
            let angles = Int(positions[row]) * (dimension / 2)
            nt_rope(
                elements + row * rows.columns, headCount, headDimension, cosines + angles, sines + angles,
                dimension, isInterleaved)
        }
    }
}

/// One layer's attention, a task an item.
private struct WholeAttentionJob: BitwiseCopyable {
    var attention: nt_whole_attention
    var items: UnsafePointer<nt_whole_item>

    func run(task: Int) {
        withUnsafePointer(to: attention) { nt_attend_whole($0, items + task) }
    }
}
