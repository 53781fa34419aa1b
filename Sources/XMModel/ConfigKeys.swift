// Keys of config.json and generation_config.json that are recognised but not read: transformers' own, those of
// Llama-like families, and those of common tools. Read next: KeyRules.swift, Xmodel2Config+JSON.swift.
// SPDX-License-Identifier: Apache-2.0

package import XMSupport

package enum ConfigKeys {
    /// Keys that describe the network.
    package static let network = KeyRules(
        harmless: [
            // Provenance.
            "_name_or_path", "_commit_hash", "_from_model_config", "auto_map", "transformers_version",
            "transformers.js_config", "is_llama_config", "unsloth_fixed", "unsloth_version", "name", "license",
            // Runtime settings of other programs.
            "dtype", "use_cache", "gradient_checkpointing", "_attn_implementation", "_attn_implementation_autoset",
            "attn_implementation", "_flash_attn_2_enabled", "use_flash_attn", "use_bfloat16", "torchscript",
            "tf_legacy_loss", "return_dict", "use_return_dict", "output_attentions", "output_hidden_states",
            "chunk_size_feed_forward", "keys_to_ignore_at_inference", "_pre_quantization_dtype",
            // Training only.
            "attention_dropout", "hidden_dropout", "hidden_dropout_prob", "attn_pdrop", "embd_pdrop", "resid_pdrop",
            "dropout", "initializer_cutoff_factor", "router_aux_loss_coef", "output_router_logits",
            // Tokens: the tokenizer's files define them.
            "pad_token_id", "unk_token_id", "sep_token_id", "cls_token_id", "mask_token_id", "decoder_start_token_id",
            "tokenizer_class", "prefix",
            // Lengths that matter only together with keys refused below.
            "max_sequence_length", "model_max_length", "original_max_position_embeddings", "max_window_layers",
            // Heads for other tasks.
            "is_decoder", "finetuning_task", "task_specific_params", "problem_type", "id2label", "label2id",
            "num_labels",
            // Splits a matmul into slices; mathematically the same sum.
            "pretraining_tp",
        ],
        // Features that this network lacks; the values listed leave them off.
        off: [
            "attention_bias": [], "mlp_bias": [], "bias": [], "use_bias": [], "qkv_bias": [], "use_qkv_bias": [],
            "attn_bias": [], "attention_out_bias": [], "attention_qkv_bias": [], "add_bias_linear": [],
            "add_qkv_bias": [], "lm_head_bias": [],
            "hidden_act": ["silu", "swish"], "hidden_activation": ["silu", "swish"],
            "activation_function": ["silu", "swish"], "mlp_hidden_act": ["silu", "swish"],
            "norm_type": ["rmsnorm", "rms_norm"], "qk_norm": [], "use_qk_norm": [], "qk_layernorm": [],
            "use_post_norm": [], "normalize_embedding": [], "parallel_attn": [], "use_parallel_residual": [],
            "use_sliding_window": [], "sliding_window_pattern": [], "layer_types": ["full_attention"],
            "attention_chunk_size": [], "attn_temperature_tuning": [], "use_attention_sinks": [], "sparse_config": [],
            "clip_qkv": [], "clamp_kqv": [], "alibi": [], "use_alibi": [],
            "attn_logit_softcapping": [], "final_logit_softcapping": [], "logit_softcapping": [],
            "attention_logit_softcapping": [], "logits_soft_cap": [], "query_pre_attn_scalar": [],
            "logit_scale": ["1"], "residual_scale": ["1"], "embedding_scale": ["1"],
            "partial_rotary_factor": ["1"], "rotary_pct": ["1"], "rotary_dim": [], "rope_interleaved": [],
            "rope_interleave": [], "rope_local_base_freq": [], "no_rope_layer_interval": [],
            "position_embedding_type": ["rope", "rotary"],
            "num_experts": [], "num_local_experts": [], "n_routed_experts": [], "n_shared_experts": [],
            "moe_num_experts": [], "num_experts_per_tok": [], "moe_intermediate_size": [],
            "shared_intermediate_size": [], "q_lora_rank": [], "kv_lora_rank": [], "qk_nope_head_dim": [],
            "qk_rope_head_dim": [], "v_head_dim": [], "num_nextn_predict_layers": [],
            "is_encoder_decoder": [], "add_cross_attention": [], "cross_attention_hidden_size": [],
            "tie_encoder_decoder": [], "pruned_heads": [], "text_config": [], "vision_config": [], "audio_config": [],
            "quantization_config": [], "compression_config": [],
        ],
        on: ["is_causal", "causal", "use_rope", "no_rope_layers"])

    /// Scale factors of each family. In a file of another family they are refused, unless they are 1.
    static let factors: [ModelType: [String]] = [
        .xmodel: [
            "scale_emb", "scale_depth", "dim_model_base", "use_mup", "mup_input_scale", "mup_output_scale",
            "mup_attention_residual_scale", "mup_ffn_residual_scale", "mup_base_width", "mup_width_multiplier",
        ],
        .minicpm: ["scale_emb", "scale_depth", "dim_model_base"],
        .granite: ["embedding_multiplier", "residual_multiplier", "attention_multiplier", "logits_scaling"],
        .llama: [],
    ]

    /// Keys of the object under `rope_scaling` or `rope_parameters`.
    static let rope = KeyRules(
        harmless: [
            "rope_type", "type", "rope_theta", "factor", "low_freq_factor", "high_freq_factor",
            "original_max_position_embeddings",
        ],
        off: ["partial_rotary_factor": ["1"], "attention_factor": ["1"], "mscale": [], "mscale_all_dim": []])

    /// Decoding settings: in generation_config.json, and in the config.json of older models. The command line decides
    /// here, so a value other than the default is reported but not followed.
    package static let decoding = KeyRules(
        harmless: [
            "bos_token_id", "eos_token_id", "pad_token_id", "decoder_start_token_id", "transformers_version",
            "_from_model_config", "_commit_hash", "max_length", "max_new_tokens", "max_time", "use_cache",
            "cache_implementation", "cache_config", "max_cache_len", "output_attentions", "output_hidden_states",
            "output_scores", "output_logits", "return_dict_in_generate", "num_return_sequences", "low_memory",
            "remove_invalid_values", "renormalize_logits", "compile_config", "disable_compile", "prefill_chunk_size",
            "is_assistant", "num_assistant_tokens", "num_assistant_tokens_schedule", "assistant_confidence_threshold",
            "prompt_lookup_num_tokens", "max_matching_ngram_size", "assistant_early_exit", "assistant_lookbehind",
            "target_lookbehind", "encoder_no_repeat_ngram_size", "encoder_repetition_penalty", "chat_format",
        ],
        off: [
            "do_sample": [], "num_beams": ["1"], "num_beam_groups": ["1"], "repetition_penalty": ["1"],
            "length_penalty": ["1"], "diversity_penalty": [], "penalty_alpha": [], "no_repeat_ngram_size": [],
            "min_length": [], "min_new_tokens": [], "early_stopping": [], "exponential_decay_length_penalty": [],
            "stop_strings": [], "bad_words_ids": [], "suppress_tokens": [], "begin_suppress_tokens": [],
            "forced_bos_token_id": [], "forced_eos_token_id": [], "force_words_ids": [], "constraints": [],
            "sequence_bias": [], "token_healing": [], "guidance_scale": ["1"], "watermarking_config": [],
            "dola_layers": [], "temperature": ["1"], "top_k": ["50"], "top_p": ["1"], "min_p": [], "top_h": [],
            "typical_p": ["1"], "epsilon_cutoff": [], "eta_cutoff": [],
        ])

    /// Settings that have no effect without `do_sample`.
    package static let samplingOnly: Set<String> = [
        "temperature", "top_k", "top_p", "min_p", "top_h", "typical_p", "epsilon_cutoff", "eta_cutoff",
    ]

    /// Unknown keys of a generation_config.json whose value is not null, sorted.
    package static func unknownDecoding(in members: JSONObject) -> [String] {
        members.filter { $0.value != .null && !decoding.knows($0.key) }.map(\.key).sorted()
    }

    /// Unknown keys of a config.json whose value is not null, sorted.
    package static func unknown(in members: JSONObject) -> [String] {
        let read = Set(ConfigFile.CodingKeys.allCases.map(\.rawValue)).union(["sliding_window"])
        return members.filter { key, value in
            value != .null && !read.contains(key) && !network.knows(key) && !decoding.knows(key)
        }.map(\.key).sorted()
    }
}
