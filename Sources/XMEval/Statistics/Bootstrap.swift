// The bootstrap (Efron 1979): how much a score varies when documents are drawn again, for scores that are not plain
// means (perplexities, weighted shares) and for paired differences. The same seed gives the same interval on every
// machine.
// SPDX-License-Identifier: Apache-2.0

import XMSupport

package struct Bootstrap: Sendable {
    package var resamples: Int
    package var seed: UInt64

    package init(resamples: Int = 1000, seed: UInt64 = 1234) { (self.resamples, self.seed) = (resamples, seed) }

    /// The statistic of each resample. It is given as many document indices as there are documents, drawn with
    /// replacement.
    package func distribution(documents: Int, _ statistic: ([Int]) -> Double) -> [Double] {
        (0..<resamples).map { resample in
            var stream = RandomStream(seed: seed, "bootstrap", UInt64(resample))
            return statistic(
                (0..<documents).map { _ in Int(stream.next().multipliedFullWidth(by: UInt64(documents)).high) })
        }
    }

    /// The percentile interval of a statistic; nil for fewer than two documents.
    package func interval(
        documents: Int, level: Double = 0.95, _ statistic: ([Int]) -> Double
    ) -> ClosedRange<Double>? {
        guard documents > 1 else { return nil }
        let sorted = distribution(documents: documents, statistic).filter { !$0.isNaN }.sorted()
        guard !sorted.isEmpty else { return nil }
        return Self.quantile(0.5 - level / 2, ofSorted: sorted)...Self.quantile(0.5 + level / 2, ofSorted: sorted)
    }

    /// The percentile interval of the mean.
    package func interval(ofMean values: [Double], level: Double = 0.95) -> ClosedRange<Double>? {
        interval(documents: values.count, level: level) { indices in
            indices.reduce(0) { $0 + values[$1] } / Double(indices.count)
        }
    }

    /// Between order statistics by linear interpolation, as NumPy does.
    package static func quantile(_ p: Double, ofSorted values: [Double]) -> Double {
        let at = p * Double(values.count - 1)
        let below = Int(at)
        guard below + 1 < values.count else { return values[values.count - 1] }
        return values[below] + (at - Double(below)) * (values[below + 1] - values[below])
    }
}
