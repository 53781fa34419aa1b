// The block products for AVX-512 with VNNI (Cascade Lake, Zen 4 and later). Compiles to nothing on other architectures;
// dispatch.c decides at run time.
// SPDX-License-Identifier: Apache-2.0

#if defined(__x86_64__)

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma,f16c"))), apply_to = function)
#include "../vector/block_product_avx512.h"
#include "../vector/block_dense_avx512.h"
#pragma clang attribute pop

const xm_block_kernels xm_block_kernels_avx512 = {
    .name = "avx512_vnni", .quantize_f32 = quantize_f32, .quantize_bf16 = quantize_bf16, .product = product};

#endif
