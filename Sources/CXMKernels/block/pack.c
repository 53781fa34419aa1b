// Repacks 16 rows of a block format into a group (layout.h). Quants move as 4-byte words: a word of the file is one
// lane of one step. Runs once when a model is loaded, so it favours clarity. Read next: reference/block_product.c.
// SPDX-License-Identifier: Apache-2.0

#include "../bf16.h"
#include "../quant/half.h"
#include "../quant/k_scales.h"
#include "layout.h"

// Rows of a file are unaligned; compilers turn the copy into one load.
static inline uint32_t read_word(const uint8_t *bytes) {
    uint32_t word;
    memcpy(&word, bytes, 4);
    return word;
}

// Lane `lane` (row of W) of 64-byte vector `vector`.
static inline void write_word(uint8_t *quants, int vector, int lane, uint32_t word) {
    memcpy(quants + vector * 64 + lane * 4, &word, 4);
}

// The low nibble of every byte.
static inline uint32_t low(uint32_t word) { return word & 0x0f0f0f0fu; }

// Merges eight words of 4-bit values (one per byte, one word per step) into the four nibble vectors of a block.
static inline void write_nibbles(uint8_t *quants, int lane, const uint32_t steps[8]) {
    for (int t = 0; t < 4; t++) write_word(quants, t, lane, steps[t] | steps[t + 4] << 4);
}

// Q8_0: f16 d, i8 q[32].
static void pack_q8_0(xm_integer_layout f, const uint8_t *row, int lane, ptrdiff_t K, uint8_t *group) {
    for (ptrdiff_t b = 0; b < K / 32; b++, row += 34) {
        memcpy(group + xm_scales_at(f, b) + lane * 2, row, 2);
        uint8_t *quants = group + xm_quants_at(f, b);
        // Flipping the sign bit of each byte adds 128.
        for (int s = 0; s < 8; s++) write_word(quants, s, lane, read_word(row + 2 + 4 * s) ^ 0x80808080u);
    }
}

// Q4_0, Q4_1, Q5_0, Q5_1: f16 scales, the word h of fifth bits for 5-bit formats, then 16 bytes that already have the
// nibble order of a packed vector (value j low, value j + 16 high).
static void pack_q4_q5(xm_integer_layout f, const uint8_t *row, int lane, ptrdiff_t K, uint8_t *group) {
    const int header = f.has_minimum ? 4 : 2, plane = f.bits == 5 ? 4 : 0;
    for (ptrdiff_t b = 0; b < K / 32; b++, row += header + plane + 16) {
        uint8_t *scales = group + xm_scales_at(f, b), *quants = group + xm_quants_at(f, b);
        memcpy(scales + lane * 2, row, 2);
        if (f.has_minimum) memcpy(scales + 32 + lane * 2, row + 2, 2);
        for (int t = 0; t < 4; t++) write_word(quants, t, lane, read_word(row + header + plane + 4 * t));
        if (!plane) continue;
        const uint32_t h = read_word(row + header);  // bit i belongs to column i = 4s + byte
        uint32_t bits = 0;
        for (int s = 0; s < 8; s++) {
            const uint32_t four = h >> 4 * s & 15;
            // Spreads four bits over the lowest bits of four bytes, then moves them to bit s.
            bits |= ((four & 1) | (four & 2) << 7 | (four & 4) << 14 | (four & 8) << 21) << s;
        }
        write_word(quants, 4, lane, bits);
    }
}

// Q4_K: f16 d, f16 dmin, 12 bytes of scales, q[128]; Q5_K has h[32] in front of q. Blocks b and b + 1 (b even) share
// the bytes of q, so their nibbles are separated and paired anew with step + 4 of their own block.
static void pack_q4_k_q5_k(xm_integer_layout f, const uint8_t *row, int lane, ptrdiff_t K, uint8_t *group) {
    const int plane = f.bits == 5 ? 32 : 0;
    for (ptrdiff_t super = 0; super < K / 256; super++, row += 144 + plane, group += xm_unit_bytes(f)) {
        uint8_t s[8], o[8];
        k_scales_unpack(row + 4, s, o);
        memcpy(group + lane * 2, row, 2);
        memcpy(group + 32 + lane * 2, row + 2, 2);
        for (int b = 0; b < 8; b++) {
            uint8_t *scales = group + xm_scales_at(f, b), *quants = group + xm_quants_at(f, b);
            scales[lane] = s[b];
            scales[16 + lane] = o[b];
            uint32_t steps[8], bits = 0;
            for (int step = 0; step < 8; step++) {
                steps[step] = low(read_word(row + 16 + plane + b / 2 * 32 + 4 * step) >> b % 2 * 4);
                if (plane) bits |= (read_word(row + 16 + 4 * step) >> b & 0x01010101u) << step;
            }
            write_nibbles(quants, lane, steps);
            if (plane) write_word(quants, 4, lane, bits);
        }
    }
}

// Q6_K: low[128], high[64], i8 scale[16], f16 d. Scales keep their order, two per block of 32.
static void pack_q6_k(xm_integer_layout f, const uint8_t *row, int lane, ptrdiff_t K, uint8_t *group) {
    for (ptrdiff_t super = 0; super < K / 256; super++, row += 210, group += xm_unit_bytes(f)) {
        memcpy(group + lane * 2, row + 208, 2);
        for (int b = 0; b < 8; b++) {
            uint8_t *scales = group + xm_scales_at(f, b), *quants = group + xm_quants_at(f, b);
            const int half = b / 4, t = b % 4;  // indices of quant/q6_k.h
            scales[lane] = row[192 + 2 * b];
            scales[16 + lane] = row[192 + 2 * b + 1];
            uint32_t steps[8], bits[2] = {0, 0};
            for (int step = 0; step < 8; step++) {
                steps[step] = low(read_word(row + half * 64 + t % 2 * 32 + 4 * step) >> t / 2 * 4);
                const uint32_t high = read_word(row + 128 + half * 32 + 4 * step) >> 2 * t & 0x03030303u;
                bits[step / 4] |= high << step % 4 * 2;
            }
            write_nibbles(quants, lane, steps);
            write_word(quants, 4, lane, bits[0]);
            write_word(quants, 5, lane, bits[1]);
        }
    }
}

// Row `lane` of W, f32 [K], rounded to the format and strided over the group.
static void pack_dense(enum xm_packed_format format, const float *row, int lane, ptrdiff_t K, void *group) {
    uint16_t *halves = group;
    for (ptrdiff_t k = 0; k < K; k++) {
        switch (format) {
            case XM_PACKED_BF16: halves[k / 2 * 32 + lane * 2 + k % 2] = xm_round_bf16(row[k]); break;
            case XM_PACKED_F16_F32: halves[k * 16 + lane] = xm_float_to_half(row[k]); break;
            case XM_PACKED_BF16_F32: halves[k * 16 + lane] = xm_round_bf16(row[k]); break;
            default: ((float *)group)[k * 16 + lane] = row[k];
        }
    }
}

// 1 and the layout for an integer format; 0 for a dense one.
static int integer_layout(enum xm_packed_format format, xm_integer_layout *layout) {
    switch (format) {
        case XM_PACKED_Q8_0: *layout = XM_LAYOUT_Q8_0; return 1;
        case XM_PACKED_Q4_0: *layout = XM_LAYOUT_Q4_0; return 1;
        case XM_PACKED_Q4_1: *layout = XM_LAYOUT_Q4_1; return 1;
        case XM_PACKED_Q5_0: *layout = XM_LAYOUT_Q5_0; return 1;
        case XM_PACKED_Q5_1: *layout = XM_LAYOUT_Q5_1; return 1;
        case XM_PACKED_Q4_K: *layout = XM_LAYOUT_Q4_K; return 1;
        case XM_PACKED_Q5_K: *layout = XM_LAYOUT_Q5_K; return 1;
        case XM_PACKED_Q6_K: *layout = XM_LAYOUT_Q6_K; return 1;
        default: return 0;
    }
}

ptrdiff_t xm_packed_group_bytes(enum xm_packed_format format, ptrdiff_t K) {
    xm_integer_layout f;
    return integer_layout(format, &f) ? xm_integer_group_bytes(f, K) : xm_dense_group_bytes(format, K);
}

void xm_pack_group(enum xm_packed_format format, const void *const rows[16], ptrdiff_t K, void *group) {
    memset(group, 0, (size_t)xm_packed_group_bytes(format, K));  // missing rows and empty half units get a scale of 0
    xm_integer_layout f;
    const int is_integer = integer_layout(format, &f);
    for (int lane = 0; lane < 16; lane++) {
        const uint8_t *row = rows[lane];
        if (!row) continue;
        if (!is_integer) {
            pack_dense(format, rows[lane], lane, K, group);
        } else if (format == XM_PACKED_Q8_0) {
            pack_q8_0(f, row, lane, K, group);
        } else if (format == XM_PACKED_Q6_K) {
            pack_q6_k(f, row, lane, K, group);
        } else if (f.unit_blocks == 8) {
            pack_q4_k_q5_k(f, row, lane, K, group);
        } else {
            pack_q4_q5(f, row, lane, K, group);
        }
    }
}
