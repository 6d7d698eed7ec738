// What a layer does beside its products and attention, on f32 rows, and the layout of the KV cache.
//
// Functions work on one thread; a caller's threads share the rows. A row's result depends on that row only.
#ifndef NT_LAYERS_H
#define NT_LAYERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// out[row] = x[row] / sqrt(mean(x[row]²) + epsilon) * weight, for contiguous rows. `out` may be `x`.
void nt_rms_norm(const float *x, const float *weight, size_t rows, size_t columns, float epsilon, float *out);

// out[row] = (x[row] - mean) / sqrt(variance + epsilon) * weight + bias (Ba, Kiros and Hinton, 2016), for contiguous
// rows. `out` may be `x`.
void nt_layer_norm(const float *x, const float *weight, const float *bias, size_t rows, size_t columns, float epsilon,
                   float *out);

// What a network does to each number between two products.
typedef enum {
    NT_GELU,       // x Φ(x), Φ the normal distribution (Hendrycks and Gimpel, 2016)
    NT_GELU_TANH,  // its approximation: x / (1 + exp(-2 sqrt(2/π) (x + 0.044715 x³)))
    NT_RELU,
    NT_SILU,
    NT_TANH,
} nt_activation;

// Applies an activation to `count` numbers, in place. Differs from the exact value by less than 4e-7, or by that times
// the number's magnitude.
void nt_activate(nt_activation activation, float *x, size_t count);

// out[row] = silu(gate) * up, where a row of `gate_up` is `width` gates, then `width` ups. With one row, `out`
// may be `gate_up`.
void nt_swiglu(const float *gate_up, size_t rows, size_t width, float *out);

// Rotates the first `dimension` elements of each of `head_count` heads, in place. Rotates together elements i and
// i + dimension / 2, or with `interleaved` 2 i and 2 i + 1, by the angle whose cosine and sine are at i.
void nt_rope(float *heads, size_t head_count, size_t head_dimension, const float *cosines, const float *sines,
             size_t dimension, bool interleaved);

// Tokens in a block of the KV cache.
#define NT_BLOCK_TOKENS 16

// How the KV cache stores numbers: in 16 bits, or as GGUF's Q8_0 in 8 bits with an f16 scale for each group.
typedef enum { NT_KV_F16, NT_KV_BF16, NT_KV_Q8_0 } nt_kv_type;

// Consecutive numbers of a key or value that share a scale in Q8_0; the last group may be shorter.
#define NT_KV_GROUP 32

// Scales of a key or value in Q8_0.
static inline size_t nt_kv_groups(size_t head_dimension) { return (head_dimension + NT_KV_GROUP - 1) / NT_KV_GROUP; }

// Bytes of the key or value of one token and KV head.
static inline size_t nt_kv_vector_bytes(nt_kv_type type, size_t head_dimension) {
    if (type != NT_KV_Q8_0) return head_dimension * sizeof(uint16_t);
    return head_dimension * sizeof(int8_t) + nt_kv_groups(head_dimension) * sizeof(uint16_t);
}

// Bytes that a block takes for one KV head: its keys, then its values. A block is that for each KV head.
//
// Numbers of keys are [head_dimension][16], of values [16][head_dimension]. In Q8_0 the scales follow the numbers,
// of keys [groups][16], of values [16][groups].
static inline size_t nt_kv_head_bytes(nt_kv_type type, size_t head_dimension) {
    return 2 * NT_BLOCK_TOKENS * nt_kv_vector_bytes(type, head_dimension);
}

// Writes the keys and values of one token, [kv_heads][head_dimension] each, into its slot (0..<16) of a block, rounded
// to the nearest, ties to even. `head_dimension` is a multiple of 8, at most 256; `block` lies at a multiple of 2.
//
// In Q8_0 keys are spread first, as layers.h says. A group's scale is its largest magnitude / 127; a group with a
// number that is infinite or none, or whose scale is beyond f16, becomes NaN as a whole.
void nt_store_kv(nt_kv_type type, const float *keys, const float *values, size_t kv_heads, size_t head_dimension,
                 size_t slot, void *block);

#endif
