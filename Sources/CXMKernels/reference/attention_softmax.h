// Reference: the softmax of causal attention and its gradient, one block of score rows, included once per type.
// SPDX-License-Identifier: Apache-2.0

static void NAME(attention_softmax_forward)(float *scores, float scale, const int32_t *first_visible,
                                            ptrdiff_t first_query, ptrdiff_t rows, ptrdiff_t keys, ACT *p,
                                            float *lse) {
    for (ptrdiff_t r = 0; r < rows; r++) {
        const ptrdiff_t q = first_query + r, first = first_visible ? first_visible[q] : 0;
        float *s = scores + r * keys;
        double largest = -INFINITY, sum = 0;
        for (ptrdiff_t k = first; k <= q; k++) largest = fmax(largest, (double)scale * s[k]);
        for (ptrdiff_t k = first; k <= q; k++) sum += exp((double)scale * s[k] - largest);
        for (ptrdiff_t k = 0; k < keys; k++) {
            const int visible = k >= first && k <= q;
            p[r * keys + k] = ROUND(visible ? (float)(exp((double)scale * s[k] - largest) / sum) : 0);
        }
        if (lse) lse[q] = (float)(largest + log(sum));
    }
}

static void NAME(attention_softmax_backward)(float *scores, const float *dp, const float *lse, float scale,
                                             const int32_t *first_visible, ptrdiff_t first_query, ptrdiff_t rows,
                                             ptrdiff_t keys, ACT *p, ACT *ds) {
    for (ptrdiff_t r = 0; r < rows; r++) {
        const ptrdiff_t q = first_query + r, first = first_visible ? first_visible[q] : 0;
        float *s = scores + r * keys;
        double delta = 0;
        for (ptrdiff_t k = first; k <= q; k++) {
            s[k] = (float)exp((double)scale * s[k] - lse[q]);
            delta += (double)s[k] * dp[r * keys + k];
        }
        for (ptrdiff_t k = 0; k < keys; k++) {
            const int visible = k >= first && k <= q;
            p[r * keys + k] = ROUND(visible ? s[k] : 0);
            ds[r * keys + k] = ROUND(visible ? (float)(scale * s[k] * (dp[r * keys + k] - delta)) : 0);
        }
    }
}
