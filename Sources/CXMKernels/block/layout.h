// The packed group: 16 rows of W side by side, so that lane i of a vector belongs to row i. Scales first, then quants.
//
//   quants, per block of 32 columns: a "step" s = 0...7 is columns 4s..<4s+4; a 64-byte vector holds them for 16 rows.
//     8 bits     eight vectors, one a step.
//     4 bits     four vectors; the low halves of vector t are step t, the high halves step t + 4.
//     5 bits     as 4, then one vector: bit s of a byte is the fifth bit of that byte's column in step s.
//     6 bits     as 4, then two vectors p: bits 2j, 2j+1 of a byte are the upper bits in step 4p + j.
//     Every value is unsigned: an offset (128, 8, 16, 32) was added in the formats without a minimum.
//   scales
//     Q8_0 Q4_0 Q5_0   per block f16 d[16]
//     Q4_1 Q5_1        per block f16 d[16], f16 m[16];                        w = d q + m
//     Q4_K Q5_K        per 8 blocks f16 D[16], f16 E[16], then per block u8 s[16], u8 o[16];   w = (D s) q - (E o)
//     Q6_K             per 8 blocks f16 D[16], then per block i8 s[16] for columns 0...15, i8 s[16] for 16...31
//   dense formats      no scales; BF16: [K/2][16][2] (a last odd column is paired with 0), the others [K][16].
// SPDX-License-Identifier: Apache-2.0
#ifndef XM_BLOCK_LAYOUT_H
#define XM_BLOCK_LAYOUT_H

#include "../include/CXMKernels.h"

// What kernels must know of an integer format. Kernels are inlined with a constant one, so tests on it vanish.
typedef struct {
    int bits;            // of a packed value
    int offset_shift;    // the offset is 1 << offset_shift; unused where there is a minimum
    int has_minimum;
    int halves;          // a scale of its own for each 16 columns
    int super_blocks;    // blocks of 32 that share D (and E): 1 or 8
    int quant_bytes;     // of one block of 32
    int head_bytes;      // of scales shared by super_blocks blocks
    int scale_bytes;     // of scales of one block
} xm_integer_layout;

#define XM_LAYOUT_Q8_0 ((xm_integer_layout){8, 7, 0, 0, 1, 512, 0, 32})
#define XM_LAYOUT_Q4_0 ((xm_integer_layout){4, 3, 0, 0, 1, 256, 0, 32})
#define XM_LAYOUT_Q4_1 ((xm_integer_layout){4, 0, 1, 0, 1, 256, 0, 64})
#define XM_LAYOUT_Q5_0 ((xm_integer_layout){5, 4, 0, 0, 1, 320, 0, 32})
#define XM_LAYOUT_Q5_1 ((xm_integer_layout){5, 0, 1, 0, 1, 320, 0, 64})
#define XM_LAYOUT_Q4_K ((xm_integer_layout){4, 0, 1, 0, 8, 256, 64, 32})
#define XM_LAYOUT_Q5_K ((xm_integer_layout){5, 0, 1, 0, 8, 320, 64, 32})
#define XM_LAYOUT_Q6_K ((xm_integer_layout){6, 5, 0, 1, 8, 384, 32, 32})

// Bytes of the scales of a group, rounded up so that quants begin at a cache line.
static inline ptrdiff_t xm_scales_bytes(xm_integer_layout f, ptrdiff_t K) {
    const ptrdiff_t blocks = K / 32;
    return (blocks / f.super_blocks * f.head_bytes + blocks * f.scale_bytes + 63) / 64 * 64;
}

static inline ptrdiff_t xm_integer_group_bytes(xm_integer_layout f, ptrdiff_t K) {
    return xm_scales_bytes(f, K) + K / 32 * f.quant_bytes;
}

static inline ptrdiff_t xm_dense_group_bytes(enum xm_packed_format format, ptrdiff_t K) {
    switch (format) {
        case XM_PACKED_BF16: return (K + 1) / 2 * 64;
        case XM_PACKED_F32: return K * 64;
        default: return (K * 32 + 63) / 64 * 64;
    }
}

#endif
