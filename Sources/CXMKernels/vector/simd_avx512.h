// Sixteen f32 lanes of AVX-512. Partial vectors are masked: lanes beyond n load as zero and are not stored. With
// XM_NATIVE_BF16, rounding to bf16 and vp_dot are single instructions, which flush subnormals; otherwise integer
// arithmetic and FMA. Names as in simd_avx2.h.
// SPDX-License-Identifier: Apache-2.0

#include <immintrin.h>

#define W 16
typedef __m512 vf;

static inline __mmask16 lanes(ptrdiff_t n) { return (__mmask16)((1u << n) - 1); }
static inline vf vf_set(float x) { return _mm512_set1_ps(x); }
static inline vf vf_load(const float *p) { return _mm512_loadu_ps(p); }
static inline vf vf_load_n(const float *p, ptrdiff_t n) { return _mm512_maskz_loadu_ps(lanes(n), p); }
static inline void vf_store(float *p, vf v) { _mm512_storeu_ps(p, v); }
static inline void vf_store_n(float *p, vf v, ptrdiff_t n) { _mm512_mask_storeu_ps(p, lanes(n), v); }
static inline vf vf_add(vf a, vf b) { return _mm512_add_ps(a, b); }
static inline vf vf_sub(vf a, vf b) { return _mm512_sub_ps(a, b); }
static inline vf vf_mul(vf a, vf b) { return _mm512_mul_ps(a, b); }
static inline vf vf_div(vf a, vf b) { return _mm512_div_ps(a, b); }
static inline vf vf_sqrt(vf a) { return _mm512_sqrt_ps(a); }
static inline vf vf_max(vf a, vf b) { return _mm512_max_ps(a, b); }
static inline vf vf_fma(vf a, vf b, vf c) { return _mm512_fmadd_ps(a, b, c); }
// A tree of additions, the same for every call.
static inline float vf_sum(vf a) { return _mm512_reduce_add_ps(a); }
static inline float vf_largest(vf a) { return _mm512_reduce_max_ps(a); }
// Lanes >= n replaced by `other`.
static inline vf vf_keep(vf a, ptrdiff_t n, vf other) { return _mm512_mask_mov_ps(other, lanes(n), a); }

static inline vf widen(__m256i x) { return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(x), 16)); }
static inline vf vb_load(const xm_bf16 *p) { return widen(_mm256_loadu_si256((const __m256i *)p)); }
static inline vf vb_load_n(const xm_bf16 *p, ptrdiff_t n) { return widen(_mm256_maskz_loadu_epi16(lanes(n), p)); }
static inline vf vf_load_half(const uint16_t *p) { return _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)p)); }
static inline vf vf_load_i8(const int8_t *p) {
    return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128((const __m128i *)p)));
}
// f32 -> bf16, as xm_round_bf16 (subnormals flushed by the instruction).
static inline __m256i narrow(vf v) {
#ifdef XM_NATIVE_BF16
    return (__m256i)_mm512_cvtneps_pbh(v);
#else
    const __m512i bits = _mm512_castps_si512(v);
    const __m512i odd = _mm512_and_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1));
    const __m512i rounded = _mm512_add_epi32(bits, _mm512_add_epi32(odd, _mm512_set1_epi32(0x7fff)));
    const __m512i quiet = _mm512_or_si512(bits, _mm512_set1_epi32(0x400000));
    const __mmask16 nan = _mm512_cmp_ps_mask(v, v, _CMP_UNORD_Q);
    return _mm512_cvtepi32_epi16(_mm512_srli_epi32(_mm512_mask_mov_epi32(rounded, nan, quiet), 16));
#endif
}
static inline void vb_store(xm_bf16 *p, vf v) { _mm256_storeu_si256((__m256i *)p, narrow(v)); }
static inline void vb_store_n(xm_bf16 *p, vf v, ptrdiff_t n) { _mm256_mask_storeu_epi16(p, lanes(n), narrow(v)); }
static inline vf vb_round(vf v) { return widen(narrow(v)); }

// y * 2^n for integral n in a float.
static inline vf vf_scale(vf y, vf n) { return _mm512_scalef_ps(y, n); }
static inline vf vf_nearest(vf x) { return _mm512_roundscale_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
static inline vf vf_min(vf a, vf b) { return _mm512_min_ps(a, b); }

// Sixteen lanes of two bf16 each, the first in the lower half: the operand of vp_dot.
typedef __m512i vp;
#define ATTENTION_ROWS 8  // times two vectors: 16 accumulators of 32 registers

static inline vp vp_load(const xm_bf16 *p) { return _mm512_loadu_si512(p); }
static inline vp vp_set(const xm_bf16 *p) {
    int32_t both;
    memcpy(&both, p, sizeof both);
    return _mm512_set1_epi32(both);
}
// sum plus both products of each lane. VDPBF16PS adds the second product before the first, the portable version the
// first before the second, so the two may differ in the last bit.
static inline vf vp_dot(vf sum, vp a, vp b) {
#ifdef XM_NATIVE_BF16
    return _mm512_dpbf16_ps(sum, (__m512bh)a, (__m512bh)b);
#else
    const __m512i upper = _mm512_set1_epi32((int)0xffff0000);
    sum = vf_fma(_mm512_castsi512_ps(_mm512_slli_epi32(a, 16)), _mm512_castsi512_ps(_mm512_slli_epi32(b, 16)), sum);
    return vf_fma(_mm512_castsi512_ps(_mm512_and_si512(a, upper)), _mm512_castsi512_ps(_mm512_and_si512(b, upper)), sum);
#endif
}
static inline void vp_store(xm_bf16 *p, vf first, vf second) {
#ifdef XM_NATIVE_BF16
    // VCVTNE2PS2BF16 puts `first` in the lower half and `second` in the upper half; the permutation interleaves them,
    // word i of the halves going to words 2i and 2i + 1.
    const __m512i halves = (__m512i)_mm512_cvtne2ps_pbh(second, first);
    const __m512i low = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
    const __m512i order = _mm512_or_si512(low, _mm512_slli_epi32(_mm512_add_epi32(low, _mm512_set1_epi32(16)), 16));
    _mm512_storeu_si512(p, _mm512_permutexvar_epi16(order, halves));
#else
    const __m512i low = _mm512_cvtepu16_epi32(narrow(first)), high = _mm512_cvtepu16_epi32(narrow(second));
    _mm512_storeu_si512(p, _mm512_or_si512(low, _mm512_slli_epi32(high, 16)));
#endif
}
