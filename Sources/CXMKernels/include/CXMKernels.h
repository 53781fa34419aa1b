// Fused kernels around the matrix products, one table of functions per instruction set.
// Every kernel works on a row range of raw buffers: no allocation, no threads, no globals.
// reference/ holds the scalar versions, which are the specification; vector/ the bodies that x86/*_<isa>.c compile.
// CXMQuant.h, a group of its own, has the block formats of quantised weights; CXMBlockProduct.h products with them.
// Letters: M rows (tokens), D model width, F feed-forward width, d head width, V vocabulary.
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

enum xm_isa { XM_ISA_SCALAR = 0, XM_ISA_AVX2 = 1, XM_ISA_AVX512 = 2, XM_ISA_AVX512_BF16 = 3 };

// AdamW (decoupled decay): g is multiplied by grad_scale first (clipping).
typedef struct {
    float learning_rate, beta1, beta2, eps, weight_decay, grad_scale;
    float bias_correction1, bias_correction2;  // 1 - beta^t
} xm_adamw_params;

// Query rows of one attention_backward call at most.
#define XM_QUERY_TILE 64
#define XM_PADDED(n, tile) (((n) + (tile) - 1) / (tile) * (tile))

// Floats of scratch for one attention call over `keys` positions.
static inline ptrdiff_t xm_attention_scratch(ptrdiff_t keys, ptrdiff_t d) {
    const ptrdiff_t width = XM_PADDED(keys, 32) + 32, padded = XM_PADDED(d, 16);
    return 2 * 8 * 32 + XM_QUERY_TILE + 8 * padded + XM_QUERY_TILE * (4 * padded + 2 * 32 + width);
}

// Activation kernels exist for f32 and bf16 storage; arithmetic is f32 in both.
#define XM_ACTIVATION_KERNELS(SUFFIX, ACT)                                                                             \
    /* x_out = x + alpha * branch (branch may be NULL: x_out = x); rstd = 1/sqrt(mean(x_out^2) + eps);                 \
       y = round(x_out * rstd) * weight. x, x_out f32 [M,D] (may alias); branch, y [M,D]; rstd [M]. */                 \
    void (*residual_rmsnorm_forward_##SUFFIX)(const float *x, const ACT *branch, float alpha, const float *weight,     \
                                              float eps, float *x_out, ACT *y, float *rstd, ptrdiff_t row0,            \
                                              ptrdiff_t row1, ptrdiff_t D);                                            \
    /* dx += d(rmsnorm)/dx; dbranch = alpha * dx (skipped when NULL); dweight += sum over rows (in row order).         \
       dy [M,D]; x = the forward x_out [M,D]; dx f32 [M,D] in and out; dweight [D]. */                                 \
    void (*residual_rmsnorm_backward_##SUFFIX)(const ACT *dy, const float *x, const float *weight, const float *rstd,  \
                                               float alpha, float *dx, ACT *dbranch, float *dweight, ptrdiff_t row0,   \
                                               ptrdiff_t row1, ptrdiff_t D);                                           \
    /* Rotates `heads` heads of width d in place (rotate_half pairing i, i + d/2). x row r starts at x + r*stride.     \
       cosine, sine f32 [positions, d/2], row positions[r]; direction +1 forward, -1 backward (inverse rotation). */   \
    void (*rope_##SUFFIX)(ACT *x, ptrdiff_t stride, ptrdiff_t heads, ptrdiff_t d, const float *cosine,                 \
                          const float *sine, const int32_t *positions, float direction, ptrdiff_t row0,                \
                          ptrdiff_t row1);                                                                             \
    /* out = silu(gate) * up. gate_up [M,2F]: gate in columns 0..<F, up in F..<2F; out [M,F]. */                       \
    void (*swiglu_forward_##SUFFIX)(const ACT *gate_up, ACT *out, ptrdiff_t row0, ptrdiff_t row1, ptrdiff_t F);        \
    /* dgate_up [M,2F] from dout [M,F]; out [M,F] is recomputed. dgate_up may alias gate_up. */                        \
    void (*swiglu_backward_##SUFFIX)(const ACT *dout, const ACT *gate_up, ACT *dgate_up, ACT *out, ptrdiff_t row0,     \
                                     ptrdiff_t row1, ptrdiff_t F);                                                     \
    /* One vocabulary tile of a softmax, z = logit_scale * logits (f32 [rows,n], row stride ld). Per row r:            \
       largest[r*stride] = max z; sum[r*stride] = sum exp(z - max) in f32; e [rows,n] (row stride lde) =               \
       exp(z - max) rounded to ACT, skipped when e is NULL. */                                                         \
    void (*softmax_tile_##SUFFIX)(const float *logits, ptrdiff_t ld, float logit_scale, ACT *e, ptrdiff_t lde,         \
                                  float *largest, float *sum, ptrdiff_t stride, ptrdiff_t rows, ptrdiff_t n);          \
    /* x = factor * x, n elements. */                                                                                  \
    void (*scale_row_##SUFFIX)(ACT *x, float factor, ptrdiff_t n);                                                     \
    /* Packs rows x[r*ld], r in 0..<count, as positions first + r. dot: blocks of 16 positions, [d/P][16][P];          \
       pairs: [positions/P][d padded to 16][P], where an even position zeroes its partner; P = 2 for bf16, 1 for f32.  \
       Either may be NULL. */                                                                                          \
    void (*attention_pack_##SUFFIX)(const ACT *x, ptrdiff_t ld, ptrdiff_t first, ptrdiff_t count, ptrdiff_t d,         \
                                    ACT *dot, ACT *pairs);                                                             \
    /* The same into blocks of a cache (CXMCache.h); F32 only where ACT is f32. */                                     \
    void (*attention_store_##SUFFIX)(enum xm_cache_type type, const ACT *x, ptrdiff_t ld, ptrdiff_t first,             \
                                     ptrdiff_t count, ptrdiff_t d, void *dot, void *pairs);                            \
    /* Whole blocks of a cache into the packed forms: keys to dot, values to pairs; NULL keys or values are skipped.   \
       The type is not that of the activations. */                                                                     \
    void (*attention_unpack_##SUFFIX)(enum xm_cache_type type, const void *keys, const void *values,                   \
                                      ptrdiff_t blocks, ptrdiff_t d, ACT *dot, ACT *pairs);                            \
    /* Attention of query rows q[r*ldq] over keys and values of one head, stored as `type`: that of the activations    \
       is dot and pairs, another one gives the bits that unpacking first would. Row r stands at                        \
       position + r*step and sees first_visible[r] (NULL: 0) up to itself. out[r*ldo] = softmax(scale * q k) v;        \
       lse[r] unless NULL. A row's bits do not depend on the rows beside it. */                                        \
    void (*attention_forward_##SUFFIX)(const ACT *q, ptrdiff_t ldq, enum xm_cache_type type, const void *keys,         \
                                       const void *values, ptrdiff_t rows, ptrdiff_t position, ptrdiff_t step,         \
                                       const int32_t *first_visible, ptrdiff_t d, float scale, ACT *out,               \
                                       ptrdiff_t ldo, float *lse, float *scratch);                                     \
    /* Gradient for up to XM_QUERY_TILE rows at position + r, position a multiple of XM_QUERY_TILE: dq overwritten     \
       (stride ldq); dk, dv f32 [positions padded to 32, d padded to 16] accumulate, from `position` on only where     \
       the head follows another one, else they are overwritten there. keys, values: dot layout;                        \
       key_pairs: pairs; out, dout[r*ldo] as in forward. */                                                            \
    void (*attention_backward_##SUFFIX)(const ACT *q, ptrdiff_t ldq, const ACT *out, const ACT *dout, ptrdiff_t ldo,   \
                                        const ACT *keys, const ACT *key_pairs, const ACT *values, const float *lse,    \
                                        const int32_t *first_visible, ptrdiff_t rows, ptrdiff_t position,              \
                                        ptrdiff_t d, float scale, ACT *dq, float *dk, float *dv, int follows,          \
                                        float *scratch);                                                               \
    /* out[r*ldo] = sum over parts, in order, of parts[h*head_stride + r*ld]; d elements. */                           \
    void (*attention_sum_heads_##SUFFIX)(const float *parts, ptrdiff_t ld, ptrdiff_t head_stride, ptrdiff_t heads,     \
                                         ACT *out, ptrdiff_t ldo, ptrdiff_t row0, ptrdiff_t row1, ptrdiff_t d);

typedef struct xm_kernels {
    enum xm_isa isa;
    const char *name;

    XM_ACTIVATION_KERNELS(f32, float)
    XM_ACTIVATION_KERNELS(bf16, xm_bf16)

    // out[r] = scale * table[ids[r]], f32 [V,D] -> f32 [M,D].
    void (*embedding_forward)(const int32_t *ids, const float *table, float scale, float *out, ptrdiff_t row0,
                              ptrdiff_t row1, ptrdiff_t D);
    // dtable[ids[r]] += scale * dx[r] for every r in 0..<M with token0 <= ids[r] < token1, in row order.
    void (*embedding_backward)(const int32_t *ids, const float *dx, float scale, float *dtable, ptrdiff_t M,
                               ptrdiff_t D, int32_t token0, int32_t token1);
    // w, m, v updated in place. n elements.
    void (*adamw)(float *w, const float *g, float *m, float *v, ptrdiff_t n, const xm_adamw_params *p);
    // Sum of squares in f64, fixed order.
    double (*sum_squares)(const float *x, ptrdiff_t n);
    void (*add_f32)(const float *x, float *y, ptrdiff_t n);  // y += x
    void (*f32_to_bf16)(const float *x, xm_bf16 *y, ptrdiff_t n);
    void (*bf16_to_f32)(const xm_bf16 *x, float *y, ptrdiff_t n);
} xm_kernels;

// The table for an instruction set, or NULL where this CPU (or build) does not have it. Scalar always exists.
// AVX512 and AVX512_BF16 differ only in how f32 is rounded to bf16 (instruction or integer arithmetic: same bits).
const xm_kernels *xm_kernels_for(enum xm_isa isa);
// The best instruction set of this CPU, operating-system support included.
enum xm_isa xm_best_isa(void);
// The table of block products for an instruction set: the best one at or below it that this CPU has.
const xm_block_kernels *xm_block_kernels_for(enum xm_isa isa);

#endif
