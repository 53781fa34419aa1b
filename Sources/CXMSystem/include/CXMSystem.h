// The few calls of the C library that Swift's overlay does not show.
// SPDX-License-Identifier: Apache-2.0
#ifndef CXM_SYSTEM_H
#define CXM_SYSTEM_H

// Gives memory that was freed back to the system, where the allocator would keep it (glibc); else does nothing.
void xm_release_free_memory(void);

// A pipe that no program inherits which is started meanwhile. Returns 0, or -1 and sets errno.
int xm_pipe(int ends[2]);

#endif
