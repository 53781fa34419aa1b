// A loop that does nothing but read memory: the ceiling for kernels that stream weights, such as single-row decoding.
// The bench reports kernels as a fraction of it; a copy would also count stores and understate the limit.
// SPDX-License-Identifier: Apache-2.0
#ifndef CXM_BANDWIDTH_H
#define CXM_BANDWIDTH_H

#include <stddef.h>
#include <stdint.h>

// Words consumed per iteration: one 64-byte cache line (8 words) from each of four streams.
#define XM_READ_STREAMS 4
#define XM_READ_STEP (XM_READ_STREAMS * 8)

// Sum modulo 2^64 of `count` words; `count` must be a multiple of XM_READ_STEP. Returning the sum keeps the compiler
// from dropping the loop.
uint64_t xm_sum_words(const uint64_t *words, ptrdiff_t count);

#endif
