// Eight bits in blocks of 32. Q8_0: 34 bytes: f16 d, i8 q[32]; x = d * q. The most accurate of the block formats:
// relative error about 0.5 %, at little more than half the size of bf16.
// SPDX-License-Identifier: Apache-2.0

void xm_dequantize_q8_0(const void *blocks, float *y, ptrdiff_t count) {
    const uint8_t *block = blocks;
    for (ptrdiff_t b = 0; b < count; b++, block += 34, y += 32) {
        const float d = xm_read_half(block);
        for (int i = 0; i < 32; i++) y[i] = d * (float)(int8_t)block[2 + i];
    }
}

// d = max|x| / 127; q = x / d to nearest, halves away from zero. x is divided by the f32 scale, of which the f16
// rounding is stored, as ggml does it.
void xm_quantize_q8_0(const float *x, void *blocks, ptrdiff_t count) {
    uint8_t *block = blocks;
    for (ptrdiff_t b = 0; b < count; b++, block += 34, x += 32) {
        float largest = 0;
        for (int i = 0; i < 32; i++) largest = fmaxf(largest, fabsf(x[i]));
        const float d = largest / 127, inverse = xm_inverse(d);
        xm_write_u16(block, xm_float_to_half(d));
        for (int i = 0; i < 32; i++) block[2 + i] = (uint8_t)(int8_t)roundf(x[i] * inverse);
    }
}
