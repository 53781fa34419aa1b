// Fused kernels around the matmuls, one table of functions per instruction set. Every kernel works on a row range of
// raw buffers: no allocation, no threads, no globals. reference/ holds the scalar versions, which are the
// specification; vector/ the bodies that x86/*_<isa>.c compile. CXMQuant.h defines the block formats of quantised
// weights, CXMBlockProduct.h the matmuls on them. Letters: M rows (tokens), D model width, F feed-forward width, d head
// width, V vocabulary.
// SPDX-License-Identifier: Apache-2.0
#ifndef CXM_KERNELS_H
#define CXM_KERNELS_H

#include <stddef.h>
#include <stdint.h>

#include "CXMBandwidth.h"
#include "CXMBlockProduct.h"
#include "CXMCache.h"
#include "CXMQuant.h"

typedef uint16_t xm_bf16;  // upper half of an IEEE f32, rounded to nearest even

// Ordered from slowest to fastest, so that `isa >= XM_ISA_AVX2` means "AVX2 or better".
enum xm_isa { XM_ISA_SCALAR = 0, XM_ISA_AVX2 = 1, XM_ISA_AVX512 = 2, XM_ISA_AVX512_BF16 = 3 };

// AdamW with decoupled weight decay (Loshchilov & Hutter 2019, algorithm 2). Gradient clipping is folded in: g is
// multiplied by grad_scale as it is read, so clipping costs no extra pass over the gradients.
typedef struct {
    float learning_rate, beta1, beta2, eps, weight_decay, grad_scale;
    float bias_correction1, bias_correction2;  // 1 - beta1^t and 1 - beta2^t at step t = 1, 2, …
} xm_adamw_params;

// Most query rows that one attention_backward call takes: its P and dS tiles are sized for them.
#define XM_QUERY_TILE 64
// n rounded up to a multiple of `tile`.
#define XM_PADDED(n, tile) (((n) + (tile) - 1) / (tile) * (tile))

// Floats of scratch for one attention call, forward or backward, over `keys` positions. The terms are backward's: score
// and dP tiles [8, 32], delta, the dq tile [8, padded d], then q, dout in rows and pairs, P and dS pairs, dS rows
// [XM_QUERY_TILE, width], counted as f32 although bf16 kernels use half of it.
static inline ptrdiff_t xm_attention_scratch(ptrdiff_t keys, ptrdiff_t d) {
    const ptrdiff_t width = XM_PADDED(keys, 32) + 32, padded = XM_PADDED(d, 16);
    return 2 * 8 * 32 + XM_QUERY_TILE + 8 * padded + XM_QUERY_TILE * (4 * padded + 2 * 32 + width);
}

// Activation kernels exist for f32 and bf16 storage; arithmetic is f32 in both.
#define XM_ACTIVATION_KERNELS(SUFFIX, ACT)                                                                             \
    /* x_out = x + alpha * branch (branch NULL: x_out = x); rstd = 1 / sqrt(mean(x_out^2) + eps); y = round(x_out      \
       * rstd) * weight, where round is to ACT. x, x_out f32 [M,D] (may alias); branch, y [M,D]; rstd f32 [M];         \
       weight f32 [D]. x_out, y and rstd are overwritten. */                                                           \
    void (*residual_rmsnorm_forward_##SUFFIX)(const float *x, const ACT *branch, float alpha, const float *weight,     \
                                              float eps, float *x_out, ACT *y, float *rstd, ptrdiff_t row0,            \
                                              ptrdiff_t row1, ptrdiff_t D);                                            \
    /* dx += (d rmsnorm / d x) dy; dbranch = alpha * dx (skipped if NULL); dweight += sum over rows, in row            \
       order. dy, dbranch [M,D]; x = the forward's x_out f32 [M,D]; dx f32 [M,D], in and out; dweight f32 [D].         \
       Threads pass a dweight of their own per row range and add them up in a fixed order. */                          \
    void (*residual_rmsnorm_backward_##SUFFIX)(const ACT *dy, const float *x, const float *weight, const float *rstd,  \
                                               float alpha, float *dx, ACT *dbranch, float *dweight, ptrdiff_t row0,   \
                                               ptrdiff_t row1, ptrdiff_t D);                                           \
    /* Rotates `heads` heads of width d in place, pairing i with i + d/2 (rotate_half). Row r of x starts at x +       \
       r*stride and has the angles of positions[r]; cosine, sine f32 [positions, d/2]. direction: 1 forward, -1        \
       for the gradient (the inverse rotation). */                                                                     \
    void (*rope_##SUFFIX)(ACT *x, ptrdiff_t stride, ptrdiff_t heads, ptrdiff_t d, const float *cosine,                 \
                          const float *sine, const int32_t *positions, float direction, ptrdiff_t row0,                \
                          ptrdiff_t row1);                                                                             \
    /* out = silu(gate) * up. gate_up [M,2F]: gate in columns 0..<F, up in F..<2F; out [M,F] is overwritten. */        \
    void (*swiglu_forward_##SUFFIX)(const ACT *gate_up, ACT *out, ptrdiff_t row0, ptrdiff_t row1, ptrdiff_t F);        \
    /* dgate_up [M,2F] from dout [M,F], overwritten; out [M,F] is recomputed on the way. dgate_up may alias            \
       gate_up. */                                                                                                     \
    void (*swiglu_backward_##SUFFIX)(const ACT *dout, const ACT *gate_up, ACT *dgate_up, ACT *out, ptrdiff_t row0,     \
                                     ptrdiff_t row1, ptrdiff_t F);                                                     \
    /* One vocabulary tile of a softmax, z = logit_scale * logits; logits f32 [rows,n], row stride ld. Per row r:      \
       largest[r*stride] = max z; sum[r*stride] = sum of exp(z - max), in f32 and before rounding; e [rows,n]          \
       (row stride lde) = exp(z - max) rounded to ACT, skipped if e is NULL. The stride lets a row's tiles lie         \
       side by side. */                                                                                                \
    void (*softmax_tile_##SUFFIX)(const float *logits, ptrdiff_t ld, float logit_scale, ACT *e, ptrdiff_t lde,         \
                                  float *largest, float *sum, ptrdiff_t stride, ptrdiff_t rows, ptrdiff_t n);          \
    /* x = factor * x, n elements, in place. */                                                                        \
    void (*scale_row_##SUFFIX)(ACT *x, float factor, ptrdiff_t n);                                                     \
    /* Packs rows x[r*ld], r in 0..<count, as positions first + r. dot: blocks of 16 positions, [d/P][16][P], for      \
       scores (a vector load yields 16 positions). pairs: [positions/P][d padded to 16][P], for weighted sums; an      \
       even position zeroes its partner. P = 2 for bf16 (terms of one VDPBF16PS lane), 1 for f32. dot or pairs         \
       may be NULL. */                                                                                                 \
    void (*attention_pack_##SUFFIX)(const ACT *x, ptrdiff_t ld, ptrdiff_t first, ptrdiff_t count, ptrdiff_t d,         \
                                    ACT *dot, ACT *pairs);                                                             \
    /* The same into the blocks of a cache (CXMCache.h). Type F32 only if ACT is f32. */                               \
    void (*attention_store_##SUFFIX)(enum xm_cache_type type, const ACT *x, ptrdiff_t ld, ptrdiff_t first,             \
                                     ptrdiff_t count, ptrdiff_t d, void *dot, void *pairs);                            \
    /* Whole blocks of a cache into the packed forms, keys to dot and values to pairs; NULL keys or values are         \
       skipped. `type` is not the type of the activations, whose cache needs no unpacking. */                          \
    void (*attention_unpack_##SUFFIX)(enum xm_cache_type type, const void *keys, const void *values,                   \
                                      ptrdiff_t blocks, ptrdiff_t d, ACT *dot, ACT *pairs);                            \
    /* Attention of query rows q[r*ldq] over the keys and values of one head, stored as `type`: in the                 \
       activations' own type they are dot and pairs; any other type gives the bits that unpacking first would.         \
       Row r is at position + r*step (step 0: several heads of one position) and sees first_visible[r] (NULL: 0)       \
       up to itself. out[r*ldo] = softmax(scale * q k) v; lse[r] = log of the softmax's denominator, unless NULL.      \
       A row's bits do not depend on its neighbours. */                                                                \
    void (*attention_forward_##SUFFIX)(const ACT *q, ptrdiff_t ldq, enum xm_cache_type type, const void *keys,         \
                                       const void *values, ptrdiff_t rows, ptrdiff_t position, ptrdiff_t step,         \
                                       const int32_t *first_visible, ptrdiff_t d, float scale, ACT *out,               \
                                       ptrdiff_t ldo, float *lse, float *scratch);                                     \
    /* Gradient of up to XM_QUERY_TILE rows at position + r, position a multiple of XM_QUERY_TILE. dq (stride          \
       ldq) is overwritten. dk, dv f32 [positions padded to 32, d padded to 16] accumulate; but from `position`        \
       on they are overwritten unless `follows`, i.e. unless an earlier head of the group has written them. So         \
       neither needs zeroing. keys, values: dot layout; key_pairs: pairs; out, dout[r*ldo] as in forward. */           \
    void (*attention_backward_##SUFFIX)(const ACT *q, ptrdiff_t ldq, const ACT *out, const ACT *dout, ptrdiff_t ldo,   \
                                        const ACT *keys, const ACT *key_pairs, const ACT *values, const float *lse,    \
                                        const int32_t *first_visible, ptrdiff_t rows, ptrdiff_t position,              \
                                        ptrdiff_t d, float scale, ACT *dq, float *dk, float *dv, int follows,          \
                                        float *scratch);                                                               \
    /* out[r*ldo] = sum over h, in order, of parts[h*head_stride + r*ld], rounded once to ACT; d elements per          \
       row. */                                                                                                         \
    void (*attention_sum_heads_##SUFFIX)(const float *parts, ptrdiff_t ld, ptrdiff_t head_stride, ptrdiff_t heads,     \
                                         ACT *out, ptrdiff_t ldo, ptrdiff_t row0, ptrdiff_t row1, ptrdiff_t d);

// One table per instruction set. `y +=` in a comment means the buffer accumulates; `=` means it is overwritten.
typedef struct xm_kernels {
    enum xm_isa isa;
    const char *name;

    XM_ACTIVATION_KERNELS(f32, float)
    XM_ACTIVATION_KERNELS(bf16, xm_bf16)

    // out[r] = scale * table[ids[r]]; table f32 [V,D] -> out f32 [M,D].
    void (*embedding_forward)(const int32_t *ids, const float *table, float scale, float *out, ptrdiff_t row0,
                              ptrdiff_t row1, ptrdiff_t D);
    // dtable[ids[r]] += scale * dx[r] for every r in 0..<M with token0 <= ids[r] < token1, in row order. Threads split
    // the vocabulary, not the rows: each row of dtable has one writer and one order of summation.
    void (*embedding_backward)(const int32_t *ids, const float *dx, float scale, float *dtable, ptrdiff_t M,
                               ptrdiff_t D, int32_t token0, int32_t token1);
    // Updates w, m, v [n] in place; g [n] is read only.
    void (*adamw)(float *w, const float *g, float *m, float *v, ptrdiff_t n, const xm_adamw_params *p);
    // Sum of squares in a fixed order, with f64 partial sums (vector versions: f32 within a block of 1024 values), so
    // that a gradient norm over 10^9 values keeps its digits.
    double (*sum_squares)(const float *x, ptrdiff_t n);
    void (*add_f32)(const float *x, float *y, ptrdiff_t n);  // y += x
    void (*f32_to_bf16)(const float *x, xm_bf16 *y, ptrdiff_t n);
    void (*bf16_to_f32)(const xm_bf16 *x, float *y, ptrdiff_t n);
} xm_kernels;

// The table for an instruction set, or NULL where this CPU (or build) does not have it. Scalar always exists.
// AVX512_BF16 differs from AVX512 in two instructions: VCVTNEPS2BF16 flushes subnormals, and VDPBF16PS flushes them and
// adds the second term of a pair before the first, so bf16 attention may differ in the last bits between the two.
const xm_kernels *xm_kernels_for(enum xm_isa isa);
// The best instruction set of this CPU that the operating system enables too.
enum xm_isa xm_best_isa(void);
// The best table of block products at or below `isa` that this CPU has; never NULL.
const xm_block_kernels *xm_block_kernels_for(enum xm_isa isa);

#endif
