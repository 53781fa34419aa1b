// Storage types of a key/value cache, and where the elements of one head live in it. Positions are grouped in blocks of
// 16; keys are d wide, values are padded to a multiple of 16. A block is ordered like the packed forms that the
// attention kernels read (CXMKernels.h: dot for keys, pairs for values). When the cache has the type of the activations
// it is that form; otherwise each element has the cache's type, and a Q8 block starts with its scales:
//     f16 scale[ceil(width / 32)][16 positions], int8 quant[16 * width]; an element is scale * quant.
// What is stored for a position depends on that position's row alone.
// SPDX-License-Identifier: Apache-2.0
#ifndef CXM_CACHE_H
#define CXM_CACHE_H

#include <stddef.h>
#include <stdint.h>

enum xm_cache_type { XM_CACHE_F32 = 0, XM_CACHE_BF16 = 1, XM_CACHE_F16 = 2, XM_CACHE_Q8 = 3 };

#define XM_CACHE_POSITIONS 16  // positions per block
#define XM_CACHE_GROUP 32  // elements of one position that share a scale

// Bytes of the scales at the start of a block; 0 for every type but Q8.
static inline ptrdiff_t xm_cache_scale_bytes(enum xm_cache_type type, ptrdiff_t width) {
    return type == XM_CACHE_Q8 ? (width + XM_CACHE_GROUP - 1) / XM_CACHE_GROUP * XM_CACHE_POSITIONS * 2 : 0;
}

// Bytes of one block, scales included. `width` is d for keys, d padded to a multiple of 16 for values.
static inline ptrdiff_t xm_cache_block_bytes(enum xm_cache_type type, ptrdiff_t width) {
    const ptrdiff_t element = type == XM_CACHE_F32 ? 4 : type == XM_CACHE_Q8 ? 1 : 2;
    return xm_cache_scale_bytes(type, width) + XM_CACHE_POSITIONS * width * element;
}

#endif
