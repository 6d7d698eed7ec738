// Fork and join over a fixed set of threads.
//
// Each thread has a share of a job's tasks that follow each other, so that what they read does too, and whoever is done
// takes from the end of another's share. A share is one 64-bit word: the job's number in the upper half, below it the
// first and the end of the tasks that nobody has claimed. A thread claims a task with compare-and-swap, so that one which
// was asleep while jobs came and went cannot claim anything of a job that is over, and no job has to wait for it. What a
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
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define CACHE_LINE 128
#define SPIN_NANOSECONDS 50000
#define SPINS_PER_CLOCK_READ 64

// The most tasks of a job: what half of a word's half can count.
#define TASKS_MAX UINT16_MAX

typedef struct {
    _Alignas(CACHE_LINE) _Atomic uint64_t unclaimed;  // job number << 32 | first task << 16 | end
} nt_share;

struct nt_pool {
    _Alignas(CACHE_LINE) _Atomic uint32_t job;       // the current job's number
    _Alignas(CACHE_LINE) _Atomic uint32_t finished;  // tasks of the current job that are done
    _Atomic uint32_t caller_sleeps;
    _Alignas(CACHE_LINE) _Atomic uint32_t sleepers;  // workers that sleep, or are about to
    _Atomic bool stops;
    _Alignas(CACHE_LINE) nt_task task;
    const void *context;
    size_t first;  // what the numbers of the job's tasks begin with
    uint32_t count;
    size_t threads;
    nt_share *shares;    // [threads]
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

// Claims a task of a share, the first or the last one; TASKS_MAX where there is none.
static uint32_t claim(nt_share *share, bool is_first) {
    uint64_t word = atomic_load_explicit(&share->unclaimed, memory_order_acquire);
    for (;;) {
        const uint32_t first = (uint32_t)word >> 16, end = (uint16_t)word;
        if (first == end) return TASKS_MAX;
        const uint64_t rest = is_first ? word + (1 << 16) : word - 1;
        if (atomic_compare_exchange_weak_explicit(
                &share->unclaimed, &word, rest, memory_order_acq_rel, memory_order_acquire))
            return is_first ? first : end - 1;
    }
}

// Runs tasks until none is unclaimed: those of the thread's own share, then those of the others.
static void work(nt_pool *pool, size_t self, size_t threads) {
    for (size_t i = 0; i < threads; i++) {
        nt_share *share = &pool->shares[(self + i) % threads];
        for (uint32_t task; (task = claim(share, i == 0)) != TASKS_MAX;) {
            uint32_t count = pool->count;
            pool->task(pool->context, pool->first + task);
            uint32_t finished = atomic_fetch_add_explicit(&pool->finished, 1, memory_order_seq_cst) + 1;
            if (finished == count && atomic_load_explicit(&pool->caller_sleeps, memory_order_seq_cst))
                wake(&pool->finished, 1);
        }
    }
}

// Spins until the job's number is no longer `seen`; false where that takes too long.
static bool spin_for_job(nt_pool *pool, uint32_t seen) {
    int64_t end = 0;
    for (unsigned spins = 1;; spins++) {
        if (atomic_load_explicit(&pool->job, memory_order_acquire) != seen) return true;
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
    while (atomic_load_explicit(&pool->job, memory_order_seq_cst) == seen) sleep_while(&pool->job, seen);
    atomic_fetch_sub_explicit(&pool->sleepers, 1, memory_order_seq_cst);
}

// What a worker is told when it starts.
typedef struct {
    nt_pool *pool;
    size_t self;
    size_t threads;
} nt_worker;

static void *worker(void *argument) {
    const nt_worker me = *(nt_worker *)argument;
    free(argument);
    uint32_t seen = 0;
    for (;;) {
        if (!spin_for_job(me.pool, seen)) sleep_until_job(me.pool, seen);
        // In this order: whoever has seen the last job's number also sees that it was the last.
        seen = atomic_load_explicit(&me.pool->job, memory_order_acquire);
        if (atomic_load_explicit(&me.pool->stops, memory_order_acquire)) return NULL;
        work(me.pool, me.self, me.threads);
    }
}

// Makes the workers look up: tasks to claim, and a new job number.
static void publish(nt_pool *pool, uint32_t tasks, uint32_t workers) {
    const uint32_t job = atomic_load_explicit(&pool->job, memory_order_relaxed) + 1;
    for (size_t i = 0; i < pool->threads; i++) {
        const uint64_t first = tasks * i / pool->threads, end = tasks * (i + 1) / pool->threads;
        const uint64_t word = (uint64_t)job << 32 | first << 16 | end;
        atomic_store_explicit(&pool->shares[i].unclaimed, word, memory_order_release);
    }
    atomic_store_explicit(&pool->job, job, memory_order_seq_cst);
    if (atomic_load_explicit(&pool->sleepers, memory_order_seq_cst) > 0) wake(&pool->job, workers);
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
    for (size_t first = 0; first < count; first += pool->count) {
        pool->task = task;
        pool->context = context;
        pool->first = first;
        pool->count = (uint32_t)(count - first < TASKS_MAX ? count - first : TASKS_MAX - 1);
        atomic_store_explicit(&pool->finished, 0, memory_order_relaxed);
        publish(pool, pool->count, (uint32_t)(pool->count < pool->threads ? pool->count - 1 : pool->threads - 1));
        work(pool, 0, pool->threads);
        wait_until_finished(pool, pool->count);
    }
}

static bool start_worker(nt_pool *pool, size_t self, size_t threads, const int *processors) {
    nt_worker *me = malloc(sizeof *me);
    pthread_attr_t attributes;
    if (me == NULL || pthread_attr_init(&attributes) != 0) {
        free(me);
        return false;
    }
    *me = (nt_worker){pool, self, threads};
    if (processors != NULL) {
        cpu_set_t set;
        CPU_ZERO(&set);
        CPU_SET(processors[self], &set);
        pthread_attr_setaffinity_np(&attributes, sizeof set, &set);
    }
    bool started = pthread_create(&pool->workers[self - 1], &attributes, worker, me) == 0;
    pthread_attr_destroy(&attributes);
    if (!started) free(me);
    return started;
}

nt_pool *nt_pool_create(size_t threads, const int *processors) {
    nt_pool *pool = aligned_alloc(CACHE_LINE, sizeof(nt_pool));
    if (pool == NULL) return NULL;
    *pool = (nt_pool){.threads = 1, .workers = calloc(threads, sizeof(pthread_t)),
                      .shares = aligned_alloc(CACHE_LINE, threads * sizeof(nt_share))};
    if (pool->workers == NULL || pool->shares == NULL) {
        nt_pool_destroy(pool);
        return NULL;
    }
    memset(pool->shares, 0, threads * sizeof(nt_share));
    while (pool->threads < threads) {
        if (!start_worker(pool, pool->threads, threads, processors)) {
            nt_pool_destroy(pool);
            return NULL;
        }
        pool->threads++;
    }
    return pool;
}

void nt_pool_destroy(nt_pool *pool) {
    atomic_store_explicit(&pool->stops, true, memory_order_seq_cst);
    if (pool->shares != NULL) publish(pool, 0, (uint32_t)pool->threads);
    for (size_t index = 1; index < pool->threads; index++) pthread_join(pool->workers[index - 1], NULL);
    free(pool->workers);
    free(pool->shares);
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

bool nt_interleave(void *base, size_t bytes, uint64_t nodes) {
    const int interleave = 3;  // MPOL_INTERLEAVE of linux/mempolicy.h
    // The kernel takes one bit less than it is told.
    return syscall(SYS_mbind, base, bytes, interleave, &nodes, 65, 0) == 0;
}
