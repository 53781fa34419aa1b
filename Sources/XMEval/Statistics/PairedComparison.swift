// Two models on the same questions: their difference with its error, the exact McNemar test, and the smallest
// difference that so many questions could have shown. Pairing removes the questions' own difficulty from the error, so
// that far smaller differences can be seen than between two separate intervals (arXiv 2411.00640, section 4).
// SPDX-License-Identifier: Apache-2.0

/// Scores of B minus scores of A, document by document.
package struct PairedComparison: Sendable, Equatable {
    /// The mean of the differences; its standard error is that of the paired difference.
    package let difference: MeanEstimate
    package let differences: [Double]

    /// - Parameter pairs: the two scores of each document.
    package init(_ pairs: [(a: Double, b: Double)]) {
        differences = pairs.map { $0.b - $0.a }
        difference = MeanEstimate(differences)
    }

    /// Documents where B's score is higher, and where it is lower.
    package var better: Int { differences.count { $0 > 0 } }
    package var worse: Int { differences.count { $0 < 0 } }

    /// McNemar's exact two-sided test: with no difference between the models, either is the better one on a document
    /// with probability 1/2. For scores other than right and wrong, this is the sign test.
    package var mcNemarP: Double { Self.mcNemar(better, worse) }

    package static func mcNemar(_ better: Int, _ worse: Int) -> Double {
        let flips = BinomialDistribution(trials: better + worse, probability: 0.5)
        return min(1, 2 * flips.lowerTail(min(better, worse)))
    }

    /// The smallest true difference that a two-sided test at `alpha` finds with probability `power`, given the error
    /// observed: (z_{1−α/2} + z_{power}) · SE. Nil where nothing differs, for then the error is not known.
    package func smallestDetectableDifference(alpha: Double = 0.05, power: Double = 0.8) -> Double? {
        guard let error = difference.standardError, error > 0 else { return nil }
        return (NormalDistribution.quantile(1 - alpha / 2) + NormalDistribution.quantile(power)) * error
    }

    /// The percentile interval of the mean difference over resampled documents.
    package func bootstrapInterval(_ bootstrap: Bootstrap) -> ClosedRange<Double>? {
        bootstrap.interval(ofMean: differences)
    }
}
