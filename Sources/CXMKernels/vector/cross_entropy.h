// Vector body of softmax_tile and scale_row; reference/cross_entropy.h says what they compute.
// SPDX-License-Identifier: Apache-2.0

// Two passes over the row: its maximum, then exponentials and their sum. The tile was just computed and is still in L2.
static void NAME(softmax_tile)(const float *logits, ptrdiff_t ld, float logit_scale, ACT *e, ptrdiff_t lde,
                               float *largest, float *sum, ptrdiff_t stride, ptrdiff_t rows, ptrdiff_t n_tile) {
    const vf scale = vf_set(logit_scale), lowest = vf_set(-INFINITY);
    for (ptrdiff_t r = 0; r < rows; r++) {
        const float *row = logits + r * ld;
        vf top = lowest;
        EACH(n_tile, { top = vf_max(top, vf_keep(vf_mul(scale, LOAD_F32(row + i, n)), n, lowest)); });
        const float highest = vf_largest(top);
        const vf shift = vf_set(-highest);
        // Four partial sums, by vector index modulo 4: shorter dependency chains and a smaller rounding error, in a
        // fixed order.
        vf sums[4] = {vf_set(0), vf_set(0), vf_set(0), vf_set(0)};
        if (e) {
            ACT *out = e + r * lde;
            EACH(n_tile, {
                const vf value = vf_exp(vf_fma(scale, LOAD_F32(row + i, n), shift));
                sums[i / W & 3] = vf_add(sums[i / W & 3], vf_keep(value, n, vf_set(0)));
                STORE(out + i, value, n);
            });
        } else {
            EACH(n_tile, {
                const vf value = vf_exp(vf_fma(scale, LOAD_F32(row + i, n), shift));
                sums[i / W & 3] = vf_add(sums[i / W & 3], vf_keep(value, n, vf_set(0)));
            });
        }
        largest[r * stride] = highest;
        sum[r * stride] = vf_sum(vf_add(vf_add(sums[0], sums[1]), vf_add(sums[2], sums[3])));
    }
}

static void NAME(scale_row)(ACT *x, float factor, ptrdiff_t count) {
    const vf f = vf_set(factor);
    EACH(count, { STORE(x + i, vf_mul(f, LOAD(x + i, n)), n); });
}
