// The same network as Hugging Face's Granite, which has the multipliers that muP needs, or as Llama, which has none:
// stock programs run both without custom code (docs/formats.md).
// SPDX-License-Identifier: Apache-2.0

package import Foundation

/// Granite's four multipliers, derived from muP's constants unless a file gave them.
package struct GraniteScales: Sendable, Equatable {
    /// Factor on the embedding's output.
    package let embedding: Double
    /// Factor on both residual branches.
    package let residual: Double
    /// Factor on the attention scores.
    package let attention: Double
    /// Divisor of the logits.
    package let logits: Double

    /// Throws `ModelConfigError.unsupported` if attention and feed-forward branches are scaled differently, since
    /// Granite has one multiplier for both, or if rotary frequencies are scaled.
    package init(_ config: Xmodel2Config) throws {
        let scales = config.scales
        guard scales.attentionResidual == scales.feedForwardResidual else {
            throw ModelConfigError.unsupported(
                key: "mup_attention_residual_scale",
                found: "\(config.mup?.attentionDepthScale ?? 1) and mup_ffn_residual_scale "
                    + "\(config.mup?.feedForwardDepthScale ?? 1)",
                wanted: "equal values, since Granite and GGUF have one residual multiplier; keep the xmodel format")
        }
        guard config.ropeFactors == nil else {
            throw ModelConfigError.unsupported(
                key: "rope_scaling", found: "changed rotary frequencies", wanted: "none in an exported model")
        }
        embedding = scales.embedding
        residual = scales.attentionResidual
        // The f32 that the network computes with, so that a reader computes with the same.
        attention = Double(scales.softmax)
        logits = scales.logitsDivisor
    }

    /// Throws `ModelConfigError.unsupported` unless every scale is Llama's.
    package func requireNone(headSize: Int) throws {
        let isPlain = AttentionScale(attention, headSize: headSize) == .inverseSquareRoot
        guard embedding == 1, Float(residual) == 1, logits == 1, isPlain else {
            throw ModelConfigError.unsupported(
                key: "a multiplier",
                found: "\(embedding), \(residual), \(attention), \(logits) (embedding, residual, "
                    + "attention, logits)", wanted: "1, 1, 1/sqrt(d), 1 in Llama's format; choose granite's")
        }
    }
}

/// `config.json` of a Granite or Llama model, its keys in the ecosystem's spelling.
private struct StockFile: Encodable {
    let architectures: [String]
    let model_type: String
    let hidden_act = "silu"
    let attention_bias = false
    let mlp_bias = false
    let attention_dropout = 0.0
    let use_cache = true
    let vocab_size: Int
    let hidden_size: Int
    let intermediate_size: Int
    let num_hidden_layers: Int
    let num_attention_heads: Int
    let num_key_value_heads: Int
    let max_position_embeddings: Int
    let initializer_range: Double
    let rms_norm_eps: Double?
    let rope_theta: Double
    let bos_token_id: Int
    let eos_token_id: Int
    let tie_word_embeddings: Bool
    let torch_dtype: String
    var embedding_multiplier: Double?
    var residual_multiplier: Double?
    var attention_multiplier: Double?
    var logits_scaling: Double?
}

extension Xmodel2Config {
    /// `config.json` for stock readers; `dtype` is the type of the weights stored beside it. Throws as
    /// `GraniteScales.init` does.
    package func graniteJSON(dtype: String = "float32") throws -> Data {
        let scales = try GraniteScales(self)
        var file = stockFile("granite", "GraniteForCausalLM", dtype: dtype)
        file.embedding_multiplier = scales.embedding
        file.residual_multiplier = scales.residual
        file.attention_multiplier = scales.attention
        file.logits_scaling = scales.logits
        return try file.json()
    }

    /// The same as a Llama. Throws `ModelConfigError.unsupported` if any scale is not 1.
    package func llamaJSON(dtype: String = "float32") throws -> Data {
        try GraniteScales(self).requireNone(headSize: headSize)
        return try stockFile("llama", "LlamaForCausalLM", dtype: dtype).json()
    }

    private func stockFile(_ type: String, _ architecture: String, dtype: String) -> StockFile {
        StockFile(
            architectures: [architecture], model_type: type, vocab_size: vocabularySize, hidden_size: hiddenSize,
            intermediate_size: intermediateSize, num_hidden_layers: layers, num_attention_heads: heads,
            num_key_value_heads: keyValueHeads, max_position_embeddings: maxPositions,
            // normEps through its shortest decimal form: widened from f32, 1e-5 would be written as
            // 9.999999747378752e-06.
            initializer_range: initializerRange, rms_norm_eps: Double("\(normEps)"), rope_theta: ropeTheta,
            bos_token_id: bosID, eos_token_id: eosID, tie_word_embeddings: !hasOwnHead, torch_dtype: dtype)
    }
}

extension StockFile {
    fileprivate func json() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        return try encoder.encode(self)
    }
}
