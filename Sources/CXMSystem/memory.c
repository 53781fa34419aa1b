// What CXMSystem.h promises.
// SPDX-License-Identifier: Apache-2.0

#include "CXMSystem.h"

#include <stdlib.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

void xm_release_free_memory(void) {
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}
