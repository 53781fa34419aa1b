// Q6_K: 256 values, 210 bytes: low[128], high[64], i8 scale[16], f16 d; x = (d * scale of its 16 values) * (q - 32).
// Each half of 128 values has 64 bytes of low and 32 of high: value 32t + i of the half has its lower four bits in byte
// 32 (t mod 2) + i of low (low nibble for t < 2, high nibble otherwise) and its upper two in bits 2t, 2t + 1 of
// high[i].
// SPDX-License-Identifier: Apache-2.0

void xm_dequantize_q6_k(const void *blocks, float *y, ptrdiff_t count) {
    const uint8_t *block = blocks;
    for (ptrdiff_t b = 0; b < count; b++, block += 210, y += 256) {
        const float d = xm_read_half(block + 208);
        for (int n = 0; n < 256; n++) {
            const int half = n / 128, t = n / 32 % 4, i = n % 32;
            const int low = block[half * 64 + t % 2 * 32 + i] >> t / 2 * 4 & 15;
            const int high = block[128 + half * 32 + i] >> 2 * t & 3;
            y[n] = d * (float)(int8_t)block[192 + n / 16] * (float)((low | high << 4) - 32);
        }
    }
}

enum { Q6_K_STEPS = 20 };  // candidate scales of a group; the last only fills vectors

// The scale (of either sign) for 16 values, x ≈ scale * q with q in -32...31. Each candidate fixes the q; the best
// scale for them is sum(q x) / sum(q q), which leaves a squared error of sum(x x) - sum(q x)^2 / sum(q q); the smallest
// wins. Inner loops run over candidates, as in q4_k.h.
static float q6_k_fit(const float *x) {
    float extreme = 0;
    for (int i = 0; i < 16; i++) {
        if (fabsf(x[i]) > fabsf(extreme)) extreme = x[i];
    }
    float inverse[Q6_K_STEPS], sum_qq[Q6_K_STEPS] = {0}, sum_qx[Q6_K_STEPS] = {0};
    for (int k = 0; k < Q6_K_STEPS; k++) {
        inverse[k] = xm_inverse(extreme / -(32 + 0.1f * (float)(k - 9)));  // maps the extreme to -32.9 ... -31.1
    }
    for (int i = 0; i < 16; i++) {
        for (int k = 0; k < Q6_K_STEPS; k++) {
            const float q = xm_nearest_float(x[i] * inverse[k], -32, 31);
            sum_qq[k] += q * q;
            sum_qx[k] += q * x[i];
        }
    }
    float best = 0, best_gain = 0;
    for (int k = 0; k < Q6_K_STEPS - 1; k++) {  // the last candidate is padding
        if (sum_qq[k] > 0 && sum_qx[k] * sum_qx[k] > best_gain * sum_qq[k]) {
            best = sum_qx[k] / sum_qq[k];
            best_gain = sum_qx[k] * sum_qx[k] / sum_qq[k];
        }
    }
    return best;
}

// Groups are fitted independently; their scales are rounded to 8 bits with the largest at -128; q is then chosen for
// the rounded scales. Relative RMS error 0.0173 on normally distributed weights and 0.0199 on the embedding of
// SmolLM2-135M; ggml's quantiser reaches 0.0178 and 0.0204 (as in q4_k.h).
void xm_quantize_q6_k(const float *x, void *blocks, ptrdiff_t count) {
    uint8_t *block = blocks;
    for (ptrdiff_t b = 0; b < count; b++, block += 210, x += 256) {
        float scales[16], extreme = 0;
        for (int group = 0; group < 16; group++) {
            scales[group] = q6_k_fit(x + group * 16);
            if (fabsf(scales[group]) > fabsf(extreme)) extreme = scales[group];
        }
        memset(block, 0, 192);
        xm_write_u16(block + 208, xm_float_to_half(extreme / -128));
        const float d = xm_read_half(block + 208);  // as a reader will see it: rounded to f16
        for (int group = 0; group < 16; group++) {
            block[192 + group] = (uint8_t)(int8_t)xm_nearest(scales[group] * xm_inverse(d), -128, 127);
        }
        for (int n = 0; n < 256; n++) {
            const int half = n / 128, t = n / 32 % 4, i = n % 32;
            const float inverse = xm_inverse(d * (float)(int8_t)block[192 + n / 16]);
            const int q = xm_nearest(x[n] * inverse, -32, 31) + 32;
            block[half * 64 + t % 2 * 32 + i] |= (uint8_t)((q & 15) << t / 2 * 4);
            block[128 + half * 32 + i] |= (uint8_t)(q >> 4 << 2 * t);
        }
    }
}
