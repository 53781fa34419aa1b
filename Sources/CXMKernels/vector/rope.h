// Vector body of rope; reference/rope.h says what it computes. The pairing (i, i + d/2) makes both operands contiguous,
// so no lane is shuffled.
// SPDX-License-Identifier: Apache-2.0

static void NAME(rope)(ACT *x, ptrdiff_t stride, ptrdiff_t heads, ptrdiff_t d, const float *cosine, const float *sine,
                       const int32_t *positions, float direction, ptrdiff_t row0, ptrdiff_t row1) {
    const ptrdiff_t half = d / 2;
    for (ptrdiff_t r = row0; r < row1; r++) {
        const float *cos_row = cosine + positions[r] * half, *sin_row = sine + positions[r] * half;
        for (ptrdiff_t h = 0; h < heads; h++) {
            ACT *low = x + r * stride + h * d, *high = low + half;
            EACH(half, {
                const vf c = LOAD_F32(cos_row + i, n), s = vf_mul(vf_set(direction), LOAD_F32(sin_row + i, n));
                const vf a = LOAD(low + i, n), b = LOAD(high + i, n);
                STORE(low + i, vf_sub(vf_mul(a, c), vf_mul(b, s)), n);
                STORE(high + i, vf_fma(a, s, vf_mul(b, c)), n);
            });
        }
    }
}
