// `config.json` read in the dialects of Xmodel-2, Xmodel-2.5, MiniCPM, Granite and Llama, and written in Xmodel's two.
// Read next: RopeScaling.swift, Xmodel2Config+GGUF.swift.
// SPDX-License-Identifier: Apache-2.0

package import Foundation

/// The file as its ecosystem spells it; everything that may be absent is optional.
private struct ConfigFile: Codable {
    var architectures: [String]?
    var model_type: String?
    var vocab_size: Int
    var hidden_size: Int
    var intermediate_size: Int?
    var num_hidden_layers: Int
    var num_attention_heads: Int
    var num_key_value_heads: Int?
    var hidden_act: String?
    var max_position_embeddings: Int?
    var initializer_range: Double?
    var rms_norm_eps: Double?
    var rope_theta: Double?
    var rope_scaling: RopeScaling?
    /// Where newer writers put both of the above.
    var rope_parameters: RopeScaling?
    var head_dim: Int?
    var attention_bias: Bool?
    var mlp_bias: Bool?
    var attention_dropout: Double?
    var tie_word_embeddings: Bool?
    var bos_token_id: TokenIDs?
    var eos_token_id: TokenIDs?
    var torch_dtype: String?
    var pretraining_tp: Int?
    // Xmodel-2 and MiniCPM
    var scale_emb: Double?
    var scale_depth: Double?
    var dim_model_base: Int?
    // Xmodel-2.5
    var use_mup: Bool?
    var mup_input_scale: Double?
    var mup_output_scale: Double?
    var mup_attention_residual_scale: Double?
    var mup_ffn_residual_scale: Double?
    var mup_base_width: Int?
    // Granite
    var embedding_multiplier: Double?
    var residual_multiplier: Double?
    var attention_multiplier: Double?
    var logits_scaling: Double?
}

/// One id, or a list of which the first counts here.
private struct TokenIDs: Codable {
    let first: Int?

    init(_ id: Int) { first = id }

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        first = try (try? container.decode(Int.self)) ?? container.decode([Int].self).first
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(first)
    }
}

/// A value of `model_type` that is read.
private enum ModelType: String, CaseIterable {
    case xmodel, minicpm, granite, llama
}

extension Xmodel2Config {
    /// Reads a `config.json`. Throws `ModelConfigError.unsupported` for features the network does not have (biases,
    /// other activations, other rotary angles) and `DecodingError` for a missing key.
    package init(json: Data) throws {
        let file = try JSONDecoder().decode(ConfigFile.self, from: json)
        func refuse<T>(_ key: String, _ found: T?, unless holds: (T) -> Bool, _ wanted: String) throws {
            if let found, !holds(found) {
                throw ModelConfigError.unsupported(key: key, found: "\(found)", wanted: wanted)
            }
        }
        let types = ModelType.allCases.map(\.rawValue).joined(separator: ", ")
        try refuse("model_type", file.model_type, unless: { ModelType(rawValue: $0) != nil }, types)
        try refuse("hidden_act", file.hidden_act, unless: { $0 == "silu" }, "silu")
        try refuse("attention_bias", file.attention_bias, unless: { !$0 }, "false")
        try refuse("mlp_bias", file.mlp_bias, unless: { !$0 }, "false")
        let heads = file.num_attention_heads
        try refuse(
            "head_dim", file.head_dim, unless: { heads > 0 && $0 == file.hidden_size / heads },
            "hidden_size / num_attention_heads")
        self.init(
            vocabularySize: file.vocab_size, hiddenSize: file.hidden_size,
            // The published default; a width that cannot be is refused below.
            intermediateSize: file.intermediate_size ?? (max(0, min(file.hidden_size, 1 << 32)) * 8 / 3 + 255) / 256
                * 256,
            layers: file.num_hidden_layers, heads: heads, keyValueHeads: file.num_key_value_heads ?? heads)
        maxPositions = file.max_position_embeddings ?? 4096
        normEps = Float(file.rms_norm_eps ?? 1e-5)
        initializerRange = file.initializer_range ?? 0.1
        bosID = file.bos_token_id?.first ?? 1
        eosID = file.eos_token_id?.first ?? 2
        let type = file.model_type.flatMap(ModelType.init) ?? .xmodel
        switch type {
        case .xmodel, .minicpm: readMuP(file)
        case .granite: readGranite(file)
        case .llama: mup = nil
        }
        hasOwnHead = !(file.tie_word_embeddings ?? (type == .xmodel || type == .minicpm))
        ropeTheta = file.rope_parameters?.rope_theta ?? file.rope_theta ?? 10_000
        try validate()
        ropeFactors = try (file.rope_parameters ?? file.rope_scaling)?.factors(headSize: headSize, theta: ropeTheta)
        try validate()
    }

    private mutating func readMuP(_ file: ConfigFile) {
        let has25Keys = file.use_mup != nil || file.mup_base_width != nil
        dialect = has25Keys ? .xmodel25 : .xmodel2
        if has25Keys {
            mup = file.use_mup == true ? MuP() : nil
            attentionScale = file.use_mup == true ? .inverse : .inverseSquareRoot
            mup?.embeddingScale = file.mup_input_scale ?? 12
            mup?.outputScale = file.mup_output_scale ?? 1
            mup?.attentionDepthScale = file.mup_attention_residual_scale ?? 1.4
            mup?.feedForwardDepthScale = file.mup_ffn_residual_scale ?? 1.4
            mup?.baseWidth = file.mup_base_width ?? 256
        } else {
            let depth = file.scale_depth ?? 1.4
            mup?.embeddingScale = file.scale_emb ?? 12
            mup?.attentionDepthScale = depth
            mup?.feedForwardDepthScale = depth
            mup?.baseWidth = file.dim_model_base ?? 256
        }
    }

    private mutating func readGranite(_ file: ConfigFile) {
        mup = nil
        var multipliers = Multipliers()
        multipliers.embedding = file.embedding_multiplier ?? 1
        multipliers.residual = file.residual_multiplier ?? 1
        multipliers.logitsDivisor = file.logits_scaling ?? 1
        multipliers.softmax = file.attention_multiplier ?? 1
        self.multipliers = multipliers
    }

    /// The file's text. Xmodel-2 keys are used where they can say everything, Xmodel-2.5 keys otherwise.
    /// `dtype` is the type of the weights beside it.
    /// Throws `ModelConfigError.unsupported` for a network that Xmodel's keys cannot describe.
    package func json(dtype: String = "float32") throws -> Data {
        guard multipliers == nil, !hasOwnHead, ropeFactors == nil else {
            throw ModelConfigError.unsupported(
                key: "model_type", found: "a network with multipliers, rotary factors or a head of its own",
                wanted: "a network with muP's constants, or none, and a tied head")
        }
        var file = ConfigFile(
            architectures: ["XmodelForCausalLM"], model_type: "xmodel", vocab_size: vocabularySize,
            hidden_size: hiddenSize, intermediate_size: intermediateSize, num_hidden_layers: layers,
            num_attention_heads: heads, num_key_value_heads: keyValueHeads, hidden_act: "silu",
            max_position_embeddings: maxPositions, initializer_range: initializerRange,
            rms_norm_eps: Double("\(normEps)"), rope_theta: ropeTheta, rope_scaling: nil, attention_bias: false,
            mlp_bias: false, attention_dropout: 0, tie_word_embeddings: true, bos_token_id: TokenIDs(bosID),
            eos_token_id: TokenIDs(eosID), torch_dtype: dtype, pretraining_tp: 1)
        let fitsXmodel2 =
            attentionScale == .inverseSquareRoot
            && mup.map { $0.outputScale == 1 && $0.attentionDepthScale == $0.feedForwardDepthScale } == true
        if dialect == .xmodel2 && fitsXmodel2, let mup {
            file.scale_emb = mup.embeddingScale
            file.scale_depth = mup.attentionDepthScale
            file.dim_model_base = mup.baseWidth
        } else {
            guard (attentionScale == .inverse) == (mup != nil) else {
                throw ModelConfigError.unsupported(
                    key: "attention_scale", found: attentionScale.rawValue,
                    wanted: "inverse with muP in the Xmodel-2.5 dialect, inverse_square_root without")
            }
            file.use_mup = mup != nil
            file.mup_input_scale = mup?.embeddingScale
            file.mup_output_scale = mup?.outputScale
            file.mup_attention_residual_scale = mup?.attentionDepthScale
            file.mup_ffn_residual_scale = mup?.feedForwardDepthScale
            file.mup_base_width = mup?.baseWidth
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        return try encoder.encode(file)
    }

    /// The same network described by muP's constants, where a file gave multipliers and such constants exist; else
    /// itself.
    package func withMuP() -> Xmodel2Config {
        guard let given = multipliers, !hasOwnHead else { return self }
        var result = self
        var mup = MuP()
        mup.embeddingScale = given.embedding
        // Through f32 the factor lost digits; a short number that gives the same f32 is the original.
        let root = Double(layers).squareRoot()
        let depth = given.residual * root
        let short = (depth * 1e5).rounded() / 1e5
        mup.attentionDepthScale = Float(short / root) == Float(given.residual) ? short : depth
        mup.feedForwardDepthScale = mup.attentionDepthScale
        let base = Double(hiddenSize) / given.logitsDivisor
        if base >= 1, abs(base - base.rounded()) < 1e-6 * base {
            mup.baseWidth = Int(base.rounded())
        } else {
            (mup.baseWidth, mup.outputScale) = (hiddenSize, 1 / given.logitsDivisor)
        }
        if let softmax = given.softmax, Float(softmax) != 1 / Float(headSize).squareRoot() {
            guard Float(softmax) == 1 / Float(headSize) else { return self }
            (result.attentionScale, result.dialect) = (.inverse, .xmodel25)
        }
        (result.mup, result.multipliers) = (mup, nil)
        return result
    }
}
