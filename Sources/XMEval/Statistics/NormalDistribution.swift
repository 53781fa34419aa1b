// The standard normal distribution: how many standard errors an interval spans.
// SPDX-License-Identifier: Apache-2.0

import Foundation

package enum NormalDistribution {
    /// P(Z ≤ z).
    package static func cumulative(_ z: Double) -> Double { erfc(-z / 2.0.squareRoot()) / 2 }

    /// The z with P(Z ≤ z) = p, to about an ulp; infinite for 0 and 1, NaN outside.
    package static func quantile(_ p: Double) -> Double {
        guard p > 0, p < 1 else { return p == 0 ? -.infinity : p == 1 ? .infinity : .nan }
        // The lower tail alone: 1 − p is exact for p ≥ 1/2, and there is nothing to cancel below.
        if p > 0.5 { return -quantile(1 - p) }
        // Abramowitz and Stegun 26.2.23, off by less than 4.5e-4.
        let t = (-2 * log(p)).squareRoot()
        var z =
            (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308))) - t
        // Halley's method on Φ(z) − p; the number of right digits triples each time.
        for _ in 0..<3 {
            let error = (cumulative(z) - p) * (2 * Double.pi).squareRoot() * exp(z * z / 2)
            z -= error / (1 + z * error / 2)
        }
        return z
    }
}
