// Vector body of cache unpacking; reference/cache_unpack.h says what it computes. Elements keep their order, so a block
// is one stream; only the scales of Q8 must be spread over the lanes.
// SPDX-License-Identifier: Apache-2.0

// y [count] = x [count], f16 or bf16 widened to ACT; `count` is a multiple of 16.
static inline void NAME(cache_widen)(enum xm_cache_type type, const uint16_t *x, ptrdiff_t count, ACT *y) {
    for (ptrdiff_t i = 0; i < count; i += W) STORE(y + i, type == XM_CACHE_F16 ? vf_load_half(x + i) : vb_load(x + i), W);
}

// y [count] = quants * factors, where the factors repeat after `period` elements.
static inline void NAME(cache_scale)(const int8_t *quants, const float *factors, ptrdiff_t period, ptrdiff_t count,
                                     ACT *y) {
    for (ptrdiff_t i = 0; i < count; i += period) {
        for (ptrdiff_t j = 0; j < period; j += W) {
            STORE(y + i + j, vf_mul(vf_load(factors + j), vf_load_i8(quants + i + j)), W);
        }
    }
}

static void NAME(attention_unpack)(enum xm_cache_type type, const void *keys, const void *values, ptrdiff_t blocks,
                                   ptrdiff_t d, ACT *dot, ACT *pairs) {
    const ptrdiff_t padded = XM_PADDED(d, 16);
    float scales[16], factors[16 * PAIR];
    for (ptrdiff_t b = 0; keys && b < blocks; b++, dot += 16 * d) {
        const uint8_t *block = (const uint8_t *)keys + b * xm_cache_block_bytes(type, d);
        if (type != XM_CACHE_Q8) {
            NAME(cache_widen)(type, (const uint16_t *)block, 16 * d, dot);
            continue;
        }
        const int8_t *quants = (const int8_t *)block + xm_cache_scale_bytes(type, d);
        for (ptrdiff_t i = 0; i < d; i += XM_CACHE_GROUP) {
            const uint16_t *of_group = (const uint16_t *)block + i / XM_CACHE_GROUP * XM_CACHE_POSITIONS;
            const ptrdiff_t width = d - i < XM_CACHE_GROUP ? d - i : XM_CACHE_GROUP;
            for (int p = 0; p < 16; p += W) vf_store(scales + p, vf_load_half(of_group + p));
            // Dot layout: PAIR consecutive elements belong to one position and share its scale.
            for (int e = 0; e < 16 * PAIR; e++) factors[e] = scales[e / PAIR];
            NAME(cache_scale)(quants + 16 * i, factors, 16 * PAIR, 16 * width, dot + 16 * i);
        }
    }
    for (ptrdiff_t b = 0; values && b < blocks; b++, pairs += 16 * padded) {
        const uint8_t *block = (const uint8_t *)values + b * xm_cache_block_bytes(type, padded);
        if (type != XM_CACHE_Q8) {
            NAME(cache_widen)(type, (const uint16_t *)block, 16 * padded, pairs);
            continue;
        }
        const int8_t *quants = (const int8_t *)block + xm_cache_scale_bytes(type, padded);
        for (ptrdiff_t i = 0; i < padded; i += XM_CACHE_GROUP) {
            const uint16_t *of_group = (const uint16_t *)block + i / XM_CACHE_GROUP * XM_CACHE_POSITIONS;
            const ptrdiff_t width = padded - i < XM_CACHE_GROUP ? padded - i : XM_CACHE_GROUP;
            for (int p = 0; p < 16; p += W) vf_store(scales + p, vf_load_half(of_group + p));
            for (int p = 0; p < 16; p += PAIR) {
                const ptrdiff_t at = p * padded + i * PAIR;
                // Pair layout: lanes alternate between the positions of a pair.
                for (int e = 0; e < W; e++) factors[e] = scales[p + e % PAIR];
                NAME(cache_scale)(quants + at, factors, W, width * PAIR, pairs + at);
            }
        }
    }
}
