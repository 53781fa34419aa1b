// Block products for AVX2 with FMA: a group's 16 rows of W as two vectors of eight lanes. Several activation rows in
// registers share the unpacked weights; a single row takes both halves at once, so that memory is read as one stream.
// Sums of byte products stay within 16 bits for as many steps as the format allows, so they are exact; float operations
// are those of reference/block_product.c in the same order: same bits. Dense products are in vector/block_dense_avx2.h.
// SPDX-License-Identifier: Apache-2.0

#if defined(__x86_64__)

#include <immintrin.h>

#include "../bf16.h"
#include "../block/layout.h"

#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")
// An empty asm that pins the order: without it the compiler starts all steps of a block at once and spills registers.
#define IN_ORDER(VALUE) __asm__ volatile("" : "+x"(VALUE))
// Activation rows per tile of the 8- and 4-bit formats, whose weights need few registers.
#define INTEGER_ROWS 6

#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)

// Four bytes of x to all 8 lanes: one step for every row of W.
INLINE __m256i broadcast(const void *word) {
    int32_t value;
    memcpy(&value, word, 4);
    return _mm256_set1_epi32(value);
}

INLINE __m256i load(const void *p) { return _mm256_loadu_si256((const __m256i *)p); }
INLINE __m256 load_halves(const void *p) { return _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)p)); }
INLINE __m256 widen_bf16(const uint16_t *x) {
    const __m256i wide = _mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *)x));
    return _mm256_castsi256_ps(_mm256_slli_epi32(wide, 16));
}

INLINE int32_t sum_of(__m256i v) {
    __m128i s = _mm_add_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
    s = _mm_add_epi32(s, _mm_shuffle_epi32(s, 0x4e));
    return _mm_cvtsi128_si32(_mm_add_epi32(s, _mm_shuffle_epi32(s, 0xb1)));
}

// As in the reference: scale = max|x| / 127, q rounded to nearest even by the conversion, NaN scale for NaN or
// infinity.
INLINE void quantize_block(const __m256 x[4], xm_activation_block *block) {
    const __m256i magnitude = _mm256_set1_epi32(0x7fffffff);
    // Magnitudes compare as unsigned integers, with NaN above infinity above all numbers.
    __m256i larger = _mm256_setzero_si256();
    UNROLL for (int i = 0; i < 4; i++) {
        larger = _mm256_max_epu32(larger, _mm256_and_si256(_mm256_castps_si256(x[i]), magnitude));
    }
    __m128i most = _mm_max_epu32(_mm256_castsi256_si128(larger), _mm256_extracti128_si256(larger, 1));
    most = _mm_max_epu32(most, _mm_shuffle_epi32(most, 0x4e));
    const uint32_t bits = (uint32_t)_mm_cvtsi128_si32(_mm_max_epu32(most, _mm_shuffle_epi32(most, 0xb1)));
    float largest;
    memcpy(&largest, &bits, 4);
    const int is_finite = bits < 0x7f800000u;
    const float scale = is_finite ? largest / 127 : __builtin_nanf("");
    float inverse = is_finite && scale != 0 ? 1.0f / scale : 0;
    // 1 / scale overflows for subnormal scales: such a block becomes zeros, as xm_inverse defines.
    if (!(inverse <= 3.402823466e38f)) inverse = 0;
    __m256i q[4];
    UNROLL for (int i = 0; i < 4; i++) {
        q[i] = _mm256_cvtps_epi32(_mm256_mul_ps(x[i], _mm256_set1_ps(inverse)));
        if (!is_finite) q[i] = _mm256_setzero_si256();
    }
    const __m256i bytes = _mm256_packs_epi16(_mm256_packs_epi32(q[0], q[1]), _mm256_packs_epi32(q[2], q[3]));
    // The packs interleave 128-bit halves; this restores the order of the columns.
    const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
    _mm256_storeu_si256((__m256i *)block->q, _mm256_permutevar8x32_epi32(bytes, order));
    const int32_t low_sum = sum_of(_mm256_add_epi32(q[0], q[1]));
    const int32_t sum = low_sum + sum_of(_mm256_add_epi32(q[2], q[3]));
    block->scale = scale;
    block->scaled_sum = scale * (float)sum;
    block->negative_sum = -sum;
    block->negative_low_sum = -low_sum;
}

static void quantize_f32(const float *x, xm_activation_block *blocks, ptrdiff_t count) {
    for (ptrdiff_t b = 0; b < count; b++, x += 32) {
        const __m256 values[4] = {
            _mm256_loadu_ps(x), _mm256_loadu_ps(x + 8), _mm256_loadu_ps(x + 16), _mm256_loadu_ps(x + 24)};
        quantize_block(values, blocks + b);
    }
}

static void quantize_bf16(const uint16_t *x, xm_activation_block *blocks, ptrdiff_t count) {
    for (ptrdiff_t b = 0; b < count; b++, x += 32) {
        const __m256 values[4] = {widen_bf16(x), widen_bf16(x + 8), widen_bf16(x + 16), widen_bf16(x + 24)};
        quantize_block(values, blocks + b);
    }
}

// The eight steps of a 5- or 6-bit block as unsigned bytes, for the eight rows whose bytes begin at `quants`.
INLINE void unpack_quants(const xm_integer_layout f, const uint8_t *quants, __m256i w[8]) {
    const __m256i low = _mm256_set1_epi8(15), upper = _mm256_set1_epi8(f.bits == 5 ? 0x10 : 0x30);
    UNROLL for (int s = 0; s < 8; s++) {
        const __m256i both = load(quants + 64 * (s % 4));
        w[s] = _mm256_and_si256(s < 4 ? both : _mm256_srli_epi16(both, 4), low);
        const __m256i plane = load(quants + 256 + (f.bits == 6 ? s / 4 * 64 : 0));
        const int left = f.bits == 5 ? 4 - s : 4 - s % 4 * 2;
        // Upper bits to bit 4 of their byte. The 16-bit shifts drag bits across bytes, which the mask removes.
        const __m256i moved = left >= 0 ? _mm256_slli_epi16(plane, left) : _mm256_srli_epi16(plane, -left);
        w[s] = _mm256_or_si256(w[s], _mm256_and_si256(moved, upper));
    }
}

// Dot products of steps first..<last of a 5- or 6-bit block. 16 bits hold 4 steps of 5-bit products (4 * 2 * 31 * 127 =
// 31496) or 2 of 6-bit ones (2 * 2 * 63 * 127 = 32004) before they must be widened.
INLINE __m256i dot(const xm_integer_layout f, const __m256i w[8], const uint8_t *q, int first, int last) {
    __m256i sum = _mm256_setzero_si256();
    const int run = f.bits == 5 ? 4 : 2;
    __m256i narrow = _mm256_setzero_si256();
    UNROLL for (int s = first; s < last; s++) {
        const __m256i products = _mm256_maddubs_epi16(w[s], broadcast(q + 4 * s));
        narrow = s % run == 0 ? products : _mm256_add_epi16(narrow, products);
        // madd with ones adds neighbouring 16-bit sums into 32 bits.
        if (s % run == run - 1) sum = _mm256_add_epi32(sum, _mm256_madd_epi16(narrow, _mm256_set1_epi16(1)));
    }
    return sum;
}

// Dot products of a 4-bit block with R rows of activations. 16 bits hold all eight steps: 8 * 2 * 15 * 127 = 30480.
INLINE void nibble_dots(const int R, const uint8_t *quants, const uint8_t *x, ptrdiff_t x_stride, __m256i dots[]) {
    UNROLL for (int t = 0; t < 4; t++) {
        const __m256i both = load(quants + 64 * t), mask = _mm256_set1_epi8(15);
        const __m256i low = _mm256_and_si256(both, mask), high = _mm256_and_si256(_mm256_srli_epi16(both, 4), mask);
        UNROLL for (int r = 0; r < R; r++) {
            const uint8_t *q = x + r * x_stride + 4 * t;
            const __m256i first = _mm256_maddubs_epi16(low, broadcast(q));
            const __m256i second = _mm256_maddubs_epi16(high, broadcast(q + 16));
            dots[r] = t == 0 ? _mm256_add_epi16(first, second)
                             : _mm256_add_epi16(_mm256_add_epi16(dots[r], first), second);
            IN_ORDER(dots[r]);
        }
    }
    UNROLL for (int r = 0; r < R; r++) dots[r] = _mm256_madd_epi16(dots[r], _mm256_set1_epi16(1));
}

// Dot products of an 8-bit block with R rows of activations. VPMADDUBSW multiplies unsigned by signed and saturates at
// 16 bits: |w| times x with w's sign gives at most 2 * 128 * 127 = 32512; the products of offset values would not fit.
INLINE void byte_dots(const int R, const uint8_t *quants, const uint8_t *x, ptrdiff_t x_stride, __m256i dots[]) {
    UNROLL for (int r = 0; r < R; r++) dots[r] = _mm256_setzero_si256();
    UNROLL for (int s = 0; s < 8; s++) {
        // Undo the offset of 128: back to signed bytes.
        const __m256i w = _mm256_xor_si256(load(quants + 64 * s), _mm256_set1_epi8((char)0x80));
        const __m256i magnitude = _mm256_abs_epi8(w);
        UNROLL for (int r = 0; r < R; r++) {
            const __m256i turned = _mm256_sign_epi8(broadcast(x + r * x_stride + 4 * s), w);
            const __m256i products = _mm256_maddubs_epi16(magnitude, turned);
            dots[r] = _mm256_add_epi32(dots[r], _mm256_madd_epi16(products, _mm256_set1_epi16(1)));
            IN_ORDER(dots[r]);
        }
    }
}

// Eight signed or unsigned bytes as f32.
INLINE __m256 load_bytes(const uint8_t *p, const int is_signed) {
    const __m128i bytes = _mm_loadl_epi64((const __m128i *)p);
    return _mm256_cvtepi32_ps(is_signed ? _mm256_cvtepi8_epi32(bytes) : _mm256_cvtepu8_epi32(bytes));
}

// Adds block b of a unit to sums [R] of eight output columns (half 0 or 1 of the group).
INLINE void add_block(const xm_integer_layout f, const int R, const uint8_t *unit, int b, int half, const uint8_t *x,
                      ptrdiff_t x_stride, __m256 sums[]) {
    const uint8_t *quants = unit + xm_quants_at(f, b) + half * 32;
    __m256i w[8], whole[INTEGER_ROWS];
    // 8- and 4-bit formats need no unpacked copy: their dots for all R rows are computed straight from the packed
    // vectors.
    if (f.bits == 8) {
        byte_dots(R, quants, x, x_stride, whole);
    } else if (f.bits == 4) {
        nibble_dots(R, quants, x, x_stride, whole);
    } else {
        unpack_quants(f, quants, w);
    }
    const uint8_t *own = unit + xm_scales_at(f, b);
    __m256 d, m = _mm256_setzero_ps();  // minimum, or d of columns 16...31 when `halves`
    if (f.head_bytes == 0) {
        d = load_halves(own + half * 16);
        if (f.has_minimum) m = load_halves(own + 32 + half * 16);
    } else {
        // K formats: the unit's D and E [16] times this block's integers.
        const __m256 D = load_halves(unit + half * 16);
        d = _mm256_mul_ps(D, load_bytes(own + half * 8, f.halves));
        const __m256 E = f.halves ? D : load_halves(unit + 32 + half * 16);
        m = _mm256_mul_ps(E, load_bytes(own + 16 + half * 8, f.halves));
    }
    UNROLL for (int r = 0; r < R; r++) {
        const xm_activation_block *a = (const xm_activation_block *)(x + r * x_stride);
        const uint8_t *q = (const uint8_t *)a->q;
        const __m256 scale = _mm256_set1_ps(a->scale);
        // Q6_K: two dots of 16 columns, each with its own scale and its own share of the offset.
        if (f.halves) {
            const int32_t low = a->negative_low_sum, high = a->negative_sum - low;
            const __m256i first = _mm256_add_epi32(
                dot(f, w, q, 0, 4), _mm256_set1_epi32(low * (1 << f.offset_shift)));
            const __m256i second = _mm256_add_epi32(
                dot(f, w, q, 4, 8), _mm256_set1_epi32(high * (1 << f.offset_shift)));
            sums[r] = _mm256_fmadd_ps(_mm256_cvtepi32_ps(first), _mm256_mul_ps(d, scale), sums[r]);
            sums[r] = _mm256_fmadd_ps(_mm256_cvtepi32_ps(second), _mm256_mul_ps(m, scale), sums[r]);
            continue;
        }
        __m256i dots = f.bits == 8 || f.bits == 4 ? whole[r] : dot(f, w, q, 0, 8);
        // sum((q - offset) x) = sum(q x) - offset * sum(x); byte_dots has taken its offset off already.
        if (!f.has_minimum && f.bits != 8) {
            dots = _mm256_add_epi32(dots, _mm256_slli_epi32(broadcast(&a->negative_sum), f.offset_shift));
        }
        sums[r] = _mm256_fmadd_ps(_mm256_cvtepi32_ps(dots), _mm256_mul_ps(d, scale), sums[r]);
        if (f.has_minimum && f.head_bytes == 0) sums[r] = _mm256_fmadd_ps(m, _mm256_set1_ps(a->scaled_sum), sums[r]);
        if (f.has_minimum && f.head_bytes > 0) sums[r] = _mm256_fnmadd_ps(m, _mm256_set1_ps(a->scaled_sum), sums[r]);
    }
}

// Stores eight lanes to y[row][column...]; the last group may extend past the last column.
INLINE void store(const xm_block_product *p, ptrdiff_t row, ptrdiff_t column, __m256 value) {
    const ptrdiff_t at = row * p->ldy + column, left = p->columns - column;
    // The common case; anything else goes lane by lane.
    if (left >= 8 && !p->y_is_bf16) {
        _mm256_storeu_ps((float *)p->y + at, value);
        return;
    }
    float lanes[8];
    _mm256_storeu_ps(lanes, value);
    for (ptrdiff_t i = 0; i < 8 && i < left; i++) {
        if (p->y_is_bf16) {
            ((xm_bf16 *)p->y)[at + i] = xm_round_bf16(lanes[i]);
        } else {
            ((float *)p->y)[at + i] = lanes[i];
        }
    }
}

// y [R, columns] for R rows of activations, `halves` vectors of a group at a time.
INLINE void integer_rows(const xm_integer_layout f, const int R, const int halves, const xm_block_product *p,
                         ptrdiff_t row) {
    const ptrdiff_t blocks = p->K / 32, group_bytes = xm_integer_group_bytes(f, p->K);
    const uint8_t *x = (const uint8_t *)p->x + row * p->x_stride;
    for (ptrdiff_t column = 0; column < p->columns; column += 8 * halves) {
        const uint8_t *unit = (const uint8_t *)p->weights + column / 16 * group_bytes;
        // Which half of the group: groups hold 16 columns, a vector eight.
        const int first = column % 16 / 8;
        __m256 sums[2][INTEGER_ROWS];
        UNROLL for (int h = 0; h < halves; h++) {
            UNROLL for (int r = 0; r < R; r++) sums[h][r] = _mm256_setzero_ps();
        }
        for (ptrdiff_t b = 0; b < blocks; b++) {
            const int inside = (int)(b % f.unit_blocks);
            const uint8_t *block = x + b * (ptrdiff_t)sizeof(xm_activation_block);
            // A single row is bound by memory: prefetch beyond the hardware prefetcher's reach (docs/LOG.md).
            if (halves == 2) {
                const char *ahead = (const char *)unit + xm_quants_at(f, inside) + 8192;
                UNROLL for (int line = 0; line < f.quant_bytes; line += 64) _mm_prefetch(ahead + line, _MM_HINT_T0);
            }
            UNROLL for (int h = 0; h < halves; h++) {
                add_block(f, R, unit, inside, first + h, block, p->x_stride, sums[h]);
            }
            if (inside == f.unit_blocks - 1) unit += xm_unit_bytes(f);
        }
        UNROLL for (int h = 0; h < halves; h++) {
            UNROLL for (int r = 0; r < R; r++) store(p, row + r, column + 8 * h, sums[h][r]);
        }
    }
}

#define INTEGER_PRODUCT(NAME, LAYOUT)                                                               \
    static void NAME(const xm_block_product *p) {                                                   \
        /* Formats that are unpacked whole leave registers for four rows. */                        \
        const int most = LAYOUT.bits == 8 || LAYOUT.bits == 4 ? INTEGER_ROWS : 4;                   \
        ptrdiff_t row = 0;                                                                          \
        for (; row + most <= p->rows; row += most) integer_rows(LAYOUT, most, 1, p, row);           \
        for (; row + 4 <= p->rows; row += 4) integer_rows(LAYOUT, 4, 1, p, row);                    \
        for (; row + 2 <= p->rows; row += 2) integer_rows(LAYOUT, 2, 1, p, row);                    \
        if (row < p->rows) integer_rows(LAYOUT, 1, 2, p, row);                                      \
    }

INTEGER_PRODUCT(product_q8_0, XM_LAYOUT_Q8_0)
INTEGER_PRODUCT(product_q4_0, XM_LAYOUT_Q4_0)
INTEGER_PRODUCT(product_q4_1, XM_LAYOUT_Q4_1)
INTEGER_PRODUCT(product_q5_0, XM_LAYOUT_Q5_0)
INTEGER_PRODUCT(product_q5_1, XM_LAYOUT_Q5_1)
INTEGER_PRODUCT(product_q4_k, XM_LAYOUT_Q4_K)
INTEGER_PRODUCT(product_q5_k, XM_LAYOUT_Q5_K)
INTEGER_PRODUCT(product_q6_k, XM_LAYOUT_Q6_K)

#include "../vector/block_dense_avx2.h"

#pragma clang attribute pop

// One instance of integer_rows per format: the layout is a constant in each.
static void product(const xm_block_product *p) {
    switch (p->format) {
        case XM_PACKED_Q8_0: product_q8_0(p); break;
        case XM_PACKED_Q4_0: product_q4_0(p); break;
        case XM_PACKED_Q4_1: product_q4_1(p); break;
        case XM_PACKED_Q5_0: product_q5_0(p); break;
        case XM_PACKED_Q5_1: product_q5_1(p); break;
        case XM_PACKED_Q4_K: product_q4_k(p); break;
        case XM_PACKED_Q5_K: product_q5_k(p); break;
        case XM_PACKED_Q6_K: product_q6_k(p); break;
        default: product_dense(p);
    }
}

const xm_block_kernels xm_block_kernels_avx2 = {
    .name = "avx2", .quantize_f32 = quantize_f32, .quantize_bf16 = quantize_bf16, .product = product};

#endif
