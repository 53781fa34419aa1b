// The scores of a task or of a group of tasks, with their errors and intervals.
// SPDX-License-Identifier: Apache-2.0

import Foundation
package import XMSupport

package struct TaskResult: Sendable, Equatable {
    /// A metric under a filter: `acc,none`, `exact_match,strict-match`.
    package struct Score: Sendable, Equatable {
        package var metric: String
        package var filter: String
        package var value: Double
        package var standardError: Double?
        /// At 95 %.
        package var interval: ClosedRange<Double>?
        /// The error where documents share a passage.
        package var clusteredError: Double?
        package var higherIsBetter: Bool?

        package init(
            metric: String, filter: String = "none", value: Double, standardError: Double? = nil,
            interval: ClosedRange<Double>? = nil, clusteredError: Double? = nil, higherIsBetter: Bool? = nil
        ) {
            (self.metric, self.filter, self.value) = (metric, filter, value)
            (self.standardError, self.interval, self.clusteredError) = (standardError, interval, clusteredError)
            self.higherIsBetter = higherIsBetter
        }

        /// `acc,none`
        package var key: String { "\(metric),\(filter)" }
    }

    package struct Documents: Sendable, Equatable {
        /// In the data.
        package var original: Int
        /// Evaluated, after a limit.
        package var effective: Int

        package init(original: Int, effective: Int) { (self.original, self.effective) = (original, effective) }
    }

    package var name: String
    /// What a table calls it; the name where nothing else is given.
    package var alias: String
    package var scores: [Score]
    package var documents: Documents?
    package var version: JSONValue
    package var shots: Int?
    /// The task's whole definition.
    package var configuration: JSONObject?
    /// SHA-256 over the hashes of all samples.
    package var hash: String?
    /// Of a group: its tasks and groups. Nil for a task.
    package var members: [String]?
    /// Of a task with choices.
    package var calibration: CalibrationSummary?

    package init(
        name: String, alias: String? = nil, scores: [Score], documents: Documents? = nil, version: JSONValue = .null,
        shots: Int? = nil, configuration: JSONObject? = nil, hash: String? = nil, members: [String]? = nil
    ) {
        (self.name, self.alias, self.scores) = (name, alias ?? name, scores)
        (self.documents, self.version, self.shots) = (documents, version, shots)
        (self.configuration, self.hash, self.members) = (configuration, hash, members)
    }

    package func score(_ metric: String, _ filter: String? = nil) -> Score? {
        scores.first { $0.metric == metric && (filter == nil || $0.filter == filter) }
    }
}

// MARK: - Scores from documents

extension TaskResult.Score {
    /// The mean over documents, with s/√n, and Wilson's interval where all are right or wrong, else the bootstrap's.
    /// - Parameter clusters: for each document, what it shares with others, such as a passage.
    package init(
        metric: String, filter: String = "none", values: [Double], clusters: [Int]? = nil, higherIsBetter: Bool? = true
    ) {
        let mean = MeanEstimate(values)
        let isBinary = values.allSatisfy { $0 == 0 || $0 == 1 }
        self.init(
            metric: metric, filter: filter, value: mean.mean, standardError: mean.standardError,
            interval: isBinary
                ? WilsonInterval.interval(successes: values.count { $0 == 1 }, of: values.count)
                : Bootstrap().interval(ofMean: values),
            clusteredError: clusters.flatMap { MeanEstimate(values, clusters: $0).standardError },
            higherIsBetter: higherIsBetter)
    }

    /// A perplexity or bits per byte over all documents, with the bootstrap's interval. It is no mean of documents, and
    /// the harness gives it no error.
    /// - Parameter documents: log-likelihood, and words or bytes.
    package init(_ aggregate: WeightedMetric, documents: [WeightedMetric.Document]) {
        self.init(
            metric: aggregate.rawValue, value: aggregate.value(documents),
            interval: Bootstrap().interval(documents: documents.count) { indices in
                aggregate.value(indices.map { documents[$0] })
            }, higherIsBetter: false)
    }

    /// The interval of a score that another program wrote, from what it wrote: Wilson's where the error is exactly that
    /// of right and wrong answers, √(p(1 − p)/(n − 1)); mean ± 1.96 errors elsewhere.
    static func interval(value: Double, standardError: Double?, documents: Int?) -> ClosedRange<Double>? {
        guard let standardError, value.isFinite, standardError.isFinite else { return nil }
        if let n = documents, n > 1, n < 1 << 53, (0...1).contains(value) {
            let successes = (value * Double(n)).rounded()
            let binary = (value * (1 - value) / Double(n - 1)).squareRoot()
            if abs(successes - value * Double(n)) < 1e-6, abs(binary - standardError) <= 1e-9 {
                return WilsonInterval.interval(successes: Int(successes), of: n)
            }
        }
        return MeanEstimate(mean: value, standardError: standardError, count: documents ?? 0).interval()
    }
}

/// Scores that weigh documents by their length.
package enum WeightedMetric: String, Sendable, CaseIterable {
    /// Per document: every weight is 1.
    case perplexity
    case wordPerplexity = "word_perplexity"
    case bytePerplexity = "byte_perplexity"
    case bitsPerByte = "bits_per_byte"

    package struct Document: Sendable, Equatable {
        package var logLikelihood: Double
        /// Words or bytes.
        package var weight: Double

        package init(logLikelihood: Double, weight: Double) {
            (self.logLikelihood, self.weight) = (logLikelihood, weight)
        }

        /// A sample's metric: `[log-likelihood, words]`.
        init?(_ value: JSONValue) {
            guard let pair = value.array?.compactMap(\.double), pair.count == 2 else { return nil }
            self.init(logLikelihood: pair[0], weight: pair[1])
        }
    }

    /// exp(−Σ ln p / Σ weight), or that in bits.
    package func value(_ documents: [Document]) -> Double {
        let nats = -MeanEstimate.sum(documents.map(\.logLikelihood)) / MeanEstimate.sum(documents.map(\.weight))
        return self == .bitsPerByte ? nats / log(2) : exp(nats)
    }
}
