// Vector bodies of embedding, AdamW and flat operations; reference/vectors.h says what they compute. All are bound by
// memory bandwidth, so they do everything in one pass and keep no intermediate.
// SPDX-License-Identifier: Apache-2.0

static void embedding_forward(const int32_t *ids, const float *table, float scale, float *out, ptrdiff_t row0,
                              ptrdiff_t row1, ptrdiff_t D) {
    for (ptrdiff_t r = row0; r < row1; r++) {
        const float *source = table + (ptrdiff_t)ids[r] * D;
        EACH(D, { STORE_F32(out + r * D + i, vf_mul(vf_set(scale), LOAD_F32(source + i, n)), n); });
    }
}

static void embedding_backward(const int32_t *ids, const float *dx, float scale, float *dtable, ptrdiff_t M,
                               ptrdiff_t D, int32_t token0, int32_t token1) {
    for (ptrdiff_t r = 0; r < M; r++) {
        if (ids[r] < token0 || ids[r] >= token1) continue;
        float *target = dtable + (ptrdiff_t)ids[r] * D;
        EACH(D, {
            STORE_F32(target + i, vf_fma(vf_set(scale), LOAD_F32(dx + r * D + i, n), LOAD_F32(target + i, n)), n);
        });
    }
}

static void adamw(float *w, const float *g, float *m, float *v, ptrdiff_t count, const xm_adamw_params *p) {
    const vf beta1 = vf_set(p->beta1), beta2 = vf_set(p->beta2);
    const vf rest1 = vf_set(1 - p->beta1), rest2 = vf_set(1 - p->beta2);
    // Multiplying by reciprocals is faster than dividing and may differ from the reference in the last bit.
    const vf correction1 = vf_set(1 / p->bias_correction1), correction2 = vf_set(1 / p->bias_correction2);
    EACH(count, {
        const vf gradient = vf_mul(LOAD_F32(g + i, n), vf_set(p->grad_scale)), weight = LOAD_F32(w + i, n);
        const vf first = vf_fma(beta1, LOAD_F32(m + i, n), vf_mul(rest1, gradient));
        const vf second = vf_fma(beta2, LOAD_F32(v + i, n), vf_mul(rest2, vf_mul(gradient, gradient)));
        const vf root = vf_add(vf_sqrt(vf_mul(second, correction2)), vf_set(p->eps));
        const vf change = vf_fma(vf_set(p->weight_decay), weight, vf_div(vf_mul(first, correction1), root));
        STORE_F32(m + i, first, n);
        STORE_F32(v + i, second, n);
        // w -= lr * change
        STORE_F32(w + i, vf_fma(vf_set(-p->learning_rate), change, weight), n);
    });
}

// f32 lanes within a block of 1024 values, f64 across blocks: nearly the speed of f32 and nearly the error of f64.
static double sum_squares(const float *x, ptrdiff_t count) {
    double total = 0;
    for (ptrdiff_t block = 0; block < count; block += 1024) {
        const ptrdiff_t length = count - block < 1024 ? count - block : 1024;
        vf sum = vf_set(0);
        EACH(length, {
            const vf v = LOAD_F32(x + block + i, n);
            sum = vf_fma(v, v, sum);
        });
        total += vf_sum(sum);
    }
    return total;
}

static void add_f32(const float *x, float *y, ptrdiff_t count) {
    EACH(count, { STORE_F32(y + i, vf_add(LOAD_F32(x + i, n), LOAD_F32(y + i, n)), n); });
}

static void f32_to_bf16(const float *x, xm_bf16 *y, ptrdiff_t count) {
    EACH(count, {
        if (n == W) vb_store(y + i, vf_load(x + i));
        else vb_store_n(y + i, vf_load_n(x + i, n), n);
    });
}

static void bf16_to_f32(const xm_bf16 *x, float *y, ptrdiff_t count) {
    EACH(count, {
        if (n == W) vf_store(y + i, vb_load(x + i));
        else vf_store_n(y + i, vb_load_n(x + i, n), n);
    });
}
