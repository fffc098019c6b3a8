/* Vectors of 16 floats, and "cells": the 4-byte units that a product step consumes along its inner dimension.
   A cell is one float, or a pair of bf16 where the processor multiplies such pairs (AVX-512 BF16; the bf16 extension of Armv8).
   Everything here is portable GNU C: where 16 lanes are too wide for the processor the compiler splits them. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#if defined(__AVX512BF16__) || defined(__AVX512DQ__)
#include <immintrin.h>
#elif defined(__ARM_FEATURE_DOTPROD) || defined(__ARM_FEATURE_BF16_VECTOR_ARITHMETIC)
#include <arm_neon.h>
#endif

typedef float vec __attribute__((vector_size(64), aligned(4), may_alias));
typedef int32_t veci __attribute__((vector_size(64), aligned(4), may_alias));
typedef uint32_t vecu __attribute__((vector_size(64), aligned(4), may_alias));
typedef uint16_t vech __attribute__((vector_size(32), aligned(2), may_alias));

#define LANES 16
#define INLINE static inline __attribute__((always_inline))

static const veci LANE_INDEX = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

INLINE vec splat(float x) { return x - (vec){0}; }
INLINE vec load(const float *p) { return *(const vec *)p; }
INLINE void store(float *p, vec x) { *(vec *)p = x; }
INLINE vec select_vec(veci mask, vec a, vec b) { return (vec)(((veci)a & mask) | ((veci)b & ~mask)); }
INLINE vec max_vec(vec a, vec b) { return select_vec(a > b, a, b); }

INLINE float sum_of(vec x) {
    float total = 0;
    for (int i = 0; i < LANES; i++) total += x[i];
    return total;
}

INLINE float max_of(vec x) {
    float largest = x[0];
    for (int i = 1; i < LANES; i++) largest = x[i] > largest ? x[i] : largest;
    return largest;
}

/* exp by 2^n times a polynomial (Cephes coefficients); relative error below 2e-7; 0 below -87. */
INLINE vec exp_vec(vec x) {
    veci underflow = x < splat(-87.0f);
    x = select_vec(x > splat(88.0f), splat(88.0f), select_vec(underflow, splat(-87.0f), x));
    vec scaled = x * 1.44269504088896341f + 12582912.0f; /* 1.5 * 2^23: rounds to the nearest integer */
    vec n = scaled - 12582912.0f;
    vec r = x - n * 0.693359375f + n * 2.12194440e-4f;
    vec p = r * 1.9875691500e-4f + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * (r * r) + r + 1.0f;
    veci exponent = ((veci)scaled - (veci)splat(12582912.0f) + 127) << 23;
    return select_vec(underflow, (vec){0}, p * (vec)exponent);
}

#define EXP2_1 6.931470037e-01f
#define EXP2_2 2.402224243e-01f
#define EXP2_3 5.550733581e-02f
#define EXP2_4 9.671512991e-03f
#define EXP2_5 1.326472731e-03f
/* 2^x by a polynomial of the fraction nearest to zero; relative error below 2e-7, and 2^0 is exactly 1, so that a state
   that is held is held for ever. 0 below -126. */
INLINE vec exp2_vec(vec x) {
#ifdef __AVX512DQ__
    vec r = (vec)_mm512_reduce_ps((__m512)x, 0); /* x less the nearest integer */
    vec n = x - r;
#else
    veci underflow = x < splat(-126.0f);
    x = select_vec(underflow, splat(-126.0f), x);
    vec scaled = x + 12582912.0f; /* 1.5 * 2^23: rounds to the nearest integer */
    vec n = scaled - 12582912.0f;
    vec r = x - n;
#endif
    vec p = r * EXP2_5 + EXP2_4;
    p = p * r + EXP2_3;
    p = p * r + EXP2_2;
    p = p * r + EXP2_1;
    p = p * r + 1.0f;
#ifdef __AVX512DQ__
    return (vec)_mm512_scalef_ps((__m512)p, (__m512)n);
#else
    veci exponent = ((veci)scaled - (veci)splat(12582912.0f) + 127) << 23;
    return select_vec(underflow, (vec){0}, p * (vec)exponent);
#endif
}

/* log(1 + w) for w in [0, 1], by the series of 2 atanh(w / (2 + w)); relative error below 3e-7 however small w is. */
INLINE vec log1p_vec(vec w) {
    vec s = w / (2.0f + w), q = s * s;
    vec p = q * (2.0f / 15) + 2.0f / 13;
    p = p * q + 2.0f / 11;
    p = p * q + 2.0f / 9;
    p = p * q + 2.0f / 7;
    p = p * q + 2.0f / 5;
    p = p * q + 2.0f / 3;
    p = p * q + 2.0f;
    return p * s;
}

/* log(1 + exp(x)), and its derivative, the logistic function of x. */
INLINE vec softplus_vec(vec x, vec *derivative) {
    veci positive = x > (vec){0};
    vec e = exp_vec(select_vec(positive, -x, x));
    vec inverse = 1.0f / (1.0f + e);
    *derivative = select_vec(positive, inverse, e * inverse);
    return select_vec(positive, x, (vec){0}) + log1p_vec(e);
}

INLINE vec sigmoid_vec(vec x) { return 1.0f / (1.0f + exp_vec(-x)); }

/* gelu(x) = x * sigmoid(2 sqrt(2/pi) (x + 0.044715 x^3)): the tanh form (Hendrycks & Gimpel 2016), tanh by sigmoid. */
INLINE vec gelu_argument(vec x) { return x * (1.5957691216f + 0.0713548163f * x * x); }

INLINE float bf16_to_float(uint16_t h) {
    uint32_t bits = (uint32_t)h << 16;
    float x;
    memcpy(&x, &bits, 4);
    return x;
}
INLINE uint16_t float_to_bf16(float x) { /* to nearest even; a NaN stays one */
    uint32_t bits;
    memcpy(&bits, &x, 4);
    if (x != x) return 0x7fc0;
    return (uint16_t)((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}
INLINE vec load_bf16(const uint16_t *p) { return (vec)(__builtin_convertvector(*(const vech *)p, vecu) << 16); }
INLINE vech round_bf16(vec x) { /* finite values only */
#ifdef __AVX512BF16__
    return (vech)_mm512_cvtneps_pbh((__m512)x);
#elif defined(__ARM_FEATURE_BF16_VECTOR_ARITHMETIC)
    float32x4_t part[4];
    bfloat16x8_t half[2];
    vech rounded;
    memcpy(part, &x, sizeof part);
    for (int i = 0; i < 2; i++) half[i] = vcvtq_high_bf16_f32(vcvtq_low_bf16_f32(part[2 * i]), part[2 * i + 1]);
    memcpy(&rounded, half, sizeof rounded);
    return rounded;
#else
    vecu bits = (vecu)x;
    return __builtin_convertvector((bits + 0x7fff + ((bits >> 16) & 1)) >> 16, vech);
#endif
}
INLINE void store_bf16(uint16_t *p, vec x) { *(vech *)p = round_bf16(x); }

/* sum + a pair of bf16 x 16 pairs, where the processor does that at once. */
#if defined(__AVX512BF16__)
#define MULTIPLIES_PAIRS
INLINE vec add_pairs(vec sum, uint32_t pair, vecu pairs) {
    return (vec)_mm512_dpbf16_ps((__m512)sum, (__m512bh)_mm512_set1_epi32((int)pair), (__m512bh)pairs);
}
#elif defined(__ARM_FEATURE_BF16_VECTOR_ARITHMETIC)
#define MULTIPLIES_PAIRS
INLINE vec add_pairs(vec sum, uint32_t pair, vecu pairs) {
    float32x4_t part[4];
    uint32x4_t others[4];
    memcpy(part, &sum, sizeof part);
    memcpy(others, &pairs, sizeof others);
    bfloat16x8_t one = vreinterpretq_bf16_u32(vdupq_n_u32(pair));
    for (int i = 0; i < 4; i++) part[i] = vbfdotq_f32(part[i], one, vreinterpretq_bf16_u32(others[i]));
    memcpy(&sum, part, sizeof sum);
    return sum;
}
#endif

static inline void *scratch(size_t bytes) {
    void *p = NULL;
    size_t rounded = (bytes + 63) / 64 * 64;
#ifdef _WIN32
    p = _aligned_malloc(rounded, 64);
#else
    if (posix_memalign(&p, 64, rounded)) p = NULL;
#endif
    return p;
}
static inline void free_scratch(void *p) {
#ifdef _WIN32
    _aligned_free(p);
#else
    free(p);
#endif
}
