// Q4_K: 256 values, 144 bytes: f16 d, f16 dmin, 12 bytes of scales s and offsets o (k_scales.h), q[128]. Eight groups
// of 32: x = (d * s) * q - (dmin * o). Groups 2g and 2g + 1 share bytes 32g..<32g+32 of q: low nibbles for the first,
// high nibbles for the second.
// SPDX-License-Identifier: Apache-2.0

void xm_dequantize_q4_k(const void *blocks, float *y, ptrdiff_t count) {
    const uint8_t *block = blocks;
    for (ptrdiff_t b = 0; b < count; b++, block += 144, y += 256) {
        const float d = xm_read_half(block), dmin = xm_read_half(block + 2);
        uint8_t scale[8], offset[8];
        k_scales_unpack(block + 4, scale, offset);
        for (int group = 0; group < 8; group++) {
            const uint8_t *q = block + 16 + group / 2 * 32;
            const float s = d * (float)scale[group], o = dmin * (float)offset[group];
            for (int i = 0; i < 32; i++) y[group * 32 + i] = s * (float)(q[i] >> group % 2 * 4 & 15) - o;
        }
    }
}

enum { Q4_K_STEPS = 32 };  // candidate step sizes of a group; the last only fills vectors

// Scale s >= 0 and offset o >= 0 for 32 values, x ≈ s * q - o with q in 0...15. Each candidate divides the range of the
// values into 14 to 17 steps, which fixes the q; the best s and o for those q follow by least squares, and the smallest
// squared error wins. Inner loops run over candidates, whose sums are independent, so compilers vectorise them.
static void q4_k_fit(const float *x, float *best_scale, float *best_offset) {
    // The format cannot store a negative offset, so low is at most 0.
    float low = x[0] < 0 ? x[0] : 0, high = x[0];
    for (int i = 1; i < 32; i++) {
        low = fminf(low, x[i]);
        high = fmaxf(high, x[i]);
    }
    *best_scale = 0;
    *best_offset = -low;
    if (high <= low) return;  // a single value <= 0: the offset alone is exact
    float inverse[Q4_K_STEPS], q[32][Q4_K_STEPS], sum_x = 0;
    float sum_q[Q4_K_STEPS] = {0}, sum_qq[Q4_K_STEPS] = {0}, sum_qx[Q4_K_STEPS] = {0};
    for (int k = 0; k < Q4_K_STEPS; k++) inverse[k] = xm_inverse((high - low) / (15 + 0.1f * (float)(k - 10)));
    for (int i = 0; i < 32; i++) {
        for (int k = 0; k < Q4_K_STEPS; k++) {
            q[i][k] = xm_nearest_float((x[i] - low) * inverse[k], 0, 15);
            sum_q[k] += q[i][k];
            sum_qq[k] += q[i][k] * q[i][k];
            sum_qx[k] += q[i][k] * x[i];
        }
        sum_x += x[i];
    }
    float scale[Q4_K_STEPS], offset[Q4_K_STEPS], error[Q4_K_STEPS] = {0};
    for (int k = 0; k < Q4_K_STEPS; k++) {
        // Fallback if all q are equal or the least-squares offset is negative, which the format cannot store: a line
        // through 0.
        scale[k] = sum_qq[k] > 0 ? sum_qx[k] / sum_qq[k] : -1;
        offset[k] = 0;
        const float determinant = 32 * sum_qq[k] - sum_q[k] * sum_q[k];
        const float free_offset = sum_q[k] * sum_qx[k] - sum_qq[k] * sum_x;  // numerator of Cramer's rule
        if (determinant > 0 && free_offset > 0) {
            scale[k] = (32 * sum_qx[k] - sum_q[k] * sum_x) / determinant;
            offset[k] = free_offset / determinant;
        }
    }
    for (int i = 0; i < 32; i++) {
        for (int k = 0; k < Q4_K_STEPS; k++) {
            const float difference = scale[k] * q[i][k] - offset[k] - x[i];
            error[k] += difference * difference;
        }
    }
    float best_error = INFINITY;
    for (int k = 0; k < Q4_K_STEPS - 1; k++) {  // the last candidate is padding
        if (error[k] < best_error && scale[k] >= 0) {
            best_error = error[k];
            *best_scale = scale[k];
            *best_offset = offset[k];
        }
    }
}

// Groups are fitted independently; their scales and offsets are rounded to 6 bits relative to the block's largest; q is
// then chosen for the rounded scales, so rounding them costs little. Relative RMS error 0.0713 on normally distributed
// weights and 0.0783 on the embedding of SmolLM2-135M; ggml's quantiser without an importance matrix reaches 0.0714 and
// 0.0786 (tools/oracles/compare_quantizers.py, llama-cpp-python 0.3.36).
void xm_quantize_q4_k(const float *x, void *blocks, ptrdiff_t count) {
    uint8_t *block = blocks;
    for (ptrdiff_t b = 0; b < count; b++, block += 144, x += 256) {
        float scales[8], offsets[8], largest_scale = 0, largest_offset = 0;
        for (int group = 0; group < 8; group++) {
            q4_k_fit(x + group * 32, &scales[group], &offsets[group]);
            largest_scale = fmaxf(largest_scale, scales[group]);
            largest_offset = fmaxf(largest_offset, offsets[group]);
        }
        xm_write_u16(block, xm_float_to_half(largest_scale / 63));
        xm_write_u16(block + 2, xm_float_to_half(largest_offset / 63));
        const float d = xm_read_half(block), dmin = xm_read_half(block + 2);  // as a reader will see them
        // Integers relative to d and dmin after their rounding to f16.
        uint8_t scale[8], offset[8];
        for (int group = 0; group < 8; group++) {
            scale[group] = (uint8_t)xm_nearest(scales[group] * xm_inverse(d), 0, 63);
            offset[group] = (uint8_t)xm_nearest(offsets[group] * xm_inverse(dmin), 0, 63);
        }
        k_scales_pack(scale, offset, block + 4);
        memset(block + 16, 0, 128);
        for (int group = 0; group < 8; group++) {
            uint8_t *q = block + 16 + group / 2 * 32;
            const float inverse = xm_inverse(d * (float)scale[group]), o = dmin * (float)offset[group];
            for (int i = 0; i < 32; i++) {
                q[i] |= (uint8_t)(xm_nearest((x[group * 32 + i] + o) * inverse, 0, 15) << group % 2 * 4);
            }
        }
    }
}
