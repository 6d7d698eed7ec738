import CKernels
import Compute

/// Threads that share the tasks of one job at a time with the thread that asks for it.
final class WorkerPool {
    /// How many threads share a job, the caller included.
    let threadCount: Int
    private let pool: OpaquePointer

    /// Starts the threads; those beside the caller are bound to a processor each, as far as there are some.
    init(threads: Int, processors: [Int32]) throws(ComputeError) {
        precondition(threads > 0, "a pool needs a thread")
        guard let pool = nt_pool_create(threads, threads <= processors.count ? processors : nil) else {
            throw ComputeError("cannot start \(threads) worker threads: ask for fewer threads")
        }
        self.pool = pool
        threadCount = threads
    }

    deinit { nt_pool_destroy(pool) }

    /// Runs `task(job, 0)` … `task(job, count - 1)`, each once on some thread, then returns.
    ///
    /// `job` is a struct of plain values and pointers that the tasks load again; nothing is allocated.
    func run<Job: BitwiseCopyable>(_ job: Job, count: Int, _ task: nt_task) {
        withUnsafePointer(to: job) { nt_pool_run(pool, task, $0, count) }
    }
}
