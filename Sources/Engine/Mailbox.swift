import Glibc

/// How the rest of the house talks to the engine thread.
///
/// - Any task may put something in; only the engine thread takes out, and sleeps while there is nothing.
/// - What is in it is bounded: a request counts against the limit from ``submit(_:)`` until the engine ends
///   it, and is aborted at most once.
// Sendable: `state` is touched only with `mutex` held, and what is taken out of it is the engine thread's
// alone.
final class Mailbox: @unchecked Sendable {
    /// What the engine thread finds.
    struct Mail {
        var requests: [EngineRequest] = []
        var aborts: [GenerationStream] = []
        /// From when on nothing may run anymore; set where the engine is to stop.
        var deadline: ContinuousClock.Instant?

        var isEmpty: Bool { requests.isEmpty && aborts.isEmpty && deadline == nil }
    }

    private struct State {
        var mail = Mail()
        /// Requests submitted and not ended.
        var pendingCount = 0
        var failure: String?
        /// Whether the engine thread is gone.
        var isStopped = false
        var stopWaiters: [CheckedContinuation<Void, Never>] = []
    }

    private let pendingMax: Int
    private let waitingMax: Int
    private var state = State()
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>

    /// - Parameters:
    ///   - sequencesMax: The most sequences that run at a time.
    ///   - waitingMax: The most requests beyond these.
    init(sequencesMax: Int, waitingMax: Int) {
        pendingMax = sequencesMax + waitingMax
        self.waitingMax = waitingMax
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

    /// Hands a request over, if there is room for one more.
    func submit(_ request: EngineRequest) throws(AdmissionError) {
        let refusal: AdmissionError? = withLock(wakesEngine: true) { state in
            if let failure = state.failure { return .engineFailed(failure) }
            if state.mail.deadline != nil || state.isStopped { return .shuttingDown }
            if state.pendingCount >= pendingMax { return .overloaded(waiting: waitingMax, limit: waitingMax) }
            state.pendingCount += 1
            state.mail.requests.append(request)
            return nil
        }
        if let refusal { throw refusal }
    }

    /// Asks for the end of a request, once.
    func abort(_ stream: GenerationStream) {
        withLock(wakesEngine: true) { state in
            if !state.isStopped { state.mail.aborts.append(stream) }
        }
    }

    /// Asks the engine to stop when all is done, or else at the deadline; the earliest one asked for counts.
    func stop(deadline: ContinuousClock.Instant) {
        withLock(wakesEngine: true) { state in
            state.mail.deadline = min(state.mail.deadline ?? deadline, deadline)
        }
    }

    /// Returns when the engine thread is gone.
    func waitUntilStopped() async {
        await withCheckedContinuation { waiter in
            let isStopped = withLock { state in
                if !state.isStopped { state.stopWaiters.append(waiter) }
                return state.isStopped
            }
            if isStopped { waiter.resume() }
        }
    }

    /// Why the engine broke, if it did.
    var failure: String? { withLock { $0.failure } }

    // MARK: For the engine thread

    /// Takes everything out, into empty storage that is reused; sleeps until there is something if asked to.
    ///
    /// The deadline stays in.
    func receive(into mail: inout Mail, sleeps: Bool) {
        mail.requests.removeAll(keepingCapacity: true)
        mail.aborts.removeAll(keepingCapacity: true)
        pthread_mutex_lock(mutex)
        while sleeps, state.mail.isEmpty { pthread_cond_wait(condition, mutex) }
        mail.deadline = state.mail.deadline
        swap(&mail, &state.mail)
        pthread_mutex_unlock(mutex)
    }

    /// Makes room for as many requests.
    func noteEnded(_ count: Int) {
        withLock { $0.pendingCount -= count }
    }

    /// Takes no more requests, from now on.
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

    private func withLock<Result>(wakesEngine: Bool = false, _ body: (inout State) -> Result) -> Result {
        pthread_mutex_lock(mutex)
        defer {
            if wakesEngine { pthread_cond_signal(condition) }
            pthread_mutex_unlock(mutex)
        }
        return body(&state)
    }
}
