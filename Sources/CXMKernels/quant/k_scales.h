// The eight 6-bit scales and eight 6-bit offsets of Q4_K and Q5_K, packed into 12 bytes (the same layout as ggml):
//   bytes 0-3  scale j (bits 0-5), upper two bits of scale j + 4 (bits 6-7)        j = 0...3
//   bytes 4-7  offset j (bits 0-5), upper two bits of offset j + 4 (bits 6-7)
//   bytes 8-11 lower four bits of scale j + 4 (bits 0-3) and of offset j + 4 (bits 4-7)
// SPDX-License-Identifier: Apache-2.0

static inline void k_scales_unpack(const uint8_t *packed, uint8_t scale[8], uint8_t offset[8]) {
    for (int j = 0; j < 4; j++) {
        scale[j] = packed[j] & 63;
        offset[j] = packed[j + 4] & 63;
        scale[j + 4] = (uint8_t)((packed[j + 8] & 15) | packed[j] >> 6 << 4);
        offset[j + 4] = (uint8_t)(packed[j + 8] >> 4 | packed[j + 4] >> 6 << 4);
    }
}

static inline void k_scales_pack(const uint8_t scale[8], const uint8_t offset[8], uint8_t *packed) {
    for (int j = 0; j < 4; j++) {
        packed[j] = (uint8_t)(scale[j] | scale[j + 4] >> 4 << 6);
        packed[j + 4] = (uint8_t)(offset[j] | offset[j + 4] >> 4 << 6);
        packed[j + 8] = (uint8_t)((scale[j + 4] & 15) | (offset[j + 4] & 15) << 4);
    }
}
