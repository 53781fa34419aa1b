// Vector body of swiglu; reference/swiglu.h says what it computes. gate and up are F apart in the same row: two streams
// in, one (forward) or three (backward) out.
// SPDX-License-Identifier: Apache-2.0

static void NAME(swiglu_forward)(const ACT *gate_up, ACT *out, ptrdiff_t row0, ptrdiff_t row1, ptrdiff_t F) {
    for (ptrdiff_t r = row0; r < row1; r++) {
        const ACT *gate = gate_up + r * 2 * F, *up = gate + F;
        EACH(F, {
            const vf g = LOAD(gate + i, n);
            STORE(out + r * F + i, vf_mul(vf_mul(g, vf_sigmoid(g)), LOAD(up + i, n)), n);
        });
    }
}

static void NAME(swiglu_backward)(const ACT *dout, const ACT *gate_up, ACT *dgate_up, ACT *out, ptrdiff_t row0,
                                  ptrdiff_t row1, ptrdiff_t F) {
    const vf one = vf_set(1);
    for (ptrdiff_t r = row0; r < row1; r++) {
        const ACT *gate = gate_up + r * 2 * F, *up = gate + F;
        ACT *dgate = dgate_up + r * 2 * F, *dup = dgate + F;
        EACH(F, {
            const vf g = LOAD(gate + i, n), u = LOAD(up + i, n), d = LOAD(dout + r * F + i, n);
            const vf s = vf_sigmoid(g), silu = vf_mul(g, s);
            // d silu / d gate = s (1 + gate (1 - s))
            const vf slope = vf_mul(s, vf_fma(g, vf_sub(one, s), one));
            STORE(out + r * F + i, vf_mul(silu, u), n);
            STORE(dgate + i, vf_mul(vf_mul(d, u), slope), n);
            STORE(dup + i, vf_mul(d, silu), n);
        });
    }
}
