// exp(x) to about 1 ulp: x = n ln 2 + r with |r| <= ln 2 / 2, a polynomial of degree 6 in r, then scaled by 2^n.
// Coefficients: Cephes expf (public domain numeric constants). -inf gives 0, large x gives infinity. So does NaN,
// because an x86 minimum returns its second operand: callers must not rely on exp to carry NaN.
// SPDX-License-Identifier: Apache-2.0

static inline vf vf_exp(vf x) {
    // exp(90) overflows f32 and exp(-104) rounds to 0; clamping keeps n within what vf_scale handles.
    x = vf_max(vf_min(x, vf_set(90)), vf_set(-104));
    const vf n = vf_nearest(vf_mul(x, vf_set(1.44269504088896341f)));
    vf r = vf_fma(n, vf_set(-0.693359375f), x);  // ln 2 in two parts (Cody-Waite): n times the first is exact
    r = vf_fma(n, vf_set(2.12194440e-4f), r);
    // Horner's scheme for (exp(r) - 1 - r) / r^2.
    vf y = vf_set(1.9875691500e-4f);
    y = vf_fma(y, r, vf_set(1.3981999507e-3f));
    y = vf_fma(y, r, vf_set(8.3334519073e-3f));
    y = vf_fma(y, r, vf_set(4.1665795894e-2f));
    y = vf_fma(y, r, vf_set(1.6666665459e-1f));
    y = vf_fma(y, r, vf_set(5.0000001201e-1f));
    y = vf_fma(vf_mul(y, r), r, vf_add(r, vf_set(1)));
    return vf_scale(y, n);
}

static inline vf vf_sigmoid(vf x) { return vf_div(vf_set(1), vf_add(vf_set(1), vf_exp(vf_sub(vf_set(0), x)))); }
