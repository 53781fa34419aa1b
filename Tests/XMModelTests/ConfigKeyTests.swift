// The keys of config.json: what changes a network is followed or refused by name, what does not is passed over, and
// what nobody knows is told. The lists here are the keys that the program claims to know.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMModel
import XMSupport

@Suite("ConfigKeyTests")
struct ConfigKeyTests {
    private static let shape =
        #""vocab_size": 10, "hidden_size": 64, "intermediate_size": 160, "num_hidden_layers": 2, "num_attention_heads": 4"#

    private static func config(_ extra: String, type: String = "llama") throws -> Xmodel2Config {
        try Xmodel2Config(json: Data(#"{"model_type": "\#(type)", \#(shape), \#(extra)}"#.utf8))
    }

    /// Key and a value that makes another network of it.
    private static let changes = [
        (#""attention_bias": true"#, "attention_bias"), (#""mlp_bias": true"#, "mlp_bias"),
        (#""use_bias": true"#, "use_bias"), (#""qkv_bias": true"#, "qkv_bias"), (#""bias": true"#, "bias"),
        (#""hidden_act": "gelu""#, "hidden_act"), (#""hidden_activation": "gelu_pytorch_tanh""#, "hidden_activation"),
        (#""head_dim": 32"#, "head_dim"), (#""partial_rotary_factor": 0.5"#, "partial_rotary_factor"),
        (#""rotary_pct": 0.25"#, "rotary_pct"), (#""rope_interleaved": true"#, "rope_interleaved"),
        (#""rope_scaling": {"rope_type": "yarn", "factor": 4, "beta_fast": 32}"#, "rope_scaling.rope_type"),
        (#""rope_scaling": {"rope_type": "dynamic", "factor": 4}"#, "rope_scaling.rope_type"),
        (#""rope_scaling": {"type": "longrope", "short_factor": [1]}"#, "rope_scaling.rope_type"),
        (#""rope_scaling": {"factor": 4}"#, "rope_scaling.factor"),
        (#""rope_scaling": {"rope_type": "linear"}"#, "rope_scaling.factor"),
        (#""rope_scaling": {"rope_type": "linear", "factor": 2, "attention_factor": 0.9}"#, "attention_factor"),
        (#""rope_parameters": {"rope_theta": 1e4, "partial_rotary_factor": 0.5}"#, "rope_parameters.partial_rotary"),
        (#""rope_parameters": {"full_attention": {"rope_theta": 1e4}}"#, "rope_parameters.full_attention"),
        (#""sliding_window": 512"#, "sliding_window"), (#""use_sliding_window": true"#, "use_sliding_window"),
        (#""layer_types": ["full_attention", "sliding_attention"]"#, "layer_types"),
        (#""attention_chunk_size": 8192"#, "attention_chunk_size"),
        (#""no_rope_layers": [1, 0]"#, "no_rope_layers"), (#""is_causal": false"#, "is_causal"),
        (#""num_local_experts": 8"#, "num_local_experts"), (#""num_experts": 4"#, "num_experts"),
        (#""n_routed_experts": 64"#, "n_routed_experts"), (#""kv_lora_rank": 512"#, "kv_lora_rank"),
        (#""attn_logit_softcapping": 50.0"#, "attn_logit_softcapping"),
        (#""final_logit_softcapping": 30.0"#, "final_logit_softcapping"), (#""clip_qkv": 8"#, "clip_qkv"),
        (#""alibi": true"#, "alibi"), (#""qk_norm": true"#, "qk_norm"), (#""use_qk_norm": true"#, "use_qk_norm"),
        (#""logit_scale": 0.0625"#, "logit_scale"), (#""query_pre_attn_scalar": 256"#, "query_pre_attn_scalar"),
        (#""is_encoder_decoder": true"#, "is_encoder_decoder"), (#""vision_config": {"depth": 2}"#, "vision_config"),
        (#""quantization_config": {"quant_method": "awq"}"#, "quantization_config"),
        // Factors of another family, which the llama class passes over.
        (#""scale_emb": 12"#, "scale_emb"), (#""embedding_multiplier": 12"#, "embedding_multiplier"),
        (#""logits_scaling": 8"#, "logits_scaling"), (#""use_mup": true"#, "use_mup"),
    ]

    @Test("what makes another network is refused by name", arguments: changes)
    func refused(extra: String, key: String) {
        #expect {
            try Self.config(extra)
        } throws: { error in
            #expect("\(error)".contains(key), "\(error)")
            return error is ModelConfigError
        }
    }

    @Test(
        "the same keys with a value that changes nothing are passed over",
        arguments: [
            #""hidden_act": "swish", "head_dim": 16, "partial_rotary_factor": 1.0, "rope_interleaved": false"#,
            #""sliding_window": null, "use_sliding_window": false, "layer_types": ["full_attention", "full_attention"]"#,
            #""sliding_window": 4096, "max_position_embeddings": 4096"#,
            #""sliding_window": 16, "use_sliding_window": false, "max_window_layers": 2"#,
            #""rope_scaling": {}, "rope_parameters": {"rope_type": "default", "rope_theta": 1e4, "factor": 1.0}"#,
            #""num_experts": 0, "num_local_experts": null, "qk_norm": false, "clip_qkv": null, "logit_scale": 1.0"#,
            #""is_causal": true, "no_rope_layers": [1, 1], "pruned_heads": {}, "quantization_config": null"#,
            #""scale_emb": 1, "use_mup": false, "embedding_multiplier": 1.0"#,
        ])
    func neutral(extra: String) throws {
        let config = try Self.config(extra)
        #expect(config.ropeFactors == nil && config.ropeTheta == 10_000 && config.embeddingScale == 1)
        let members = try #require(try JSONValue.parse("{\(extra)}").object)
        #expect(ConfigKeys.unknown(in: members) == [])
    }

    /// All keys of published models that this program runs, values shortened.
    private static let published = [
        // SmolLM2
        #""architectures": ["LlamaForCausalLM"], "attention_dropout": 0.0, "bos_token_id": 1, "eos_token_id": 2,"#
            + #""initializer_range": 0.04, "is_llama_config": true, "pad_token_id": 2, "pretraining_tp": 1,"#
            + #""rms_norm_eps": 1e-05, "rope_interleaved": false, "rope_scaling": null, "rope_theta": 1e5,"#
            + #""tie_word_embeddings": true, "torch_dtype": "bfloat16", "transformers.js_config": {"dtype": "q4"},"#
            + #""transformers_version": "4.42", "use_cache": true, "_name_or_path": "x", "num_key_value_heads": 2"#,
        // Llama 1 to 3
        #""max_sequence_length": 2048, "rope_scaling": {"rope_type": "llama3", "factor": 8.0,"#
            + #""low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 8192},"#
            + #""_attn_implementation_autoset": true, "unsloth_version": "1", "mlp_bias": false, "head_dim": 16"#,
        // As transformers writes a configuration out in full.
        #""return_dict": true, "output_attentions": false, "output_hidden_states": false, "torchscript": false,"#
            + #""use_bfloat16": false, "tf_legacy_loss": false, "pruned_heads": {}, "tie_encoder_decoder": false,"#
            + #""chunk_size_feed_forward": 0, "is_encoder_decoder": false, "is_decoder": false,"#
            + #""cross_attention_hidden_size": null, "add_cross_attention": false, "finetuning_task": null,"#
            + #""id2label": {"0": "A"}, "label2id": {"A": 0}, "problem_type": null, "task_specific_params": null,"#
            + #""tokenizer_class": null, "prefix": null, "sep_token_id": null, "decoder_start_token_id": null,"#
            + #""max_length": 20, "min_length": 0, "do_sample": false, "early_stopping": false, "num_beams": 1,"#
            + #""temperature": 1.0, "top_k": 50, "top_p": 1.0, "typical_p": 1.0, "repetition_penalty": 1.0,"#
            + #""length_penalty": 1.0, "no_repeat_ngram_size": 0, "bad_words_ids": null, "suppress_tokens": null"#,
    ]

    @Test("keys of published models are all known", arguments: published)
    func known(extra: String) throws {
        _ = try Self.config(extra)
        #expect(ConfigKeys.unknown(in: try #require(try JSONValue.parse("{\(extra)}").object)) == [])
    }

    @Test("a key that nobody knows is told where it has a value, and stops nothing")
    func unknown() throws {
        let extra = #""zeta": 1, "new_feature": {"a": 1}, "nothing": null, "off": false"#
        _ = try Self.config(extra)
        let members = try #require(try JSONValue.parse("{\(extra)}").object)
        #expect(ConfigKeys.unknown(in: members) == ["new_feature", "off", "zeta"])
    }

    @Test("keys that are absent have the values of the type's published class")
    func defaults() throws {
        func config(_ type: String, _ extra: String = #""use_cache": true"#) throws -> Xmodel2Config {
            try Self.config(extra, type: type)
        }
        for type in ["llama", "granite", "minicpm"] {
            let config = try config(type)
            #expect(config.normEps == 1e-6 && config.maxPositions == 2048, "\(type)")
            #expect(config.embeddingScale == 1, "\(type)")
            #expect(throws: ModelConfigError.self, "\(type)") {
                try Xmodel2Config(
                    json: Data(
                        #"""
                        {"model_type": "\#(type)", "vocab_size": 10, "hidden_size": 64, "num_hidden_layers": 2,
                         "num_attention_heads": 4}
                        """#.utf8))
            }
        }
        // MiniCPM: scale_depth 1, dim_model_base 1.
        let minicpm = try config("minicpm")
        #expect(minicpm.attentionResidualScale == Float(1 / 2.0.squareRoot()) && minicpm.logitScale == 1 / Float(64))
        let xmodel = try config("xmodel")
        #expect(xmodel.normEps == 1e-5 && xmodel.maxPositions == 4096 && xmodel.embeddingScale == 12)
    }

    @Test("without model_type the class tells it; rope_scaling wins over rope_parameters")
    func types() throws {
        func config(_ extra: String) throws -> Xmodel2Config {
            try Xmodel2Config(json: Data("{\(Self.shape), \(extra)}".utf8))
        }
        #expect(try config(#""architectures": ["LlamaForCausalLM"]"#).embeddingScale == 1)
        #expect(try config(#""architectures": ["XmodelForCausalLM"]"#).embeddingScale == 12)
        #expect { try config(#""architectures": ["MistralForCausalLM"]"#) } throws: {
            "\($0)".contains("architectures is MistralForCausalLM")
        }
        let both = try config(
            #""architectures": ["LlamaForCausalLM"], "rope_theta": 3e4, "#
                + #""rope_scaling": {"type": "linear", "factor": 4}, "rope_parameters": {"rope_theta": 5e5}"#)
        #expect(both.ropeFactors == [Float](repeating: 4, count: 8) && both.ropeTheta == 30_000)
    }

    @Test("keys that say one thing twice must agree")
    func twice() throws {
        let constants =
            #""use_mup": true, "mup_input_scale": 12, "mup_base_width": 32, "mup_attention_residual_scale": 1.4"#
        for (extra, key) in [
            (#""mup_width_multiplier": 2.0"#, nil), (#""scale_emb": 12, "dim_model_base": 32"#, nil),
            (#""mup_width_multiplier": 6.0"#, "mup_width_multiplier"), (#""scale_emb": 6"#, "scale_emb"),
            (#""scale_depth": 1.0"#, "scale_depth"), (#""dim_model_base": 256"#, "dim_model_base"),
        ] as [(String, String?)] {
            let read = { try Self.config("\(constants), \(extra)", type: "xmodel") }
            guard let key else {
                #expect(try read().scales.widthMultiplier == 2)
                continue
            }
            #expect { try read() } throws: { "\($0)".contains(key) }
        }
    }
}
