// Block products for AVX2 with FMA: a group's 16 rows of W in two halves of eight lanes, up to four activation rows in
// registers. Sums of products of bytes stay inside 16 bits for as many steps as the format allows, so they are exact;
// float operations are those of reference/block_product.c in the same order: same bits.
// SPDX-License-Identifier: Apache-2.0

#if defined(__x86_64__)

#include <immintrin.h>

#include "../bf16.h"
#include "../block/layout.h"

#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")
#define ROWS 4

#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)

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

INLINE void quantize_block(const __m256 x[4], xm_activation_block *block) {
    const __m256i magnitude = _mm256_set1_epi32(0x7fffffff);
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
    if (!(inverse <= 3.402823466e38f)) inverse = 0;
    __m256i q[4];
    UNROLL for (int i = 0; i < 4; i++) {
        q[i] = _mm256_cvtps_epi32(_mm256_mul_ps(x[i], _mm256_set1_ps(inverse)));
        if (!is_finite) q[i] = _mm256_setzero_si256();
    }
    const __m256i bytes = _mm256_packs_epi16(_mm256_packs_epi32(q[0], q[1]), _mm256_packs_epi32(q[2], q[3]));
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

// The eight steps of a block as unsigned bytes, for the eight rows whose bytes begin at quants.
INLINE void unpack_quants(const xm_integer_layout f, const uint8_t *quants, __m256i w[8]) {
    const __m256i low = _mm256_set1_epi8(15), upper = _mm256_set1_epi8(f.bits == 5 ? 0x10 : 0x30);
    UNROLL for (int s = 0; s < 8; s++) {
        const __m256i both = load(quants + 64 * (f.bits == 8 ? s : s % 4));
        w[s] = f.bits == 8 ? both : _mm256_and_si256(s < 4 ? both : _mm256_srli_epi16(both, 4), low);
        if (f.bits == 5 || f.bits == 6) {
            const __m256i plane = load(quants + 256 + (f.bits == 6 ? s / 4 * 64 : 0));
            const int left = f.bits == 5 ? 4 - s : 4 - s % 4 * 2;
            const __m256i moved = left >= 0 ? _mm256_slli_epi16(plane, left) : _mm256_srli_epi16(plane, -left);
            w[s] = _mm256_or_si256(w[s], _mm256_and_si256(moved, upper));
        }
    }
}

// The dot products of steps first..<last. Sixteen bits hold 8 steps of 4-bit products (8 * 2 * 15 * 127 = 30480), 4 of
// 5 bits (31496), 2 of 6 bits (32004); 8-bit values are widened.
INLINE __m256i dot(const xm_integer_layout f, const __m256i w[8], const uint8_t *q, int first, int last) {
    __m256i sum = _mm256_setzero_si256();
    if (f.bits == 8) {
        UNROLL for (int s = first; s < last; s++) {
            const __m256i a = broadcast(q + 4 * s), even = _mm256_srai_epi16(_mm256_slli_epi16(a, 8), 8);
            const __m256i w_even = _mm256_and_si256(w[s], _mm256_set1_epi16(255));
            sum = _mm256_add_epi32(sum, _mm256_madd_epi16(w_even, even));
            sum = _mm256_add_epi32(sum, _mm256_madd_epi16(_mm256_srli_epi16(w[s], 8), _mm256_srai_epi16(a, 8)));
        }
        return sum;
    }
    const int run = f.bits == 4 ? 8 : f.bits == 5 ? 4 : 2;
    __m256i narrow = _mm256_setzero_si256();
    UNROLL for (int s = first; s < last; s++) {
        const __m256i products = _mm256_maddubs_epi16(w[s], broadcast(q + 4 * s));
        narrow = s % run == 0 ? products : _mm256_add_epi16(narrow, products);
        if (s % run == run - 1) sum = _mm256_add_epi32(sum, _mm256_madd_epi16(narrow, _mm256_set1_epi16(1)));
    }
    return sum;
}

// Eight bytes as f32.
INLINE __m256 load_bytes(const uint8_t *p, const int is_signed) {
    const __m128i bytes = _mm_loadl_epi64((const __m128i *)p);
    return _mm256_cvtepi32_ps(is_signed ? _mm256_cvtepi8_epi32(bytes) : _mm256_cvtepu8_epi32(bytes));
}

// Block b of a unit for eight rows of W (half 0 or 1 of the group) and R rows of activations.
INLINE void add_block(const xm_integer_layout f, const int R, const uint8_t *unit, int b, int half, const uint8_t *x,
                      ptrdiff_t x_stride, __m256 sums[]) {
    __m256i w[8];
    unpack_quants(f, unit + xm_quants_at(f, b) + half * 32, w);
    const uint8_t *own = unit + xm_scales_at(f, b);
    __m256 d, m = _mm256_setzero_ps();  // m: the minimum, or d of columns 16...31
    if (f.head_bytes == 0) {
        d = load_halves(own + half * 16);
        if (f.has_minimum) m = load_halves(own + 32 + half * 16);
    } else {
        const __m256 D = load_halves(unit + half * 16);
        d = _mm256_mul_ps(D, load_bytes(own + half * 8, f.halves));
        const __m256 E = f.halves ? D : load_halves(unit + 32 + half * 16);
        m = _mm256_mul_ps(E, load_bytes(own + 16 + half * 8, f.halves));
    }
    UNROLL for (int r = 0; r < R; r++) {
        const xm_activation_block *a = (const xm_activation_block *)(x + r * x_stride);
        const uint8_t *q = (const uint8_t *)a->q;
        const __m256 scale = _mm256_set1_ps(a->scale);
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
        __m256i dots = dot(f, w, q, 0, 8);
        if (!f.has_minimum) {
            dots = _mm256_add_epi32(dots, _mm256_set1_epi32(a->negative_sum * (1 << f.offset_shift)));
        }
        sums[r] = _mm256_fmadd_ps(_mm256_cvtepi32_ps(dots), _mm256_mul_ps(d, scale), sums[r]);
        if (f.has_minimum && f.head_bytes == 0) sums[r] = _mm256_fmadd_ps(m, _mm256_set1_ps(a->scaled_sum), sums[r]);
        if (f.has_minimum && f.head_bytes > 0) sums[r] = _mm256_fnmadd_ps(m, _mm256_set1_ps(a->scaled_sum), sums[r]);
    }
}

// Lanes of y[row][column...]; the last group may stand over the edge.
INLINE void store(const xm_block_product *p, ptrdiff_t row, ptrdiff_t column, __m256 value) {
    float lanes[8];
    _mm256_storeu_ps(lanes, value);
    for (int i = 0; i < 8 && column + i < p->columns; i++) {
        const ptrdiff_t at = row * p->ldy + column + i;
        if (p->y_is_bf16) {
            ((xm_bf16 *)p->y)[at] = xm_round_bf16(lanes[i]);
        } else {
            ((float *)p->y)[at] = lanes[i];
        }
    }
}

// All columns of R rows.
INLINE void integer_rows(const xm_integer_layout f, const int R, const xm_block_product *p, ptrdiff_t row) {
    const ptrdiff_t blocks = p->K / 32, group_bytes = xm_integer_group_bytes(f, p->K);
    const uint8_t *x = (const uint8_t *)p->x + row * p->x_stride;
    for (ptrdiff_t column = 0; column < p->columns; column += 8) {
        const uint8_t *unit = (const uint8_t *)p->weights + column / 16 * group_bytes;
        const int half = column % 16 / 8;
        __m256 sums[ROWS];
        UNROLL for (int r = 0; r < R; r++) sums[r] = _mm256_setzero_ps();
        for (ptrdiff_t b = 0; b < blocks; b++) {
            const int inside = (int)(b % f.unit_blocks);
            add_block(f, R, unit, inside, half, x + b * (ptrdiff_t)sizeof(xm_activation_block), p->x_stride, sums);
            if (inside == f.unit_blocks - 1) unit += xm_unit_bytes(f);
        }
        UNROLL for (int r = 0; r < R; r++) store(p, row + r, column, sums[r]);
    }
}

#define INTEGER_PRODUCT(NAME, LAYOUT)                                               \
    static void NAME(const xm_block_product *p) {                                   \
        ptrdiff_t row = 0;                                                          \
        for (; row + 4 <= p->rows; row += 4) integer_rows(LAYOUT, 4, p, row);       \
        for (; row < p->rows; row++) integer_rows(LAYOUT, 1, p, row);               \
    }

INTEGER_PRODUCT(product_q8_0, XM_LAYOUT_Q8_0)
INTEGER_PRODUCT(product_q4_0, XM_LAYOUT_Q4_0)
INTEGER_PRODUCT(product_q4_1, XM_LAYOUT_Q4_1)
INTEGER_PRODUCT(product_q5_0, XM_LAYOUT_Q5_0)
INTEGER_PRODUCT(product_q5_1, XM_LAYOUT_Q5_1)
INTEGER_PRODUCT(product_q4_k, XM_LAYOUT_Q4_K)
INTEGER_PRODUCT(product_q5_k, XM_LAYOUT_Q5_K)
INTEGER_PRODUCT(product_q6_k, XM_LAYOUT_Q6_K)

// Dense: one column k (bf16 pairs: two) of eight rows of W at a time.
INLINE void dense_rows(const enum xm_packed_format format, const int R, const xm_block_product *p, ptrdiff_t row) {
    const ptrdiff_t group_bytes = xm_dense_group_bytes(format, p->K);
    const __m256i odd = _mm256_set1_epi32((int)0xffff0000u);
    for (ptrdiff_t column = 0; column < p->columns; column += 8) {
        const uint8_t *group = (const uint8_t *)p->weights + column / 16 * group_bytes;
        const int half = column % 16 / 8;
        __m256 sums[ROWS];
        UNROLL for (int r = 0; r < R; r++) sums[r] = _mm256_setzero_ps();
        for (ptrdiff_t k = 0; k < p->K; k += format == XM_PACKED_BF16 ? 2 : 1) {
            __m256i pairs = _mm256_setzero_si256();
            __m256 w = _mm256_setzero_ps();
            if (format == XM_PACKED_BF16) pairs = load(group + k * 32 + half * 32);
            if (format == XM_PACKED_F32) w = _mm256_loadu_ps((const float *)group + k * 16 + half * 8);
            if (format == XM_PACKED_F16_F32) w = load_halves(group + k * 32 + half * 16);
            if (format == XM_PACKED_BF16_F32) w = widen_bf16((const uint16_t *)group + k * 16 + half * 8);
            UNROLL for (int r = 0; r < R; r++) {
                const uint8_t *x = (const uint8_t *)p->x + (row + r) * p->x_stride;
                if (format != XM_PACKED_BF16) {
                    sums[r] = _mm256_fmadd_ps(w, _mm256_castsi256_ps(broadcast(x + 4 * k)), sums[r]);
                    continue;
                }
                uint32_t pair = 0;
                memcpy(&pair, x + 2 * k, k + 1 < p->K ? 4 : 2);
                const __m256i both = _mm256_set1_epi32((int)pair);
                sums[r] = _mm256_fmadd_ps(_mm256_castsi256_ps(_mm256_and_si256(pairs, odd)),
                                          _mm256_castsi256_ps(_mm256_and_si256(both, odd)), sums[r]);
                sums[r] = _mm256_fmadd_ps(_mm256_castsi256_ps(_mm256_slli_epi32(pairs, 16)),
                                          _mm256_castsi256_ps(_mm256_slli_epi32(both, 16)), sums[r]);
            }
        }
        UNROLL for (int r = 0; r < R; r++) store(p, row + r, column, sums[r]);
    }
}

INLINE void dense_product(const enum xm_packed_format format, const xm_block_product *p) {
    ptrdiff_t row = 0;
    for (; row + 4 <= p->rows; row += 4) dense_rows(format, 4, p, row);
    for (; row < p->rows; row++) dense_rows(format, 1, p, row);
}

static void product_dense(const xm_block_product *p) {
    switch (p->format) {
        case XM_PACKED_F32: dense_product(XM_PACKED_F32, p); break;
        case XM_PACKED_F16_F32: dense_product(XM_PACKED_F16_F32, p); break;
        case XM_PACKED_BF16_F32: dense_product(XM_PACKED_BF16_F32, p); break;
        default: dense_product(XM_PACKED_BF16, p);
    }
}

#pragma clang attribute pop

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
