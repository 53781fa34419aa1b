// Block-quantised weights: scalar functions that define every block format, in both directions. A block is a fixed
// number of consecutive weights of one row with their shared scales; rows hold whole blocks. Layouts are GGML's (the
// GGUF specification, docs/gguf.md, and the block structures ggml publishes); quant/ has one file per family. These
// functions are the reference for the fast matmul kernels and are never replaced by them.
// SPDX-License-Identifier: Apache-2.0
#ifndef CXM_QUANT_H
#define CXM_QUANT_H

#include <stddef.h>
#include <stdint.h>

// Blocks -> f32. `count` is the number of blocks, `blocks` needs no alignment, y is [count * values per block]. Each
// line ends with values per block, bytes per block.
void xm_dequantize_f32(const void *blocks, float *y, ptrdiff_t count);   // 1, 4
void xm_dequantize_f16(const void *blocks, float *y, ptrdiff_t count);   // 1, 2
void xm_dequantize_bf16(const void *blocks, float *y, ptrdiff_t count);  // 1, 2
void xm_dequantize_q8_0(const void *blocks, float *y, ptrdiff_t count);  // 32, 34
void xm_dequantize_q4_0(const void *blocks, float *y, ptrdiff_t count);  // 32, 18
void xm_dequantize_q4_1(const void *blocks, float *y, ptrdiff_t count);  // 32, 20
void xm_dequantize_q5_0(const void *blocks, float *y, ptrdiff_t count);  // 32, 22
void xm_dequantize_q5_1(const void *blocks, float *y, ptrdiff_t count);  // 32, 24
void xm_dequantize_q4_k(const void *blocks, float *y, ptrdiff_t count);  // 256, 144
void xm_dequantize_q5_k(const void *blocks, float *y, ptrdiff_t count);  // 256, 176
void xm_dequantize_q6_k(const void *blocks, float *y, ptrdiff_t count);  // 256, 210

// f32 -> blocks, sizes as above. x must be finite and, because scales are stored as f16, at most 65504 in magnitude
// (f32 and bf16 take anything). Callers check with xm_first_beyond first, so that the error can name the tensor and
// index.
void xm_quantize_f32(const float *x, void *blocks, ptrdiff_t count);
void xm_quantize_f16(const float *x, void *blocks, ptrdiff_t count);
void xm_quantize_bf16(const float *x, void *blocks, ptrdiff_t count);
void xm_quantize_q8_0(const float *x, void *blocks, ptrdiff_t count);
void xm_quantize_q4_0(const float *x, void *blocks, ptrdiff_t count);
void xm_quantize_q4_k(const float *x, void *blocks, ptrdiff_t count);
void xm_quantize_q6_k(const float *x, void *blocks, ptrdiff_t count);

// Index of the first of n values that is NaN, infinite or larger than `limit` in magnitude; n if there is none.
ptrdiff_t xm_first_beyond(const float *x, ptrdiff_t n, float limit);

#endif
