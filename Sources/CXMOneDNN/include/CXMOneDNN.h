// oneDNN's matmul behind a few C functions: the only place that sees oneDNN's API (2.x and 3.x). Every call runs on the
// calling thread alone; the thread pool above splits the work. Primitives are cached per shape and thread, and scratch
// memory belongs to the thread. Sums are f32, in an order that depends on the shape alone.
// SPDX-License-Identifier: Apache-2.0
#ifndef CXM_ONEDNN_H
#define CXM_ONEDNN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Operand types; the values are part of a shape's cache key.
typedef enum { XM_DNN_F32 = 0, XM_DNN_BF16 = 1 } xm_dnn_type;

// C [M,N] (+)= A [M,K] * B [K,N], accumulated in f32 and rounded once to c_type. Leading dimensions are in elements; a,
// b and c need no alignment, though 64 bytes are fastest.
typedef struct {
    int64_t M, N, K;
    int64_t lda, ldb, ldc;
    int32_t a_type, b_type, c_type;
    int32_t transpose_a;  // A is stored [K,M] with row stride lda
    int32_t transpose_b;  // B is stored [N,K] with row stride ldb (a weight matrix [out, in])
    int32_t packed_b;  // B is in the layout of xm_dnn_pack; ldb and transpose_b are ignored
    int32_t accumulate;   // C += instead of C =
} xm_dnn_matmul;

// "2.6.3": the version of the library in use, not of the header.
const char *xm_dnn_version(void);

// The implementation that oneDNN picks for this shape ("brg:avx512_core_bf16"), valid until the next call on this
// thread; NULL on error, for example if the CPU has no bf16.
const char *xm_dnn_implementation(const xm_dnn_matmul *shape);

// Runs the matmul: 0, or -1 with the cause in xm_dnn_error(). The first call of a shape compiles it, which takes
// milliseconds.
int xm_dnn_run(const xm_dnn_matmul *shape, const void *a, const void *b, void *c);

// Bytes of the packed B of this shape (packed_b set), or 0 on error.
size_t xm_dnn_packed_size(const xm_dnn_matmul *shape);

// Packs B, stored as source_type [K,N], or [N,K] with transpose_b, with row stride ldb. The result serves every shape
// with the same N, K and operand types, whatever M and c_type. 0, or -1 as above.
int xm_dnn_pack(const xm_dnn_matmul *shape, xm_dnn_type source_type, const void *source, void *packed);

// The last error on this thread; empty if there was none.
const char *xm_dnn_error(void);

#ifdef __cplusplus
}
#endif

#endif
