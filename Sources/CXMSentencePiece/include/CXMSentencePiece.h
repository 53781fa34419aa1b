// libsentencepiece behind a C interface: its trainer for our vocabularies, its encoder as the tests' oracle and the
// benchmarks' peer. Errors are returned as text that the caller frees with xm_sp_free.
// SPDX-License-Identifier: Apache-2.0
#ifndef CXM_SENTENCEPIECE_H
#define CXM_SENTENCEPIECE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct xm_sp_processor xm_sp_processor;

// Returns the next line of a corpus and its length, or NULL at the end. The line must stay valid until the next call.
typedef const char *(*xm_sp_next_line)(void *context, size_t *length);

// Trains on lines, with settings keys[i]=values[i] (SentencePiece's trainer options), and returns the model's bytes in
// *model (freed with xm_sp_free); no file is written. Returns NULL, or the error.
char *xm_sp_train(
    const char *const *keys, const char *const *values, size_t count, xm_sp_next_line next_line, void *context,
    char **model, size_t *length);

// The processor for a model file, or NULL with *error set. Processors are immutable, so threads may share one.
xm_sp_processor *xm_sp_load(const char *path, char **error);
void xm_sp_unload(xm_sp_processor *processor);

// Encodes a text into *ids (freed with xm_sp_free) and returns their number.
size_t xm_sp_encode(const xm_sp_processor *processor, const char *text, size_t length, int32_t **ids);

// Decodes ids to text (freed with xm_sp_free); its length, without the terminating zero, goes to *length.
char *xm_sp_decode(const xm_sp_processor *processor, const int32_t *ids, size_t count, size_t *length);

// Frees whatever this interface returned, with the allocator it came from.
void xm_sp_free(void *memory);

#ifdef __cplusplus
}
#endif

#endif
