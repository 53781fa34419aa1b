// The shapes that the learning rate can take in the decay stage of WSD: each one formula, all in one table.
// To add a shape: one case, one line in `rate`. The formulas and where they come from stand beside the cases.
// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The shape f of the decay, as a function of r = (s - s0) / D, the share of the decay that is done, in 0...1.
package enum DecayShape: String, Codable, Sendable, CaseIterable {
    /// c = 1 - r (Megatron).
    case linear
    /// c = (1 + cos πr) / 2 (Megatron).
    case cosine
    /// c = 2 · 0.5^r - 1, which reaches 0 at r = 1 (Megatron's "exponential", used by Xmodel-2.5).
    case exponential
    /// c = 0.5^((s - s0) / h) with half-life h (MiniCPM and Xmodel-2); never reaches 0.
    case halfLife = "half_life"
    /// c = 1 - sqrt(r) (Hägele et al. 2024).
    case oneMinusSqrt = "one_minus_sqrt"
    /// rate = 1 / (r / min + (1 - r) / max): the inverse of the rate grows in a straight line (Wen et al. 2024).
    case inverse
    /// c = 1 - r².
    case square
}

extension DecayShape {
    /// The learning rate after `elapsed` of `steps` decay steps, falling from `max` towards `min`.
    ///
    /// Shapes with an end are `min + c · (max - min)`. A half-life has no end: `min` is a floor under `c · max`, so
    /// that h stays the time in which the rate itself halves.
    func rate(elapsed: Int, of steps: Int, halfLife: Double, max: Double, min: Double) -> Double {
        let elapsed = Swift.min(elapsed, steps)  // after the end the last rate holds
        let r = Double(elapsed) / Double(Swift.max(steps, 1))
        func between(_ c: Double) -> Double { min + c * (max - min) }
        switch self {
        case .linear: return between(1 - r)
        case .cosine: return between((1 + cos(.pi * r)) / 2)
        case .exponential: return between(2 * exp2(-r) - 1)
        case .halfLife: return Swift.max(min, max * exp2(-Double(elapsed) / halfLife))
        case .oneMinusSqrt: return between(1 - r.squareRoot())
        case .inverse: return 1 / (r / min + (1 - r) / max)
        case .square: return between(1 - r * r)
        }
    }
}
