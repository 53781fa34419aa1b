// Reference: reads elements of a cache's blocks in the type of the activations. CXMCache.h has the layout.
// SPDX-License-Identifier: Apache-2.0

// The element at slot `index` of the block that holds position `at`; i is its index in the row, which selects the
// scale. Rounding to ACT is part of the definition: unpacking first and attending later gives the same bits.
static float NAME(cache_element)(enum xm_cache_type type, const void *stored, ptrdiff_t width, ptrdiff_t at,
                                 ptrdiff_t i, ptrdiff_t index) {
    const uint8_t *block = (const uint8_t *)stored + at / XM_CACHE_POSITIONS * xm_cache_block_bytes(type, width);
    const uint8_t *elements = block + xm_cache_scale_bytes(type, width);
    if (type == OWN_TYPE) return LOAD(((const ACT *)elements)[index]);
    float element;
    if (type == XM_CACHE_Q8) {
        const uint16_t *scales = (const uint16_t *)block + i / XM_CACHE_GROUP * XM_CACHE_POSITIONS;
        element = xm_half_to_float(scales[at % XM_CACHE_POSITIONS]) * (float)((const int8_t *)elements)[index];
    } else {
        const uint16_t bits = ((const uint16_t *)elements)[index];
        element = type == XM_CACHE_F16 ? xm_half_to_float(bits) : xm_load_bf16(bits);
    }
    return LOAD(ROUND(element));
}

// Element i of position `at` in stored keys (dot layout), and in stored values (pair layout).
static float NAME(cache_key)(enum xm_cache_type type, const void *keys, ptrdiff_t at, ptrdiff_t i, ptrdiff_t d) {
    return NAME(cache_element)(type, keys, d, at, i, i / PAIR * PAIR * 16 + at % 16 * PAIR + i % PAIR);
}
static float NAME(cache_value)(enum xm_cache_type type, const void *values, ptrdiff_t at, ptrdiff_t i, ptrdiff_t d) {
    const ptrdiff_t padded = XM_PADDED(d, 16);
    return NAME(cache_element)(type, values, padded, at, i, at % 16 / PAIR * padded * PAIR + i * PAIR + at % PAIR);
}

// Padding elements d..<padded of values are left alone: they only reach padding columns of the result.
static void NAME(attention_unpack)(enum xm_cache_type type, const void *keys, const void *values, ptrdiff_t blocks,
                                   ptrdiff_t d, ACT *dot, ACT *pairs) {
    for (ptrdiff_t at = 0; at < blocks * XM_CACHE_POSITIONS; at++) {
        for (ptrdiff_t i = 0; i < d; i++) {
            if (keys) DOT_AT(dot, at, i) = ROUND(NAME(cache_key)(type, keys, at, i, d));
            if (values) PAIR_AT(pairs, at, i) = ROUND(NAME(cache_value)(type, values, at, i, d));
        }
    }
}
