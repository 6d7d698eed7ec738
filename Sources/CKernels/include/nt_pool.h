#ifndef NT_POOL_H
#define NT_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Worker threads that share the tasks of one job at a time with the thread that asks for it.
//
// Workers wait for a job by spinning for some 50 microseconds and then sleep in the kernel. A job waits for its tasks,
// never for its workers: one that the system runs late simply finds nothing left to do.
typedef struct nt_pool nt_pool;

// One task of a job. Tasks of a job run in any order, on any of the pool's threads.
typedef void (*nt_task)(const void *context, size_t task);

// Makes a pool of `threads` threads, of which the caller is one; NULL where the system has no threads left.
//
// Worker `i` (from 1) runs on the processor `processors[i]` only; NULL leaves the choice to the system.
nt_pool *nt_pool_create(size_t threads, const int *processors);

// Stops the threads, which must not be running a job.
void nt_pool_destroy(nt_pool *pool);

// How many threads share a job, the caller included.
size_t nt_pool_threads(const nt_pool *pool);

// Runs `task(context, 0)` … `task(context, count - 1)`, each once, and returns when all have returned.
//
// One thread at a time may call this; tasks must not. `count` stays below 2³².
void nt_pool_run(nt_pool *pool, nt_task task, const void *context, size_t count);

// Writes the numbers of the processors that the calling thread may run on, ascending, and returns how many.
size_t nt_pool_affinity(int *processors, size_t count_max);

// Asks the system to spread the pages of `bytes` at `base`, none of which exists yet, over the memory nodes whose bits are
// set. Returns false where it will not.
bool nt_interleave(void *base, size_t bytes, uint64_t nodes);

#endif
