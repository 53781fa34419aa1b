// The shape and constants of a model, as `config.json` and GGUF metadata state them: Xmodel-2 and MiniCPM (scale_emb,
// scale_depth, dim_model_base), Xmodel-2.5 (use_mup, mup_*), Granite (*_multiplier, logits_scaling) and plain Llama.
// Next: Xmodel2Config+JSON.swift, Xmodel2Config+GGUF.swift (reading), Xmodel2Model.swift (the network).
// SPDX-License-Identifier: Apache-2.0

/// Everything that determines the function of the network and the shapes of its parameters.
package struct Xmodel2Config: Sendable, Equatable {
    package var vocabularySize: Int
    package var hiddenSize: Int
    package var intermediateSize: Int
    package var layers: Int
    package var heads: Int
    package var keyValueHeads: Int
    // Defaults are those of Xmodel-2's published configuration class.
    package var maxPositions: Int = 4096
    package var normEps: Float = 1e-5
    package var ropeTheta: Double = 10_000
    package var initializerRange: Double = 0.1
    package var bosID: Int = 1
    package var eosID: Int = 2
    /// Where the scales come from; `scales` has them as numbers.
    package var parametrization = Parametrization.muP(MuP())
    /// 1/sqrt(d) (Xmodel-2, MiniCPM) or 1/d (Xmodel-2.5 with use_mup).
    package var attentionScale: AttentionScale = .inverseSquareRoot
    /// The output head is a separate matrix (`lm_head.weight`), not the embedding. Such models run but cannot be
    /// trained here.
    package var hasOwnHead = false
    /// Divisors of the rotary frequencies, [d/2]; nil if unscaled.
    package var ropeFactors: [Float]?
    /// The family of keys that `config.json` is written with.
    package var dialect: Dialect = .xmodel2

    /// Xmodel-2's keys (scale_emb, …) or Xmodel-2.5's (mup_…).
    package enum Dialect: String, Sendable, Codable {
        case xmodel2
        case xmodel25 = "xmodel2.5"
    }

    package init(
        vocabularySize: Int, hiddenSize: Int, intermediateSize: Int, layers: Int, heads: Int, keyValueHeads: Int
    ) {
        self.vocabularySize = vocabularySize
        self.hiddenSize = hiddenSize
        self.intermediateSize = intermediateSize
        self.layers = layers
        self.heads = heads
        self.keyValueHeads = keyValueHeads
    }

    /// Number of parameters, including an untied head.
    package var parameterCount: Int {
        ParameterLayout(self).count + (hasOwnHead ? vocabularySize * hiddenSize : 0)
    }
    /// Width of one attention head.
    package var headSize: Int { hiddenSize / heads }
    /// The scales of the network, of its initialisation and of its training with the default weight decay.
    package var scales: Scales { Scales(self) }

    /// The constants of muP; nil in another parametrisation.
    package var mup: MuP? {
        get { if case .muP(let constants) = parametrization { constants } else { nil } }
        set {
            if let newValue {
                parametrization = .muP(newValue)
            } else if mup != nil {
                parametrization = .standard
            }
        }
    }

    /// The factors that a file gave one by one; nil in another parametrisation.
    package var multipliers: Multipliers? {
        get { if case .multipliers(let given) = parametrization { given } else { nil } }
        set {
            if let newValue {
                parametrization = .multipliers(newValue)
            } else if multipliers != nil {
                parametrization = .standard
            }
        }
    }

    // What the model reads of its scales, in f32.
    package var softmaxScale: Float { scales.softmax }
    package var embeddingScale: Float { Float(scales.embedding) }
    package var attentionResidualScale: Float { Float(scales.attentionResidual) }
    package var feedForwardResidualScale: Float { Float(scales.feedForwardResidual) }
    package var logitScale: Float { Float(scales.logits) }

    /// Throws `ModelConfigError` for a shape or constant that no network can have. Files are untrusted: every reader
    /// calls it.
    package func validate() throws {
        func require(_ holds: Bool, _ key: String, _ found: Any, _ wanted: String) throws {
            if !holds { throw ModelConfigError.invalid(key: key, found: "\(found)", wanted: wanted) }
        }
        // Limits far above any real model keep products of sizes within 64 bits.
        func require(_ value: Int, _ key: String, upTo limit: Int) throws {
            try require((1...limit).contains(value), key, value, "from 1 to \(limit)")
        }
        try require(vocabularySize, "vocab_size", upTo: 1 << 24)
        try require(layers, "num_hidden_layers", upTo: 1 << 10)
        try require(heads, "num_attention_heads", upTo: 1 << 17)
        try require(hiddenSize, "hidden_size", upTo: 1 << 17)
        try require(intermediateSize, "intermediate_size", upTo: 1 << 18)
        try require(
            hiddenSize % heads == 0 && headSize % 2 == 0, "hidden_size", hiddenSize,
            "num_attention_heads (\(heads)) times an even head width")
        try require(
            keyValueHeads > 0 && keyValueHeads <= heads && heads % keyValueHeads == 0, "num_key_value_heads",
            keyValueHeads, "a divisor of num_attention_heads (\(heads))")
        try require(maxPositions, "max_position_embeddings (context_length)", upTo: 1 << 24)
        /// The network computes in f32, where a tiny number is 0 and a huge one infinite.
        func require(positive value: Double, _ key: String) throws {
            let number = Float(value)
            try require(number.isFinite && number > 0, key, value, "a positive number that f32 can hold")
        }
        try require(positive: Double(normEps), "rms_norm_eps")
        try require(positive: ropeTheta, "rope_theta")
        try require(
            initializerRange.isFinite && initializerRange >= 0, "initializer_range", initializerRange,
            "a number from 0 on")
        if let mup {
            try require(positive: mup.embeddingScale, "scale_emb (mup_input_scale)")
            try require(positive: mup.attentionDepthScale, "scale_depth (mup_attention_residual_scale)")
            try require(positive: mup.feedForwardDepthScale, "scale_depth (mup_ffn_residual_scale)")
            try require(positive: mup.outputScale, "mup_output_scale")
            try require(mup.baseWidth, "dim_model_base", upTo: 1 << 24)
        }
        if let multipliers {
            try require(positive: multipliers.embedding, "embedding_multiplier (embedding_scale)")
            try require(positive: multipliers.residual, "residual_multiplier (residual_scale)")
            try require(positive: multipliers.logitsDivisor, "logits_scaling (logit_scale)")
            if let softmax = multipliers.softmax {
                try require(positive: softmax, "attention_multiplier (attention.scale)")
            }
        }
        if let ropeFactors {
            try require(ropeFactors.count == headSize / 2, "rope factors", ropeFactors.count, "\(headSize / 2) numbers")
            for factor in ropeFactors { try require(positive: Double(factor), "a rope factor") }
        }
    }
}

/// What is wrong with a configuration; callers that know the file put its name in front of `text`.
package enum ModelConfigError: Error, CustomStringConvertible {
    /// A value outside its range.
    case invalid(key: String, found: String, wanted: String)
    /// A valid value of other models that this network cannot honour.
    case unsupported(key: String, found: String, wanted: String)
    /// A key in a namespace where every key matters.
    case unknownKey(String)
    /// A misspelt preset in a recipe.
    case unknownPreset(String)

    package var description: String {
        if case .unknownPreset = self { return text }
        return "model: \(text)"
    }

    static func unsupported(_ violation: KeyRules.Violation) -> ModelConfigError {
        .unsupported(key: violation.key, found: violation.found, wanted: violation.wanted)
    }

    /// The description for a sentence that starts with a file name.
    var text: String {
        switch self {
        case .invalid(let key, let found, let wanted): "\(key) is \(found); it must be \(wanted)"
        case .unsupported(let key, let found, let wanted):
            "\(key) is \(found), which is not supported; supported: \(wanted)"
        case .unknownKey(let key):
            "\(key) is unknown, and keys of this kind decide what the model computes; remove it if it is of no "
                + "importance, "
                + "or take a program that knows it"
        case .unknownPreset(let name):
            "model.preset is '\(name)'; the presets are " + Preset.allCases.map(\.rawValue).joined(separator: ", ")
        }
    }
}

/// The published shapes (configuration_xmodel2.py of Xmodel-2.5), all with heads of 64, F = 2.5 D and a tied head.
package enum Preset: String, CaseIterable, Sendable {
    case nano, micro, tiny, small, medium, xl
    case b2 = "2B"
    case b4 = "4B"

    /// The preset's configuration with muP defaults.
    package func config(vocabularySize: Int = 65_280) -> Xmodel2Config {
        // Layers, query heads, key/value heads.
        let (L, H, K) =
            switch self {
            case .nano: (8, 4, 1)
            case .micro: (12, 6, 1)
            case .tiny: (18, 8, 4)
            case .small: (30, 9, 3)
            case .medium: (32, 15, 5)
            case .xl: (48, 24, 8)
            case .b2: (40, 36, 6)
            case .b4: (62, 40, 8)
            }
        return Xmodel2Config(
            vocabularySize: vocabularySize, hiddenSize: 64 * H, intermediateSize: 160 * H, layers: L, heads: H,
            keyValueHeads: K)
    }

    /// Throws `ModelConfigError.unknownPreset`, which lists the names.
    package static func named(_ name: String) throws -> Preset {
        guard let preset = Preset(rawValue: name) else { throw ModelConfigError.unknownPreset(name) }
        return preset
    }
}
