// All vector kernels over one SIMD header (simd_avx512.h or simd_avx2.h), which the including file chose. EACH walks a
// row in whole vectors, then once with the n < W remaining lanes. In its body i is the first element and n the number
// of lanes; in the main loop n is the constant W, so tests on n vanish.
// SPDX-License-Identifier: Apache-2.0

#include "../table.h"
#include "exp.h"

#define EACH(COUNT, ...)                               \
    do {                                               \
        const ptrdiff_t each_count_ = (COUNT);         \
        ptrdiff_t i = 0;                               \
        for (; i + W <= each_count_; i += W) {         \
            const ptrdiff_t n = W;                     \
            (void)n;                                   \
            __VA_ARGS__                                \
        }                                              \
        if (i < each_count_) {                         \
            const ptrdiff_t n = each_count_ - i;       \
            (void)n;                                   \
            __VA_ARGS__                                \
        }                                              \
    } while (0)

// Lanes >= n load as zero and are not stored.
#define LOAD_F32(p, n) ((n) == W ? vf_load(p) : vf_load_n(p, n))
#define STORE_F32(p, v, n) ((n) == W ? vf_store(p, v) : vf_store_n(p, v, n))

#include "vectors.h"

// F16C conversions for cache_store.h; they round like the portable ones.
#define HALF(x) _cvtss_sh(x, _MM_FROUND_TO_NEAREST_INT)
#define FLOAT_OF_HALF(x) _cvtsh_ss(x)

// PACKED: operand of DOT, W lanes of PAIR terms each. SET_PACKED broadcasts one such group of terms to all lanes.
#define NAME(op) op##_f32
#define ACT float
#define LOAD LOAD_F32
#define STORE STORE_F32
#define ROUND(v) (v)
#define ROUND_ONE xm_round_f32
#define LOAD_ONE xm_load_f32
#define OWN_TYPE XM_CACHE_F32
#define PAIR 1
#define PACKED vf
#define LOAD_PACKED(p) vf_load(p)
#define SET_PACKED(p) vf_set(*(p))
#define STORE_PACKED(p, v) vf_store(p, (v)[0])
#define DOT(sum, a, b) vf_fma(a, b, sum)
#include "activations.h"

#define NAME(op) op##_bf16
#define ACT xm_bf16
#define LOAD(p, n) ((n) == W ? vb_load(p) : vb_load_n(p, n))
#define STORE(p, v, n) ((n) == W ? vb_store(p, v) : vb_store_n(p, v, n))
#define ROUND(v) vb_round(v)
#define ROUND_ONE xm_round_bf16
#define LOAD_ONE xm_load_bf16
#define OWN_TYPE XM_CACHE_BF16
#define PAIR 2
#define PACKED vp
#define LOAD_PACKED(p) vp_load(p)
#define SET_PACKED(p) vp_set(p)
#define STORE_PACKED(p, v) vp_store(p, (v)[0], (v)[1])
#define DOT(sum, a, b) vp_dot(sum, a, b)
#include "activations.h"
