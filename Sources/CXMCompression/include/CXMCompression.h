// gzip and zstd behind one streaming interface, over zlib's and libzstd's decoders; for files and for Parquet pages.
// Decoding only: this program never writes compressed data.
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
    XM_DECODE_MORE,  // needs more input, or more room for output
    XM_DECODE_ENDED,  // a gzip member or zstd frame is complete; calling again starts the next
    XM_DECODE_FAILED  // corrupt data; *error says why
} xm_decode_result;

typedef struct xm_decoder xm_decoder;

// Returns NULL if out of memory. One decoder reads one stream and is used by one thread at a time.
xm_decoder *xm_decoder_create(xm_compression kind);
void xm_decoder_free(xm_decoder *decoder);

// Decodes from input to output; *consumed and *produced receive the bytes read and written, and either may be 0. A zstd
// window above 128 MiB is refused, so a hostile file cannot make memory grow without bound. *error points to static
// text.
xm_decode_result xm_decoder_run(
    xm_decoder *decoder, const void *input, size_t input_size, size_t *consumed, void *output, size_t output_size,
    size_t *produced, const char **error);

// CRC-32 as in gzip (polynomial 0xEDB88320), which Parquet pages may carry.
uint32_t xm_crc32(const void *bytes, size_t size);

#ifdef __cplusplus
}
#endif

#endif
