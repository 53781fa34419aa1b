// Reference: causal softmax attention over packed keys and values of one head, and its gradient; included once per
// type. CXMKernels.h describes the two packed layouts. The unnormalised P and dS are rounded to ACT before they enter a
// product, because the vector kernels feed them to bf16 multiplications.
// SPDX-License-Identifier: Apache-2.0

// Element i of position `at` in the dot layout [positions/16][d/PAIR][16][PAIR], where a vector load yields 16
// positions, and in the pair layout [positions/PAIR][padded d][PAIR], where it yields 16 elements of one or two
// positions.
#define DOT_AT(x, at, i) (x)[(at) / 16 * 16 * d + (i) / PAIR * PAIR * 16 + (at) % 16 * PAIR + (i) % PAIR]
#define PAIR_AT(x, at, i) (x)[(at) / PAIR * XM_PADDED(d, 16) * PAIR + (i) * PAIR + (at) % PAIR]

// Written for clarity, element by element; the vector version moves whole rows.
static void NAME(attention_pack)(const ACT *x, ptrdiff_t ld, ptrdiff_t first, ptrdiff_t count, ptrdiff_t d, ACT *dot,
                                 ACT *pairs) {
    for (ptrdiff_t r = 0; r < count; r++) {
        for (ptrdiff_t i = 0; i < d; i++) {
            if (dot) DOT_AT(dot, first + r, i) = x[r * ld + i];
            if (!pairs) continue;
            PAIR_AT(pairs, first + r, i) = x[r * ld + i];
            // A position whose partner has not arrived is paired with zero, so the pair can be used at once.
            if ((first + r) % PAIR == 0 && PAIR == 2) PAIR_AT(pairs, first + r + PAIR - 1, i) = 0;
        }
    }
}

#include "cache_store.h"
#include "cache_unpack.h"

// p_k = exp(scale q·k - max), out = sum(p_k v_k) / sum(p_k), lse = max + log(sum(p_k)). The sum that normalises takes
// p_k before rounding. scratch [positions] holds the scores, then P.
static void NAME(attention_forward)(const ACT *q, ptrdiff_t ldq, enum xm_cache_type type, const void *keys,
                                    const void *values, ptrdiff_t rows, ptrdiff_t position, ptrdiff_t step,
                                    const int32_t *first_visible, ptrdiff_t d, float scale, ACT *out, ptrdiff_t ldo,
                                    float *lse, float *scratch) {
    for (ptrdiff_t r = 0; r < rows; r++) {
        const ptrdiff_t first = first_visible ? first_visible[r] : 0, last = position + r * step;
        // Reductions run in f64: the reference is there to measure the error of the others.
        double largest = -INFINITY, total = 0;
        for (ptrdiff_t k = first; k <= last; k++) {
            double dot = 0;
            for (ptrdiff_t i = 0; i < d; i++) dot += (double)LOAD(q[r * ldq + i]) * NAME(cache_key)(type, keys, k, i, d);
            scratch[k] = (float)(scale * dot);
            largest = fmax(largest, scratch[k]);
        }
        for (ptrdiff_t k = first; k <= last; k++) {
            const double e = exp(scratch[k] - largest);
            total += e;
            scratch[k] = LOAD(ROUND((float)e));
        }
        for (ptrdiff_t i = 0; i < d; i++) {
            double sum = 0;
            for (ptrdiff_t k = first; k <= last; k++) sum += (double)scratch[k] * NAME(cache_value)(type, values, k, i, d);
            out[r * ldo + i] = ROUND((float)(sum / total));
        }
        if (lse) lse[r] = (float)(largest + log(total));
    }
}

// With P = exp(scale q·k - lse) and delta = out·dout (FlashAttention, Dao et al. 2022, appendix B.2):
//   dP = dout·v,  dS = scale * P * (dP - delta),  dq = sum_k dS k,  dk += dS q,  dv += P dout.
// delta replaces sum_k P dP, so a row never needs all of its keys at once. dq is overwritten; dk and dv [positions,
// padded d] accumulate over query rows, and over the query heads that share a key head (`follows`).
static void NAME(attention_backward)(const ACT *q, ptrdiff_t ldq, const ACT *out, const ACT *dout, ptrdiff_t ldo,
                                     const ACT *keys, const ACT *key_pairs, const ACT *values, const float *lse,
                                     const int32_t *first_visible, ptrdiff_t rows, ptrdiff_t position, ptrdiff_t d,
                                     float scale, ACT *dq, float *dk, float *dv, int follows, float *scratch) {
    const ptrdiff_t padded = XM_PADDED(d, 16);
    // The first head of a group meets the tile's own positions first: nothing has been added there yet.
    for (ptrdiff_t k = position; !follows && k < position + rows; k++) {
        for (ptrdiff_t i = 0; i < d; i++) dk[k * padded + i] = dv[k * padded + i] = 0;
    }
    for (ptrdiff_t r = 0; r < rows; r++) {
        const ACT *go = dout + r * ldo;
        double delta = 0;
        for (ptrdiff_t i = 0; i < d; i++) {
            delta += (double)LOAD(out[r * ldo + i]) * LOAD(go[i]);
            scratch[i] = 0;  // dq of this row
        }
        for (ptrdiff_t k = first_visible[r]; k <= position + r; k++) {
            double dot = 0, dp = 0;
            for (ptrdiff_t i = 0; i < d; i++) {
                dot += (double)LOAD(q[r * ldq + i]) * LOAD(DOT_AT(keys, k, i));
                dp += (double)LOAD(go[i]) * LOAD(DOT_AT(values, k, i));
            }
            const double exact = exp(scale * dot - lse[r]);
            const float p = LOAD(ROUND((float)exact)), ds = LOAD(ROUND((float)(scale * exact * (dp - delta))));
            for (ptrdiff_t i = 0; i < d; i++) {
                dv[k * padded + i] += p * LOAD(go[i]);
                dk[k * padded + i] += ds * LOAD(q[r * ldq + i]);
                scratch[i] += ds * LOAD(PAIR_AT(key_pairs, k, i));
            }
        }
        for (ptrdiff_t i = 0; i < d; i++) dq[r * ldq + i] = ROUND(scratch[i]);
    }
}

// Sums the partial dk or dv of the query heads that share a key head, in head order, and rounds once.
static void NAME(attention_sum_heads)(const float *parts, ptrdiff_t ld, ptrdiff_t head_stride, ptrdiff_t heads, ACT *out,
                                      ptrdiff_t ldo, ptrdiff_t row0, ptrdiff_t row1, ptrdiff_t d) {
    for (ptrdiff_t r = row0; r < row1; r++) {
        for (ptrdiff_t i = 0; i < d; i++) {
            float sum = parts[r * ld + i];
            for (ptrdiff_t h = 1; h < heads; h++) sum += parts[h * head_stride + r * ld + i];
            out[r * ldo + i] = ROUND(sum);
        }
    }
}

#undef DOT_AT
#undef PAIR_AT
