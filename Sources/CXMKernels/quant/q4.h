// Four bits in blocks of 32. Byte j of q holds value j in its low nibble and value j + 16 in its high nibble. Q4_0: 18
// bytes: f16 d, q[16]; x = d * (q - 8).   Q4_1: 20 bytes: f16 d, f16 m, q[16]; x = d * q + m.
// SPDX-License-Identifier: Apache-2.0

void xm_dequantize_q4_0(const void *blocks, float *y, ptrdiff_t count) {
    const uint8_t *block = blocks;
    for (ptrdiff_t b = 0; b < count; b++, block += 18, y += 32) {
        const float d = xm_read_half(block);
        for (int j = 0; j < 16; j++) {
            y[j] = d * (float)((block[2 + j] & 15) - 8);
            y[j + 16] = d * (float)((block[2 + j] >> 4) - 8);
        }
    }
}

void xm_dequantize_q4_1(const void *blocks, float *y, ptrdiff_t count) {
    const uint8_t *block = blocks;
    for (ptrdiff_t b = 0; b < count; b++, block += 20, y += 32) {
        const float d = xm_read_half(block), m = xm_read_half(block + 2);
        for (int j = 0; j < 16; j++) {
            y[j] = d * (float)(block[4 + j] & 15) + m;
            y[j + 16] = d * (float)(block[4 + j] >> 4) + m;
        }
    }
}

// d = (the value of largest magnitude, the first of equals) / -8, so that this value is exactly q = 0: the range is
// asymmetric, -8...7, and the extreme gets its longer side. q = trunc(x * (1 / d) + 8.5), at most 15. Product and sum
// are rounded to f32 separately (no fma): values halfway between two q depend on it, and files must equal ggml's.
void xm_quantize_q4_0(const float *x, void *blocks, ptrdiff_t count) {
    uint8_t *block = blocks;
    for (ptrdiff_t b = 0; b < count; b++, block += 18, x += 32) {
        float extreme = x[0];
        for (int i = 1; i < 32; i++) {
            if (fabsf(x[i]) > fabsf(extreme)) extreme = x[i];
        }
        const float d = extreme / -8, inverse = xm_inverse(d);
        xm_write_u16(block, xm_float_to_half(d));
        for (int j = 0; j < 16; j++) {
            const int low = (int)(x[j] * inverse + 8.5f), high = (int)(x[j + 16] * inverse + 8.5f);
            block[2 + j] = (uint8_t)((low < 15 ? low : 15) | (high < 15 ? high : 15) << 4);
        }
    }
}
