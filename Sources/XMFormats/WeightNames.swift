// The names of a decoder's weights in the two ecosystems: Hugging Face's and GGUF's (model.md 4.3), and which of them
// the rotary embedding's layout permutes. Read next: GGUF/RotaryRows.swift.
// SPDX-License-Identifier: Apache-2.0

package enum WeightNames {
    /// Hugging Face, GGUF; outside the layers.
    private static let outer = [
        ("model.embed_tokens.weight", "token_embd.weight"),
        ("model.norm.weight", "output_norm.weight"),
        ("lm_head.weight", "output.weight"),
    ]

    /// The same behind "model.layers.N." and "blk.N.".
    private static let inLayer = [
        ("input_layernorm.weight", "attn_norm.weight"),
        ("self_attn.q_proj.weight", "attn_q.weight"),
        ("self_attn.k_proj.weight", "attn_k.weight"),
        ("self_attn.v_proj.weight", "attn_v.weight"),
        ("self_attn.o_proj.weight", "attn_output.weight"),
        ("post_attention_layernorm.weight", "ffn_norm.weight"),
        ("mlp.gate_proj.weight", "ffn_gate.weight"),
        ("mlp.up_proj.weight", "ffn_up.weight"),
        ("mlp.down_proj.weight", "ffn_down.weight"),
    ]

    /// "model.layers.3.self_attn.q_proj.weight" as "blk.3.attn_q.weight"; nil for a name that is not in the table.
    package static func gguf(_ name: String) -> String? {
        if let found = outer.first(where: { $0.0 == name }) { return found.1 }
        guard let (layer, rest) = split(name, after: "model.layers."),
            let found = inLayer.first(where: { $0.0 == rest })
        else { return nil }
        return "blk.\(layer).\(found.1)"
    }

    /// The inverse of `gguf(_:)`.
    package static func huggingFace(_ name: String) -> String? {
        if let found = outer.first(where: { $0.1 == name }) { return found.0 }
        guard let (layer, rest) = split(name, after: "blk."), let found = inLayer.first(where: { $0.1 == rest })
        else { return nil }
        return "model.layers.\(layer).\(found.0)"
    }

    /// The layer of a GGUF name; nil outside the layers.
    package static func layer(gguf name: String) -> Int? { split(name, after: "blk.")?.layer }

    /// "PREFIX3.rest" as 3 and "rest".
    private static func split(_ name: String, after prefix: String) -> (layer: Int, rest: String)? {
        guard name.hasPrefix(prefix) else { return nil }
        let parts = name.dropFirst(prefix.count).split(separator: ".", maxSplits: 1)
        guard parts.count == 2, let layer = Int(parts[0]), layer >= 0, "\(layer)" == parts[0] else { return nil }
        return (layer, String(parts[1]))
    }
}
