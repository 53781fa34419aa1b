// Reads `config.json` in the dialects of Xmodel-2, Xmodel-2.5, MiniCPM, Granite and Llama, and writes Xmodel's two.
// Read next: ConfigKeys.swift, RopeScaling.swift, Xmodel2Config+GGUF.swift.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
import XMSupport

/// The file in its ecosystem's spelling; whatever may be absent is optional.
struct ConfigFile: Codable {
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
    /// Where newer writers put rope_theta and rope_scaling.
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
    /// hidden_size / mup_base_width, redundant.
    var mup_width_multiplier: Double?
    // Granite
    var embedding_multiplier: Double?
    var residual_multiplier: Double?
    var attention_multiplier: Double?
    var logits_scaling: Double?

    /// All keys that are read; ConfigKeys.swift lists the others.
    enum CodingKeys: String, CodingKey, CaseIterable {
        case architectures, model_type, vocab_size, hidden_size, intermediate_size, num_hidden_layers
        case num_attention_heads, num_key_value_heads, hidden_act, max_position_embeddings, initializer_range
        case rms_norm_eps, rope_theta, rope_scaling, rope_parameters, head_dim, attention_bias, mlp_bias
        case attention_dropout, tie_word_embeddings, bos_token_id, eos_token_id, torch_dtype, pretraining_tp
        case scale_emb, scale_depth, dim_model_base
        case use_mup, mup_input_scale, mup_output_scale, mup_attention_residual_scale, mup_ffn_residual_scale
        case mup_base_width, mup_width_multiplier
        case embedding_multiplier, residual_multiplier, attention_multiplier, logits_scaling
    }
}

/// One token id, or a list, of which the first is used.
struct TokenIDs: Codable {
    let first: Int?

    init(_ id: Int) { first = id }

    // Llama 3 files have a list of end-of-text ids; XMInference reads all of them (EndTokens).
    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        first = try (try? container.decode(Int.self)) ?? container.decode([Int].self).first
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(first)
    }
}

/// The values of `model_type` that can be read.
enum ModelType: String, CaseIterable {
    case xmodel, minicpm, granite, llama

    /// The class that transformers runs, which identifies the type if `model_type` is missing.
    var architecture: String {
        switch self {
        case .xmodel: "XmodelForCausalLM"
        case .minicpm: "MiniCPMForCausalLM"
        case .granite: "GraniteForCausalLM"
        case .llama: "LlamaForCausalLM"
        }
    }
}

extension Xmodel2Config {
    /// Reads a `config.json`. Absent keys get the defaults of the type's published configuration class. Throws
    /// `ModelConfigError.unsupported` for features the network lacks (ConfigKeys.swift), `DecodingError` for a missing
    /// key.
    package init(json: Data) throws {
        let file = try JSONDecoder().decode(ConfigFile.self, from: json)
        let members = try JSONValue.parse(String(decoding: json, as: UTF8.self)).object ?? [:]
        let type = try Self.type(file)
        if let first = ConfigKeys.network.violations(members).first { throw ModelConfigError.unsupported(first) }
        try Self.refuseForeignFactors(members, type)
        let heads = file.num_attention_heads
        // Attention here is always D wide in total.
        if let width = file.head_dim, heads <= 0 || width != file.hidden_size / heads {
            throw ModelConfigError.unsupported(
                key: "head_dim", found: "\(width)", wanted: "hidden_size / num_attention_heads")
        }
        guard let feedForward = file.intermediate_size ?? Self.derivedWidth(file, type) else {
            throw ModelConfigError.invalid(key: "intermediate_size", found: "missing", wanted: "a number")
        }
        self.init(
            vocabularySize: file.vocab_size, hiddenSize: file.hidden_size, intermediateSize: feedForward,
            layers: file.num_hidden_layers, heads: heads, keyValueHeads: file.num_key_value_heads ?? heads)
        maxPositions = file.max_position_embeddings ?? (type == .xmodel ? 4096 : 2048)
        normEps = Float(file.rms_norm_eps ?? (type == .xmodel ? 1e-5 : 1e-6))
        // 0.1 is MiniCPM's; it matters only if the model is trained from scratch.
        initializerRange = file.initializer_range ?? 0.1
        bosID = file.bos_token_id?.first ?? 1
        eosID = file.eos_token_id?.first ?? 2
        switch type {
        case .xmodel: try readXmodel(file)
        case .minicpm: readMiniCPM(file)
        case .granite: readGranite(file)
        case .llama: mup = nil
        }
        hasOwnHead = !(file.tie_word_embeddings ?? (type == .xmodel || type == .minicpm))
        try refuseWindow(members)
        // transformers prefers the older key if both are present.
        let scaled = [("rope_scaling", file.rope_scaling), ("rope_parameters", file.rope_parameters)]
        let (key, scaling) = scaled.first { members[$0.0]?.object?.isEmpty == false } ?? ("rope_scaling", nil)
        ropeTheta = scaling?.rope_theta ?? file.rope_theta ?? 10_000
        try validate()
        // Needs a validated head size; the factors are then validated themselves.
        ropeFactors = try scaling?.factors(headSize: headSize, theta: ropeTheta)
        try RopeScaling.refuseUnknown(members[key]?.object ?? [:], key)
        try validate()
    }

    // `model_type` decides, then `architectures`; without either it is Xmodel's.
    private static func type(_ file: ConfigFile) throws -> ModelType {
        if let name = file.model_type {
            guard let type = ModelType(rawValue: name) else {
                throw ModelConfigError.unsupported(
                    key: "model_type", found: name,
                    wanted: ModelType.allCases.map(\.rawValue).joined(separator: ", "))
            }
            return type
        }
        guard let name = file.architectures?.first else { return .xmodel }
        guard let type = ModelType.allCases.first(where: { $0.architecture == name }) else {
            throw ModelConfigError.unsupported(
                key: "architectures", found: name,
                wanted: ModelType.allCases.map(\.architecture).joined(separator: ", "))
        }
        return type
    }

    // A Llama file with, say, `scale_emb` is a model that stock Llama code would run wrongly: refuse to guess.
    private static func refuseForeignFactors(_ members: JSONObject, _ type: ModelType) throws {
        let own = Set(ConfigKeys.factors[type] ?? [])
        let foreign = Set(ConfigKeys.factors.values.joined()).subtracting(own)
        let rules = KeyRules(harmless: [], off: Dictionary(uniqueKeysWithValues: foreign.map { ($0, ["1"]) }))
        if let first = rules.violations(members).first { throw ModelConfigError.unsupported(first) }
    }

    /// Xmodel's rule for a missing feed-forward width: 8/3 of the hidden width, rounded up to 256. The clamp only
    /// prevents overflow; an impossible hidden width is refused by `validate`.
    private static func derivedWidth(_ file: ConfigFile, _ type: ModelType) -> Int? {
        guard type == .xmodel else { return nil }
        return (max(0, min(file.hidden_size, 1 << 32)) * 8 / 3 + 255) / 256 * 256
    }

    /// A window at least as long as the context has no effect.
    private func refuseWindow(_ members: JSONObject) throws {
        guard let value = members["sliding_window"], value != .null,
            members["use_sliding_window"] != .bool(false)
        else { return }
        if case .number(let text) = value, let width = Int(text), width == 0 || width >= maxPositions { return }
        throw ModelConfigError.unsupported(
            key: "sliding_window", found: value.shown, wanted: "none, or at least max_position_embeddings")
    }

    // Xmodel-2.5 files have `use_mup` or `mup_base_width`; all others are Xmodel-2's, where muP is always on.
    private mutating func readXmodel(_ file: ConfigFile) throws {
        guard file.use_mup != nil || file.mup_base_width != nil else {
            dialect = .xmodel2
            readMuP(file, otherwise: MuP())
            return
        }
        (dialect, mup, attentionScale) = (.xmodel25, nil, .inverseSquareRoot)
        guard file.use_mup == true else { return }
        var constants = MuP()
        constants.embeddingScale = file.mup_input_scale ?? 12
        constants.outputScale = file.mup_output_scale ?? 1
        constants.attentionDepthScale = file.mup_attention_residual_scale ?? 1.4
        constants.feedForwardDepthScale = file.mup_ffn_residual_scale ?? 1.4
        constants.baseWidth = file.mup_base_width ?? 256
        (mup, attentionScale) = (constants, .inverse)
        // Redundant keys of the older dialect must agree.
        func require(_ key: String, _ found: Double?, _ wanted: Double) throws {
            guard let found, abs(found - wanted) > 1e-6 * abs(wanted) else { return }
            throw ModelConfigError.invalid(
                key: key, found: "\(found)", wanted: "\(wanted), as the keys of mup_* say, or absent")
        }
        try require("mup_width_multiplier", file.mup_width_multiplier, scales.widthMultiplier)
        try require("scale_emb", file.scale_emb, constants.embeddingScale)
        try require("scale_depth", file.scale_depth, constants.attentionDepthScale)
        try require("dim_model_base", file.dim_model_base.map(Double.init), Double(constants.baseWidth))
    }

    /// MiniCPM's configuration class defaults every factor to 1.
    private mutating func readMiniCPM(_ file: ConfigFile) {
        var constants = MuP()
        (constants.embeddingScale, constants.baseWidth) = (1, 1)
        (constants.attentionDepthScale, constants.feedForwardDepthScale) = (1, 1)
        readMuP(file, otherwise: constants)
    }

    private mutating func readMuP(_ file: ConfigFile, otherwise constants: MuP) {
        var constants = constants
        if let scale = file.scale_emb { constants.embeddingScale = scale }
        if let depth = file.scale_depth {
            (constants.attentionDepthScale, constants.feedForwardDepthScale) = (depth, depth)
        }
        if let base = file.dim_model_base { constants.baseWidth = base }
        mup = constants
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

    /// The file's text, with Xmodel-2 keys if they can express the network, Xmodel-2.5 keys otherwise. `dtype` is the
    /// type of the weights stored beside it. Throws `ModelConfigError.unsupported` for a network that Xmodel's keys
    /// cannot describe.
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
        // The older dialect has one depth scale, no output scale, and no key for the attention scale.
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
                    wanted: "1/d with the muP keys of Xmodel-2.5, 1/sqrt(d) without muP")
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

    /// The same network in terms of muP's constants, if a file gave multipliers and such constants exist; otherwise
    /// `self`.
    package func withMuP() -> Xmodel2Config {
        guard let given = multipliers, !hasOwnHead else { return self }
        var result = self
        var mup = MuP()
        mup.embeddingScale = given.embedding
        // The factor lost digits by going through f32; a short number that rounds to the same f32 is taken to be the
        // original.
        let root = Double(layers).squareRoot()
        let depth = given.residual * root
        let short = (depth * 1e5).rounded() / 1e5
        mup.attentionDepthScale = Float(short / root) == Float(given.residual) ? short : depth
        mup.feedForwardDepthScale = mup.attentionDepthScale
        let base = Double(hiddenSize) / given.logitsDivisor
        // An integral base width explains the divisor; otherwise it becomes an output scale at the model's own width.
        if base >= 1, abs(base - base.rounded()) < 1e-6 * base {
            mup.baseWidth = Int(base.rounded())
        } else {
            (mup.baseWidth, mup.outputScale) = (hiddenSize, 1 / given.logitsDivisor)
        }
        // Granite files written by this program state 1/d or 1/sqrt(d); any other scale stays a multiplier.
        if let softmax = given.softmax {
            guard let scale = AttentionScale(softmax, headSize: headSize) else { return self }
            result.attentionScale = scale
            if scale == .inverse { result.dialect = .xmodel25 }
        }
        (result.mup, result.multipliers) = (mup, nil)
        return result
    }
}
