// Vector body of causal attention; reference/attention.h says what it computes. Eight query rows at a time, so that
// their scores [8, width] stay in L1 and each load of keys or values serves eight rows. Every sum over keys or
// positions starts at the first and goes up.
// SPDX-License-Identifier: Apache-2.0

#include "attention_product.h"

// Rows are scattered by memcpy of PAIR elements (dot) and interleaved in pairs of rows (pairs).
static void NAME(attention_pack)(const ACT *x, ptrdiff_t ld, ptrdiff_t first, ptrdiff_t count, ptrdiff_t d, ACT *dot,
                                 ACT *pairs) {
    const ptrdiff_t padded = XM_PADDED(d, 16);
    for (ptrdiff_t r = 0; dot && r < count; r++) {
        const ptrdiff_t at = first + r;
        ACT *block = dot + at / 16 * 16 * d + at % 16 * PAIR;
        // PAIR consecutive elements of a row are one lane of the block's [d/PAIR][16][PAIR].
        for (ptrdiff_t i = 0; i < d; i += PAIR) memcpy(block + i * 16, x + r * ld + i, PAIR * sizeof *x);
    }
    if (!pairs) return;
    for (ptrdiff_t at = first; at < first + count;) {
        ACT *to = pairs + at / PAIR * padded * PAIR;
        const ACT *row = x + (at - first) * ld;
        // Both rows of a pair at once: one pass over the destination instead of two.
        if (PAIR == 2 && at % PAIR == 0 && at + 1 < first + count) {
            for (ptrdiff_t i = 0; i < d; i++) { to[i * PAIR] = row[i]; to[i * PAIR + PAIR - 1] = row[ld + i]; }
            at += 2;
        } else {
            // A position whose partner has not arrived is paired with zero, so the pair can be used at once.
            for (ptrdiff_t i = 0; i < d; i++) to[i * PAIR + at % PAIR] = row[i];
            for (ptrdiff_t i = 0; at % PAIR + 1 < PAIR && i < d; i++) to[i * PAIR + PAIR - 1] = 0;
            at += 1;
        }
    }
}

#include "../reference/cache_store.h"
#include "cache_unpack.h"

// Positions of a cache unpacked at a time: [64, d] in the activation type fits L1 and is used while it is there.
#define UNPACKED 64

// scores [M, width] = q kᵀ, unscaled, for M query rows against positions start ..< start + width, both multiples of 16.
// unpacked [UNPACKED, d] is used only when the cache has another type than the activations.
static void NAME(attention_scores)(const ACT *q, ptrdiff_t ldq, ptrdiff_t M, enum xm_cache_type type, const void *keys,
                                   ptrdiff_t start, ptrdiff_t width, ptrdiff_t d, float *scores, ACT *unpacked) {
    if (type == OWN_TYPE) {
        NAME(attention_product)(q, ldq, PAIR, M, (const ACT *)keys + start * d, 16 * d, 16 * PAIR, width, d / PAIR,
                                scores, width, 0);
        return;
    }
    const uint8_t *blocks = (const uint8_t *)keys + start / 16 * xm_cache_block_bytes(type, d);
    for (ptrdiff_t k = 0; k < width; k += UNPACKED) {
        // width is a multiple of 16, so n is whole blocks too.
        const ptrdiff_t n = width - k < UNPACKED ? width - k : UNPACKED;
        NAME(attention_unpack)(type, blocks + k / 16 * xm_cache_block_bytes(type, d), NULL, n / 16, d, unpacked, NULL);
        NAME(attention_product)(q, ldq, PAIR, M, unpacked, 16 * d, 16 * PAIR, n, d / PAIR, scores + k, width, 0);
    }
}

// out [M, padded d] = p v over `count` positions from `start` on; row m of p is at p + m*ldp, zero past its own end.
static void NAME(attention_mix)(const ACT *p, ptrdiff_t ldp, ptrdiff_t M, enum xm_cache_type type, const void *values,
                                ptrdiff_t start, ptrdiff_t count, ptrdiff_t d, float *out, ACT *unpacked) {
    const ptrdiff_t padded = XM_PADDED(d, 16);
    if (type == OWN_TYPE) {
        NAME(attention_product)(p, ldp, PAIR, M, (const ACT *)values + start * padded, 16 * PAIR, padded * PAIR,
                                padded, (count + PAIR - 1) / PAIR, out, padded, 0);
        return;
    }
    const uint8_t *blocks = (const uint8_t *)values + start / 16 * xm_cache_block_bytes(type, padded);
    for (ptrdiff_t k = 0; k < count; k += UNPACKED) {
        const ptrdiff_t n = count - k < UNPACKED ? count - k : UNPACKED;
        NAME(attention_unpack)(type, NULL, blocks + k / 16 * xm_cache_block_bytes(type, padded), (n + 15) / 16, d, NULL,
                               unpacked);
        // A sum stored in f32 and resumed has the bits of one that never left its register.
        NAME(attention_product)(p + k, ldp, PAIR, M, unpacked, 16 * PAIR, padded * PAIR, padded, (n + PAIR - 1) / PAIR,
                                out, padded, k > 0);
    }
}

// out = softmax(scale q kᵀ) v in three passes over a tile of eight rows: scores, exponentials in place, product with v.
// The whole row of scores is kept, so no running maximum rescales sums and the order of summation stays simple.
static void NAME(attention_forward)(const ACT *q, ptrdiff_t ldq, enum xm_cache_type type, const void *keys,
                                    const void *values, ptrdiff_t rows, ptrdiff_t position, ptrdiff_t step,
                                    const int32_t *first_visible, ptrdiff_t d, float scale, ACT *out, ptrdiff_t ldo,
                                    float *lse, float *scratch) {
    const ptrdiff_t padded = XM_PADDED(d, 16);
    const vf factor = vf_set(scale), lowest = vf_set(-INFINITY);
    float *tile = scratch, *scores = scratch + 8 * padded;  // [8, padded d], [8, width]
    for (ptrdiff_t r0 = 0; r0 < rows; r0 += 8) {
        const ptrdiff_t M = rows - r0 < 8 ? rows - r0 : 8, last = position + (r0 + M - 1) * step;
        // The tile covers the union of its rows' visible ranges, rounded to blocks; each row masks what it must not
        // see.
        ptrdiff_t start = first_visible ? first_visible[r0] : 0;
        for (ptrdiff_t m = 1; first_visible && m < M; m++)
            start = first_visible[r0 + m] < start ? first_visible[r0 + m] : start;
        start = start / 16 * 16;
        const ptrdiff_t count = last + 1 - start, width = XM_PADDED(count, 16);
        ACT *unpacked = (ACT *)(scores + 8 * width);  // [UNPACKED, padded d]
        NAME(attention_scores)(q + r0 * ldq, ldq, M, type, keys, start, width, d, scores, unpacked);
        float totals[8];
        for (ptrdiff_t m = 0; m < M; m++) {
            const ptrdiff_t at = position + (r0 + m) * step;
            const ptrdiff_t skip = (first_visible ? first_visible[r0 + m] : 0) - start, visible = at + 1 - start - skip;
            float *s = scores + m * width + skip;
            ACT *p = (ACT *)(scores + m * width);  // overwrites the scores, behind the reads
            vf top = lowest, sum = vf_set(0);
            EACH(visible, { top = vf_max(top, vf_keep(LOAD_F32(s + i, n), n, lowest)); });
            // scale > 0, so the largest score is also the largest after scaling.
            const float largest = scale * vf_largest(top);
            const vf shift = vf_set(-largest);
            memset(p, 0, (size_t)skip * sizeof *p);
            EACH(visible, {
                const vf e = vf_exp(vf_fma(factor, LOAD_F32(s + i, n), shift));
                // The normaliser sums e before it is rounded to ACT.
                STORE(p + skip + i, e, n);
                sum = vf_add(sum, vf_keep(e, n, vf_set(0)));
            });
            memset(p + skip + visible, 0, (size_t)(width - skip - visible) * sizeof *p);
            totals[m] = vf_sum(sum);
            if (lse) lse[r0 + m] = largest + logf(totals[m]);
        }
        NAME(attention_mix)((const ACT *)scores, width * (ptrdiff_t)(sizeof(float) / sizeof(ACT)), M, type, values, start,
                            count, d, tile, unpacked);
        for (ptrdiff_t m = 0; m < M; m++) {
            // Normalising the d outputs is cheaper than normalising up to `width` probabilities.
            const vf share = vf_set(1 / totals[m]);
            EACH(d, { STORE(out + (r0 + m) * ldo + i, vf_mul(share, LOAD_F32(tile + m * padded + i, n)), n); });
        }
    }
}

// P and dS of M query rows and 32 keys, from their scores s and probability gradients dp [8, 32]:
//   P = exp(scale s - lse),  dS = scale P (dp - delta)
// p_pairs and ds_pairs pack them over pairs of rows, [M/PAIR][32][PAIR], for dv and dk; ds [M, 32 of lds] holds rows
// for dq. Keys outside first_visible[row]...position + row become zero.
static inline void NAME(attention_gradient_tile)(const float *s, const float *dp, ptrdiff_t M, ptrdiff_t k0,
                                                 ptrdiff_t position, const int32_t *first_visible, const float *lse,
                                                 const float *delta, float scale, ACT *p_pairs, ACT *ds_pairs, ACT *ds,
                                                 ptrdiff_t lds) {
    const vf factor = vf_set(scale), zero = vf_set(0);
    for (ptrdiff_t m = 0; m < M; m += PAIR) {
        for (ptrdiff_t n = 0; n < 32; n += W) {
            vf p[PAIR], g[PAIR];
            for (int i = 0; i < PAIR; i++) {
                const ptrdiff_t row = m + i;
                p[i] = g[i] = zero;
                if (row >= M) continue;
                p[i] = vf_exp(vf_fma(factor, vf_load(s + row * 32 + n), vf_set(-lse[row])));
                g[i] = vf_mul(vf_mul(factor, p[i]), vf_sub(vf_load(dp + row * 32 + n), vf_set(delta[row])));
                // Visible lanes of this vector are begin ..< end; most vectors are visible whole and skip the masking.
                const ptrdiff_t end = position + row + 1 - (k0 + n), begin = first_visible[row] - (k0 + n);
                if (end < W || begin > 0) {
                    const ptrdiff_t upto = end < 0 ? 0 : end < W ? end : W, from = begin < 0 ? 0 : begin < W ? begin : W;
                    p[i] = vf_keep(zero, from, vf_keep(p[i], upto, zero));
                    g[i] = vf_keep(zero, from, vf_keep(g[i], upto, zero));
                }
                STORE(ds + row * lds + n, g[i], W);
            }
            STORE_PACKED(p_pairs + m * 32 + n * PAIR, p);
            STORE_PACKED(ds_pairs + m * 32 + n * PAIR, g);
        }
    }
}

// Two sweeps. The first goes over tiles of 32 keys and adds pᵀ dout to dv and dsᵀ q to dk, each tile of dv and dk
// loaded and stored once. It leaves ds [rows, width] in scratch, from which the second sweep makes dq = ds k, eight
// rows at a time.
static void NAME(attention_backward)(const ACT *q, ptrdiff_t ldq, const ACT *out, const ACT *dout, ptrdiff_t ldo,
                                     const ACT *keys, const ACT *key_pairs, const ACT *values, const float *lse,
                                     const int32_t *first_visible, ptrdiff_t rows, ptrdiff_t position, ptrdiff_t d,
                                     float scale, ACT *dq, float *dk, float *dv, int follows, float *scratch) {
    const ptrdiff_t padded = XM_PADDED(d, 16), end = position + rows;
    float *s = scratch, *dp = s + 8 * 32, *delta = dp + 8 * 32, *tile = delta + XM_QUERY_TILE;  // tile [8, padded d]
    // Operands of the products over rows: q and dout packed over pairs of query rows, [rows/PAIR][padded d][PAIR].
    ACT *q_pairs = (ACT *)(tile + 8 * padded), *dout_pairs = q_pairs + XM_QUERY_TILE * padded;
    ACT *p_pairs = dout_pairs + XM_QUERY_TILE * padded, *ds_pairs = p_pairs + XM_QUERY_TILE * 32;
    ACT *ds = ds_pairs + XM_QUERY_TILE * 32;  // [query tile, width]
    // Copied to be contiguous: a row stride that is a power of two maps all rows to a few L1 sets, which then evict
    // each other.
    ACT *q_rows = ds + XM_QUERY_TILE * XM_PADDED(end, 32), *dout_rows = q_rows + XM_QUERY_TILE * d;
    for (ptrdiff_t r = 0; r < rows; r++) {
        memcpy(q_rows + r * d, q + r * ldq, (size_t)d * sizeof *q);
        memcpy(dout_rows + r * d, dout + r * ldo, (size_t)d * sizeof *q);
    }
    NAME(attention_pack)(q, ldq, 0, rows, d, NULL, q_pairs);
    NAME(attention_pack)(dout, ldo, 0, rows, d, NULL, dout_pairs);
    ptrdiff_t start = first_visible[0];
    for (ptrdiff_t r = 0; r < rows; r++) {
        // delta = out · dout, one scalar per query row.
        vf sum = vf_set(0);
        EACH(d, { sum = vf_fma(LOAD(out + r * ldo + i, n), LOAD(dout + r * ldo + i, n), sum); });
        delta[r] = vf_sum(sum);
        start = first_visible[r] < start ? first_visible[r] : start;
    }
    start = start / 32 * 32;
    const ptrdiff_t width = XM_PADDED(end - start, 32);
    for (ptrdiff_t k0 = start; k0 < end; k0 += 32) {
        const ptrdiff_t first = k0 > position ? (k0 - position) / 8 * 8 : 0;  // causal: earlier rows see no key here
        for (ptrdiff_t r = first; r < rows; r += 8) {
            const ptrdiff_t M = rows - r < 8 ? rows - r : 8;
            NAME(attention_product)(q_rows + r * d, d, PAIR, M, keys + k0 * d, 16 * d, 16 * PAIR, 32, d / PAIR, s, 32, 0);
            NAME(attention_product)(dout_rows + r * d, d, PAIR, M, values + k0 * d, 16 * d, 16 * PAIR, 32, d / PAIR, dp, 32,
                                    0);
            NAME(attention_gradient_tile)(s, dp, M, k0, position + r, first_visible + r, lse + r, delta + r, scale,
                                          p_pairs + r * 32, ds_pairs + r * 32, ds + r * width + k0 - start, width);
        }
        // Query rows are the summation index of dk and dv.
        const ptrdiff_t steps = (rows - first + PAIR - 1) / PAIR;
        const int accumulate = follows || k0 < position;  // added to by earlier heads or query tiles
        NAME(attention_product)(p_pairs + first * 32, PAIR, 32 * PAIR, 32, dout_pairs + first * padded, 16 * PAIR,
                                padded * PAIR, padded, steps, dv + k0 * padded, padded,
                                accumulate);
        NAME(attention_product)(ds_pairs + first * 32, PAIR, 32 * PAIR, 32, q_pairs + first * padded, 16 * PAIR,
                                padded * PAIR, padded, steps, dk + k0 * padded, padded,
                                accumulate);
    }
    for (ptrdiff_t r = 0; r < rows; r += 8) {
        // Keys past a row's own position have ds = 0, so the eight rows share the range of the last one.
        const ptrdiff_t M = rows - r < 8 ? rows - r : 8, count = position + r + M - start;
        NAME(attention_product)(ds + r * width, width, PAIR, M, key_pairs + start * padded, 16 * PAIR, padded * PAIR,
                                padded, (count + PAIR - 1) / PAIR, tile, padded, 0);
        for (ptrdiff_t m = 0; m < M; m++) EACH(d, { STORE(dq + (r + m) * ldq + i, LOAD_F32(tile + m * padded + i, n), n); });
    }
}

static void NAME(attention_sum_heads)(const float *parts, ptrdiff_t ld, ptrdiff_t head_stride, ptrdiff_t heads, ACT *out,
                                      ptrdiff_t ldo, ptrdiff_t row0, ptrdiff_t row1, ptrdiff_t d) {
    for (ptrdiff_t r = row0; r < row1; r++) {
        EACH(d, {
            const float *part = parts + r * ld + i;
            vf sum = LOAD_F32(part, n);
            for (ptrdiff_t h = 1; h < heads; h++) sum = vf_add(sum, LOAD_F32(part + h * head_stride, n));
            STORE(out + r * ldo + i, sum, n);
        });
    }
}
