// The scalar block products: what every fast version must match bit for bit. Rows are taken eight at a time to amortise
// unpacking a block; an output element is the same sequence of operations whatever the tile.
// SPDX-License-Identifier: Apache-2.0

#include "../bf16.h"
#include "../block/layout.h"
#include "../quant/half.h"

// Activation rows that share one unpacked block of W.
#define ROWS 8

// x ≈ scale * q with scale = max|x| / 127 and q = x / scale rounded to nearest even. One NaN or infinity makes the
// block's scale NaN, and with it the row's outputs: a bad activation is never quantised away.
static void quantize_block(const float x[32], xm_activation_block *block) {
    uint32_t largest_bits = 0;  // the magnitudes ordered as integers: NaN above infinity above all numbers
    for (int i = 0; i < 32; i++) {
        uint32_t bits;
        memcpy(&bits, &x[i], 4);
        if ((bits & 0x7fffffffu) > largest_bits) largest_bits = bits & 0x7fffffffu;
    }
    float largest;
    memcpy(&largest, &largest_bits, 4);
    const int is_finite = largest_bits < 0x7f800000u;
    const float scale = is_finite ? largest / 127 : NAN;
    // Multiplying by the inverse instead of dividing is part of the definition: it decides ties.
    const float inverse = is_finite ? xm_inverse(scale) : 0;
    int32_t sum = 0, low_sum = 0;
    for (int i = 0; i < 32; i++) {
        const int q = is_finite ? (int)lrintf(x[i] * inverse) : 0;
        block->q[i] = (int8_t)q;
        sum += q;
        if (i < 16) low_sum += q;
    }
    block->scale = scale;
    block->scaled_sum = scale * (float)sum;
    block->negative_sum = -sum;
    block->negative_low_sum = -low_sum;
}

static void quantize_f32(const float *x, xm_activation_block *blocks, ptrdiff_t count) {
    for (ptrdiff_t b = 0; b < count; b++) quantize_block(x + 32 * b, blocks + b);
}

static void quantize_bf16(const uint16_t *x, xm_activation_block *blocks, ptrdiff_t count) {
    for (ptrdiff_t b = 0; b < count; b++) {
        float values[32];
        for (int i = 0; i < 32; i++) values[i] = xm_load_bf16(x[32 * b + i]);
        quantize_block(values, blocks + b);
    }
}

// One block of 32 columns of a group, unpacked: w = d q + m if the format has a minimum, d (q - offset) otherwise.
typedef struct {
    uint8_t q[16][32];  // [row of W][column], unsigned
    // d[0] scales columns 0...15, d[1] columns 16...31; they are equal unless `halves`.
    float d[2][16];  // of columns 0...15 and 16...31
    float m[16];  // minimum per row; negated offset in the K formats
} unpacked_block;

// Inverts the layout table of block/layout.h: the nibble, then the fifth bit or the upper two bits.
static void unpack_quants(xm_integer_layout f, const uint8_t *quants, unpacked_block *u) {
    for (int lane = 0; lane < 16; lane++) {
        for (int k = 0; k < 32; k++) {
            const int s = k / 4, at = lane * 4 + k % 4;  // step, byte of its vector
            int q = f.bits == 8 ? quants[s * 64 + at] : quants[s % 4 * 64 + at] >> s / 4 * 4 & 15;
            if (f.bits == 5) q |= (quants[256 + at] >> s & 1) << 4;
            if (f.bits == 6) q |= (quants[256 + s / 4 * 64 + at] >> s % 4 * 2 & 3) << 4;
            u->q[lane][k] = (uint8_t)q;
        }
    }
}

// Per row of W: d, m stored as f16 (simple formats), or f16 D, E of the superblock times an integer per block (K
// formats).
static void unpack_scales(xm_integer_layout f, const uint8_t *group, ptrdiff_t b, unpacked_block *u) {
    const uint8_t *head = group + b / f.unit_blocks * xm_unit_bytes(f), *own = group + xm_scales_at(f, b);
    for (int lane = 0; lane < 16; lane++) {
        if (f.head_bytes == 0) {
            u->d[0][lane] = u->d[1][lane] = xm_read_half(own + lane * 2);
            u->m[lane] = f.has_minimum ? xm_read_half(own + 32 + lane * 2) : 0;
        } else if (f.halves) {
            const float D = xm_read_half(head + lane * 2);
            u->d[0][lane] = D * (float)(int8_t)own[lane];
            u->d[1][lane] = D * (float)(int8_t)own[16 + lane];
        } else {
            u->d[0][lane] = u->d[1][lane] = xm_read_half(head + lane * 2) * (float)own[lane];
            u->m[lane] = -(xm_read_half(head + 32 + lane * 2) * (float)own[16 + lane]);
        }
    }
}

// sum += (sum over k of (q - offset) x) * (d * scale): an exact integer, one rounding for d * scale and one in the fma;
// then sum += m * scaled_sum. The vector kernels perform these float operations in this order, hence the same bits.
static float add_block(xm_integer_layout f, const unpacked_block *u, int lane, const xm_activation_block *x,
                       float sum) {
    int32_t dots[2] = {0, 0};
    for (int k = 0; k < 32; k++) dots[k / 16] += u->q[lane][k] * x->q[k];
    // sum((q - offset) x) = sum(q x) - offset * sum(x), all in integers.
    if (!f.has_minimum) {
        dots[0] += x->negative_low_sum * (1 << f.offset_shift);
        dots[1] += (x->negative_sum - x->negative_low_sum) * (1 << f.offset_shift);
    }
    if (f.halves) {
        sum = fmaf((float)dots[0], u->d[0][lane] * x->scale, sum);
        return fmaf((float)dots[1], u->d[1][lane] * x->scale, sum);
    }
    sum = fmaf((float)(dots[0] + dots[1]), u->d[0][lane] * x->scale, sum);
    return f.has_minimum ? fmaf(u->m[lane], x->scaled_sum, sum) : sum;
}

// The last group is padded to 16 columns; what lies beyond `columns` is not written.
static void store(const xm_block_product *p, ptrdiff_t row, ptrdiff_t column, float value) {
    if (column >= p->columns) return;
    if (p->y_is_bf16) {
        ((xm_bf16 *)p->y)[row * p->ldy + column] = xm_round_bf16(value);
    } else {
        ((float *)p->y)[row * p->ldy + column] = value;
    }
}

// sums [ROWS][16]: an output element stays in one accumulator from the first block to the last.
static void integer_product(xm_integer_layout f, const xm_block_product *p) {
    const ptrdiff_t group_bytes = xm_integer_group_bytes(f, p->K);
    for (ptrdiff_t first = 0; first < p->rows; first += ROWS) {
        const ptrdiff_t rows = p->rows - first < ROWS ? p->rows - first : ROWS;
        for (ptrdiff_t column = 0; column < p->columns; column += 16) {
            const uint8_t *group = (const uint8_t *)p->weights + column / 16 * group_bytes;
            float sums[ROWS][16] = {0};
            for (ptrdiff_t b = 0; b < p->K / 32; b++) {
                // Unpacked once for up to ROWS rows: the scalar version spends most of its time here.
                unpacked_block u;
                unpack_quants(f, group + xm_quants_at(f, b), &u);
                unpack_scales(f, group, b, &u);
                for (ptrdiff_t r = 0; r < rows; r++) {
                    const uint8_t *row = (const uint8_t *)p->x + (first + r) * p->x_stride;
                    const xm_activation_block *x = (const xm_activation_block *)row + b;
                    for (int lane = 0; lane < 16; lane++) sums[r][lane] = add_block(f, &u, lane, x, sums[r][lane]);
                }
            }
            for (ptrdiff_t r = 0; r < rows; r++) {
                for (int lane = 0; lane < 16; lane++) store(p, first + r, column + lane, sums[r][lane]);
            }
        }
    }
}

// Column k of row `lane`, as f32.
static float dense_weight(enum xm_packed_format format, const void *group, ptrdiff_t k, int lane) {
    const uint16_t *halves = group;
    switch (format) {
        case XM_PACKED_F32: return ((const float *)group)[k * 16 + lane];
        case XM_PACKED_F16_F32: return xm_half_to_float(halves[k * 16 + lane]);
        case XM_PACKED_BF16_F32: return xm_load_bf16(halves[k * 16 + lane]);
        default: return xm_load_bf16(halves[k / 2 * 32 + lane * 2 + k % 2]);
    }
}

// f32 activations: sum = fma(w, x, sum) in the order of k. bf16 activations go in pairs of columns, the odd one before
// the even one, which is the order of the VDPBF16PS instruction; products of two bf16 are exact in f32.
static void dense_product(const xm_block_product *p) {
    const ptrdiff_t group_bytes = xm_dense_group_bytes(p->format, p->K);
    for (ptrdiff_t r = 0; r < p->rows; r++) {
        const uint8_t *row = (const uint8_t *)p->x + r * p->x_stride;
        for (ptrdiff_t column = 0; column < p->columns; column++) {
            const uint8_t *group = (const uint8_t *)p->weights + column / 16 * group_bytes;
            const int lane = (int)(column % 16);
            float sum = 0;
            if (p->format == XM_PACKED_BF16) {
                const xm_bf16 *x = (const xm_bf16 *)row;
                for (ptrdiff_t k = 0; k < p->K; k += 2) {
                    // An odd K ends with a pair whose second column is 0 in both operands.
                    const float odd = k + 1 < p->K ? xm_load_bf16(x[k + 1]) : 0;
                    sum = fmaf(dense_weight(p->format, group, k + 1, lane), odd, sum);
                    sum = fmaf(dense_weight(p->format, group, k, lane), xm_load_bf16(x[k]), sum);
                }
            } else {
                const float *x = (const float *)row;
                for (ptrdiff_t k = 0; k < p->K; k++) sum = fmaf(dense_weight(p->format, group, k, lane), x[k], sum);
            }
            store(p, r, column, sum);
        }
    }
}

// The switch makes the layout a constant in each call, so that its tests fold away.
static void product(const xm_block_product *p) {
    switch (p->format) {
        case XM_PACKED_Q8_0: integer_product(XM_LAYOUT_Q8_0, p); break;
        case XM_PACKED_Q4_0: integer_product(XM_LAYOUT_Q4_0, p); break;
        case XM_PACKED_Q4_1: integer_product(XM_LAYOUT_Q4_1, p); break;
        case XM_PACKED_Q5_0: integer_product(XM_LAYOUT_Q5_0, p); break;
        case XM_PACKED_Q5_1: integer_product(XM_LAYOUT_Q5_1, p); break;
        case XM_PACKED_Q4_K: integer_product(XM_LAYOUT_Q4_K, p); break;
        case XM_PACKED_Q5_K: integer_product(XM_LAYOUT_Q5_K, p); break;
        case XM_PACKED_Q6_K: integer_product(XM_LAYOUT_Q6_K, p); break;
        default: dense_product(p);
    }
}

const xm_block_kernels xm_block_kernels_scalar = {
    .name = "scalar", .quantize_f32 = quantize_f32, .quantize_bf16 = quantize_bf16, .product = product};
