// Vector body of attention_softmax; reference/attention_softmax.h says what it computes.
// SPDX-License-Identifier: Apache-2.0

static void NAME(attention_softmax_forward)(float *scores, float scale, const int32_t *first_visible,
                                            ptrdiff_t first_query, ptrdiff_t rows, ptrdiff_t keys, ACT *p,
                                            float *lse) {
    const vf factor = vf_set(scale), lowest = vf_set(-INFINITY);
    for (ptrdiff_t r = 0; r < rows; r++) {
        const ptrdiff_t q = first_query + r, first = first_visible ? first_visible[q] : 0, count = q + 1 - first;
        float *s = scores + r * keys + first;
        ACT *row = p + r * keys;
        vf top = lowest, sum = vf_set(0);
        EACH(count, { top = vf_max(top, vf_keep(LOAD_F32(s + i, n), n, lowest)); });
        const float largest = scale * vf_largest(top);
        EACH(count, {
            const vf e = vf_exp(vf_fma(factor, LOAD_F32(s + i, n), vf_set(-largest)));
            STORE_F32(s + i, e, n);
            sum = vf_add(sum, vf_keep(e, n, vf_set(0)));
        });
        const float total = vf_sum(sum);
        memset(row, 0, (size_t)first * sizeof *row);
        EACH(count, { STORE(row + first + i, vf_mul(vf_set(1 / total), LOAD_F32(s + i, n)), n); });
        memset(row + q + 1, 0, (size_t)(keys - q - 1) * sizeof *row);
        if (lse) lse[q] = largest + logf(total);
    }
}

static void NAME(attention_softmax_backward)(float *scores, const float *dp, const float *lse, float scale,
                                             const int32_t *first_visible, ptrdiff_t first_query, ptrdiff_t rows,
                                             ptrdiff_t keys, ACT *p, ACT *ds) {
    const vf factor = vf_set(scale);
    for (ptrdiff_t r = 0; r < rows; r++) {
        const ptrdiff_t q = first_query + r, first = first_visible ? first_visible[q] : 0, count = q + 1 - first;
        float *s = scores + r * keys + first;
        const float *d = dp + r * keys + first;
        ACT *p_row = p + r * keys, *ds_row = ds + r * keys;
        vf delta = vf_set(0);
        EACH(count, {
            const vf e = vf_exp(vf_fma(factor, LOAD_F32(s + i, n), vf_set(-lse[q])));
            STORE_F32(s + i, e, n);
            STORE(p_row + first + i, e, n);
            delta = vf_fma(vf_keep(e, n, vf_set(0)), LOAD_F32(d + i, n), delta);
        });
        const vf shift = vf_set(-vf_sum(delta));
        EACH(count, {
            const vf e = vf_mul(factor, LOAD_F32(s + i, n));
            STORE(ds_row + first + i, vf_mul(e, vf_add(LOAD_F32(d + i, n), shift)), n);
        });
        memset(p_row, 0, (size_t)first * sizeof *p_row);
        memset(ds_row, 0, (size_t)first * sizeof *ds_row);
        memset(p_row + q + 1, 0, (size_t)(keys - q - 1) * sizeof *p_row);
        memset(ds_row + q + 1, 0, (size_t)(keys - q - 1) * sizeof *ds_row);
    }
}
