// gzip and zstd behind one streaming interface: zlib's and libzstd's decoders, for files and for Parquet pages.
// SPDX-License-Identifier: Apache-2.0
#ifndef CXM_COMPRESSION_H
#define CXM_COMPRESSION_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum { XM_COMPRESSION_GZIP, XM_COMPRESSION_ZSTD } xm_compression;

typedef enum {
    XM_DECODE_MORE,   // give more input, or more room
    XM_DECODE_ENDED,  // a member (gzip) or frame (zstd) is complete; calling again begins the next one
    XM_DECODE_FAILED  // *error says why
} xm_decode_result;

typedef struct xm_decoder xm_decoder;

// NULL when there is no memory.
xm_decoder *xm_decoder_create(xm_compression kind);
void xm_decoder_free(xm_decoder *decoder);

// Decodes from input to output; *consumed and *produced are what was taken and written. A zstd window above 128 MiB
// is refused, so memory stays bounded. *error points to static text.
xm_decode_result xm_decoder_run(
    xm_decoder *decoder, const void *input, size_t input_size, size_t *consumed, void *output, size_t output_size,
    size_t *produced, const char **error);

// CRC-32 as in gzip, which Parquet pages may carry.
uint32_t xm_crc32(const void *bytes, size_t size);

#ifdef __cplusplus
}
#endif

#endif
