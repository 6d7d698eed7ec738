// Numbers of 16 bits without the processor's help.
#ifndef NT_HALF_H
#define NT_HALF_H

#include <stdint.h>
#include <string.h>

static inline uint32_t nt_bits_of_f32(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline float nt_f32_of_bits(uint32_t bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static inline float nt_f32_from_bf16(uint16_t x) { return nt_f32_of_bits((uint32_t)x << 16); }

static inline uint16_t nt_bf16_from_f32(float x) {
    uint32_t bits = nt_bits_of_f32(x);
    if (x != x) return (uint16_t)(bits >> 16 | 0x40);
    return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

static inline float nt_f32_from_f16(uint16_t x) {
    uint32_t sign = (uint32_t)(x & 0x8000) << 16;
    uint32_t magnitude = (uint32_t)(x & 0x7fff) << 13;
    if (magnitude >= 0x0f800000) return nt_f32_of_bits(sign | 0x70000000 | magnitude);  // infinite or NaN
    return nt_f32_of_bits(sign | nt_bits_of_f32(nt_f32_of_bits(magnitude) * 0x1p112f));
}

static inline uint16_t nt_f16_from_f32(float x) {
    uint32_t bits = nt_bits_of_f32(x);
    uint16_t sign = (uint16_t)(bits >> 16 & 0x8000);
    uint32_t magnitude = bits & 0x7fffffff;
    if (magnitude > 0x7f800000) return (uint16_t)(sign | 0x7e00 | (magnitude >> 13 & 0x3ff));  // NaN
    if (magnitude >= 0x477ff000) return sign | 0x7c00;  // 65520 and more round to infinity
    if (magnitude < 0x38800000) {  // below 2^-14: adding 1/2 leaves a multiple of 2^-24 in the low bits
        return (uint16_t)(sign | (nt_bits_of_f32(nt_f32_of_bits(magnitude) + 0.5f) - 0x3f000000));
    }
    uint32_t rounded = magnitude + 0xfff + (magnitude >> 13 & 1);
    return (uint16_t)(sign | (rounded - 0x38000000) >> 13);
}

// A group's scale in Q8_0, by the largest magnitude's bits, and what to multiply its numbers by before they are
// rounded. NaN and 0 for a group that cannot be scaled; 0 and 0 for one that vanishes.
static inline uint16_t nt_q8_0_scale(uint32_t largest, float *inverse) {
    float scale = nt_f32_of_bits(largest) / 127;
    *inverse = 0;
    if (!(scale < 65520)) return 0x7e00;  // beyond f16, infinite or NaN
    uint16_t rounded = nt_f16_from_f32(scale);
    if (rounded != 0) *inverse = 1 / scale;
    return rounded;
}

#endif
