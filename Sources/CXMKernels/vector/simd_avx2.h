// Eight f32 lanes of AVX2 with FMA. Partial vectors use masked loads and stores, bf16 (which AVX2 cannot mask) a small
// buffer. Prefixes: vf_ f32 vectors, vb_ bf16 memory seen as f32, vp_ pairs of bf16. simd_avx512.h has the same names.
// SPDX-License-Identifier: Apache-2.0

#include <immintrin.h>

#define W 8
typedef __m256 vf;

// Mask of the first n lanes.
static inline __m256i lanes(ptrdiff_t n) {
    return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
static inline vf vf_set(float x) { return _mm256_set1_ps(x); }
static inline vf vf_load(const float *p) { return _mm256_loadu_ps(p); }
static inline vf vf_load_n(const float *p, ptrdiff_t n) { return _mm256_maskload_ps(p, lanes(n)); }
static inline void vf_store(float *p, vf v) { _mm256_storeu_ps(p, v); }
static inline void vf_store_n(float *p, vf v, ptrdiff_t n) { _mm256_maskstore_ps(p, lanes(n), v); }
static inline vf vf_add(vf a, vf b) { return _mm256_add_ps(a, b); }
static inline vf vf_sub(vf a, vf b) { return _mm256_sub_ps(a, b); }
static inline vf vf_mul(vf a, vf b) { return _mm256_mul_ps(a, b); }
static inline vf vf_div(vf a, vf b) { return _mm256_div_ps(a, b); }
static inline vf vf_sqrt(vf a) { return _mm256_sqrt_ps(a); }
static inline vf vf_max(vf a, vf b) { return _mm256_max_ps(a, b); }
static inline vf vf_min(vf a, vf b) { return _mm256_min_ps(a, b); }
static inline vf vf_fma(vf a, vf b, vf c) { return _mm256_fmadd_ps(a, b, c); }
// Halves are added to each other, a fixed tree.
static inline float vf_sum(vf a) {
    __m128 s = _mm_add_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
    s = _mm_add_ps(s, _mm_movehl_ps(s, s));
    return _mm_cvtss_f32(_mm_add_ss(s, _mm_movehdup_ps(s)));
}
static inline float vf_largest(vf a) {
    __m128 s = _mm_max_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
    s = _mm_max_ps(s, _mm_movehl_ps(s, s));
    return _mm_cvtss_f32(_mm_max_ss(s, _mm_movehdup_ps(s)));
}
// Lanes >= n replaced by `other`.
static inline vf vf_keep(vf a, ptrdiff_t n, vf other) { return _mm256_blendv_ps(other, a, _mm256_castsi256_ps(lanes(n))); }

static inline vf widen(__m128i x) { return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(x), 16)); }
static inline vf vb_load(const xm_bf16 *p) { return widen(_mm_loadu_si128((const __m128i *)p)); }
// Goes through a buffer, so that no byte past the row is read.
static inline vf vb_load_n(const xm_bf16 *p, ptrdiff_t n) {
    xm_bf16 buffer[W] = {0};
    memcpy(buffer, p, (size_t)n * sizeof *p);
    return vb_load(buffer);
}
static inline vf vf_load_half(const uint16_t *p) { return _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)p)); }
static inline vf vf_load_i8(const int8_t *p) {
    return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i *)p)));
}
// f32 -> bf16 as in xm_round_bf16. packus saturates, but the shifted values already fit 16 bits.
static inline __m128i narrow(vf v) {
    const __m256i bits = _mm256_castps_si256(v);
    const __m256i odd = _mm256_and_si256(_mm256_srli_epi32(bits, 16), _mm256_set1_epi32(1));
    const __m256i rounded = _mm256_add_epi32(bits, _mm256_add_epi32(odd, _mm256_set1_epi32(0x7fff)));
    const __m256i quiet = _mm256_or_si256(bits, _mm256_set1_epi32(0x400000));
    const __m256i nan = _mm256_castps_si256(_mm256_cmp_ps(v, v, _CMP_UNORD_Q));
    const __m256i upper = _mm256_srli_epi32(_mm256_blendv_epi8(rounded, quiet, nan), 16);
    return _mm_packus_epi32(_mm256_castsi256_si128(upper), _mm256_extracti128_si256(upper, 1));
}
static inline void vb_store(xm_bf16 *p, vf v) { _mm_storeu_si128((__m128i *)p, narrow(v)); }
static inline void vb_store_n(xm_bf16 *p, vf v, ptrdiff_t n) {
    xm_bf16 buffer[W];
    vb_store(buffer, v);
    memcpy(p, buffer, (size_t)n * sizeof *p);
}
static inline vf vb_round(vf v) { return widen(narrow(v)); }

// y * 2^n, multiplying by 2^(n/2) twice: n from -150 to 128 is out of range for one exponent, and gives subnormals and
// infinity as it should.
static inline vf vf_scale(vf y, vf n) {
    const __m256i whole = _mm256_cvtps_epi32(n), half = _mm256_srai_epi32(whole, 1);
    const __m256i bias = _mm256_set1_epi32(127), rest = _mm256_sub_epi32(whole, half);
    const vf a = _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_add_epi32(half, bias), 23));
    const vf b = _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_add_epi32(rest, bias), 23));
    return _mm256_mul_ps(_mm256_mul_ps(y, a), b);
}
static inline vf vf_nearest(vf x) { return _mm256_round_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }

// Eight lanes of two bf16 each, the first in the lower half: the operand of vp_dot.
typedef __m256i vp;
#define ATTENTION_ROWS 4  // times two vectors: 8 accumulators of 16 registers

static inline vp vp_load(const xm_bf16 *p) { return _mm256_loadu_si256((const __m256i *)p); }
static inline vp vp_set(const xm_bf16 *p) {
    int32_t both;
    memcpy(&both, p, sizeof both);
    return _mm256_set1_epi32(both);
}
// sum + a.first * b.first, then + a.second * b.second; each product is exact, each addition rounds.
static inline vf vp_dot(vf sum, vp a, vp b) {
    const __m256i upper = _mm256_set1_epi32((int)0xffff0000);
    sum = vf_fma(_mm256_castsi256_ps(_mm256_slli_epi32(a, 16)), _mm256_castsi256_ps(_mm256_slli_epi32(b, 16)), sum);
    return vf_fma(_mm256_castsi256_ps(_mm256_and_si256(a, upper)), _mm256_castsi256_ps(_mm256_and_si256(b, upper)), sum);
}
// Interleaves two vectors: PAIR rows of P or dS, rounded to bf16.
static inline void vp_store(xm_bf16 *p, vf first, vf second) {
    const __m256i low = _mm256_cvtepu16_epi32(narrow(first)), high = _mm256_cvtepu16_epi32(narrow(second));
    _mm256_storeu_si256((__m256i *)p, _mm256_or_si256(low, _mm256_slli_epi32(high, 16)));
}
