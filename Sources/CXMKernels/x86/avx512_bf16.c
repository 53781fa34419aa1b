// The kernel table for AVX-512 with BF16 instructions (Cooper Lake, Zen 4 and later). Compiles to nothing on other
// architectures; dispatch.c decides at run time.
// SPDX-License-Identifier: Apache-2.0

#if defined(__x86_64__)

#include <math.h>

#include "../bf16.h"
#include "../quant/half.h"

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,avx2,fma,f16c"))), apply_to = function)
#define XM_NATIVE_BF16
#include "../vector/simd_avx512.h"
#include "../vector/kernels.h"
#pragma clang attribute pop

const xm_kernels xm_kernels_avx512_bf16 = XM_TABLE(XM_ISA_AVX512_BF16, "avx512_bf16");

#endif
