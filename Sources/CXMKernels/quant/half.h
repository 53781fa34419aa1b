// IEEE half precision (f16) in portable integer arithmetic, and little-endian access to unaligned block bytes. Rounds
// to nearest even, as the processor's own conversion does, so files do not depend on the machine that wrote them.
// SPDX-License-Identifier: Apache-2.0
#ifndef XM_HALF_H
#define XM_HALF_H

#include <math.h>
#include <string.h>

#include "CXMQuant.h"

static inline uint16_t xm_read_u16(const uint8_t *bytes) { return (uint16_t)(bytes[0] | bytes[1] << 8); }

static inline void xm_write_u16(uint8_t *bytes, uint16_t value) {
    bytes[0] = (uint8_t)value;
    bytes[1] = (uint8_t)(value >> 8);
}

// Exponents are rebiased from 15 to 127 (+112) and the fraction moves from 10 to 23 bits; always exact.
static inline float xm_half_to_float(uint16_t half) {
    const uint32_t sign = (half & 0x8000u) << 16, exponent = half >> 10 & 31, fraction = half & 0x3ff;
    uint32_t bits = sign | (exponent + 112) << 23 | fraction << 13;
    if (exponent == 31) bits = sign | 0x7f800000u | fraction << 13;  // infinity, NaN
    float value;
    memcpy(&value, &bits, 4);
    if (exponent == 0) {  // zero and subnormals: units of 2^-24
        value = (float)fraction * 0x1p-24f;
        return sign ? -value : value;
    }
    return value;
}

static inline uint16_t xm_float_to_half(float value) {
    uint32_t bits;
    memcpy(&bits, &value, 4);
    const uint32_t sign = bits >> 16 & 0x8000u;
    uint32_t magnitude = bits & 0x7fffffffu;
    if (magnitude > 0x7f800000u) return (uint16_t)(sign | 0x7e00);   // NaN
    if (magnitude >= 0x477ff000u) return (uint16_t)(sign | 0x7c00);  // 65520 and above round to infinity
    if (magnitude < 0x38800000u) {                                    // below 2^-14: units of 2^-24
        const long units = lrintf(fabsf(value) * 0x1p24f);
        return (uint16_t)(sign | (uint32_t)units);
    }
    // Round to nearest even on the 13 dropped bits; a carry into the exponent is correct, up to infinity.
    magnitude += 0xfffu + (magnitude >> 13 & 1);
    return (uint16_t)(sign | (magnitude - 0x38000000u) >> 13);
}

static inline float xm_read_half(const uint8_t *bytes) { return xm_half_to_float(xm_read_u16(bytes)); }

// The integer nearest to x, ties to even, clamped to low...high. x must be finite.
static inline int xm_nearest(float x, int low, int high) {
    if (x <= (float)low) return low;
    if (x >= (float)high) return high;
    return (int)lrintf(x);
}

// The same as a float and without branches, so that loops vectorise; |low|, |high| < 2^22. At 1.5 * 2^23 the spacing of
// f32 is 1, so the addition rounds to an integer.
static inline float xm_nearest_float(float x, float low, float high) {
    x = x > low ? x : low;
    x = x < high ? x : high;
    return (x + 0x1.8p23f) - 0x1.8p23f;
}

// 1 / x, or 0 if x is 0 or so small that the quotient overflows: such a block quantises to zeros.
static inline float xm_inverse(float x) {
    const float inverse = x != 0 ? 1.0f / x : 0;
    return isfinite(inverse) ? inverse : 0;
}

#endif
