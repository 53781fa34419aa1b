// The kernel table for AVX2 with FMA and F16C. Compiles to nothing on other architectures; dispatch.c decides at run
// time. The pragma sets the target per function, so the library needs no per-file compiler flags.
// SPDX-License-Identifier: Apache-2.0

#if defined(__x86_64__)

#include <math.h>

#include "../bf16.h"
#include "../quant/half.h"

#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)
#include "../vector/simd_avx2.h"
#include "../vector/kernels.h"
#pragma clang attribute pop

const xm_kernels xm_kernels_avx2 = XM_TABLE(XM_ISA_AVX2, "avx2");

#endif
