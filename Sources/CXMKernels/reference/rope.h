// Reference: rotary position embedding (RoFormer, Su et al. 2021, section 3.4) with the rotate_half pairing of Hugging
// Face checkpoints: element i is rotated with element i + d/2. Included once per activation type.
// SPDX-License-Identifier: Apache-2.0

// (a, b) -> (a c - b s, b c + a s). The rotation is orthogonal, so its gradient is the rotation by the opposite angle:
// `direction` -1. Cosines and sines come from a table, because f32 range reduction differs between libraries.
static void NAME(rope)(ACT *x, ptrdiff_t stride, ptrdiff_t heads, ptrdiff_t d, const float *cosine, const float *sine,
                       const int32_t *positions, float direction, ptrdiff_t row0, ptrdiff_t row1) {
    const ptrdiff_t half = d / 2;
    for (ptrdiff_t r = row0; r < row1; r++) {
        const float *c = cosine + positions[r] * half, *s = sine + positions[r] * half;
        for (ptrdiff_t h = 0; h < heads; h++) {
            ACT *v = x + r * stride + h * d;
            for (ptrdiff_t i = 0; i < half; i++) {
                const float a = LOAD(v[i]), b = LOAD(v[i + half]);
                v[i] = ROUND(a * c[i] - b * direction * s[i]);
                v[i + half] = ROUND(b * c[i] + a * direction * s[i]);
            }
        }
    }
}
