// Rows into the blocks of a cache. One body for every instruction set: plain C, so that all of them store the same
// bytes; HALF and FLOAT_OF_HALF are the processor's own conversions where it has them. CXMCache.h has the layout.
// SPDX-License-Identifier: Apache-2.0

#ifndef XM_CACHE_QUANTIZE
#define XM_CACHE_QUANTIZE

// f32 to f16; what is finite stays finite.
static inline uint16_t cache_half(float x) {
    const float limit = 65504;
    if (x > limit && x < INFINITY) x = limit;
    if (x < -limit && x > -INFINITY) x = -limit;
    return HALF(x);
}

// n numbers as quant * scale; returns the scale in f16. The quants fit the scale as it is rounded. A number that is not
// finite makes the scale, and with it all n, infinite or NaN.
static inline uint16_t cache_quantize(const float *x, ptrdiff_t n, int8_t *quants) {
    uint32_t largest = 0;  // bits of |x|: ordered as the numbers, NaN above all
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

// n elements of the row at position `at`, from element i0 on, to places `step` apart (pairs of them in the dot layout,
// where `inner` is PAIR) of a block.
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
            // An even position's partner is not there yet: it counts as zero until it is.
            if (place % PAIR + 1 < PAIR) {
                NAME(cache_scatter)(type, zeros, n, i0, at + 1, value, padded, start + 1, PAIR, 1);
            }
        }
    }
}
