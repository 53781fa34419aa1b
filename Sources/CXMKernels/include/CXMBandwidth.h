// A loop that only reads memory: the upper limit for kernels that stream weights.
// SPDX-License-Identifier: Apache-2.0
#ifndef CXM_BANDWIDTH_H
#define CXM_BANDWIDTH_H

#include <stddef.h>
#include <stdint.h>

// Words read per turn of the loop: one cache line of 64 bytes from each of four streams.
#define XM_READ_STREAMS 4
#define XM_READ_STEP (XM_READ_STREAMS * 8)

// Sum (modulo 2^64) of `count` words, a multiple of XM_READ_STEP.
uint64_t xm_sum_words(const uint64_t *words, ptrdiff_t count);

#endif
