// Fork and join over a fixed set of threads.
//
// One 64-bit word says all there is to claim: the job's number in the upper half, how many tasks are unclaimed in the
// lower half. A thread claims a task by counting the word down with compare-and-swap, so that a thread which was
// asleep while jobs came and went cannot claim anything of a job that is over, and no job has to wait for it. What a
// claimed task needs (function, context) is read after the claim, and stays in place until that task is done.

#define _GNU_SOURCE
#include "nt_pool.h"

#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define CACHE_LINE 128
#define SPIN_NANOSECONDS 50000
#define SPINS_PER_CLOCK_READ 64

struct nt_pool {
    _Alignas(CACHE_LINE) _Atomic uint64_t unclaimed;  // job number << 32 | tasks that nobody has claimed
    _Alignas(CACHE_LINE) _Atomic uint32_t finished;  // tasks of the current job that are done
    _Atomic uint32_t caller_sleeps;
    _Alignas(CACHE_LINE) _Atomic uint32_t sleepers;  // workers that sleep, or are about to
    _Atomic bool stops;
    _Alignas(CACHE_LINE) nt_task task;
    const void *context;
    uint32_t count;
    size_t threads;
    pthread_t *workers;  // [threads - 1]
};

static void relax(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("isb");
#endif
}

static int64_t nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void sleep_while(_Atomic uint32_t *word, uint32_t value) {
    syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
}

static void wake(_Atomic uint32_t *word, uint32_t threads) {
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, threads, NULL, NULL, 0);
}

// The half of `unclaimed` that carries the job's number, as the kernel wants to see it.
static _Atomic uint32_t *job_number(nt_pool *pool) {
    _Atomic uint32_t *halves = (_Atomic uint32_t *)&pool->unclaimed;
    return halves + (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? 1 : 0);
}

// Runs tasks of the current job until none is unclaimed.
static void work(nt_pool *pool) {
    uint64_t word = atomic_load_explicit(&pool->unclaimed, memory_order_acquire);
    while ((uint32_t)word != 0) {
        if (!atomic_compare_exchange_weak_explicit(
                &pool->unclaimed, &word, word - 1, memory_order_acq_rel, memory_order_acquire))
            continue;
        uint32_t count = pool->count;
        pool->task(pool->context, count - (uint32_t)word);
        uint32_t finished = atomic_fetch_add_explicit(&pool->finished, 1, memory_order_seq_cst) + 1;
        if (finished == count && atomic_load_explicit(&pool->caller_sleeps, memory_order_seq_cst))
            wake(&pool->finished, 1);
        word = atomic_load_explicit(&pool->unclaimed, memory_order_acquire);
    }
}

// Spins until the job's number is no longer `seen`; false where that takes too long.
static bool spin_for_job(nt_pool *pool, uint32_t seen) {
    int64_t end = 0;
    for (unsigned spins = 1;; spins++) {
        if (atomic_load_explicit(&pool->unclaimed, memory_order_acquire) >> 32 != seen) return true;
        relax();
        if (spins % SPINS_PER_CLOCK_READ != 0) continue;
        int64_t now = nanoseconds();
        if (end == 0) end = now + SPIN_NANOSECONDS;
        if (now > end) return false;
    }
}

static void sleep_until_job(nt_pool *pool, uint32_t seen) {
    // Counting comes before the kernel's comparison, publishing a job before reading the count: one sees the other.
    atomic_fetch_add_explicit(&pool->sleepers, 1, memory_order_seq_cst);
    while (atomic_load_explicit(&pool->unclaimed, memory_order_seq_cst) >> 32 == seen)
        sleep_while(job_number(pool), seen);
    atomic_fetch_sub_explicit(&pool->sleepers, 1, memory_order_seq_cst);
}

static void *worker(void *argument) {
    nt_pool *pool = argument;
    uint32_t seen = 0;
    for (;;) {
        if (!spin_for_job(pool, seen)) sleep_until_job(pool, seen);
        // In this order: whoever has seen the last job's number also sees that it was the last.
        seen = atomic_load_explicit(&pool->unclaimed, memory_order_acquire) >> 32;
        if (atomic_load_explicit(&pool->stops, memory_order_acquire)) return NULL;
        work(pool);
    }
}

// Makes the workers look up: a new job number, and `tasks` to claim.
static void publish(nt_pool *pool, uint32_t tasks, uint32_t workers) {
    uint64_t job = (atomic_load_explicit(&pool->unclaimed, memory_order_relaxed) >> 32) + 1;
    atomic_exchange_explicit(&pool->unclaimed, job << 32 | tasks, memory_order_seq_cst);
    if (atomic_load_explicit(&pool->sleepers, memory_order_seq_cst) > 0) wake(job_number(pool), workers);
}

// Waits for tasks that workers have claimed: spins as long as a usual task takes, then sleeps.
static void wait_until_finished(nt_pool *pool, uint32_t count) {
    int64_t end = 0;
    for (unsigned spins = 1;; spins++) {
        if (atomic_load_explicit(&pool->finished, memory_order_acquire) == count) return;
        relax();
        if (spins % SPINS_PER_CLOCK_READ != 0) continue;
        int64_t now = nanoseconds();
        if (end == 0) end = now + SPIN_NANOSECONDS;
        if (now > end) break;
    }
    atomic_store_explicit(&pool->caller_sleeps, 1, memory_order_seq_cst);
    for (;;) {
        uint32_t finished = atomic_load_explicit(&pool->finished, memory_order_seq_cst);
        if (finished == count) break;
        sleep_while(&pool->finished, finished);
    }
    atomic_store_explicit(&pool->caller_sleeps, 0, memory_order_relaxed);
}

void nt_pool_run(nt_pool *pool, nt_task task, const void *context, size_t count) {
    if (pool->threads == 1 || count < 2) {
        for (size_t index = 0; index < count; index++) task(context, index);
        return;
    }
    pool->task = task;
    pool->context = context;
    pool->count = (uint32_t)count;
    atomic_store_explicit(&pool->finished, 0, memory_order_relaxed);
    size_t helpers = count < pool->threads ? count - 1 : pool->threads - 1;
    publish(pool, (uint32_t)count, (uint32_t)helpers);
    work(pool);
    wait_until_finished(pool, (uint32_t)count);
}

static bool start_worker(nt_pool *pool, size_t index, const int *processors) {
    pthread_attr_t attributes;
    if (pthread_attr_init(&attributes) != 0) return false;
    if (processors != NULL) {
        cpu_set_t set;
        CPU_ZERO(&set);
        CPU_SET(processors[index], &set);
        pthread_attr_setaffinity_np(&attributes, sizeof set, &set);
    }
    bool started = pthread_create(&pool->workers[index - 1], &attributes, worker, pool) == 0;
    pthread_attr_destroy(&attributes);
    return started;
}

nt_pool *nt_pool_create(size_t threads, const int *processors) {
    nt_pool *pool = aligned_alloc(CACHE_LINE, sizeof(nt_pool));
    if (pool == NULL) return NULL;
    *pool = (nt_pool){.threads = 1, .workers = calloc(threads, sizeof(pthread_t))};
    if (pool->workers == NULL) {
        free(pool);
        return NULL;
    }
    while (pool->threads < threads) {
        if (!start_worker(pool, pool->threads, processors)) {
            nt_pool_destroy(pool);
            return NULL;
        }
        pool->threads++;
    }
    return pool;
}

void nt_pool_destroy(nt_pool *pool) {
    atomic_store_explicit(&pool->stops, true, memory_order_seq_cst);
    publish(pool, 0, (uint32_t)pool->threads);
    for (size_t index = 1; index < pool->threads; index++) pthread_join(pool->workers[index - 1], NULL);
    free(pool->workers);
    free(pool);
}

size_t nt_pool_threads(const nt_pool *pool) { return pool->threads; }

size_t nt_pool_affinity(int *processors, size_t count_max) {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0) return 0;
    size_t count = 0;
    for (int processor = 0; processor < CPU_SETSIZE; processor++)
        if (CPU_ISSET(processor, &set) && count < count_max) processors[count++] = processor;
    return count;
}
