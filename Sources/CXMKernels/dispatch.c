// Chooses the kernel table at run time: one binary runs on every CPU. Only this file knows which instruction sets
// exist; callers ask for the best one, or name one to compare against the reference.
// SPDX-License-Identifier: Apache-2.0

#include "CXMKernels.h"

extern const xm_kernels xm_kernels_scalar;
extern const xm_block_kernels xm_block_kernels_scalar;

#if defined(__x86_64__)
extern const xm_kernels xm_kernels_avx2, xm_kernels_avx512, xm_kernels_avx512_bf16;
extern const xm_block_kernels xm_block_kernels_avx2, xm_block_kernels_avx512, xm_block_kernels_avx512_bf16;

// __builtin_cpu_supports queries CPUID and, for the vector registers, what the operating system saves (XGETBV).
static int has_avx2(void) {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c");
}
// The subset that Skylake-SP introduced; F alone lacks the byte, word and 256-bit forms that the kernels use.
static int has_avx512(void) {
    return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")
        && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}
static int has_avx512_bf16(void) { return has_avx512() && __builtin_cpu_supports("avx512bf16"); }
static int has_avx512_vnni(void) { return has_avx512() && __builtin_cpu_supports("avx512vnni"); }
#endif

const xm_kernels *xm_kernels_for(enum xm_isa isa) {
    switch (isa) {
        case XM_ISA_SCALAR: return &xm_kernels_scalar;
#if defined(__x86_64__)
        case XM_ISA_AVX2: return has_avx2() ? &xm_kernels_avx2 : NULL;
        case XM_ISA_AVX512: return has_avx512() ? &xm_kernels_avx512 : NULL;
        case XM_ISA_AVX512_BF16: return has_avx512_bf16() ? &xm_kernels_avx512_bf16 : NULL;
#endif
        default: return NULL;
    }
}

enum xm_isa xm_best_isa(void) {
    for (int isa = XM_ISA_AVX512_BF16; isa > XM_ISA_SCALAR; isa--) {
        if (xm_kernels_for((enum xm_isa)isa)) return (enum xm_isa)isa;
    }
    return XM_ISA_SCALAR;
}

// Integer block products need VNNI as well: AVX-512 without it (Skylake-SP) runs the AVX2 products.
const xm_block_kernels *xm_block_kernels_for(enum xm_isa isa) {
#if defined(__x86_64__)
    if (isa == XM_ISA_AVX512_BF16 && has_avx512_vnni() && has_avx512_bf16()) return &xm_block_kernels_avx512_bf16;
    if (isa >= XM_ISA_AVX512 && has_avx512_vnni()) return &xm_block_kernels_avx512;
    if (isa >= XM_ISA_AVX2 && has_avx2()) return &xm_block_kernels_avx2;
#endif
    return &xm_block_kernels_scalar;
}
