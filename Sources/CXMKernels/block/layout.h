// The packed group: 16 rows of W side by side, so that lane i of a vector belongs to row i and dot products never
// reduce across lanes. A group is a chain of units, a unit a few blocks of 32 columns: first their scales, then their
// quants, in whole cache lines. A product thus reads one stream from end to end, which is what hardware prefetchers do
// best.
//
//   quants, per block: a "step" s = 0...7 is columns 4s..<4s+4; a 64-byte vector holds one step of 16 rows.
//     8 bits     eight vectors, one per step.
//     4 bits     four vectors; the low nibbles of vector t are step t, the high nibbles step t + 4.
//     5 bits     as 4, then one vector: bit s of a byte is the fifth bit of that byte's column in step s.
//     6 bits     as 4, then two vectors p: bits 2j, 2j+1 of a byte are the upper bits in step 4p + j.
//     Every value is unsigned: an offset (128, 8, 16, 32) was added in the formats without a minimum.
//   scales
//     Q8_0 Q4_0 Q5_0   unit of 2 blocks: f16 d[16] each; an odd last block leaves half a unit empty
//     Q4_1 Q5_1        unit of 1 block: f16 d[16], f16 m[16];                  w = d q + m
//     Q4_K Q5_K        unit of 8 blocks: f16 D[16], f16 E[16], then per block u8 s[16], u8 o[16];
//                                                                              w = (D s) q - (E o)
//     Q6_K             unit of 8 blocks: f16 D[16], then per block i8 s[16] for columns 0...15, i8 s[16] for 16...31
//   dense formats      no scales; BF16: [K/2][16][2] (an odd last column is paired with 0), the others [K][16].
// SPDX-License-Identifier: Apache-2.0
#ifndef XM_BLOCK_LAYOUT_H
#define XM_BLOCK_LAYOUT_H

#include "../include/CXMKernels.h"

// What kernels need to know of an integer format. Kernels are inlined with a constant one, so branches on it disappear.
typedef struct {
    int bits;  // of a packed value: 4, 5, 6 or 8
    int offset_shift;  // the offset is 1 << offset_shift; unused with a minimum
    int has_minimum;
    int halves;  // columns 0...15 and 16...31 have separate scales
    int unit_blocks;       // blocks of 32 columns in a unit
    int head_bytes;  // of the D (and E) shared by a unit's blocks
    int unit_scale_bytes;  // all scales of a unit, rounded up to cache lines
    int quant_bytes;       // of a block
} xm_integer_layout;

#define XM_LAYOUT_Q8_0 ((xm_integer_layout){8, 7, 0, 0, 2, 0, 64, 512})
#define XM_LAYOUT_Q4_0 ((xm_integer_layout){4, 3, 0, 0, 2, 0, 64, 256})
#define XM_LAYOUT_Q4_1 ((xm_integer_layout){4, 0, 1, 0, 1, 0, 64, 256})
#define XM_LAYOUT_Q5_0 ((xm_integer_layout){5, 4, 0, 0, 2, 0, 64, 320})
#define XM_LAYOUT_Q5_1 ((xm_integer_layout){5, 0, 1, 0, 1, 0, 64, 320})
#define XM_LAYOUT_Q4_K ((xm_integer_layout){4, 0, 1, 0, 8, 64, 320, 256})
#define XM_LAYOUT_Q5_K ((xm_integer_layout){5, 0, 1, 0, 8, 64, 320, 320})
#define XM_LAYOUT_Q6_K ((xm_integer_layout){6, 5, 0, 1, 8, 32, 320, 384})

// Bytes of one block's own scales: d and m [16] f16, or d [16] f16, or two bytes for each of 16 rows.
static inline int xm_scale_bytes(xm_integer_layout f) { return f.unit_blocks == 1 ? 64 : 32; }

static inline int xm_unit_bytes(xm_integer_layout f) { return f.unit_scale_bytes + f.unit_blocks * f.quant_bytes; }

// An incomplete last unit takes the room of a whole one, so groups are equally far apart.
static inline ptrdiff_t xm_integer_group_bytes(xm_integer_layout f, ptrdiff_t K) {
    return (K / 32 + f.unit_blocks - 1) / f.unit_blocks * xm_unit_bytes(f);
}

// Byte offsets of block b's scales and quants within a group.
static inline ptrdiff_t xm_scales_at(xm_integer_layout f, ptrdiff_t b) {
    return b / f.unit_blocks * xm_unit_bytes(f) + f.head_bytes + b % f.unit_blocks * xm_scale_bytes(f);
}

static inline ptrdiff_t xm_quants_at(xm_integer_layout f, ptrdiff_t b) {
    return b / f.unit_blocks * xm_unit_bytes(f) + f.unit_scale_bytes + b % f.unit_blocks * f.quant_bytes;
}

// Rounded up to whole cache lines, like the integer groups.
static inline ptrdiff_t xm_dense_group_bytes(enum xm_packed_format format, ptrdiff_t K) {
    switch (format) {
        case XM_PACKED_BF16: return (K + 1) / 2 * 64;
        case XM_PACKED_F32: return K * 64;
        default: return (K * 32 + 63) / 64 * 64;
    }
}

#endif
