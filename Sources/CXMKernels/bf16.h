// bf16 in scalar code: the upper half of an f32, rounded to nearest, ties to even; NaN stays NaN. Subnormal results are
// kept here and in AVX2; the AVX512-BF16 instruction flushes them to zero (below 1.2e-38).
// SPDX-License-Identifier: Apache-2.0
#ifndef XM_BF16_H
#define XM_BF16_H

#include <string.h>

#include "CXMKernels.h"

// Exact: every bf16 is an f32 with a zero lower half.
static inline float xm_load_bf16(xm_bf16 x) {
    uint32_t bits = (uint32_t)x << 16;
    float f;
    memcpy(&f, &bits, 4);
    return f;
}

// Adding 0x7fff plus the lowest kept bit carries into the kept half exactly when round-to-nearest-even rounds up;
// overflow carries into the exponent and gives infinity. NaN is handled first: that carry could turn it into an
// infinity.
static inline xm_bf16 xm_round_bf16(float f) {
    uint32_t bits;
    memcpy(&bits, &f, 4);
    if ((bits & 0x7fffffffu) > 0x7f800000u) return (xm_bf16)(bits >> 16 | 0x40);  // quiet NaN
    return (xm_bf16)((bits + 0x7fffu + (bits >> 16 & 1)) >> 16);
}

// Identities, so that kernel bodies are written once for f32 and bf16 through LOAD and ROUND.
static inline float xm_load_f32(float x) { return x; }
static inline float xm_round_f32(float x) { return x; }

// Joins names after macro expansion, hence the second level.
#define XM_JOIN3_(a, b, c) a##b##_##c
#define XM_JOIN3(a, b, c) XM_JOIN3_(a, b, c)

#endif
