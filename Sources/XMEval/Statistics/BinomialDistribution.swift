// The binomial distribution: exact tests of accuracies against chance and against each other, and Wilson's interval.
// Probabilities by Loader, "Fast and accurate computation of binomial probabilities" (2000), which keeps 15 digits
// where factorials lose them.
// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The number of successes in independent trials.
package struct BinomialDistribution: Sendable {
    package let trials: Int
    /// Of a success.
    package let probability: Double

    package init(trials: Int, probability: Double) {
        precondition(trials >= 0 && (0...1).contains(probability), "a count of trials and a probability")
        (self.trials, self.probability) = (trials, probability)
    }

    /// P(X = k).
    package func mass(_ k: Int) -> Double {
        guard (0...trials).contains(k) else { return 0 }
        let (n, x, p) = (Double(trials), Double(k), probability)
        if p == 0 { return k == 0 ? 1 : 0 }
        if p == 1 { return k == trials ? 1 : 0 }
        if k == 0 { return exp(n * log1p(-p)) }
        if k == trials { return pow(p, n) }
        let exponent =
            Self.stirlingError(n) - Self.stirlingError(x) - Self.stirlingError(n - x)
            - Self.deviance(x, n * p) - Self.deviance(n - x, n * (1 - p))
        return exp(exponent) * (n / (2 * .pi * x * (n - x))).squareRoot()
    }

    /// P(X ≤ k).
    package func lowerTail(_ k: Int) -> Double {
        if k < 0 { return 0 }
        if k >= trials { return 1 }
        // Terms shrink away from the mean, so the side of the mean on which k lies is summed from k outwards.
        if Double(k) > Double(trials) * probability { return 1 - upperTail(k + 1) }
        var (term, sum) = (mass(k), 0.0)
        for i in stride(from: k, through: 0, by: -1) where term > 0 {
            sum += term
            term *= Double(i) / Double(trials - i + 1) * ((1 - probability) / probability)
        }
        return min(sum, 1)
    }

    /// P(X ≥ k).
    package func upperTail(_ k: Int) -> Double {
        BinomialDistribution(trials: trials, probability: 1 - probability).lowerTail(trials - k)
    }

    /// ln n! − ln(√(2πn) (n/e)^n), by Stirling's series where that is exact enough.
    private static func stirlingError(_ n: Double) -> Double {
        if n <= 15 { return lgamma(n + 1) - (n + 0.5) * log(n) + n - log(2 * Double.pi) / 2 }
        let s = 1 / (n * n)
        return (1.0 / 12 - s * (1.0 / 360 - s * (1.0 / 1260 - s * (1.0 / 1680 - s * (1.0 / 1188))))) / n
    }

    /// x ln(x / m) + m − x, without cancellation where x is near m.
    private static func deviance(_ x: Double, _ m: Double) -> Double {
        guard abs(x - m) < 0.1 * (x + m) else { return x * log(x / m) + m - x }
        let v = (x - m) / (x + m)
        var (sum, term) = ((x - m) * v, 2 * x * v)
        for j in 1..<1000 {
            term *= v * v
            let next = sum + term / Double(2 * j + 1)
            if next == sum { break }
            sum = next
        }
        return sum
    }
}

package enum WilsonInterval {
    /// Wilson's score interval of a share of successes (1927): unlike mean ± z·SE it is sensible near 0 and 1.
    package static func interval(successes: Int, of count: Int, level: Double = 0.95) -> ClosedRange<Double> {
        guard count > 0 else { return 0...1 }
        let (n, p) = (Double(count), Double(successes) / Double(count))
        let z = NormalDistribution.quantile(0.5 + level / 2)
        let centre = (p + z * z / (2 * n)) / (1 + z * z / n)
        let half = z / (1 + z * z / n) * (p * (1 - p) / n + z * z / (4 * n * n)).squareRoot()
        return max(0, centre - half)...min(1, centre + half)
    }
}
