// Reference: softmax cross-entropy over a vocabulary that is worked off in tiles, included once per activation type.
// The tile's exponentials are kept in the activation type; when all tiles are known they become the gradient.
// SPDX-License-Identifier: Apache-2.0

static void NAME(softmax_tile)(const float *logits, ptrdiff_t ld, float logit_scale, ACT *e, ptrdiff_t lde,
                               float *largest, float *sum, ptrdiff_t stride, ptrdiff_t rows, ptrdiff_t n) {
    for (ptrdiff_t r = 0; r < rows; r++) {
        double top = -INFINITY, total = 0;
        for (ptrdiff_t v = 0; v < n; v++) top = fmax(top, (double)logit_scale * logits[r * ld + v]);
        for (ptrdiff_t v = 0; v < n; v++) {
            const double value = exp((double)logit_scale * logits[r * ld + v] - top);
            total += value;
            if (e) e[r * lde + v] = ROUND((float)value);
        }
        largest[r * stride] = (float)top;
        sum[r * stride] = (float)total;
    }
}

static void NAME(scale_row)(ACT *x, float factor, ptrdiff_t n) {
    for (ptrdiff_t i = 0; i < n; i++) x[i] = ROUND(factor * LOAD(x[i]));
}
