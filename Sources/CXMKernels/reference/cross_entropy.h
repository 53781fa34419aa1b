// Reference: softmax cross-entropy of scaled logits with its gradient, included once per activation type.
// SPDX-License-Identifier: Apache-2.0

static void NAME(cross_entropy)(const float *logits, ptrdiff_t ld, const int32_t *targets, float logit_scale,
                                float grad_scale, float *loss, ACT *dlogits, ptrdiff_t ldg, ptrdiff_t row0,
                                ptrdiff_t row1, ptrdiff_t V) {
    for (ptrdiff_t r = row0; r < row1; r++) {
        const float *row = logits + r * ld;
        if (targets[r] < 0) {
            loss[r] = 0;
            for (ptrdiff_t v = 0; dlogits && v < V; v++) dlogits[r * ldg + v] = 0;
            continue;
        }
        double largest = -INFINITY, sum = 0;
        for (ptrdiff_t v = 0; v < V; v++) largest = fmax(largest, (double)logit_scale * row[v]);
        for (ptrdiff_t v = 0; v < V; v++) sum += exp((double)logit_scale * row[v] - largest);
        loss[r] = (float)(log(sum) + largest - (double)logit_scale * row[targets[r]]);
        for (ptrdiff_t v = 0; dlogits && v < V; v++) {
            const double p = exp((double)logit_scale * row[v] - largest) / sum;
            dlogits[r * ldg + v] = ROUND((float)((p - (v == targets[r])) * logit_scale * grad_scale));
        }
    }
}
