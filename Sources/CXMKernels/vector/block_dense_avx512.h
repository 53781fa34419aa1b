// Dense products for AVX-512, included after block_product_avx512.h: G groups of 16 columns times R rows of activations.
// One row takes four groups at a time, so that four chains of sums hide the latency of the multiplier.
// SPDX-License-Identifier: Apache-2.0

#define DENSE_GROUPS 4

// The weights of 16 rows for column k, as f32.
INLINE __m512 dense_weights(const enum xm_packed_format format, const uint8_t *group, ptrdiff_t k) {
    switch (format) {
        case XM_PACKED_F32: return _mm512_load_ps((const float *)group + k * 16);
        case XM_PACKED_F16_F32: return load_halves(group + k * 32);
        default: return widen_bf16((const uint16_t *)group + k * 16);
    }
}

INLINE void dense_tile_f32(const enum xm_packed_format format, const int G, const int R, const xm_block_product *p,
                           ptrdiff_t row, ptrdiff_t column) {
    const ptrdiff_t group_bytes = xm_dense_group_bytes(format, p->K);
    const uint8_t *groups = (const uint8_t *)p->weights + column / 16 * group_bytes;
    const uint8_t *x = (const uint8_t *)p->x + row * p->x_stride;
    __m512 sums[DENSE_GROUPS][ROWS];
    UNROLL for (int g = 0; g < G; g++) {
        UNROLL for (int r = 0; r < R; r++) sums[g][r] = _mm512_setzero_ps();
    }
    for (ptrdiff_t k = 0; k < p->K; k++) {
        __m512 w[DENSE_GROUPS];
        UNROLL for (int g = 0; g < G; g++) w[g] = dense_weights(format, groups + g * group_bytes, k);
        UNROLL for (int r = 0; r < R; r++) {
            const __m512 value = _mm512_castsi512_ps(broadcast(x + r * p->x_stride + 4 * k));
            UNROLL for (int g = 0; g < G; g++) sums[g][r] = _mm512_fmadd_ps(w[g], value, sums[g][r]);
        }
    }
    UNROLL for (int g = 0; g < G; g++) {
        UNROLL for (int r = 0; r < R; r++) store(p, row + r, column + 16 * g, sums[g][r]);
    }
}

// sum + odd * odd, then + even * even; products of bf16 are exact in f32.
INLINE __m512 add_pair(__m512 sum, __m512i w, __m512i x) {
#ifdef XM_NATIVE_BF16
    return _mm512_dpbf16_ps(sum, (__m512bh)w, (__m512bh)x);
#else
    const __m512i odd = _mm512_set1_epi32((int)0xffff0000u);
    sum = _mm512_fmadd_ps(_mm512_castsi512_ps(_mm512_and_si512(w, odd)),
                          _mm512_castsi512_ps(_mm512_and_si512(x, odd)), sum);
    return _mm512_fmadd_ps(_mm512_castsi512_ps(_mm512_slli_epi32(w, 16)),
                           _mm512_castsi512_ps(_mm512_slli_epi32(x, 16)), sum);
#endif
}

// Columns k and k + 1 of a row in every lane.
INLINE __m512i broadcast_pair(const uint8_t *row, ptrdiff_t k, ptrdiff_t K) {
    if (k + 1 < K) return broadcast(row + 2 * k);
    uint16_t last;
    memcpy(&last, row + 2 * k, 2);
    return _mm512_set1_epi32(last);
}

INLINE void dense_tile_bf16(const int G, const int R, const xm_block_product *p, ptrdiff_t row, ptrdiff_t column) {
    const ptrdiff_t group_bytes = xm_dense_group_bytes(XM_PACKED_BF16, p->K);
    const uint8_t *groups = (const uint8_t *)p->weights + column / 16 * group_bytes;
    const uint8_t *x = (const uint8_t *)p->x + row * p->x_stride;
    __m512 sums[DENSE_GROUPS][ROWS];
    UNROLL for (int g = 0; g < G; g++) {
        UNROLL for (int r = 0; r < R; r++) sums[g][r] = _mm512_setzero_ps();
    }
    for (ptrdiff_t k = 0; k < p->K; k += 2) {
        __m512i w[DENSE_GROUPS];
        UNROLL for (int g = 0; g < G; g++) w[g] = _mm512_load_si512(groups + g * group_bytes + k * 32);
        UNROLL for (int r = 0; r < R; r++) {
            const __m512i pair = broadcast_pair(x + r * p->x_stride, k, p->K);
            UNROLL for (int g = 0; g < G; g++) sums[g][r] = add_pair(sums[g][r], w[g], pair);
        }
    }
    UNROLL for (int g = 0; g < G; g++) {
        UNROLL for (int r = 0; r < R; r++) store(p, row + r, column + 16 * g, sums[g][r]);
    }
}

// Eight rows by two groups (16 sums), fewer rows by four.
#define DENSE_PRODUCT(NAME, ...)                                                                                   \
    static void NAME(const xm_block_product *p) {                                                                  \
        const ptrdiff_t groups = (p->columns + 15) / 16;                                                           \
        ptrdiff_t row = 0;                                                                                         \
        for (; row + 8 <= p->rows; row += 8) {                                                                     \
            ptrdiff_t g = 0;                                                                                       \
            for (; g + 2 <= groups; g += 2) TILE(2, 8, __VA_ARGS__);                                               \
            for (; g < groups; g++) TILE(1, 8, __VA_ARGS__);                                                       \
        }                                                                                                          \
        while (row < p->rows) {                                                                                    \
            const ptrdiff_t left = p->rows - row;                                                                  \
            ptrdiff_t g = 0;                                                                                       \
            if (left >= 4) {                                                                                       \
                for (; g + 4 <= groups; g += 4) TILE(4, 4, __VA_ARGS__);                                           \
                for (; g < groups; g++) TILE(1, 4, __VA_ARGS__);                                                   \
                row += 4;                                                                                          \
            } else if (left >= 2) {                                                                                \
                for (; g + 4 <= groups; g += 4) TILE(4, 2, __VA_ARGS__);                                           \
                for (; g < groups; g++) TILE(1, 2, __VA_ARGS__);                                                   \
                row += 2;                                                                                          \
            } else {                                                                                               \
                for (; g + 4 <= groups; g += 4) TILE(4, 1, __VA_ARGS__);                                           \
                for (; g < groups; g++) TILE(1, 1, __VA_ARGS__);                                                   \
                row += 1;                                                                                          \
            }                                                                                                      \
        }                                                                                                          \
    }

#define TILE(G, R, FORMAT) dense_tile_f32(FORMAT, G, R, p, row, 16 * g)
DENSE_PRODUCT(product_f32, XM_PACKED_F32)
DENSE_PRODUCT(product_f16_f32, XM_PACKED_F16_F32)
DENSE_PRODUCT(product_bf16_f32, XM_PACKED_BF16_F32)
#undef TILE
#define TILE(G, R, NAME) NAME(G, R, p, row, 16 * g)
DENSE_PRODUCT(product_bf16, dense_tile_bf16)
#undef TILE

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
