// Quantised matmul for inference, y = x Wᵀ. W is repacked once into groups of 16 rows in its own block format and
// multiplied by activations quantised to 8 bits per block of 32 (dense W takes activations as they are). Every output
// element is one fixed sequence of operations over K, whatever the number of rows, their neighbours or the instruction
// set. block/layout.h describes the groups, reference/block_product.c is the specification and
// x86/block_product_<isa>.c are the fast versions.
// SPDX-License-Identifier: Apache-2.0
#ifndef CXM_BLOCK_PRODUCT_H
#define CXM_BLOCK_PRODUCT_H

#include <stddef.h>
#include <stdint.h>

// How a group of 16 rows of W is packed. Q8_0 to Q6_K multiply quantised activations; BF16 multiplies bf16 activations
// in pairs of columns; the last three are weights stored as f32, f16 or bf16 that multiply f32 activations.
enum xm_packed_format {
    XM_PACKED_Q8_0, XM_PACKED_Q4_0, XM_PACKED_Q4_1, XM_PACKED_Q5_0, XM_PACKED_Q5_1, XM_PACKED_Q4_K, XM_PACKED_Q5_K,
    XM_PACKED_Q6_K, XM_PACKED_BF16, XM_PACKED_F32, XM_PACKED_F16_F32, XM_PACKED_BF16_F32
};

// 32 consecutive activations of one row: x ≈ scale * q. Unsigned quants q' = q_w + offset make the kernels compute
// sum(q' q); the precomputed sums correct for the offset (integer, exact) and multiply a block's minimum.
typedef struct {
    int8_t q[32];
    float scale;               // max|x| / 127; NaN where an activation is not finite
    float scaled_sum;          // scale * (sum of q)
    int32_t negative_sum;      // -(sum of q)
    int32_t negative_low_sum;  // -(sum of q[0...15]): Q6_K scales 16 columns at a time
} xm_activation_block;

// Arguments of one call: y[r][c] = sum over k of x[r][k] W[c][k] for r in 0..<rows, c in 0..<columns; y is overwritten.
// Threads split columns (whole groups) or rows between calls; neither changes the bits of an element.
typedef struct {
    enum xm_packed_format format;
    const void *weights;   // group g (columns 16g..<16g+16) at weights + g * xm_packed_group_bytes(format, K)
    const void *x;         // row r at x + r * x_stride bytes: xm_activation_block [K/32], bf16 [K] or f32 [K]
    ptrdiff_t x_stride;
    void *y;               // row r at y + r * ldy elements: f32, or bf16 where y_is_bf16
    ptrdiff_t ldy;
    // Nonzero: y is bf16, rounded once from the finished f32 sum.
    int32_t y_is_bf16;
    // K is a multiple of the format's block (32, or 256 for the K formats); dense formats take any K.
    ptrdiff_t rows, columns, K;
} xm_block_product;

typedef struct {
    const char *name;
    // `count` blocks of 32 consecutive activations: x [32 * count] -> blocks [count].
    void (*quantize_f32)(const float *x, xm_activation_block *blocks, ptrdiff_t count);
    void (*quantize_bf16)(const uint16_t *x, xm_activation_block *blocks, ptrdiff_t count);
    void (*product)(const xm_block_product *p);
} xm_block_kernels;

// Bytes of one packed group of 16 rows of K weights; always a multiple of 64, so aligned groups stay aligned.
ptrdiff_t xm_packed_group_bytes(enum xm_packed_format format, ptrdiff_t K);
// Packs 16 rows of W; NULL stands for a row of zeros (the padding after the last row). rows[i] holds K weights in the
// block format of the same name, at any alignment; the four dense formats take f32 values and round them. `group` must
// be 64-byte aligned: the AVX-512 kernels load it with aligned instructions.
void xm_pack_group(enum xm_packed_format format, const void *const rows[16], ptrdiff_t K, void *group);

#endif
