// The initialiser of a kernel table. Every instruction set defines static functions of the same names, so the table is
// filled by name, and a missing kernel is a compile error rather than a NULL entry.
// SPDX-License-Identifier: Apache-2.0

#define XM_ACTIVATION_ENTRIES(SUFFIX)                                                    \
    .residual_rmsnorm_forward_##SUFFIX = residual_rmsnorm_forward_##SUFFIX,              \
    .residual_rmsnorm_backward_##SUFFIX = residual_rmsnorm_backward_##SUFFIX,            \
    .rope_##SUFFIX = rope_##SUFFIX, .swiglu_forward_##SUFFIX = swiglu_forward_##SUFFIX,  \
    .swiglu_backward_##SUFFIX = swiglu_backward_##SUFFIX,                                \
    .softmax_tile_##SUFFIX = softmax_tile_##SUFFIX, .scale_row_##SUFFIX = scale_row_##SUFFIX, \
    .attention_pack_##SUFFIX = attention_pack_##SUFFIX,                                  \
    .attention_store_##SUFFIX = attention_store_##SUFFIX,                                \
    .attention_unpack_##SUFFIX = attention_unpack_##SUFFIX,                              \
    .attention_forward_##SUFFIX = attention_forward_##SUFFIX,                            \
    .attention_backward_##SUFFIX = attention_backward_##SUFFIX,                          \
    .attention_sum_heads_##SUFFIX = attention_sum_heads_##SUFFIX,

#define XM_TABLE(ISA, NAME_TEXT)                                                                                \
    {.isa = ISA,                                                                                                \
     .name = NAME_TEXT,                                                                                         \
     XM_ACTIVATION_ENTRIES(f32) XM_ACTIVATION_ENTRIES(bf16).embedding_forward = embedding_forward,             \
     .embedding_backward = embedding_backward,                                                                  \
     .adamw = adamw,                                                                                            \
     .sum_squares = sum_squares,                                                                                \
     .add_f32 = add_f32,                                                                                        \
     .f32_to_bf16 = f32_to_bf16,                                                                                \
     .bf16_to_f32 = bf16_to_f32}
