// Vector body of residual_rmsnorm; reference/residual_rmsnorm.h says what it computes. Two passes over a row, which
// stays in L1 between them. Sums run in W lanes, reduced once per row: order fixed by D alone.
// SPDX-License-Identifier: Apache-2.0

static void NAME(residual_rmsnorm_forward)(const float *x, const ACT *branch, float alpha, const float *weight,
                                           float eps, float *x_out, ACT *y, float *rstd, ptrdiff_t row0,
                                           ptrdiff_t row1, ptrdiff_t D) {
    const vf a = vf_set(alpha);
    for (ptrdiff_t r = row0; r < row1; r++) {
        const ptrdiff_t at = r * D;
        vf squares = vf_set(0);
        EACH(D, {
            vf v = n == W ? vf_load(x + at + i) : vf_load_n(x + at + i, n);
            if (branch) v = vf_fma(a, LOAD(branch + at + i, n), v);
            STORE_F32(x_out + at + i, v, n);
            squares = vf_fma(v, v, squares);
        });
        const float scale = (float)(1 / sqrt((double)vf_sum(squares) / D + eps));
        rstd[r] = scale;
        EACH(D, {
            const vf v = vf_mul(LOAD_F32(x_out + at + i, n), vf_set(scale));
            // Rounded to ACT before the weight, as in the reference.
            STORE(y + at + i, vf_mul(ROUND(v), LOAD_F32(weight + i, n)), n);
        });
    }
}

// First pass: mean(t * n). Second: dx, dweight and dbranch; x and dy are then still in L1.
static void NAME(residual_rmsnorm_backward)(const ACT *dy, const float *x, const float *weight, const float *rstd,
                                            float alpha, float *dx, ACT *dbranch, float *dweight, ptrdiff_t row0,
                                            ptrdiff_t row1, ptrdiff_t D) {
    for (ptrdiff_t r = row0; r < row1; r++) {
        const ptrdiff_t at = r * D;
        const vf scale = vf_set(rstd[r]);
        vf sum = vf_set(0);
        EACH(D, {
            const vf t = vf_mul(LOAD(dy + at + i, n), LOAD_F32(weight + i, n));
            sum = vf_fma(t, vf_mul(LOAD_F32(x + at + i, n), scale), sum);
        });
        const vf mean = vf_set((float)((double)vf_sum(sum) / D));
        EACH(D, {
            const vf normal = vf_mul(LOAD_F32(x + at + i, n), scale), d = LOAD(dy + at + i, n);
            const vf change = vf_sub(vf_mul(d, LOAD_F32(weight + i, n)), vf_mul(normal, mean));
            const vf total = vf_fma(scale, change, LOAD_F32(dx + at + i, n));
            STORE_F32(dx + at + i, total, n);
            // dweight [D] accumulates over rows in row order; callers give each thread its own and add them in order.
            STORE_F32(dweight + i, vf_fma(d, normal, LOAD_F32(dweight + i, n)), n);
            if (dbranch) STORE(dbranch + at + i, vf_mul(vf_set(alpha), total), n);
        });
    }
}
