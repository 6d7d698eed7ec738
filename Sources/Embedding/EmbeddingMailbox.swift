import Glibc

/// How the rest of the house talks to the embedder's thread: jobs go in as long as there is room.
///
/// A job's tokens count against the limit from submission until it is answered.
// Sendable: `state` is touched only with `mutex` held.
final class EmbeddingMailbox: @unchecked Sendable {
    private struct State {
        var jobs: [EmbeddingJob] = []
        var pendingTokens = 0
        var failure: String?
        /// From when on nothing may run anymore; set where the thread is to stop.
        var deadline: ContinuousClock.Instant?
        /// Whether the thread is gone.
        var isStopped = false
        var stopWaiters: [CheckedContinuation<Void, Never>] = []
    }

    private let tokensMax: Int
    private var state = State()
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>

    /// - Parameter tokensMax: The most tokens that wait or run; a single job may have more, if it is alone.
    init(tokensMax: Int) {
        self.tokensMax = tokensMax
        mutex = .allocate(capacity: 1)
        condition = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(condition, nil)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    // MARK: For any task

    /// Hands a job over, if there is room for it.
    func submit(_ job: EmbeddingJob) throws(EmbeddingError) {
        let refusal: EmbeddingError? = withLock { state in
            if let failure = state.failure { return .failed(failure) }
            if state.deadline != nil || state.isStopped { return .shuttingDown }
            let (pending, limit) = (state.pendingTokens, tokensMax)
            if pending > 0, pending + job.tokenCount > limit {
                return .overloaded(waiting: pending, limit: limit)
            }
            state.pendingTokens += job.tokenCount
            state.jobs.append(job)
            return nil
        }
        if let refusal { throw refusal }
    }

    /// Asks the thread to stop when all is done, or else at the deadline; the earliest one asked for counts.
    func stop(deadline: ContinuousClock.Instant) {
        withLock { $0.deadline = min($0.deadline ?? deadline, deadline) }
    }

    /// Returns when the thread is gone.
    func waitUntilStopped() async {
        await withCheckedContinuation { waiter in
            let isStopped = withLock { state in
                if !state.isStopped { state.stopWaiters.append(waiter) }
                return state.isStopped
            }
            if isStopped { waiter.resume() }
        }
    }

    /// Why the embedder broke, if it did.
    var failure: String? { withLock { $0.failure } }

    /// Tokens that wait or run.
    var pendingTokens: Int { withLock { $0.pendingTokens } }

    // MARK: For the embedder's thread

    /// Takes the jobs out; sleeps until there is something if asked to.
    ///
    /// - Returns: The deadline, where the thread is to stop.
    func receive(into jobs: inout [EmbeddingJob], sleeps: Bool) -> ContinuousClock.Instant? {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while sleeps, state.jobs.isEmpty, state.deadline == nil { pthread_cond_wait(condition, mutex) }
        jobs += state.jobs
        state.jobs.removeAll(keepingCapacity: true)
        return state.deadline
    }

    /// Makes room for as many tokens.
    func noteEnded(tokens: Int) {
        withLock { $0.pendingTokens -= tokens }
    }

    /// Takes no more jobs, from now on.
    func fail(_ reason: String) {
        withLock { $0.failure = reason }
    }

    /// Takes no more of anything, and wakes who waits for that.
    func noteStopped() {
        let waiters = withLock { state in
            state.isStopped = true
            defer { state.stopWaiters = [] }
            return state.stopWaiters
        }
        for waiter in waiters { waiter.resume() }
    }

    private func withLock<Result>(_ body: (inout State) -> Result) -> Result {
        pthread_mutex_lock(mutex)
        defer {
            pthread_cond_signal(condition)
            pthread_mutex_unlock(mutex)
        }
        return body(&state)
    }
}
