// The recipe section `model`: a preset and what differs from it. `resolved` makes the network's configuration of it.
// SPDX-License-Identifier: Apache-2.0

package import XMModel
import XMSupport

/// `model`: a preset and what differs from it.
package struct ModelConfig: Codable, Sendable, Equatable {
    /// nano, micro, tiny, small, medium, xl, 2B or 4B (XMModel/Xmodel2Config.swift). Default nano.
    package var preset: String? = "nano"
    /// Tokens of the vocabulary; null takes the tokenizer's.
    package var vocabSize: Int?
    /// Shape, where it differs from the preset.
    package var hiddenSize: Int?
    package var intermediateSize: Int?
    package var numHiddenLayers: Int?
    package var numAttentionHeads: Int?
    package var numKeyValueHeads: Int?
    /// Base of the rotary angles. Default 10000.
    package var ropeTheta: Double?
    /// muP (default) or the standard parametrisation.
    package var useMup: Bool?
    /// muP constants: embedding multiplier 12, residual factor 1.4, base width 256.
    package var scaleEmb: Double?
    package var scaleDepth: Double?
    package var dimModelBase: Int?
    /// Factor on the attention scores: 1/sqrt(d) (default) or 1/d, with d the width of a head.
    package var attentionScale = AttentionScale.inverseSquareRoot
    /// Standard deviation of initial values. Default 0.1.
    package var initializerRange: Double?

    package init() {}

    package init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        try keys.read(&preset, .preset)
        try keys.read(&vocabSize, .vocabSize)
        try keys.read(&hiddenSize, .hiddenSize)
        try keys.read(&intermediateSize, .intermediateSize)
        try keys.read(&numHiddenLayers, .numHiddenLayers)
        try keys.read(&numAttentionHeads, .numAttentionHeads)
        try keys.read(&numKeyValueHeads, .numKeyValueHeads)
        try keys.read(&ropeTheta, .ropeTheta)
        try keys.read(&useMup, .useMup)
        try keys.read(&scaleEmb, .scaleEmb)
        try keys.read(&scaleDepth, .scaleDepth)
        try keys.read(&dimModelBase, .dimModelBase)
        try keys.read(&attentionScale, .attentionScale)
        try keys.read(&initializerRange, .initializerRange)
    }

    enum CodingKeys: String, CodingKey {
        case preset
        case vocabSize = "vocab_size"
        case hiddenSize = "hidden_size"
        case intermediateSize = "intermediate_size"
        case numHiddenLayers = "num_hidden_layers"
        case numAttentionHeads = "num_attention_heads"
        case numKeyValueHeads = "num_key_value_heads"
        case ropeTheta = "rope_theta"
        case useMup = "use_mup"
        case scaleEmb = "scale_emb"
        case scaleDepth = "scale_depth"
        case dimModelBase = "dim_model_base"
        case attentionScale = "attention_scale"
        case initializerRange = "initializer_range"
    }

    /// The network's configuration for a tokenizer of `vocabulary` tokens and sequences of `length` tokens.
    package func resolved(vocabulary: Int, length: Int) throws -> Xmodel2Config {
        var config = try Preset.named(preset ?? "nano").config(vocabularySize: vocabSize ?? vocabulary)
        if let hiddenSize { config.hiddenSize = hiddenSize }
        if let intermediateSize { config.intermediateSize = intermediateSize }
        if let numHiddenLayers { config.layers = numHiddenLayers }
        if let numAttentionHeads { config.heads = numAttentionHeads }
        if let numKeyValueHeads { config.keyValueHeads = numKeyValueHeads }
        if let ropeTheta { config.ropeTheta = ropeTheta }
        if let initializerRange { config.initializerRange = initializerRange }
        if useMup == false {
            config.parametrization = .standard
        } else {
            if let scaleEmb { config.mup?.embeddingScale = scaleEmb }
            if let scaleDepth {
                config.mup?.attentionDepthScale = scaleDepth
                config.mup?.feedForwardDepthScale = scaleDepth
            }
            if let dimModelBase { config.mup?.baseWidth = dimModelBase }
        }
        config.attentionScale = attentionScale
        if attentionScale == .inverse {
            try ConfigError.require(
                config.mup != nil, key: "model.attention_scale", found: attentionScale.rawValue,
                wanted: "a checkpoint's config.json has no key for it without muP",
                fix: "set model.use_mup to true, or leave model.attention_scale at 1/sqrt(d)")
            // Xmodel-2.5's keys imply 1/d; Xmodel-2's imply 1/sqrt(d).
            config.dialect = .xmodel25
        }
        config.maxPositions = max(length, 512)
        try config.validate()
        return config
    }
}
