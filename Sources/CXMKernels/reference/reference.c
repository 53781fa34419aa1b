// The scalar table: the specification that every fast kernel is tested against, and the fallback on any CPU. Each
// kernel body is a header included twice, for f32 and bf16; the macros below are all that differs.
// SPDX-License-Identifier: Apache-2.0

#include <math.h>

#include "../bf16.h"
#include "../quant/half.h"
#include "../table.h"
#include "vectors.h"

// f16 conversions of cache_store.h; vector builds use F16C instructions, which round the same way.
#define HALF(x) xm_float_to_half(x)
#define FLOAT_OF_HALF(x) xm_half_to_float(x)

// PAIR: terms of a dot product per packed step. OWN_TYPE: the cache type that needs no unpacking.
#define NAME(op) op##_f32
#define ACT float
#define PAIR 1
#define OWN_TYPE XM_CACHE_F32
#define LOAD xm_load_f32
#define LOAD_ONE xm_load_f32
#define ROUND xm_round_f32
#include "activations.h"

#define NAME(op) op##_bf16
#define ACT xm_bf16
#define PAIR 2
#define OWN_TYPE XM_CACHE_BF16
#define LOAD xm_load_bf16
#define LOAD_ONE xm_load_bf16
#define ROUND xm_round_bf16
#include "activations.h"

const xm_kernels xm_kernels_scalar = XM_TABLE(XM_ISA_SCALAR, "scalar");
