// Five bits in blocks of 32: four as in Q4, the fifth of value i in bit i of the little-endian u32 h. Q5_0: 22 bytes:
// f16 d, u32 h, q[16]; x = d * (q - 16).   Q5_1: 24 bytes: f16 d, f16 m, u32 h, q[16]; x = d * q + m. Read but not
// written.
// SPDX-License-Identifier: Apache-2.0

// Value i (0...31) of a block, unsigned; `h` points at its fifth bits, which the nibbles follow.
static inline int q5_value(const uint8_t *h, int i) {
    const int low = i < 16 ? h[4 + i] & 15 : h[4 + i - 16] >> 4;
    return low | (h[i / 8] >> i % 8 & 1) << 4;
}

void xm_dequantize_q5_0(const void *blocks, float *y, ptrdiff_t count) {
    const uint8_t *block = blocks;
    for (ptrdiff_t b = 0; b < count; b++, block += 22, y += 32) {
        const float d = xm_read_half(block);
        for (int i = 0; i < 32; i++) y[i] = d * (float)(q5_value(block + 2, i) - 16);
    }
}

void xm_dequantize_q5_1(const void *blocks, float *y, ptrdiff_t count) {
    const uint8_t *block = blocks;
    for (ptrdiff_t b = 0; b < count; b++, block += 24, y += 32) {
        const float d = xm_read_half(block), m = xm_read_half(block + 2);
        for (int i = 0; i < 32; i++) y[i] = d * (float)q5_value(block + 4, i) + m;
    }
}
