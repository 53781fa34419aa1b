// Matrix products by oneDNN, hidden behind four C functions: the only place that sees oneDNN's API (2.x and 3.x).
// Every call runs on the calling thread alone; the thread pool above cuts the work. Primitives are cached by shape
// and thread, scratch memory belongs to the thread.
// SPDX-License-Identifier: Apache-2.0
#ifndef CXM_ONEDNN_H
#define CXM_ONEDNN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum { XM_DNN_F32 = 0, XM_DNN_BF16 = 1 } xm_dnn_type;

// C [M,N] (+)= A [M,K] * B [K,N], sums in f32. Leading dimensions are in elements.
typedef struct {
    int64_t M, N, K;
    int64_t lda, ldb, ldc;
    int32_t a_type, b_type, c_type;
    int32_t transpose_a;  // A is stored [K,M] with row stride lda
    int32_t transpose_b;  // B is stored [N,K] with row stride ldb (a weight matrix [out, in])
    int32_t packed_b;     // B lies in the layout that xm_dnn_pack wrote; ldb and transpose_b are ignored
    int32_t accumulate;   // C += instead of C =
} xm_dnn_matmul;

// "2.6.3"; the version of the library that runs, not of the header.
const char *xm_dnn_version(void);

// The name of the implementation oneDNN picks for this shape ("brg:avx512_core_bf16"), valid on this thread until the
// next call; NULL on error.
const char *xm_dnn_implementation(const xm_dnn_matmul *shape);

// 0, or -1 with the cause in xm_dnn_error().
int xm_dnn_run(const xm_dnn_matmul *shape, const void *a, const void *b, void *c);

// Bytes of the packed B of this shape (packed_b set), 0 on error.
size_t xm_dnn_packed_size(const xm_dnn_matmul *shape);

// Packs B (f32 or bf16 [K,N], or [N,K] when transpose_b, row stride ldb) for shapes with the same M, N, K and types.
int xm_dnn_pack(const xm_dnn_matmul *shape, xm_dnn_type source_type, const void *source, void *packed);

// The last error of this thread.
const char *xm_dnn_error(void);

#ifdef __cplusplus
}
#endif

#endif
