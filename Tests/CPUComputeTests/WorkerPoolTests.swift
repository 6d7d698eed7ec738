import CKernels
import Glibc
import Synchronization
import Testing

struct WorkerPoolTests {
    @Test(arguments: [1, 2, 3, 8])
    func `every task of every job runs exactly once`(threads: Int) throws {
        let pool = try #require(nt_pool_create(threads, nil))
        defer { nt_pool_destroy(pool) }
        #expect(nt_pool_threads(pool) == threads)
        var expected = [Int](repeating: 0, count: 100)
        // Each task has a number of its own to raise: one that ran twice, or not at all, shows.
        let counts = UnsafeMutablePointer<Int>.allocate(capacity: expected.count)
        defer { counts.deallocate() }
        counts.initialize(repeating: 0, count: expected.count)
        for job in 0..<20_000 {
            let count = job * 31 % (expected.count + 1)
            nt_pool_run(
                pool, { UnsafeMutableRawPointer(mutating: $0)?.assumingMemoryBound(to: Int.self)[$1] += 1 },
                counts, count)
            for task in 0..<count { expected[task] += 1 }
            if job % 1000 == 0 { usleep(300) }
        }
        #expect(Array(UnsafeBufferPointer(start: counts, count: expected.count)) == expected)
    }

    @Test func `a job of more tasks than a share can count runs each of them once`() throws {
        let pool = try #require(nt_pool_create(3, nil))
        defer { nt_pool_destroy(pool) }
        let count = 200_000
        let counts = UnsafeMutablePointer<UInt8>.allocate(capacity: count)
        defer { counts.deallocate() }
        counts.initialize(repeating: 0, count: count)
        nt_pool_run(
            pool, { UnsafeMutableRawPointer(mutating: $0)?.assumingMemoryBound(to: UInt8.self)[$1] += 1 },
            counts, count)
        #expect(UnsafeBufferPointer(start: counts, count: count).allSatisfy { $0 == 1 })
    }

    /// Tasks of which the first waits for all others.
    private final class Queue: Sendable {
        let arrivals = Atomic<Int>(0)
    }

    @Test func `whoever is done takes over what another thread was to do`() throws {
        let pool = try #require(nt_pool_create(2, nil))
        defer { nt_pool_destroy(pool) }
        let queue = Queue()
        // Half of the tasks are the caller's share, which stands still until the worker has done them.
        nt_pool_run(
            pool,
            { context, task in
                guard let context else { return }
                let queue = Unmanaged<Queue>.fromOpaque(context).takeUnretainedValue()
                if task > 0 { queue.arrivals.add(1, ordering: .acquiringAndReleasing) }
                while task == 0 && queue.arrivals.load(ordering: .acquiring) < 15 { sched_yield() }
            }, Unmanaged.passUnretained(queue).toOpaque(), 16)
        #expect(queue.arrivals.load(ordering: .relaxed) == 15)
    }

    /// Two tasks that only end together, and what the worker's clock says in the one that it runs.
    private final class Meeting: Sendable {
        let caller = pthread_self()
        let arrivals = Atomic<Int>(0)
        let workerNanoseconds = Atomic<Int>(0)

        func attend() {
            if pthread_equal(pthread_self(), caller) == 0 {
                var time = timespec()
                clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
                workerNanoseconds.store(time.tv_sec * 1_000_000_000 + time.tv_nsec, ordering: .relaxed)
            }
            arrivals.add(1, ordering: .acquiringAndReleasing)
            while arrivals.load(ordering: .acquiring) < 2 { sched_yield() }
        }

        /// Runs on both threads of a pool; returns the processor time that the worker has used so far.
        static func hold(_ pool: OpaquePointer) -> Int {
            let meeting = Meeting()
            let context = Unmanaged.passUnretained(meeting).toOpaque()
            nt_pool_run(
                pool,
                { context, _ in
                    guard let context else { return }
                    Unmanaged<Meeting>.fromOpaque(context).takeUnretainedValue().attend()
                }, context, 2)
            return meeting.workerNanoseconds.load(ordering: .relaxed)
        }
    }

    @Test func `workers take part, and sleep when there is nothing to do`() throws {
        let pool = try #require(nt_pool_create(2, nil))
        defer { nt_pool_destroy(pool) }
        let before = Meeting.hold(pool)
        usleep(200_000)
        let after = Meeting.hold(pool)
        #expect(before > 0)
        #expect(after - before < 5_000_000, "a worker used \(after - before) ns in 200 ms without work")
    }

    @Test func `a pool ends while its workers still wake up for the last job`() throws {
        for job in 0..<2_000 {
            let pool = try #require(nt_pool_create(4, nil))
            nt_pool_run(pool, { _, _ in }, nil, job % 5)
            nt_pool_destroy(pool)
        }
    }
}
