// F32, F16 and BF16 as block formats of one value, so that callers treat all tensor types alike. Bytes are read and
// written through memcpy or byte by byte, since tensor data in a file may be unaligned.
// SPDX-License-Identifier: Apache-2.0

void xm_dequantize_f32(const void *blocks, float *y, ptrdiff_t count) {
    if (count > 0) memcpy(y, blocks, (size_t)count * 4);
}

void xm_dequantize_f16(const void *blocks, float *y, ptrdiff_t count) {
    const uint8_t *bytes = blocks;
    for (ptrdiff_t i = 0; i < count; i++) y[i] = xm_read_half(bytes + 2 * i);
}

void xm_dequantize_bf16(const void *blocks, float *y, ptrdiff_t count) {
    const uint8_t *bytes = blocks;
    for (ptrdiff_t i = 0; i < count; i++) y[i] = xm_load_bf16(xm_read_u16(bytes + 2 * i));
}

void xm_quantize_f32(const float *x, void *blocks, ptrdiff_t count) {
    if (count > 0) memcpy(blocks, x, (size_t)count * 4);
}

void xm_quantize_f16(const float *x, void *blocks, ptrdiff_t count) {
    uint8_t *bytes = blocks;
    for (ptrdiff_t i = 0; i < count; i++) xm_write_u16(bytes + 2 * i, xm_float_to_half(x[i]));
}

void xm_quantize_bf16(const float *x, void *blocks, ptrdiff_t count) {
    uint8_t *bytes = blocks;
    for (ptrdiff_t i = 0; i < count; i++) xm_write_u16(bytes + 2 * i, xm_round_bf16(x[i]));
}

ptrdiff_t xm_first_beyond(const float *x, ptrdiff_t n, float limit) {
    for (ptrdiff_t i = 0; i < n; i++) {
        if (!(fabsf(x[i]) <= limit)) return i;  // also true of NaN
    }
    return n;
}
