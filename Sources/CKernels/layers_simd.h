// The kernels of layers.h over the vectors of nt_simd.h. Included once for each instruction set.

// Four sums of a lane's width, folded in one order.
static void nt_rms_norm_simd(const float *x, const float *weight, size_t columns, float epsilon, float *out) {
    nt_vf sums[4] = {{0}};
    size_t i = 0;
    for (; i + 4 * NT_WIDTH <= columns; i += 4 * NT_WIDTH) {
#pragma clang loop unroll(full)
        for (size_t j = 0; j < 4; j++) {
            nt_vf v = nt_load(x + i + j * NT_WIDTH);
            sums[j] = nt_fma(v, v, sums[j]);
        }
    }
    float squares = nt_reduce_add((sums[0] + sums[1]) + (sums[2] + sums[3]));
    for (; i < columns; i++) squares += x[i] * x[i];

    float scale = 1 / sqrtf(squares / (float)columns + epsilon);
    for (i = 0; i < columns; i++) out[i] = x[i] * scale * weight[i];
}

// Four sums of a lane's width, folded in one order.
static void nt_layer_norm_simd(const float *x, const float *weight, const float *bias, size_t columns, float epsilon,
                               float *out) {
    nt_vf sums[4] = {{0}};
    size_t i = 0;
    for (; i + 4 * NT_WIDTH <= columns; i += 4 * NT_WIDTH) {
#pragma clang loop unroll(full)
        for (size_t j = 0; j < 4; j++) sums[j] += nt_load(x + i + j * NT_WIDTH);
    }
    float sum = nt_reduce_add((sums[0] + sums[1]) + (sums[2] + sums[3]));
    for (; i < columns; i++) sum += x[i];
    float mean = sum / (float)columns;

    nt_vf squares[4] = {{0}};
    for (i = 0; i + 4 * NT_WIDTH <= columns; i += 4 * NT_WIDTH) {
#pragma clang loop unroll(full)
        for (size_t j = 0; j < 4; j++) {
            nt_vf v = nt_load(x + i + j * NT_WIDTH) - nt_splat(mean);
            squares[j] = nt_fma(v, v, squares[j]);
        }
    }
    float square = nt_reduce_add((squares[0] + squares[1]) + (squares[2] + squares[3]));
    for (; i < columns; i++) square += (x[i] - mean) * (x[i] - mean);

    float scale = 1 / sqrtf(square / (float)columns + epsilon);
    for (i = 0; i < columns; i++) out[i] = (x[i] - mean) * scale * weight[i] + bias[i];
}

NT_INLINE nt_vf nt_exp(nt_vf x) { return nt_exp2(x * nt_splat(0x1.715476p0f)); }

// x Φ(x): the tail of Φ is exp(-z²) times a polynomial in 1 / (1 + p z), for z = |x| / √2 (Abramowitz and Stegun,
// 7.1.26, which is off by 1.5e-7 at most).
NT_INLINE nt_vf nt_gelu(nt_vf x) {
    nt_vf z = __builtin_elementwise_abs(x) * nt_splat((float)M_SQRT1_2);
    nt_vf t = nt_splat(1) / nt_fma(nt_splat(0.3275911f), z, nt_splat(1));
    nt_vf p = nt_splat(1.061405429f);
    p = nt_fma(p, t, nt_splat(-1.453152027f));
    p = nt_fma(p, t, nt_splat(1.421413741f));
    p = nt_fma(p, t, nt_splat(-0.284496736f));
    p = nt_fma(p, t, nt_splat(0.254829592f));
    nt_vf tail = nt_splat(0.5f) * p * t * nt_exp(-z * z);
    return x * nt_select(x < nt_splat(0), tail, nt_splat(1) - tail);
}

NT_INLINE nt_vf nt_sigmoid(nt_vf x) { return nt_splat(1) / (nt_splat(1) + nt_exp(-x)); }

NT_INLINE nt_vf nt_activated(const nt_activation activation, nt_vf x) {
    switch (activation) {
    case NT_GELU: return nt_gelu(x);
    case NT_GELU_TANH:
        return x * nt_sigmoid(nt_splat(1.5957691216057308f) * nt_fma(nt_splat(0.044715f) * x, x * x, x));
    case NT_RELU: return nt_select(x < nt_splat(0), nt_splat(0), x);
    case NT_SILU: return x * nt_sigmoid(x);
    default: return nt_fma(nt_splat(2), nt_sigmoid(x + x), nt_splat(-1));
    }
}

NT_INLINE void nt_activate_all(const nt_activation activation, float *x, size_t count) {
    size_t i = 0;
    for (; i + NT_WIDTH <= count; i += NT_WIDTH) nt_store(x + i, nt_activated(activation, nt_load(x + i)));
    if (i == count) return;
    float tail[NT_WIDTH] = {0};
    memcpy(tail, x + i, (count - i) * sizeof(float));
    nt_store(tail, nt_activated(activation, nt_load(tail)));
    memcpy(x + i, tail, (count - i) * sizeof(float));
}

static void nt_activate_simd(nt_activation activation, float *x, size_t count) {
    switch (activation) {
    case NT_GELU: nt_activate_all(NT_GELU, x, count); break;
    case NT_GELU_TANH: nt_activate_all(NT_GELU_TANH, x, count); break;
    case NT_RELU: nt_activate_all(NT_RELU, x, count); break;
    case NT_SILU: nt_activate_all(NT_SILU, x, count); break;
    case NT_TANH: nt_activate_all(NT_TANH, x, count); break;
    }
}

NT_INLINE nt_vf nt_gated(nt_vf gate, nt_vf up) {
    const float log2e = 0x1.715476p0f;
    return gate / (nt_splat(1) + nt_exp2(gate * nt_splat(-log2e))) * up;
}

static void nt_swiglu_simd(const float *gates, const float *ups, size_t width, float *out) {
    size_t i = 0;
    for (; i + NT_WIDTH <= width; i += NT_WIDTH) nt_store(out + i, nt_gated(nt_load(gates + i), nt_load(ups + i)));
    if (i == width) return;
    float tail[3][NT_WIDTH] = {{0}};
    memcpy(tail[0], gates + i, (width - i) * sizeof(float));
    memcpy(tail[1], ups + i, (width - i) * sizeof(float));
    nt_store(tail[2], nt_gated(nt_load(tail[0]), nt_load(tail[1])));
    memcpy(out + i, tail[2], (width - i) * sizeof(float));
}

static void nt_rotate_halves_simd(float *head, const float *restrict cosines, const float *restrict sines,
                                  size_t pairs) {
    float *restrict first = head, *restrict second = head + pairs;
    for (size_t i = 0; i < pairs; i++) {
        float x = first[i], y = second[i];
        first[i] = x * cosines[i] - y * sines[i];
        second[i] = y * cosines[i] + x * sines[i];
    }
}

static void nt_rotate_interleaved_simd(float *restrict head, const float *restrict cosines,
                                       const float *restrict sines, size_t pairs) {
    for (size_t i = 0; i < pairs; i++) {
        float x = head[2 * i], y = head[2 * i + 1];
        head[2 * i] = x * cosines[i] - y * sines[i];
        head[2 * i + 1] = y * cosines[i] + x * sines[i];
    }
}

// `count` is a multiple of 8.
static void nt_narrow_simd(nt_kv_type type, const float *x, size_t count, uint16_t *out) {
    size_t i = 0;
    for (; i + NT_WIDTH <= count; i += NT_WIDTH) nt_narrow(type == NT_KV_BF16, nt_load(x + i), out + i);
    if (i == count) return;
    float tail[NT_WIDTH] = {0};
    uint16_t narrowed[NT_WIDTH];
    memcpy(tail, x + i, (count - i) * sizeof(float));
    nt_narrow(type == NT_KV_BF16, nt_load(tail), narrowed);
    memcpy(out + i, narrowed, (count - i) * sizeof(uint16_t));
}

// Eight numbers, whatever the width: `dimension` is a multiple of them, and the first three steps stay among them.
typedef float nt_v8 __attribute__((vector_size(32)));
typedef nt_v8 nt_v8_unaligned __attribute__((aligned(4), may_alias));

// Sums with the neighbours `half` further for the lanes where its bit is clear, differences for the others.
#define NT_SPREAD(x, half, ...)                                                                                       \
    (__builtin_shufflevector(x, x, __VA_ARGS__) +                                                                      \
     __builtin_shufflevector(x, -(x), (0 & half) * 8 / half + 0, (1 & half) * 8 / half + 1,                            \
                             (2 & half) * 8 / half + 2, (3 & half) * 8 / half + 3, (4 & half) * 8 / half + 4,          \
                             (5 & half) * 8 / half + 5, (6 & half) * 8 / half + 6, (7 & half) * 8 / half + 7))

static void nt_spread_simd(float *x, size_t run, size_t dimension) {
    float scale = 1 / sqrtf((float)run);
    for (size_t i = 0; i < dimension; i += 8) {
        nt_v8 v = *(const nt_v8_unaligned *)(x + i);
        v = NT_SPREAD(v, 1, 1, 0, 3, 2, 5, 4, 7, 6);
        v = NT_SPREAD(v, 2, 2, 3, 0, 1, 6, 7, 4, 5);
        v = NT_SPREAD(v, 4, 4, 5, 6, 7, 0, 1, 2, 3);
        *(nt_v8_unaligned *)(x + i) = run == 8 ? v * scale : v;
    }
    for (size_t half = 8; half < run; half *= 2) {
        float last = 2 * half == run ? scale : 1;
        for (size_t i = 0; i < dimension; i += 2 * half) {
            for (size_t j = i; j < i + half; j += 8) {
                nt_v8 first = *(const nt_v8_unaligned *)(x + j), second = *(const nt_v8_unaligned *)(x + j + half);
                *(nt_v8_unaligned *)(x + j) = (first + second) * last;
                *(nt_v8_unaligned *)(x + j + half) = (first - second) * last;
            }
        }
    }
}

// One group of 32.
NT_INLINE void nt_quantize_group(const float *x, int8_t *out, uint16_t *scale) {
    // Magnitudes compare as their bits do, NaN above infinity.
    nt_vu largest = {0};
    for (size_t i = 0; i < NT_KV_GROUP; i += NT_WIDTH)
        largest = __builtin_elementwise_max(largest, (nt_vu)nt_load(x + i) & 0x7fffffff);
    float inverse;
    *scale = nt_q8_0_scale(__builtin_reduce_max(largest), &inverse);
    if (inverse == 0) {
        memset(out, 0, NT_KV_GROUP);
        return;
    }
    for (size_t i = 0; i < NT_KV_GROUP; i += NT_WIDTH) {
        nt_vi rounded = __builtin_convertvector(__builtin_elementwise_rint(nt_load(x + i) * inverse), nt_vi);
        *(nt_vb_unaligned *)(out + i) = __builtin_convertvector(rounded, nt_vb);
    }
}

static void nt_quantize_simd(const float *x, size_t count, int8_t *out, uint16_t *scales) {
    size_t i = 0;
    for (; i + NT_KV_GROUP <= count; i += NT_KV_GROUP) nt_quantize_group(x + i, out + i, scales++);
    if (i == count) return;
    float tail[NT_KV_GROUP] = {0};
    int8_t quantized[NT_KV_GROUP];
    memcpy(tail, x + i, (count - i) * sizeof(float));
    nt_quantize_group(tail, quantized, scales);
    memcpy(out + i, quantized, count - i);
}

NT_SIMD_END

const nt_layer_kernels NT_LAYERS = {
    .rms_norm = nt_rms_norm_simd,
    .layer_norm = nt_layer_norm_simd,
    .activate = nt_activate_simd,
    .swiglu = nt_swiglu_simd,
    .rotate_halves = nt_rotate_halves_simd,
    .rotate_interleaved = nt_rotate_interleaved_simd,
    .narrow = nt_narrow_simd,
    .quantize = nt_quantize_simd,
    .spread = nt_spread_simd,
};
