// Q5_K: 256 values, 176 bytes: f16 d, f16 dmin, 12 bytes of scales s and offsets o (k_scales.h), h[32], q[128]. Q4_K
// with a fifth bit: that of value i of group g is bit g of h[i]. x = (d * s) * q - (dmin * o). Read but not written.
// SPDX-License-Identifier: Apache-2.0

void xm_dequantize_q5_k(const void *blocks, float *y, ptrdiff_t count) {
    const uint8_t *block = blocks;
    for (ptrdiff_t b = 0; b < count; b++, block += 176, y += 256) {
        const float d = xm_read_half(block), dmin = xm_read_half(block + 2);
        uint8_t scale[8], offset[8];
        k_scales_unpack(block + 4, scale, offset);
        const uint8_t *h = block + 16;
        for (int group = 0; group < 8; group++) {
            const uint8_t *q = block + 48 + group / 2 * 32;
            const float s = d * (float)scale[group], o = dmin * (float)offset[group];
            for (int i = 0; i < 32; i++) {
                const int value = (q[i] >> group % 2 * 4 & 15) | (h[i] >> group & 1) << 4;
                y[group * 32 + i] = s * (float)value - o;
            }
        }
    }
}
