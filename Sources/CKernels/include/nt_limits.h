// What the processor can do at most: loops that do nothing else, to hold kernels against.
#ifndef NT_LIMITS_H
#define NT_LIMITS_H

#include <stddef.h>
#include <stdint.h>

// What numbers a peak is of.
typedef enum {
    NT_LIMIT_INT8,  // products of bytes, summed in 32 bits
    NT_LIMIT_BF16,  // products of BF16, summed in f32
    NT_LIMIT_F32,   // fused multiply-adds
} nt_limit_unit;

// Reads `bytes` bytes once, in order, and returns their sum as 64-bit words; what is left behind the last 512 bytes is
// not read.
uint64_t nt_limit_read(const void *data, size_t bytes);

// Multiplies and adds in registers, `rounds` times, and returns how many operations that were, a multiply-add counting
// as two; 0 where the processor has no instruction for these numbers. What was computed goes to `*sink`.
double nt_limit_compute(nt_limit_unit unit, size_t rounds, float *sink);

#endif
