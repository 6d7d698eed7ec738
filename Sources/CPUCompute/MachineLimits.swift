import CKernels
package import Compute

/// What this machine can do at most with so many threads: measured by loops that do nothing else.
///
/// The best of several passes counts, since a neighbour can only make a pass slower.
package struct MachineLimits: Sendable {
    /// How many threads were measured.
    package let threadCount: Int
    /// Bytes a second read in order from memory, far beyond any cache.
    package let readBytesPerSecond: Double
    /// Operations a second in 8-bit integers with 32-bit sums; a multiply-add counts as two.
    package let int8OperationsPerSecond: Double
    /// The same in BF16 with sums in f32; nil where the processor has no instruction for that.
    package let bf16OperationsPerSecond: Double?
    /// The same in f32.
    package let floatOperationsPerSecond: Double

    private static let passes = 9
    /// Rounds of a pass: some ten milliseconds.
    private static let rounds = 1 << 22
    private static let readBytes = 512 << 20
    private static let readTaskBytes = 1 << 20

    /// Measures for about two seconds.
    ///
    /// - Parameters:
    ///   - threads: How many threads compute, the calling one included; nil for what the system offers.
    ///   - progress: Hears of measurements made and measurements in all.
    /// - Throws: ``ComputeError`` where memory or threads cannot be had.
    package static func measure(
        threads: Int?, progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) throws(ComputeError) -> MachineLimits {
        let processors = Processors()
        let pool = try WorkerPool(threads: threads ?? processors.threadCount, processors: processors.ids)
        let total = 4 * passes
        var done = 0
        func best(_ pass: () -> Double) -> Double {
            (0..<passes).reduce(0) { best, _ in
                defer {
                    done += 1
                    progress(done, total)
                }
                return max(best, pass())
            }
        }
        let memory = try touched(pool)
        let read = best { readRate(memory, pool) }
        let int8 = best { computeRate(NT_LIMIT_INT8, pool) }
        let bf16 = best { computeRate(NT_LIMIT_BF16, pool) }
        let float = best { computeRate(NT_LIMIT_F32, pool) }
        return MachineLimits(
            threadCount: pool.threadCount, readBytesPerSecond: read, int8OperationsPerSecond: int8,
            bf16OperationsPerSecond: bf16 > 0 ? bf16 : nil, floatOperationsPerSecond: float)
    }

    /// Memory whose pages exist.
    private static func touched(_ pool: WorkerPool) throws(ComputeError) -> AnonymousMemory {
        let memory = try AnonymousMemory(byteCount: readBytes, purpose: "measuring the memory's speed")
        let job = ReadJob(base: memory.base, taskBytes: readTaskBytes)
        pool.run(job, count: readBytes / readTaskBytes) { job, task in
            guard let job = job?.load(as: ReadJob.self) else { return }
            (job.base + task * job.taskBytes).initializeMemory(
                as: UInt8.self, repeating: 1, count: job.taskBytes)
        }
        return memory
    }

    private static func readRate(_ memory: AnonymousMemory, _ pool: WorkerPool) -> Double {
        let whole = UnsafeMutableRawBufferPointer(start: memory.base, count: readBytes)
        return Double(readBytes) / seconds { _ = read([whole], pool) }
    }

    /// Reads memory in order, but for the last part of a megabyte of each piece; returns the bytes.
    static func read(_ pieces: [UnsafeMutableRawBufferPointer], _ pool: WorkerPool) -> Int {
        pieces.reduce(0) { sum, piece in
            guard let base = piece.baseAddress else { return sum }
            let count = piece.count / readTaskBytes
            pool.run(ReadJob(base: base, taskBytes: readTaskBytes), count: count) { job, task in
                guard let job = job?.load(as: ReadJob.self) else { return }
                _ = nt_limit_read(job.base + task * job.taskBytes, job.taskBytes)
            }
            return sum + count * readTaskBytes
        }
    }

    private static func computeRate(_ unit: nt_limit_unit, _ pool: WorkerPool) -> Double {
        var sink: Float = 0
        // One round tells how many operations a round has, and whether there are any.
        let operations = nt_limit_compute(unit, 1, &sink)
        guard operations > 0 else { return 0 }
        let seconds = seconds {
            pool.run(ComputeJob(unit: unit, rounds: rounds), count: pool.threadCount) { job, _ in
                guard let job = job?.load(as: ComputeJob.self) else { return }
                var sink: Float = 0
                _ = nt_limit_compute(job.unit, job.rounds, &sink)
            }
        }
        return operations * Double(rounds * pool.threadCount) / seconds
    }

    private static func seconds(_ body: () -> Void) -> Double {
        ContinuousClock().measure(body) / .seconds(1)
    }
}

/// Memory to read or to write, a task a piece.
private struct ReadJob: BitwiseCopyable {
    var base: UnsafeMutableRawPointer
    var taskBytes: Int
}

/// Rounds for each thread.
private struct ComputeJob: BitwiseCopyable {
    var unit: nt_limit_unit
    var rounds: Int
}
