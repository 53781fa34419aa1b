// Dense products for AVX-512, included after block_product_avx512.h: one or two groups of 16 columns times R rows of
// activations. One or two rows take one group at a time: they are bound by memory, and one group is one sequential
// stream.
// SPDX-License-Identifier: Apache-2.0

// Column k of 16 rows of W, widened to f32. Groups are 64-byte aligned, so f32 columns load aligned.
INLINE __m512 dense_weights(const enum xm_packed_format format, const uint8_t *group, ptrdiff_t k) {
    switch (format) {
        case XM_PACKED_F32: return _mm512_load_ps((const float *)group + k * 16);
        case XM_PACKED_F16_F32: return load_halves(group + k * 32);
        default: return widen_bf16((const uint16_t *)group + k * 16);
    }
}

// y tile [R, 16 or 32] for one group, or for it and the next: sum = fma(w, x, sum) in the order of k.
INLINE void dense_tile_f32(const enum xm_packed_format format, const int two, const int R, const xm_block_product *p,
                           ptrdiff_t row, ptrdiff_t column) {
    const ptrdiff_t group_bytes = xm_dense_group_bytes(format, p->K);
    const uint8_t *group = (const uint8_t *)p->weights + column / 16 * group_bytes;
    const uint8_t *x = (const uint8_t *)p->x + row * p->x_stride;
    __m512 sums[ROWS], next_sums[ROWS];
    UNROLL for (int r = 0; r < R; r++) sums[r] = next_sums[r] = _mm512_setzero_ps();
    for (ptrdiff_t k = 0; k < p->K; k++) {
        const __m512 w = dense_weights(format, group, k);
        const __m512 next = two ? dense_weights(format, group + group_bytes, k) : w;
        UNROLL for (int r = 0; r < R; r++) {
            const __m512 value = _mm512_castsi512_ps(broadcast(x + r * p->x_stride + 4 * k));
            sums[r] = _mm512_fmadd_ps(w, value, sums[r]);
            if (two) next_sums[r] = _mm512_fmadd_ps(next, value, next_sums[r]);
        }
    }
    UNROLL for (int r = 0; r < R; r++) {
        store(p, row + r, column, sums[r]);
        if (two) store(p, row + r, column + 16, next_sums[r]);
    }
}

// fma(odd, odd, sum), then fma(even, even, sum): the order of VDPBF16PS. Products of bf16 are exact in f32.
INLINE __m512 add_pair(__m512 sum, __m512i w, __m512i x) {
#ifdef XM_NATIVE_BF16
    return _mm512_dpbf16_ps(sum, (__m512bh)w, (__m512bh)x);
#else
    // A bf16 is the upper half of an f32: masking widens the odd column, shifting the even one.
    const __m512i odd = _mm512_set1_epi32((int)0xffff0000u);
    sum = _mm512_fmadd_ps(_mm512_castsi512_ps(_mm512_and_si512(w, odd)),
                          _mm512_castsi512_ps(_mm512_and_si512(x, odd)), sum);
    return _mm512_fmadd_ps(_mm512_castsi512_ps(_mm512_slli_epi32(w, 16)),
                           _mm512_castsi512_ps(_mm512_slli_epi32(x, 16)), sum);
#endif
}

// Adds the pair of columns that begins at k for R rows; bytes = 2 for the last of an odd number of columns, which is
// paired with zero.
INLINE void add_pairs(const int two, const int R, const int bytes, const uint8_t *group, ptrdiff_t group_bytes,
                      const uint8_t *x, ptrdiff_t x_stride, ptrdiff_t k, __m512 sums[], __m512 next_sums[]) {
    const __m512i w = _mm512_load_si512(group + k * 32);
    const __m512i next = two ? _mm512_load_si512(group + group_bytes + k * 32) : w;
    UNROLL for (int r = 0; r < R; r++) {
        uint32_t word = 0;
        // Reads 2 bytes for a last odd column, never past the row.
        memcpy(&word, x + r * x_stride + 2 * k, (size_t)bytes);
        const __m512i pair = _mm512_set1_epi32((int)word);
        sums[r] = add_pair(sums[r], w, pair);
        if (two) next_sums[r] = add_pair(next_sums[r], next, pair);
    }
}

// As dense_tile_f32 for bf16 weights and activations, two columns per step.
INLINE void dense_tile_bf16(const int two, const int R, const xm_block_product *p, ptrdiff_t row, ptrdiff_t column) {
    const ptrdiff_t group_bytes = xm_dense_group_bytes(XM_PACKED_BF16, p->K);
    const uint8_t *group = (const uint8_t *)p->weights + column / 16 * group_bytes;
    const uint8_t *x = (const uint8_t *)p->x + row * p->x_stride;
    __m512 sums[ROWS], next_sums[ROWS];
    UNROLL for (int r = 0; r < R; r++) sums[r] = next_sums[r] = _mm512_setzero_ps();
    ptrdiff_t k = 0;
    for (; k + 2 <= p->K; k += 2) add_pairs(two, R, 4, group, group_bytes, x, p->x_stride, k, sums, next_sums);
    if (k < p->K) add_pairs(two, R, 2, group, group_bytes, x, p->x_stride, k, sums, next_sums);
    UNROLL for (int r = 0; r < R; r++) {
        store(p, row + r, column, sums[r]);
        if (two) store(p, row + r, column + 16, next_sums[r]);
    }
}

// Runs TILE(two, R, row, column) over all columns of R rows. From four rows on, two groups at a time: twice the
// arithmetic per broadcast of x.
#define DENSE_ROWS(R, TILE)                                                     \
    do {                                                                        \
        ptrdiff_t column = 0;                                                   \
        if (R >= 4) {                                                           \
            for (; column + 16 < p->columns; column += 32) TILE(1, R, row, column); \
        }                                                                       \
        for (; column < p->columns; column += 16) TILE(0, R, row, column);      \
        row += R;                                                               \
    } while (0)

#define DENSE_PRODUCT(NAME, TILE)                     \
    static void NAME(const xm_block_product *p) {     \
        ptrdiff_t row = 0;                            \
        while (row + 8 <= p->rows) DENSE_ROWS(8, TILE); \
        if (row + 4 <= p->rows) DENSE_ROWS(4, TILE);  \
        if (row + 2 <= p->rows) DENSE_ROWS(2, TILE);  \
        if (row < p->rows) DENSE_ROWS(1, TILE);       \
    }

#define TILE_F32(two, R, row, column) dense_tile_f32(XM_PACKED_F32, two, R, p, row, column)
#define TILE_F16_F32(two, R, row, column) dense_tile_f32(XM_PACKED_F16_F32, two, R, p, row, column)
#define TILE_BF16_F32(two, R, row, column) dense_tile_f32(XM_PACKED_BF16_F32, two, R, p, row, column)
#define TILE_BF16(two, R, row, column) dense_tile_bf16(two, R, p, row, column)
DENSE_PRODUCT(product_f32, TILE_F32)
DENSE_PRODUCT(product_f16_f32, TILE_F16_F32)
DENSE_PRODUCT(product_bf16_f32, TILE_BF16_F32)
DENSE_PRODUCT(product_bf16, TILE_BF16)

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
        case XM_PACKED_F32: product_f32(p); break;
        case XM_PACKED_F16_F32: product_f16_f32(p); break;
        case XM_PACKED_BF16_F32: product_bf16_f32(p); break;
        case XM_PACKED_BF16: product_bf16(p); break;
    }
}
