// Storage types of a key/value cache, and where the numbers of a head lie in it.
// A head's positions lie in blocks of 16, its keys d wide, its values padded to a multiple of 16. A block has the order
// of the packed form that the attention kernels read (CXMKernels.h: dot for keys, pairs for values). In the type of the
// activations it is that form. Else every element is in the cache's type, and Q8 has scales in front:
//     f16 scale[width / 32 rounded up][16 positions], int8 quant[16 * width]; an element is scale * quant.
// What is stored for a position depends on its own row alone.
// SPDX-License-Identifier: Apache-2.0
#ifndef CXM_CACHE_H
#define CXM_CACHE_H

#include <stddef.h>
#include <stdint.h>

enum xm_cache_type { XM_CACHE_F32 = 0, XM_CACHE_BF16 = 1, XM_CACHE_F16 = 2, XM_CACHE_Q8 = 3 };

#define XM_CACHE_POSITIONS 16  // of a block
#define XM_CACHE_GROUP 32      // elements of a position that share a scale

// Bytes of the scales in front of a block.
static inline ptrdiff_t xm_cache_scale_bytes(enum xm_cache_type type, ptrdiff_t width) {
    return type == XM_CACHE_Q8 ? (width + XM_CACHE_GROUP - 1) / XM_CACHE_GROUP * XM_CACHE_POSITIONS * 2 : 0;
}

// Bytes of a block of `width` elements a position.
static inline ptrdiff_t xm_cache_block_bytes(enum xm_cache_type type, ptrdiff_t width) {
    const ptrdiff_t element = type == XM_CACHE_F32 ? 4 : type == XM_CACHE_Q8 ? 1 : 2;
    return xm_cache_scale_bytes(type, width) + XM_CACHE_POSITIONS * width * element;
}

#endif
