import CKernels
package import Compute

extension CPUCompute {
    package func embed(_ table: MatrixID, into output: ActivationID) {
        let matrix = matrices[table.rawValue]
        var next = activation(output, columns: matrix.columns)
        for token in step.tokens {
            precondition(token >= 0 && token < matrix.rows, "token \(token) of \(matrix.rows)")
            matrix.row(Int(token), into: next)
            next += matrix.columns
        }
    }

    package func rmsNorm(_ input: ActivationID, weight: VectorID, epsilon: Float, into output: ActivationID) {
        let columns = vectors[weight.rawValue].count
        let job = NormJob(
            rows: RowRanges(count: step.count, columns: columns), input: activation(input, columns: columns),
            weight: vectors[weight.rawValue].base, epsilon: epsilon,
            output: activation(output, columns: columns))
        pool.run(job, count: job.rows.taskCount) { job, task in
            guard let job = job?.load(as: NormJob.self) else { return }
            let (rows, columns) = (job.rows[task], job.rows.columns)
            nt_rms_norm(
                job.input + rows.lowerBound * columns, job.weight, rows.count, columns, job.epsilon,
                job.output + rows.lowerBound * columns)
        }
    }

    /// The first row of an activation that has `columns` columns.
    func activation(_ id: ActivationID, columns: Int) -> UnsafeMutablePointer<Float> {
        let activation = activations[id.rawValue]
        precondition(
            activation.columns == columns, "\(activation.columns) columns where \(columns) are meant")
        return activation.elements
    }
}

/// How the rows of a step fall into tasks, each large enough to be worth a thread's while.
struct RowRanges: BitwiseCopyable {
    private static let elementsATask = 8192

    let count: Int
    let columns: Int

    private var rowsATask: Int { max(1, Self.elementsATask / max(1, columns)) }

    /// How many tasks.
    var taskCount: Int { (count + rowsATask - 1) / rowsATask }

    /// The rows of a task.
    subscript(task: Int) -> Range<Int> { (task * rowsATask)..<min((task + 1) * rowsATask, count) }
}

/// Rows to normalise.
private struct NormJob: BitwiseCopyable {
    var rows: RowRanges
    var input: UnsafeMutablePointer<Float>
    var weight: UnsafeMutablePointer<Float>
    var epsilon: Float
    var output: UnsafeMutablePointer<Float>
}
