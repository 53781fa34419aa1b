// Dense products for AVX2 with FMA: weights in f32, f16 or bf16, in groups of 16 rows. The sum of an output element
// stays in one register from the first column to the last. Included by x86/block_product_avx2.c, whose helpers it uses.
// SPDX-License-Identifier: Apache-2.0

// 6 rows x 2 vectors = 12 accumulators, plus 2 weights and a broadcast, fit the 16 registers.
#define DENSE_ROWS 6

// R rows of x times `halves` vectors of eight output columns from `column` on; one k per iteration, two for bf16 pairs.
INLINE void dense_tile(const enum xm_packed_format format, const int R, const int halves, const xm_block_product *p,
                       ptrdiff_t row, ptrdiff_t column) {
    const ptrdiff_t group_bytes = xm_dense_group_bytes(format, p->K);
    const uint8_t *groups = (const uint8_t *)p->weights + column / 16 * group_bytes;
    const uint8_t *x = (const uint8_t *)p->x + row * p->x_stride;
    const __m256i odd = _mm256_set1_epi32((int)0xffff0000u);
    __m256 sums[4][DENSE_ROWS];
    UNROLL for (int h = 0; h < halves; h++) {
        UNROLL for (int r = 0; r < R; r++) sums[h][r] = _mm256_setzero_ps();
    }
    for (ptrdiff_t k = 0; k < p->K; k += format == XM_PACKED_BF16 ? 2 : 1) {
        __m256 w[4], w_even[4];
        UNROLL for (int h = 0; h < halves; h++) {
            const uint8_t *group = groups + h / 2 * group_bytes;
            const int half = h % 2;
            if (format == XM_PACKED_BF16) {
                const __m256i pairs = load(group + k * 32 + half * 32);
                // A bf16 is the upper half of an f32: masking widens the odd column, shifting the even one.
                w[h] = _mm256_castsi256_ps(_mm256_and_si256(pairs, odd));
                w_even[h] = _mm256_castsi256_ps(_mm256_slli_epi32(pairs, 16));
            }
            if (format == XM_PACKED_F32) w[h] = _mm256_loadu_ps((const float *)group + k * 16 + half * 8);
            if (format == XM_PACKED_F16_F32) w[h] = load_halves(group + k * 32 + half * 16);
            if (format == XM_PACKED_BF16_F32) w[h] = widen_bf16((const uint16_t *)group + k * 16 + half * 8);
        }
        UNROLL for (int r = 0; r < R; r++) {
            if (format != XM_PACKED_BF16) {
                const __m256 value = _mm256_castsi256_ps(broadcast(x + r * p->x_stride + 4 * k));
                UNROLL for (int h = 0; h < halves; h++) sums[h][r] = _mm256_fmadd_ps(w[h], value, sums[h][r]);
                continue;
            }
            // The last of an odd number of columns is paired with zero; no byte past the row is read.
            uint32_t pair = 0;
            memcpy(&pair, x + r * p->x_stride + 2 * k, k + 1 < p->K ? 4 : 2);
            const __m256i both = _mm256_set1_epi32((int)pair);
            const __m256 x_odd = _mm256_castsi256_ps(_mm256_and_si256(both, odd));
            const __m256 x_even = _mm256_castsi256_ps(_mm256_slli_epi32(both, 16));
            UNROLL for (int h = 0; h < halves; h++) {
                sums[h][r] = _mm256_fmadd_ps(w[h], x_odd, sums[h][r]);
                sums[h][r] = _mm256_fmadd_ps(w_even[h], x_even, sums[h][r]);
            }
        }
    }
    UNROLL for (int h = 0; h < halves; h++) {
        // The second half of the last group may be nothing but padding.
        if (column + 8 * h >= p->columns) break;
        UNROLL for (int r = 0; r < R; r++) store(p, row + r, column + 8 * h, sums[h][r]);
    }
}

// Twelve independent sums keep both FMA units busy (latency 4 to 5, two per cycle). A single row takes two groups, four
// sums; it is limited by memory anyway.
INLINE void dense_product(const enum xm_packed_format format, const xm_block_product *p) {
    const int most = format == XM_PACKED_BF16 ? 4 : DENSE_ROWS;
    ptrdiff_t row = 0;
    for (; row + most <= p->rows; row += most) {
        for (ptrdiff_t column = 0; column < p->columns; column += 16) dense_tile(format, most, 2, p, row, column);
    }
    for (; row + 4 <= p->rows; row += 4) {
        for (ptrdiff_t column = 0; column < p->columns; column += 16) dense_tile(format, 4, 2, p, row, column);
    }
    for (; row + 2 <= p->rows; row += 2) {
        for (ptrdiff_t column = 0; column < p->columns; column += 16) dense_tile(format, 2, 2, p, row, column);
    }
    if (row == p->rows) return;
    ptrdiff_t column = 0;
    for (; column + 16 < p->columns; column += 32) dense_tile(format, 1, 4, p, row, column);
    if (column < p->columns) dense_tile(format, 1, 2, p, row, column);
}

static void product_dense(const xm_block_product *p) {
    switch (p->format) {
        case XM_PACKED_F32: dense_product(XM_PACKED_F32, p); break;
        case XM_PACKED_F16_F32: dense_product(XM_PACKED_F16_F32, p); break;
        case XM_PACKED_BF16_F32: dense_product(XM_PACKED_BF16_F32, p); break;
        default: dense_product(XM_PACKED_BF16, p);
    }
}
