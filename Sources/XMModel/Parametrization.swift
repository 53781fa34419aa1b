// How a network's scales are given: by muP's constants, by the standard parametrisation (none), or one by one as
// Granite's configuration and GGUF files have them. Scales.swift turns each into numbers.
// SPDX-License-Identifier: Apache-2.0

/// Where the scales of a network come from.
package enum Parametrization: Sendable, Equatable {
    /// Nothing is scaled.
    case standard
    /// Scales that follow from the width and the depth, so that hyper-parameters hold across widths.
    case muP(MuP)
    /// The factors themselves.
    case multipliers(Multipliers)
}

/// The constants of muP (Xmodel-2 report, Table 6); the defaults are MiniCPM's optimum (arXiv 2404.06395, section 3).
package struct MuP: Sendable, Equatable {
    /// Factor on the embedding's output (scale_emb, mup_input_scale).
    package var embeddingScale = 12.0
    /// Depth scales: a residual factor is this over sqrt(layers) (scale_depth; two keys in Xmodel-2.5).
    package var attentionDepthScale = 1.4
    package var feedForwardDepthScale = 1.4
    /// The width at which m = 1 (dim_model_base, mup_base_width).
    package var baseWidth = 256
    /// Extra factor on the logits (mup_output_scale).
    package var outputScale = 1.0

    package init() {}
}

/// A network's factors one by one, as Granite's configuration and GGUF files have them.
package struct Multipliers: Sendable, Equatable {
    /// Factor on the embedding's output.
    package var embedding = 1.0
    /// Factor on both branches before the residual addition.
    package var residual = 1.0
    /// The logits are divided by this.
    package var logitsDivisor = 1.0
    /// Factor on the attention scores; nil: as `attentionScale` says.
    package var softmax: Double?

    package init() {}
}

/// Factor on the attention scores, by the width d of a head.
package enum AttentionScale: String, Sendable, Codable, CaseIterable {
    /// Xmodel-2, MiniCPM and the standard parametrisation.
    case inverseSquareRoot = "1/sqrt(d)"
    /// Xmodel-2.5 with muP: the scores of aligned queries and keys do not grow with d.
    case inverse = "1/d"

    /// In f32, as the network computes with it.
    package func factor(headSize: Int) -> Float {
        switch self {
        case .inverseSquareRoot: 1 / Float(headSize).squareRoot()
        case .inverse: 1 / Float(headSize)
        }
    }

    /// The rule that gives a number found in a file, whether its writer computed in f32 or f64; nil if none does.
    package init?(_ factor: Double, headSize: Int) {
        let d = Double(headSize)
        let exact: [AttentionScale: Double] = [.inverseSquareRoot: 1 / d.squareRoot(), .inverse: 1 / d]
        let found = Self.allCases.first { rule in
            Float(factor) == rule.factor(headSize: headSize) || exact[rule].map { Float($0) == Float(factor) } == true
        }
        guard let found else { return nil }
        self = found
    }
}
