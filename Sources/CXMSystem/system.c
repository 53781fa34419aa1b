// What CXMSystem.h promises.
// SPDX-License-Identifier: Apache-2.0

#define _GNU_SOURCE
#include "CXMSystem.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

void xm_release_free_memory(void) {
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}

int xm_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC); }
