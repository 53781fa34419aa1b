// Implements CXMCompression.h; the only place that sees the interfaces of zlib and libzstd.
// SPDX-License-Identifier: Apache-2.0

#if !__has_include(<zlib.h>)
#error "zlib is missing: install the Debian package zlib1g-dev (script/setup does it)"
#endif
#if !__has_include(<zstd.h>)
#error "libzstd is missing: install the Debian package libzstd-dev (script/setup does it)"
#endif

#include "CXMCompression.h"

#include <limits.h>
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

// Only the member of `kind` is in use; the other stays zero.
struct xm_decoder {
    xm_compression kind;
    z_stream gzip;
    ZSTD_DStream *zstd;
};

// calloc: zlib requires zalloc, zfree and opaque to be null for its defaults.
xm_decoder *xm_decoder_create(xm_compression kind) {
    xm_decoder *decoder = calloc(1, sizeof(xm_decoder));
    if (!decoder) return NULL;
    decoder->kind = kind;
    int ready;
    if (kind == XM_COMPRESSION_GZIP) {
        ready = inflateInit2(&decoder->gzip, 15 + 16) == Z_OK;  // 15: largest window; +16: gzip framing
    } else {
        decoder->zstd = ZSTD_createDStream();
        ready = decoder->zstd && !ZSTD_isError(ZSTD_initDStream(decoder->zstd)) &&
                // 2^27 = 128 MiB, the limit that the header promises.
                !ZSTD_isError(ZSTD_DCtx_setParameter(decoder->zstd, ZSTD_d_windowLogMax, 27));
    }
    if (!ready) {
        ZSTD_freeDStream(decoder->zstd);
        free(decoder);
        return NULL;
    }
    return decoder;
}

void xm_decoder_free(xm_decoder *decoder) {
    if (!decoder) return;
    if (decoder->kind == XM_COMPRESSION_GZIP) inflateEnd(&decoder->gzip);
    ZSTD_freeDStream(decoder->zstd);
    free(decoder);
}

// State persists in the stream, so input may be cut anywhere.
static xm_decode_result run_gzip(
    xm_decoder *decoder, const void *input, size_t input_size, size_t *consumed, void *output, size_t output_size,
    size_t *produced, const char **error) {
    z_stream *stream = &decoder->gzip;
    // zlib counts in 32 bits: larger buffers are taken in parts, and the caller calls again.
    const uInt in = (uInt)(input_size > UINT_MAX ? UINT_MAX : input_size);
    const uInt out = (uInt)(output_size > UINT_MAX ? UINT_MAX : output_size);
    stream->next_in = (Bytef *)input;
    stream->avail_in = in;
    stream->next_out = output;
    stream->avail_out = out;
    const int status = inflate(stream, Z_NO_FLUSH);
    *consumed = in - stream->avail_in;
    *produced = out - stream->avail_out;
    // Reset, so that the next call starts the next member of a concatenated file.
    if (status == Z_STREAM_END) {
        inflateReset(stream);
        return XM_DECODE_ENDED;
    }
    // Z_BUF_ERROR only says that no progress was possible with these buffers.
    if (status == Z_OK || status == Z_BUF_ERROR) return XM_DECODE_MORE;
    *error = stream->msg ? stream->msg : "broken deflate data";
    return XM_DECODE_FAILED;
}

static xm_decode_result run_zstd(
    xm_decoder *decoder, const void *input, size_t input_size, size_t *consumed, void *output, size_t output_size,
    size_t *produced, const char **error) {
    ZSTD_inBuffer in = {input, input_size, 0};
    ZSTD_outBuffer out = {output, output_size, 0};
    const size_t status = ZSTD_decompressStream(decoder->zstd, &out, &in);
    *consumed = in.pos;
    *produced = out.pos;
    if (ZSTD_isError(status)) {
        *error = ZSTD_getErrorName(status);
        return XM_DECODE_FAILED;
    }
    // 0 means a frame is complete and flushed; otherwise it is a hint of how many bytes come next.
    return status == 0 ? XM_DECODE_ENDED : XM_DECODE_MORE;
}

xm_decode_result xm_decoder_run(
    xm_decoder *decoder, const void *input, size_t input_size, size_t *consumed, void *output, size_t output_size,
    size_t *produced, const char **error) {
    return decoder->kind == XM_COMPRESSION_GZIP
               ? run_gzip(decoder, input, input_size, consumed, output, output_size, produced, error)
               : run_zstd(decoder, input, input_size, consumed, output, output_size, produced, error);
}

// crc32_z takes a size_t; crc32 would need a loop over 32-bit lengths.
uint32_t xm_crc32(const void *bytes, size_t size) { return (uint32_t)crc32_z(0, bytes, size); }
