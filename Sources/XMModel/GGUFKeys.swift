// The GGUF metadata keys that are recognised, for the architectures read here and for the tokenizer. The namespaces of
// the architecture, of `general.` and of `tokenizer.ggml.` define the model, so an unknown key of the first and the
// last is refused; all other namespaces belong to other programs and are ignored. Read next: KeyRules.swift,
// Xmodel2Config+GGUF.swift. The names are those of llama.cpp's llama-arch.cpp.
// SPDX-License-Identifier: Apache-2.0

package import XMFormats
import XMSupport

package enum GGUFKeys {
    /// Keys that Xmodel2Config+GGUF.swift reads, without the architecture prefix.
    static let shape: Set<String> = [
        "context_length", "embedding_length", "block_count", "feed_forward_length", "attention.head_count",
        "attention.head_count_kv", "attention.key_length", "attention.value_length",
        "attention.layer_norm_rms_epsilon", "attention.scale", "attention.sliding_window", "rope.dimension_count",
        "rope.freq_base", "rope.scale_linear", "rope.scaling.type", "rope.scaling.factor",
    ]
    /// Further keys of granite and minicpm.
    static let factors: Set<String> = ["embedding_scale", "residual_scale", "logit_scale"]

    static let network = KeyRules(
        harmless: [
            "vocab_size",  // given by the embedding's rows
            "attention.layer_norm_epsilon",  // LayerNorm's epsilon; RMSNorm has its own key
            "pooling_type",  // for text embedding models
            // Used by YaRN only, which is refused.
            "rope.scaling.original_context_length", "rope.scaling.yarn_beta_fast", "rope.scaling.yarn_beta_slow",
        ],
        off: [
            "embedding_scale": ["1"], "residual_scale": ["1"], "logit_scale": ["1"],
            "hidden_activation": ["silu"], "tensor_data_layout": ["Meta AI original pth", "reference"],
            "use_parallel_residual": [], "swin_norm": [], "rescale_every_n_layers": [],
            "attn_logit_softcapping": [], "final_logit_softcapping": [], "router_logit_softcapping": [],
            "attention.max_alibi_bias": [], "attention.clamp_kqv": [], "attention.sliding_window_pattern": [],
            "attention.output_scale": ["1"], "attention.value_scale": ["1"], "attention.temperature_length": [],
            "attention.temperature_scale": [], "attention.q_lora_rank": [], "attention.kv_lora_rank": [],
            "attention.key_length_mla": [], "attention.value_length_mla": [], "attention.key_length_swa": [],
            "attention.value_length_swa": [], "attention.relative_buckets_count": [],
            "attention.shared_kv_layers": [], "attention.recurrent_layers": [],
            "rope.dimension_sections": [], "rope.dimension_count_swa": [], "rope.freq_base_swa": [],
            "rope.scaling.attn_factor": ["1"], "rope.scaling.alpha": [], "rope.scaling.yarn_attn_factor": ["1"],
            "rope.scaling.yarn_ext_factor": ["-1"], "rope.scaling.yarn_log_multiplier": [],
            "expert_count": [], "expert_used_count": [], "expert_shared_count": [], "expert_group_count": [],
            "expert_group_used_count": [], "expert_feed_forward_length": [], "expert_shared_feed_forward_length": [],
            "expert_weights_scale": [], "expert_weights_norm": [], "expert_gating_func": [],
            "interleave_moe_layer_step": [], "moe_every_n_layers": [], "leading_dense_block_count": [],
            "full_attention_interval": [], "nextn_predict_layers": [], "decoder_block_count": [],
            "embedding_length_out": [], "embedding_length_per_layer_input": [],
        ],
        // llama.cpp turns Granite's rotary embedding off if `rope.scaling.finetuned` is false.
        on: ["attention.causal", "rope.scaling.finetuned"])

    /// Keys under tokenizer.ggml that TokenizerVocabulary+GGUF.swift and EndTokens.swift read.
    static let vocabulary: Set<String> = [
        "model", "pre", "tokens", "scores", "token_type", "merges", "add_bos_token", "add_space_prefix",
        "remove_extra_whitespaces", "eos_token_ids",
    ]
    /// Ids that end an answer besides EOS: end of turn, end of message, and the fill-in-the-middle ids that llama.cpp
    /// treats alike.
    package static let ends = [
        "eot_token_id", "eom_token_id", "fim_pad_token_id", "fim_rep_token_id", "fim_sep_token_id",
    ]
    /// All special-token ids that are read.
    package static let tokens = ["bos_token_id", "eos_token_id", "unknown_token_id", "padding_token_id"] + ends

    static let tokenizer = KeyRules(
        harmless: [
            // Tokens that only whoever builds the text inserts.
            "seperator_token_id", "separator_token_id", "cls_token_id", "mask_token_id", "fim_pre_token_id",
            "fim_suf_token_id", "fim_mid_token_id", "prefix_token_id", "suffix_token_id", "middle_token_id",
            "token_type_count", "add_unknown_token", "add_padding_token", "add_mask_token",
        ],
        off: [
            "add_eos_token": [], "add_sep_token": [], "add_cls_token": [], "suppress_tokens": [],
            "precompiled_charsmap": [], "normalizer.lowercase": [], "normalizer.strip_accents": [],
        ])

    /// Throws `ModelConfigError` for a key of the architecture that this network cannot honour.
    static func check(_ metadata: GGUFMetadata, _ architecture: Xmodel2Config.GGUFArchitecture) throws {
        let general = KeyRules(harmless: [], off: ["general.type": ["model"]])
        for key in metadata.keys {
            if let violation = general.violation(key, metadata.json(key)) {
                throw ModelConfigError.unsupported(violation)
            }
            guard !key.hasPrefix("adapter.") else {
                throw ModelConfigError.unsupported(
                    key: key, found: "there", wanted: "models; merge the adapter into its model first")
            }
        }
        let hasFactors = architecture != .llama
        // For other architectures this only records provenance.
        let harmless: Set<String> = architecture == .granite ? [] : ["rope.scaling.finetuned"]
        try check(
            metadata, namespace: architecture.rawValue, network,
            read: shape.union(harmless).union(hasFactors ? factors : []))
    }

    /// The same for the tokenizer's keys.
    package static func checkTokenizer(_ metadata: GGUFMetadata) throws {
        try check(metadata, namespace: "tokenizer.ggml", tokenizer, read: vocabulary.union(tokens))
    }

    // Every key under `namespace`, minus those in `read`, must satisfy `rules`.
    private static func check(
        _ metadata: GGUFMetadata, namespace: String, _ rules: KeyRules, read: Set<String>
    ) throws {
        for key in metadata.keys where key.hasPrefix(namespace + ".") {
            let name = String(key.dropFirst(namespace.count + 1))
            guard !read.contains(name) else { continue }
            guard rules.knows(name) else { throw ModelConfigError.unknownKey(key) }
            if let found = rules.violation(name, metadata.json(key)) {
                throw ModelConfigError.unsupported(key: key, found: found.found, wanted: found.wanted)
            }
        }
    }

    /// What a file sets that has no effect here, as sentences for the user; the vocabulary has `pieces` tokens.
    package static func notes(_ metadata: GGUFMetadata, pieces: Int) -> [String] {
        let ids = tokens.compactMap { name -> String? in
            let key = "tokenizer.ggml." + name
            guard let id = metadata[key] else { return nil }
            let shown = metadata.json(key).shown
            if metadata.isNoToken(key) { return "\(key) is \(shown), which is taken for -1, no token" }
            guard let number = id.integer, !(0..<pieces).contains(number) else { return nil }
            return "\(key) is \(shown), and the vocabulary has \(pieces) tokens; it is passed over"
        }
        let sampling = metadata.keys.filter { $0.hasPrefix("general.sampling.") }
        guard !sampling.isEmpty else { return ids }
        let list = sampling.map { "\($0) \(metadata.json($0).shown)" }.joined(separator: ", ")
        return ids + ["\(list): sampling is chosen on the command line, not by the file"]
    }
}

extension GGUFMetadata {
    /// A metadata value as JSON, for `KeyRules`; lists are cut at 4096 elements, more than any model has layers.
    fileprivate func json(_ key: String) -> JSONValue { self[key].map(Self.json) ?? .null }

    private static func json(_ value: GGUFValue) -> JSONValue {
        switch value {
        case .bool(let flag): .bool(flag)
        case .string(let text): .string(text)
        case .float32(let number): .number("\(number)")
        case .float64(let number): .number("\(number)")
        case .uint64(let number): .number("\(number)")
        case .array(let array): .array(((try? array.elements(limit: 1 << 12)) ?? []).map(json))
        default: .number("\(value.integer ?? 0)")
        }
    }
}
