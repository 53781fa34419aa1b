// Reference: residual addition fused with RMSNorm (Zhang & Sennrich 2019), included once per activation type. The
// residual stream x is f32 whatever the activation type; alpha is the depth scale of a residual branch.
// SPDX-License-Identifier: Apache-2.0

// rstd is kept for the backward pass, which would otherwise repeat the reduction.
static void NAME(residual_rmsnorm_forward)(const float *x, const ACT *branch, float alpha, const float *weight,
                                           float eps, float *x_out, ACT *y, float *rstd, ptrdiff_t row0,
                                           ptrdiff_t row1, ptrdiff_t D) {
    for (ptrdiff_t r = row0; r < row1; r++) {
        double squares = 0;
        for (ptrdiff_t i = r * D; i < (r + 1) * D; i++) {
            x_out[i] = branch ? x[i] + alpha * LOAD(branch[i]) : x[i];
            squares += (double)x_out[i] * x_out[i];
        }
        rstd[r] = (float)(1 / sqrt(squares / D + eps));
        // The normalised value is rounded to the activation type before the weight is applied, as in Hugging Face's
        // LlamaRMSNorm.
        for (ptrdiff_t i = 0; i < D; i++) {
            y[r * D + i] = ROUND(LOAD(ROUND(x_out[r * D + i] * rstd[r])) * weight[i]);
        }
    }
}

// With n = x * rstd and t = dy * weight: dx += rstd * (t - n * mean(t * n)), dweight += dy * n. dx arrives with the
// gradient of the residual path, which is why it accumulates; the finished dx times alpha is the branch's gradient.
static void NAME(residual_rmsnorm_backward)(const ACT *dy, const float *x, const float *weight, const float *rstd,
                                            float alpha, float *dx, ACT *dbranch, float *dweight, ptrdiff_t row0,
                                            ptrdiff_t row1, ptrdiff_t D) {
    for (ptrdiff_t r = row0; r < row1; r++) {
        double sum = 0;
        for (ptrdiff_t i = 0; i < D; i++) {
            sum += (double)LOAD(dy[r * D + i]) * weight[i] * x[r * D + i] * rstd[r];
        }
        const float mean = (float)(sum / D);
        for (ptrdiff_t i = 0; i < D; i++) {
            const ptrdiff_t at = r * D + i;
            const float n = x[at] * rstd[r], d = LOAD(dy[at]);
            dx[at] += rstd[r] * (d * weight[i] - n * mean);
            dweight[i] += d * n;
            if (dbranch) dbranch[at] = ROUND(alpha * dx[at]);
        }
    }
}
