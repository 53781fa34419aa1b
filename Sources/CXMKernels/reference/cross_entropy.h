// Reference: softmax cross-entropy over a vocabulary processed in tiles, included once per activation type. A tile
// keeps its exponentials in the activation type; once the maxima and sums of all tiles are known, scale_row turns them
// into the gradient, so the full logits [M, V] never exist in f32.
// SPDX-License-Identifier: Apache-2.0

// logits f32 [rows, n], e [rows, n] or NULL, largest and sum [rows]. The sum is over the values before rounding to ACT.
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

// x [n] in place: multiplies a tile's exp(z - tile max) by exp(tile max - global max) / sum * dloss.
static void NAME(scale_row)(ACT *x, float factor, ptrdiff_t n) {
    for (ptrdiff_t i = 0; i < n; i++) x[i] = ROUND(factor * LOAD(x[i]));
}
