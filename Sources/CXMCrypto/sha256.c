// libcrypto's SHA256_* functions rather than EVP: they allocate nothing, cannot fail and read no configuration file.
// OpenSSL 3 marks them as deprecated in favour of EVP and keeps them; the macro asks for the 1.1 interface.
// SPDX-License-Identifier: Apache-2.0

#define OPENSSL_API_COMPAT 0x10100000L

#include "CXMCrypto.h"

#include <openssl/sha.h>
#include <string.h>

_Static_assert(sizeof(SHA256_CTX) <= sizeof(xm_sha256), "libcrypto's state does not fit xm_sha256");
_Static_assert(XM_SHA256_BYTES == SHA256_DIGEST_LENGTH, "a digest has 32 bytes");

void xm_sha256_begin(xm_sha256 *hash) { SHA256_Init((SHA256_CTX *)hash); }

void xm_sha256_update(xm_sha256 *hash, const void *bytes, size_t count) {
    SHA256_Update((SHA256_CTX *)hash, bytes, count);
}

void xm_sha256_digest(const xm_sha256 *hash, uint8_t digest[XM_SHA256_BYTES]) {
    SHA256_CTX copy;
    memcpy(&copy, hash, sizeof copy);
    SHA256_Final(digest, &copy);
}
