// Reference: embedding, AdamW (Loshchilov & Hutter 2019, algorithm 2) and operations on flat vectors.
// SPDX-License-Identifier: Apache-2.0

// `scale` is muP's embedding multiplier (scale_emb).
static void embedding_forward(const int32_t *ids, const float *table, float scale, float *out, ptrdiff_t row0,
                              ptrdiff_t row1, ptrdiff_t D) {
    for (ptrdiff_t r = row0; r < row1; r++) {
        for (ptrdiff_t i = 0; i < D; i++) out[r * D + i] = scale * table[ids[r] * D + i];
    }
}

// Every caller scans all M rows and keeps those of its token range, so each row of dtable has a single writer.
static void embedding_backward(const int32_t *ids, const float *dx, float scale, float *dtable, ptrdiff_t M,
                               ptrdiff_t D, int32_t token0, int32_t token1) {
    for (ptrdiff_t r = 0; r < M; r++) {
        if (ids[r] < token0 || ids[r] >= token1) continue;
        for (ptrdiff_t i = 0; i < D; i++) dtable[ids[r] * D + i] += scale * dx[r * D + i];
    }
}

// m = b1 m + (1 - b1) g,  v = b2 v + (1 - b2) g^2,  w -= lr * (m_hat / (sqrt(v_hat) + eps) + weight_decay * w)
static void adamw(float *w, const float *g, float *m, float *v, ptrdiff_t n, const xm_adamw_params *p) {
    for (ptrdiff_t i = 0; i < n; i++) {
        const float gradient = g[i] * p->grad_scale;
        m[i] = p->beta1 * m[i] + (1 - p->beta1) * gradient;
        v[i] = p->beta2 * v[i] + (1 - p->beta2) * gradient * gradient;
        const float m_hat = m[i] / p->bias_correction1, v_hat = v[i] / p->bias_correction2;
        w[i] -= p->learning_rate * (m_hat / (sqrtf(v_hat) + p->eps) + p->weight_decay * w[i]);
    }
}

// The exact order is the specification's; vector versions are compared within a tolerance.
static double sum_squares(const float *x, ptrdiff_t n) {
    double sum = 0;
    for (ptrdiff_t i = 0; i < n; i++) sum += (double)x[i] * x[i];
    return sum;
}

static void add_f32(const float *x, float *y, ptrdiff_t n) {
    for (ptrdiff_t i = 0; i < n; i++) y[i] += x[i];
}

static void f32_to_bf16(const float *x, xm_bf16 *y, ptrdiff_t n) {
    for (ptrdiff_t i = 0; i < n; i++) y[i] = xm_round_bf16(x[i]);
}

static void bf16_to_f32(const xm_bf16 *x, float *y, ptrdiff_t n) {
    for (ptrdiff_t i = 0; i < n; i++) y[i] = xm_load_bf16(x[i]);
}
