// Stores rows in the blocks of a cache (layout: CXMCache.h). One body in plain C for every instruction set, so that all
// of them store the same bytes; HALF and FLOAT_OF_HALF are the processor's own conversions where it has them.
// SPDX-License-Identifier: Apache-2.0

#ifndef XM_CACHE_QUANTIZE
#define XM_CACHE_QUANTIZE

// f32 to f16, saturating: a finite value stays finite (a large key must not become an infinite score).
static inline uint16_t cache_half(float x) {
    const float limit = 65504;
    if (x > limit && x < INFINITY) x = limit;
    if (x < -limit && x > -INFINITY) x = -limit;
    return HALF(x);
}

// Quantises n <= XM_CACHE_GROUP values to quant * scale and returns the scale as f16. Quants are computed with the
// scale as rounded to f16, so its rounding adds no error. A value that is not finite makes the scale, and so all n
// values, infinite or NaN: the error surfaces instead of being clipped.
static inline uint16_t cache_quantize(const float *x, ptrdiff_t n, int8_t *quants) {
    uint32_t largest = 0;  // bits of |x|: ordered like the magnitudes, NaN above all
    for (ptrdiff_t i = 0; i < n; i++) {
        uint32_t bits;
        memcpy(&bits, x + i, 4);
        bits &= 0x7fffffffu;
        largest = bits > largest ? bits : largest;
    }
    float size;
    memcpy(&size, &largest, 4);
    const uint16_t half = cache_half(size / 127);
    const float scale = FLOAT_OF_HALF(half), inverse = scale > 0 ? 1 / scale : 0;
    for (ptrdiff_t i = 0; i < n; i++) quants[i] = (int8_t)xm_nearest_float(x[i] * inverse, -127, 127);
    return half;
}

#endif

// Writes n elements of the row at position `at`, from element i0 on. Element i goes to slot start + i / inner * step +
// i % inner of the block: the dot layout keeps runs of `inner` = PAIR elements together, `step` apart; the pair layout
// has inner = 1.
static inline void NAME(cache_scatter)(enum xm_cache_type type, const float *x, ptrdiff_t n, ptrdiff_t i0, ptrdiff_t at,
                                       uint8_t *block, ptrdiff_t width, ptrdiff_t start, ptrdiff_t step,
                                       ptrdiff_t inner) {
    uint8_t *elements = block + xm_cache_scale_bytes(type, width);
#define PLACE(i) (start + ((i) / inner) * step + (i) % inner)
    if (type == XM_CACHE_Q8) {
        int8_t quants[XM_CACHE_GROUP], *to = (int8_t *)elements;
        ((uint16_t *)block)[i0 / XM_CACHE_GROUP * XM_CACHE_POSITIONS + at % XM_CACHE_POSITIONS] =
            cache_quantize(x, n, quants);
        for (ptrdiff_t i = 0; i < n; i++) to[PLACE(i0 + i)] = quants[i];
    } else {
        uint16_t *to = (uint16_t *)elements;
        for (ptrdiff_t i = 0; i < n; i++) {
            to[PLACE(i0 + i)] = type == XM_CACHE_F16 ? cache_half(x[i]) : xm_round_bf16(x[i]);
        }
    }
#undef PLACE
}

// A group of 32 elements at a time, the unit that shares a Q8 scale; a narrow head has one shorter group.
static void NAME(attention_store)(enum xm_cache_type type, const ACT *x, ptrdiff_t ld, ptrdiff_t first,
                                  ptrdiff_t count, ptrdiff_t d, void *dot, void *pairs) {
    if (type == OWN_TYPE) {
        NAME(attention_pack)(x, ld, first, count, d, dot, pairs);
        return;
    }
    const ptrdiff_t padded = XM_PADDED(d, 16);
    for (ptrdiff_t r = 0; r < count; r++) {
        const ptrdiff_t at = first + r, place = at % XM_CACHE_POSITIONS, block = at / XM_CACHE_POSITIONS;
        uint8_t *key = dot ? (uint8_t *)dot + block * xm_cache_block_bytes(type, d) : NULL;
        uint8_t *value = pairs ? (uint8_t *)pairs + block * xm_cache_block_bytes(type, padded) : NULL;
        const float zeros[XM_CACHE_GROUP] = {0};
        for (ptrdiff_t i0 = 0; i0 < d; i0 += XM_CACHE_GROUP) {
            const ptrdiff_t n = d - i0 < XM_CACHE_GROUP ? d - i0 : XM_CACHE_GROUP;
            float row[XM_CACHE_GROUP];
            for (ptrdiff_t i = 0; i < n; i++) row[i] = LOAD_ONE(x[r * ld + i0 + i]);
            if (key) NAME(cache_scatter)(type, row, n, i0, at, key, d, place * PAIR, 16 * PAIR, PAIR);
            if (!value) continue;
            const ptrdiff_t start = place / PAIR * padded * PAIR + place % PAIR;
            NAME(cache_scatter)(type, row, n, i0, at, value, padded, start, PAIR, 1);
            // A position whose partner has not arrived is paired with zero, so the pair can be used at once.
            if (place % PAIR + 1 < PAIR) {
                NAME(cache_scatter)(type, zeros, n, i0, at + 1, value, padded, start + 1, PAIR, 1);
            }
        }
    }
}
