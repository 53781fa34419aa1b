// Tensor names: Hugging Face's, used throughout, and GGUF's (docs/formats.md). The only place that maps them.
// SPDX-License-Identifier: Apache-2.0

package enum WeightNames {
    package static let embedding = "model.embed_tokens.weight"
    package static let finalNorm = "model.norm.weight"
    package static let head = "lm_head.weight"
    /// GGUF's tensor of rotary divisors; Hugging Face states them in config.json.
    package static let ggufRopeFactors = "rope_freqs.weight"

    private static let outside = [
        embedding: "token_embd.weight", finalNorm: "output_norm.weight", head: "output.weight",
    ]
    private static let inLayer = [
        "input_layernorm": "attn_norm", "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k",
        "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output", "post_attention_layernorm": "ffn_norm",
        "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down",
    ]

    /// GGUF's name for a tensor, or the name unchanged if GGUF has none.
    package static func gguf(_ name: String) -> String {
        if let known = outside[name] { return known }
        let parts = name.split(separator: ".", maxSplits: 3, omittingEmptySubsequences: false)
        // model.layers.N.<part>.weight
        guard parts.count == 4, parts[0] == "model", parts[1] == "layers", parts[3].hasSuffix(".weight"),
            let known = inLayer[String(parts[3].dropLast(".weight".count))]
        else { return name }
        return "blk.\(parts[2]).\(known).weight"
    }

    /// The layer index in a name, "model.layers.N.…" or GGUF's "blk.N.…"; nil outside the layers.
    package static func layer(_ name: String) -> Int? {
        let parts = name.split(separator: ".")
        guard let index = parts.firstIndex(where: { $0 == "layers" || $0 == "blk" }), index + 1 < parts.count else {
            return nil
        }
        return Int(parts[index + 1])
    }

    /// Whether this is a query or key projection, whose rows GGUF stores in another order (RotaryOrder.swift).
    package static func isRotated(_ name: String) -> Bool {
        name.hasSuffix("self_attn.q_proj.weight") || name.hasSuffix("self_attn.k_proj.weight")
    }
}
