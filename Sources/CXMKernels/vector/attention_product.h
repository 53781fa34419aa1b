// The matmul inside attention, C = A B or C += A B, with B packed so that one vector load gives W columns and one `DOT`
// multiplies PAIR consecutive terms of the sum per lane. Each element of C is one chain of DOTs in the order of the
// sum: its bits depend neither on neighbouring rows nor on the tile it falls into.
// SPDX-License-Identifier: Apache-2.0

// C [M, N * W] held in registers for all `steps`. a: row stride `as`, step stride `aj`; b0, b1: step stride `bj`. M and
// N are compile-time constants, so the loops over them unroll. 2 M independent chains hide the latency of the FMA.
static inline __attribute__((always_inline)) void NAME(attention_tile)(const int M, const int N, const ACT *a,
                                                                       ptrdiff_t as, ptrdiff_t aj, const ACT *b0,
                                                                       const ACT *b1, ptrdiff_t bj, ptrdiff_t steps,
                                                                       float *c, ptrdiff_t ldc, int accumulate) {
    // Lives in registers: every index below is a constant after unrolling.
    vf sum[ATTENTION_ROWS][2];
    if (accumulate) {
#pragma clang loop unroll(full)
        for (int m = 0; m < M; m++) {
            sum[m][0] = vf_load(c + m * ldc);
            if (N == 2) sum[m][1] = vf_load(c + m * ldc + W);
        }
    } else {
#pragma clang loop unroll(full)
        for (int m = 0; m < M; m++) sum[m][0] = sum[m][1] = vf_set(0);
    }
// Per step: N loads of B and M broadcasts of A for M * N DOTs.
#pragma clang loop unroll_count(2)
    for (ptrdiff_t j = 0; j < steps; j++) {
        const PACKED x0 = LOAD_PACKED(b0 + j * bj), x1 = N == 2 ? LOAD_PACKED(b1 + j * bj) : x0;
#pragma clang loop unroll(full)
        for (int m = 0; m < M; m++) {
            const PACKED y = SET_PACKED(a + m * as + j * aj);
            sum[m][0] = DOT(sum[m][0], y, x0);
            if (N == 2) sum[m][1] = DOT(sum[m][1], y, x1);
        }
    }
#pragma clang loop unroll(full)
    for (int m = 0; m < M; m++) {
        vf_store(c + m * ldc, sum[m][0]);
        if (N == 2) vf_store(c + m * ldc + W, sum[m][1]);
    }
}

// C [rows, columns], `columns` a multiple of 16; column n of B is in group n / 16, and groups are `bb` elements apart.
// Columns form the outer loop: a strip of B, 2 W wide, stays in L1 while all rows pass.
static void NAME(attention_product)(const ACT *a, ptrdiff_t as, ptrdiff_t aj, ptrdiff_t rows, const ACT *b,
                                    ptrdiff_t bb, ptrdiff_t bj, ptrdiff_t columns, ptrdiff_t steps, float *c,
                                    ptrdiff_t ldc, int accumulate) {
    for (ptrdiff_t n = 0; n < columns; n += 2 * W) {
        // The last strip may be one vector wide (AVX-512, an odd number of groups).
        const int both = n + W < columns;
        const ACT *b0 = b + n / 16 * bb + n % 16 * PAIR;
        const ACT *b1 = both ? b + (n + W) / 16 * bb + (n + W) % 16 * PAIR : b0;
        for (ptrdiff_t m = 0; m < rows;) {
            const ptrdiff_t left = rows - m;
            const ACT *from = a + m * as;
            float *to = c + m * ldc + n;
#define TILE(M)                                                                                           \
    do {                                                                                                  \
        if (both) NAME(attention_tile)(M, 2, from, as, aj, b0, b1, bj, steps, to, ldc, accumulate);       \
        else NAME(attention_tile)(M, 1, from, as, aj, b0, b1, bj, steps, to, ldc, accumulate);            \
        m += M;                                                                                           \
    } while (0)
            if (left >= ATTENTION_ROWS) TILE(ATTENTION_ROWS);
            else if (left >= 4) TILE(4);
            else if (left >= 2) TILE(2);
            else TILE(1);
#undef TILE
        }
    }
}
