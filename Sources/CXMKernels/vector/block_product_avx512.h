// Block products for AVX-512 with VNNI: 16 rows of W in the lanes of a vector and up to eight activation rows in
// registers, so that a vector of weights is unpacked once for eight rows. Integer dot products are exact, and float
// operations are those of reference/block_product.c in the same order: same bits. The including file chooses the
// target; block_dense_avx512.h has the dense products.
// SPDX-License-Identifier: Apache-2.0

#include <immintrin.h>

#include "../bf16.h"
#include "../block/layout.h"

#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")
// 8 rows need 8 sums and 8 or 16 integer dots beside 8 vectors of weights: the limit of 32 registers.
#define ROWS 8

// Four bytes of x to all 16 lanes: one step for every row of W.
INLINE __m512i broadcast(const void *word) {
    int32_t value;
    memcpy(&value, word, 4);
    return _mm512_set1_epi32(value);
}

// As in the reference: scale = max|x| / 127, q rounded to nearest even by the conversion, NaN scale for NaN or
// infinity.
INLINE void quantize_block(__m512 low, __m512 high, xm_activation_block *block) {
    const __m512i magnitude = _mm512_set1_epi32(0x7fffffff);
    // Magnitudes compare as unsigned integers, with NaN above infinity above all numbers.
    const __m512i larger = _mm512_max_epu32(
        _mm512_and_si512(_mm512_castps_si512(low), magnitude), _mm512_and_si512(_mm512_castps_si512(high), magnitude));
    const uint32_t bits = _mm512_reduce_max_epu32(larger);
    float largest;
    memcpy(&largest, &bits, 4);
    const int is_finite = bits < 0x7f800000u;
    const float scale = is_finite ? largest / 127 : __builtin_nanf("");
    float inverse = is_finite && scale != 0 ? 1.0f / scale : 0;
    // 1 / scale overflows for subnormal scales: such a block becomes zeros, as xm_inverse defines.
    if (!(inverse <= 3.402823466e38f)) inverse = 0;
    const __mmask16 keep = is_finite ? 0xffff : 0;
    const __m512i q_low = _mm512_maskz_cvtps_epi32(keep, _mm512_mul_ps(low, _mm512_set1_ps(inverse)));
    const __m512i q_high = _mm512_maskz_cvtps_epi32(keep, _mm512_mul_ps(high, _mm512_set1_ps(inverse)));
    // |q| <= 127, so truncation to bytes loses nothing.
    _mm_storeu_si128((__m128i *)block->q, _mm512_cvtepi32_epi8(q_low));
    _mm_storeu_si128((__m128i *)(block->q + 16), _mm512_cvtepi32_epi8(q_high));
    const int32_t low_sum = _mm512_reduce_add_epi32(q_low);
    const int32_t sum = low_sum + _mm512_reduce_add_epi32(q_high);
    block->scale = scale;
    block->scaled_sum = scale * (float)sum;
    block->negative_sum = -sum;
    block->negative_low_sum = -low_sum;
}

static void quantize_f32(const float *x, xm_activation_block *blocks, ptrdiff_t count) {
    for (ptrdiff_t b = 0; b < count; b++, x += 32) {
        quantize_block(_mm512_loadu_ps(x), _mm512_loadu_ps(x + 16), blocks + b);
    }
}

// Exact: shifts the bits into the upper half of an f32.
INLINE __m512 widen_bf16(const uint16_t *x) {
    const __m512i wide = _mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)x));
    return _mm512_castsi512_ps(_mm512_slli_epi32(wide, 16));
}

static void quantize_bf16(const uint16_t *x, xm_activation_block *blocks, ptrdiff_t count) {
    for (ptrdiff_t b = 0; b < count; b++, x += 32) quantize_block(widen_bf16(x), widen_bf16(x + 16), blocks + b);
}

// The eight steps of a block as unsigned bytes: w[s] holds columns 4s..<4s+4 of 16 rows.
INLINE void unpack_quants(const xm_integer_layout f, const uint8_t *quants, __m512i w[8]) {
    if (f.bits == 8) {
        UNROLL for (int s = 0; s < 8; s++) w[s] = _mm512_load_si512(quants + 64 * s);
        return;
    }
    const __m512i low = _mm512_set1_epi8(15);
    UNROLL for (int t = 0; t < 4; t++) {
        const __m512i both = _mm512_load_si512(quants + 64 * t);
        w[t] = _mm512_and_si512(both, low);
        w[t + 4] = _mm512_and_si512(_mm512_srli_epi16(both, 4), low);
    }
    if (f.bits == 4) return;
    // Upper bits are shifted to bit 4 of their byte; ternary logic 0xf8 is a | (b & c), mask and merge in one
    // instruction. The 16-bit shifts drag bits across bytes, which the mask removes.
    const __m512i upper = _mm512_set1_epi8(f.bits == 5 ? 0x10 : 0x30);
    UNROLL for (int s = 0; s < 8; s++) {
        const __m512i plane = _mm512_load_si512(quants + 256 + (f.bits == 6 ? s / 4 * 64 : 0));
        const int left = f.bits == 5 ? 4 - s : 4 - s % 4 * 2;
        const __m512i moved = left >= 0 ? _mm512_slli_epi16(plane, (unsigned)left)
                                        : _mm512_srli_epi16(plane, (unsigned)-left);
        w[s] = _mm512_ternarylogic_epi32(w[s], moved, upper, 0xf8);
    }
}

INLINE __m512 load_halves(const uint8_t *p) { return _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)p)); }

// d and m of a block (has_minimum), or d of its two halves of 16 columns. D and E are the superblock scales of K
// formats.
INLINE void unpack_scales(const xm_integer_layout f, const uint8_t *own, __m512 D, __m512 E, __m512 *d, __m512 *m) {
    if (f.head_bytes == 0) {
        *d = load_halves(own);
        *m = f.has_minimum ? load_halves(own + 32) : _mm512_setzero_ps();
        return;
    }
    const __m128i first = _mm_loadu_si128((const __m128i *)own), second = _mm_loadu_si128((const __m128i *)(own + 16));
    if (f.halves) {
        *d = _mm512_mul_ps(D, _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(first)));
        *m = _mm512_mul_ps(D, _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(second)));
    } else {
        *d = _mm512_mul_ps(D, _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(first)));
        *m = _mm512_mul_ps(E, _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(second)));  // subtracted
    }
}

// Adds one block of 32 columns to the sums [R] of 16 output columns each.
INLINE void add_block(const xm_integer_layout f, const int R, const uint8_t *quants, __m512 d, __m512 m,
                      const uint8_t *x, ptrdiff_t x_stride, __m512 sums[]) {
    __m512i w[8], dots[ROWS], high_dots[ROWS];
    unpack_quants(f, quants, w);
    UNROLL for (int r = 0; r < R; r++) {
        const xm_activation_block *a = (const xm_activation_block *)(x + r * x_stride);
        // Dots start at -offset * sum(q) for formats with an offset: VPDPBUSD needs unsigned weights.
        if (f.has_minimum) {
            dots[r] = _mm512_setzero_si512();
        } else if (f.halves) {
            const int32_t low = a->negative_low_sum, high = a->negative_sum - low;
            dots[r] = _mm512_set1_epi32(low * (1 << f.offset_shift));
            high_dots[r] = _mm512_set1_epi32(high * (1 << f.offset_shift));
        } else {
            dots[r] = _mm512_slli_epi32(broadcast(&a->negative_sum), (unsigned)f.offset_shift);
        }
    }
    // Step outside, row inside: R independent VPDPBUSD chains (latency 5) per vector of weights.
    UNROLL for (int s = 0; s < 8; s++) {
        UNROLL for (int r = 0; r < R; r++) {
            // Four columns of this step for one row of x; VPDPBUSD multiplies them with the 16 rows of W.
            const __m512i four = broadcast(x + r * x_stride + 4 * s);
            if (f.halves && s >= 4) {
                high_dots[r] = _mm512_dpbusd_epi32(high_dots[r], w[s], four);
            } else {
                dots[r] = _mm512_dpbusd_epi32(dots[r], w[s], four);
            }
        }
    }
    UNROLL for (int r = 0; r < R; r++) {
        const xm_activation_block *a = (const xm_activation_block *)(x + r * x_stride);
        const __m512 scale = _mm512_set1_ps(a->scale);
        // Exact integer dot, then d * scale (one rounding) and the fma (another): the order of the reference.
        sums[r] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(dots[r]), _mm512_mul_ps(d, scale), sums[r]);
        if (f.halves) {
            sums[r] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(high_dots[r]), _mm512_mul_ps(m, scale), sums[r]);
        } else if (f.has_minimum && f.head_bytes == 0) {
            sums[r] = _mm512_fmadd_ps(m, _mm512_set1_ps(a->scaled_sum), sums[r]);
        } else if (f.has_minimum) {
            sums[r] = _mm512_fnmadd_ps(m, _mm512_set1_ps(a->scaled_sum), sums[r]);
        }
    }
}

// f32 -> bf16 in integer arithmetic on every CPU: same bits as xm_round_bf16, subnormals included.
INLINE __m256i round_bf16(__m512 value) {
    const __m512i bits = _mm512_castps_si512(value);
    const __m512i even = _mm512_and_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1));
    const __m512i rounded = _mm512_add_epi32(bits, _mm512_add_epi32(even, _mm512_set1_epi32(0x7fff)));
    const __mmask16 is_nan = _mm512_cmp_ps_mask(value, value, _CMP_UNORD_Q);
    const __m512i quiet = _mm512_mask_or_epi32(rounded, is_nan, bits, _mm512_set1_epi32(0x400000));
    return _mm512_cvtepi32_epi16(_mm512_srli_epi32(quiet, 16));
}

// Stores 16 lanes to y[row][column...]; the last group may extend past the last column.
INLINE void store(const xm_block_product *p, ptrdiff_t row, ptrdiff_t column, __m512 value) {
    const ptrdiff_t left = p->columns - column, at = row * p->ldy + column;
    // Lanes past the last column are neither stored nor touched.
    const __mmask16 mask = left >= 16 ? 0xffff : (__mmask16)((1u << left) - 1);
    if (p->y_is_bf16) {
        _mm256_mask_storeu_epi16((uint16_t *)p->y + at, mask, round_bf16(value));
    } else {
        _mm512_mask_storeu_ps((float *)p->y + at, mask, value);
    }
}

// Adds one unit of a group for R rows; `blocks` is how many blocks of K are left, of which the last unit may hold only
// one.
INLINE void add_unit(const xm_integer_layout f, const int R, const uint8_t *unit, ptrdiff_t blocks, const uint8_t *x,
                     ptrdiff_t x_stride, __m512 sums[]) {
    const __m512 D = f.head_bytes > 0 ? load_halves(unit) : _mm512_setzero_ps();
    const __m512 E = f.head_bytes > 32 ? load_halves(unit + 32) : _mm512_setzero_ps();
    // K formats always fill their unit; only units of two blocks can end half empty.
    const int count = f.unit_blocks == 2 && blocks < 2 ? 1 : f.unit_blocks;
    const uint8_t *scales = unit + f.head_bytes, *quants = unit + f.unit_scale_bytes;
    for (int b = 0; b < count; b++, scales += xm_scale_bytes(f), quants += f.quant_bytes) {
        __m512 d, m;
        unpack_scales(f, scales, D, E, &d, &m);
        add_block(f, R, quants, d, m, x, x_stride, sums);
        x += sizeof(xm_activation_block);
    }
}

// y [R, columns] for R rows of activations. Groups follow each other in memory, so `unit` just walks through W.
INLINE void integer_rows(const xm_integer_layout f, const int R, const xm_block_product *p, ptrdiff_t row) {
    const uint8_t *unit = p->weights;
    const uint8_t *x = (const uint8_t *)p->x + row * p->x_stride;
    const ptrdiff_t blocks = p->K / 32;
    for (ptrdiff_t column = 0; column < p->columns; column += 16) {
        __m512 sums[ROWS];
        UNROLL for (int r = 0; r < R; r++) sums[r] = _mm512_setzero_ps();
        for (ptrdiff_t b = 0; b < blocks; b += f.unit_blocks, unit += xm_unit_bytes(f)) {
            add_unit(f, R, unit, blocks - b, x + b * (ptrdiff_t)sizeof(xm_activation_block), p->x_stride, sums);
        }
        UNROLL for (int r = 0; r < R; r++) store(p, row + r, column, sums[r]);
    }
}

// Tiles of 8, 4, 2 and 1 rows: R is a constant in each, and every tile gives a row the same bits.
INLINE void integer_product(const xm_integer_layout f, const xm_block_product *p) {
    ptrdiff_t row = 0;
    for (; row + 8 <= p->rows; row += 8) integer_rows(f, 8, p, row);
    if (row + 4 <= p->rows) { integer_rows(f, 4, p, row); row += 4; }
    if (row + 2 <= p->rows) { integer_rows(f, 2, p, row); row += 2; }
    if (row < p->rows) integer_rows(f, 1, p, row);
}

static void product_q8_0(const xm_block_product *p) { integer_product(XM_LAYOUT_Q8_0, p); }
static void product_q4_0(const xm_block_product *p) { integer_product(XM_LAYOUT_Q4_0, p); }
static void product_q4_1(const xm_block_product *p) { integer_product(XM_LAYOUT_Q4_1, p); }
static void product_q5_0(const xm_block_product *p) { integer_product(XM_LAYOUT_Q5_0, p); }
static void product_q5_1(const xm_block_product *p) { integer_product(XM_LAYOUT_Q5_1, p); }
static void product_q4_k(const xm_block_product *p) { integer_product(XM_LAYOUT_Q4_K, p); }
static void product_q5_k(const xm_block_product *p) { integer_product(XM_LAYOUT_Q5_K, p); }
static void product_q6_k(const xm_block_product *p) { integer_product(XM_LAYOUT_Q6_K, p); }
