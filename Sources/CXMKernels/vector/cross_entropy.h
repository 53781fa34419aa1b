// Vector body of cross_entropy; reference/cross_entropy.h says what it computes. The row is read three times, but
// only the first time from memory: 65,280 logits are 255 KiB.
// SPDX-License-Identifier: Apache-2.0

static void NAME(cross_entropy)(const float *logits, ptrdiff_t ld, const int32_t *targets, float logit_scale,
                                float grad_scale, float *loss, ACT *dlogits, ptrdiff_t ldg, ptrdiff_t row0,
                                ptrdiff_t row1, ptrdiff_t V) {
    const vf scale = vf_set(logit_scale), lowest = vf_set(-INFINITY);
    for (ptrdiff_t r = row0; r < row1; r++) {
        const float *row = logits + r * ld;
        ACT *gradient = dlogits ? dlogits + r * ldg : NULL;
        const int32_t target = targets[r];
        if (target < 0) {
            loss[r] = 0;
            if (gradient) memset(gradient, 0, (size_t)V * sizeof *gradient);
            continue;
        }
        vf top = lowest;
        EACH(V, { top = vf_max(top, vf_keep(vf_mul(scale, LOAD_F32(row + i, n)), n, lowest)); });
        const float largest = vf_largest(top);
        const vf shift = vf_set(-largest);
        // Four partial sums: short dependency chains and a smaller rounding error over long rows.
        vf sums[4] = {vf_set(0), vf_set(0), vf_set(0), vf_set(0)};
        EACH(V, {
            const vf e = vf_exp(vf_fma(scale, LOAD_F32(row + i, n), shift));
            sums[i / W & 3] = vf_add(sums[i / W & 3], vf_keep(e, n, vf_set(0)));
        });
        const double sum = vf_sum(vf_add(vf_add(sums[0], sums[1]), vf_add(sums[2], sums[3])));
        loss[r] = (float)(log(sum) + largest - (double)logit_scale * row[target]);
        if (!gradient) continue;
        const float factor = logit_scale * grad_scale;
        const vf scaled = vf_set((float)(factor / sum));
        EACH(V, { STORE(gradient + i, vf_mul(scaled, vf_exp(vf_fma(scale, LOAD_F32(row + i, n), shift))), n); });
        const double p = exp((double)logit_scale * row[target] - largest) / sum;
        gradient[target] = ROUND_ONE((float)((p - 1) * factor));
    }
}
