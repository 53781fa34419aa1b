// The system-call filter that generated code runs under: a classic BPF program for seccomp, as bubblewrap's --seccomp
// reads it. filter.c has the list with its reasons.
// SPDX-License-Identifier: Apache-2.0
#ifndef CXM_SANDBOX_H
#define CXM_SANDBOX_H

#include <stddef.h>

// The program's bytes, valid for ever, and their number; of another processor than x86-64 and ARM64 there are 0.
const void *xm_sandbox_filter(size_t *size_bytes);

#endif
