// Reference: SwiGLU (Shazeer 2020), included once per activation type. gate and up are the two halves of one matmul's
// output row [2F], so a single pass reads both.
// SPDX-License-Identifier: Apache-2.0

// out = gate * sigmoid(gate) * up; out is overwritten.
static void NAME(swiglu_forward)(const ACT *gate_up, ACT *out, ptrdiff_t row0, ptrdiff_t row1, ptrdiff_t F) {
    for (ptrdiff_t r = row0; r < row1; r++) {
        for (ptrdiff_t i = 0; i < F; i++) {
            const float gate = LOAD(gate_up[r * 2 * F + i]), up = LOAD(gate_up[r * 2 * F + F + i]);
            out[r * F + i] = ROUND(gate / (1 + expf(-gate)) * up);
        }
    }
}

// With s = sigmoid(gate): dup = dout * gate * s, dgate = dout * up * s * (1 + gate * (1 - s)). out [M,F] is recomputed
// for the gradient of the down projection, which is cheaper than keeping it. All inputs of an element are read before
// it is written, so dgate_up may alias gate_up.
static void NAME(swiglu_backward)(const ACT *dout, const ACT *gate_up, ACT *dgate_up, ACT *out, ptrdiff_t row0,
                                  ptrdiff_t row1, ptrdiff_t F) {
    for (ptrdiff_t r = row0; r < row1; r++) {
        for (ptrdiff_t i = 0; i < F; i++) {
            const ptrdiff_t g = r * 2 * F + i, u = g + F;
            const float gate = LOAD(gate_up[g]), up = LOAD(gate_up[u]), d = LOAD(dout[r * F + i]);
            const float s = 1 / (1 + expf(-gate));
            out[r * F + i] = ROUND(gate * s * up);
            dgate_up[g] = ROUND(d * up * s * (1 + gate * (1 - s)));
            dgate_up[u] = ROUND(d * gate * s);
        }
    }
}
