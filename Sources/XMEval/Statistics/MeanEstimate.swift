// The mean of per-document scores with its standard error: of independent documents, of documents in clusters
// (questions on one passage), and of a group of tasks pooled by size. Sources: lm-evaluation-harness
// `api/metrics.py`; Miller, "Adding Error Bars to Evals", arXiv 2411.00640.
// SPDX-License-Identifier: Apache-2.0

/// A mean and how far it may be off.
package struct MeanEstimate: Sendable, Equatable {
    package var mean: Double
    /// Nil where it cannot be estimated: fewer than two documents, or one cluster.
    package var standardError: Double?
    /// Documents.
    package var count: Int

    package init(mean: Double, standardError: Double?, count: Int) {
        (self.mean, self.standardError, self.count) = (mean, standardError, count)
    }

    /// The mean of independent values, s / √n with the sample standard deviation s. Of no values the mean is NaN.
    package init(_ values: [Double]) {
        let n = Double(values.count)
        let mean = Self.sum(values) / n
        let squares = Self.sum(values.map { ($0 - mean) * ($0 - mean) })
        self.init(
            mean: mean, standardError: values.count < 2 ? nil : (squares / (n - 1) / n).squareRoot(),
            count: values.count)
    }

    /// The mean of values that depend on each other within a cluster:
    /// SE² = C / (C − 1) · Σ_c (Σ_{i∈c} (x_i − x̄))² / n² for C clusters, as inspect_ai has it.
    /// - Parameter clusters: a label for each value.
    package init(_ values: [Double], clusters: [Int]) {
        precondition(values.count == clusters.count, "a cluster for each value")
        let n = Double(values.count)
        let mean = Self.sum(values) / n
        var deviations: [Int: [Double]] = [:]
        for (value, cluster) in zip(values, clusters) { deviations[cluster, default: []].append(value - mean) }
        // In a fixed order: a dictionary's differs from run to run, and so would the last bit of the sum.
        let squares = deviations.sorted { $0.key < $1.key }.map { entry in
            let sum = Self.sum(entry.value)
            return sum * sum
        }
        let C = Double(squares.count)
        self.init(
            mean: mean, standardError: squares.count < 2 ? nil : (Self.sum(squares) * C / (C - 1)).squareRoot() / n,
            count: values.count)
    }

    /// A group's mean weighted by size. With g parts, SE² = Σ (n_i − 1) n_i SE_i² / (Σ n_i − g) / Σ n_i, the
    /// harness's formula. Parts without documents weigh nothing.
    package init(pooling parts: [MeanEstimate]) {
        let parts = parts.filter { $0.count > 0 }
        let n = parts.reduce(0) { $0 + $1.count }
        let mean = Self.sum(parts.map { $0.mean * Double($0.count) }) / Double(n)
        let squares = parts.compactMap { part in
            part.standardError.map { Double(part.count - 1) * Double(part.count) * $0 * $0 }
        }
        let isKnown = squares.count == parts.count && n > parts.count
        self.init(
            mean: mean,
            standardError: isKnown ? (Self.sum(squares) / Double(n - parts.count) / Double(n)).squareRoot() : nil,
            count: n)
    }

    /// A group's mean in which every part counts the same, with SE = √(Σ SE_i²) / g.
    package init(averaging parts: [MeanEstimate]) {
        let g = Double(parts.count)
        let squares = parts.compactMap { $0.standardError.map { $0 * $0 } }
        self.init(
            mean: Self.sum(parts.map(\.mean)) / g,
            standardError: squares.count == parts.count && !parts.isEmpty ? Self.sum(squares).squareRoot() / g : nil,
            count: parts.reduce(0) { $0 + $1.count })
    }

    /// The normal interval: mean ± z · SE.
    package func interval(level: Double = 0.95) -> ClosedRange<Double>? {
        guard let standardError, mean.isFinite else { return nil }
        let half = NormalDistribution.quantile(0.5 + level / 2) * standardError
        return mean - half...mean + half
    }

    /// Neumaier's compensated sum: exact to the last bit but one in all but contrived cases.
    package static func sum(_ values: some Sequence<Double>) -> Double {
        var (sum, lost) = (0.0, 0.0)
        for value in values {
            let next = sum + value
            lost += abs(sum) >= abs(value) ? (sum - next) + value : (value - next) + sum
            sum = next
        }
        // An infinite sum has lost NaN on the way.
        return sum.isFinite ? sum + lost : sum
    }
}
