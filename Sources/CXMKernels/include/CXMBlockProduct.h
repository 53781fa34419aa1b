// Matrix products for inference, y = x Wᵀ, with W in its block format: repacked once into groups of 16 rows, multiplied
// by activations that are quantised to 8 bits per block of 32 (or taken as they are, for dense W).
// Every output element is one fixed sequence of operations over K: it does not depend on the number of rows, on the
// other rows or on the instruction set. block/layout.h describes the groups; reference/block_product.c is the
// specification; x86/block_product_<isa>.c are the fast versions.
// SPDX-License-Identifier: Apache-2.0
#ifndef CXM_BLOCK_PRODUCT_H
#define CXM_BLOCK_PRODUCT_H

#include <stddef.h>
#include <stdint.h>

// How a group of 16 rows is packed. The first eight multiply quantised activations; BF16 multiplies bf16 activations;
// the last three are weights stored in f32, f16 or bf16 that multiply f32 activations.
enum xm_packed_format {
    XM_PACKED_Q8_0, XM_PACKED_Q4_0, XM_PACKED_Q4_1, XM_PACKED_Q5_0, XM_PACKED_Q5_1, XM_PACKED_Q4_K, XM_PACKED_Q5_K,
    XM_PACKED_Q6_K, XM_PACKED_BF16, XM_PACKED_F32, XM_PACKED_F16_F32, XM_PACKED_BF16_F32
};

// 32 activations of a row: x ~ scale * q. The sums let kernels work on weights with an offset.
typedef struct {
    int8_t q[32];
    float scale;               // max|x| / 127; NaN where an activation is not finite
    float scaled_sum;          // scale * (sum of q)
    int32_t negative_sum;      // -(sum of q)
    int32_t negative_low_sum;  // -(sum of q[0...15])
} xm_activation_block;

// y[r][c] for r in 0..<rows, c in 0..<columns.
typedef struct {
    enum xm_packed_format format;
    const void *weights;   // group g (columns 16g..<16g+16) at weights + g * xm_packed_group_bytes(format, K)
    const void *x;         // row r at x + r * x_stride bytes: xm_activation_block [K/32], bf16 [K] or f32 [K]
    ptrdiff_t x_stride;
    void *y;               // row r at y + r * ldy elements: f32, or bf16 where y_is_bf16
    ptrdiff_t ldy;
    int32_t y_is_bf16;
    ptrdiff_t rows, columns, K;
} xm_block_product;

typedef struct {
    const char *name;
    // `count` blocks of 32 consecutive activations.
    void (*quantize_f32)(const float *x, xm_activation_block *blocks, ptrdiff_t count);
    void (*quantize_bf16)(const uint16_t *x, xm_activation_block *blocks, ptrdiff_t count);
    void (*product)(const xm_block_product *p);
} xm_block_kernels;

// Bytes of one packed group of 16 rows of K weights: whole cache lines.
ptrdiff_t xm_packed_group_bytes(enum xm_packed_format format, ptrdiff_t K);
// Packs 16 rows; NULL stands for a row of zeros. rows[i]: K weights in the block format of the same name, unaligned;
// for the four dense formats f32 values, which are rounded to the format.
void xm_pack_group(enum xm_packed_format format, const void *const rows[16], ptrdiff_t K, void *group);

#endif
