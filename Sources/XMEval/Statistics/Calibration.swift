// Does a model that says 70 % answer right 70 % of the time? Confidence against correctness in bins (figure 4 of the
// Xmodel-2 report), the expected calibration error, and the Brier score.
// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Confidences of answers and whether they were right.
package struct Calibration: Sendable {
    package struct Point: Sendable, Equatable {
        /// From 0 to 1.
        package var confidence: Double
        package var isRight: Bool

        package init(confidence: Double, isRight: Bool) { (self.confidence, self.isRight) = (confidence, isRight) }
    }

    /// Points of similar confidence.
    package struct Bin: Sendable, Equatable {
        package var count: Int
        package var meanConfidence: Double
        /// The share that was right.
        package var accuracy: Double
    }

    /// The probabilities that a model gives a question's choices.
    package struct Question: Sendable, Equatable {
        package var probabilities: [Double]
        /// Indices of the right choices.
        package var gold: Set<Int>

        /// Softmax over the choices' log-likelihoods.
        package init(logLikelihoods: [Double], gold: Set<Int>) {
            let highest = logLikelihoods.max() ?? 0
            let weights = logLikelihoods.map { exp($0 - highest) }
            let total = weights.reduce(0, +)
            (probabilities, self.gold) = (weights.map { $0 / total }, gold)
        }

        /// The first of the most probable choices.
        package var top: Int? {
            var top: Int?
            for index in probabilities.indices where probabilities[index] > top.map({ probabilities[$0] }) ?? -1 {
                top = index
            }
            return top
        }
    }

    package var points: [Point]

    package init(points: [Point]) { self.points = points }

    /// Every choice of every question is a point.
    package static func allChoices(_ questions: [Question]) -> Calibration {
        Calibration(
            points: questions.flatMap { question in
                question.probabilities.enumerated().map {
                    Point(confidence: $1, isRight: question.gold.contains($0))
                }
            })
    }

    /// Only the most probable choice of each question is a point.
    package static func topChoice(_ questions: [Question]) -> Calibration {
        Calibration(
            points: questions.compactMap { question in
                question.top.map {
                    Point(confidence: question.probabilities[$0], isRight: question.gold.contains($0))
                }
            })
    }

    // MARK: - Bins

    /// Bins (b/B, (b + 1)/B] of equal width, the first with 0; empty ones included.
    package func equalWidthBins(_ count: Int) -> [Bin] {
        var members = [[Point]](repeating: [], count: count)
        for point in points {
            let bin = (0..<count - 1).first { point.confidence <= Double($0 + 1) / Double(count) } ?? count - 1
            members[bin].append(point)
        }
        return members.map(Self.bin)
    }

    /// Bins of equally many points by ascending confidence; the first ones have one more where it does not divide.
    package func equalMassBins(_ count: Int) -> [Bin] {
        // Ties keep the order of the documents.
        let sorted = points.enumerated().sorted { ($0.1.confidence, $0.0) < ($1.1.confidence, $1.0) }.map(\.1)
        var start = 0
        return (0..<count).map { bin in
            let end = start + sorted.count / count + (bin < sorted.count % count ? 1 : 0)
            defer { start = end }
            return Self.bin(Array(sorted[start..<end]))
        }
    }

    private static func bin(_ points: [Point]) -> Bin {
        let n = Double(max(points.count, 1))
        return Bin(
            count: points.count, meanConfidence: MeanEstimate.sum(points.map(\.confidence)) / n,
            accuracy: Double(points.count { $0.isRight }) / n)
    }

    /// ECE = Σ_b n_b / n · |accuracy_b − mean confidence_b|.
    package static func error(_ bins: [Bin]) -> Double {
        let n = Double(bins.reduce(0) { $0 + $1.count })
        return MeanEstimate.sum(bins.map { Double($0.count) * abs($0.accuracy - $0.meanConfidence) }) / n
    }

    // MARK: - Brier score

    /// The mean of (confidence − right)² over the points.
    package var brier: Double {
        let squares = points.map { point in
            let miss = point.confidence - (point.isRight ? 1 : 0)
            return miss * miss
        }
        return MeanEstimate.sum(squares) / Double(points.count)
    }

    /// Brier's own score of a question with several choices: the sum of (p_c − y_c)² over its choices, averaged over
    /// the questions. From 0 to 2.
    package static func brier(_ questions: [Question]) -> Double {
        allChoices(questions).points.isEmpty
            ? .nan
            : allChoices(questions).brier * Double(questions.reduce(0) { $0 + $1.probabilities.count })
                / Double(questions.count)
    }
}
