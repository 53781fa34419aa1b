// The kernel table for AVX-512 (F, BW, DQ, VL). Compiles to nothing on other architectures; dispatch.c decides at run
// time.
// SPDX-License-Identifier: Apache-2.0

#if defined(__x86_64__)

#include <math.h>

#include "../bf16.h"
#include "../quant/half.h"

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c"))), apply_to = function)
#include "../vector/simd_avx512.h"
#include "../vector/kernels.h"
#pragma clang attribute pop

const xm_kernels xm_kernels_avx512 = XM_TABLE(XM_ISA_AVX512, "avx512");

#endif
