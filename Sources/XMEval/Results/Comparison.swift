// Is B better than A? Two runs over the same documents, paired: difference with its error, exact McNemar test,
// bootstrap interval, and the smallest difference that so many documents could have shown.
// Next: PairedSamples.swift, PairedComparison.swift.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import XMSupport

package struct Comparison: Sendable {
    /// A metric of a task, or of a group: all documents of its tasks together, which weighs tasks by size.
    package struct Row: Sendable, Equatable {
        package var task: String
        package var depth: Int
        package var metric: String
        package var filter: String
        /// Documents that both have.
        package var pairs: Int
        package var a: Double
        package var b: Double
        /// Of the difference B − A.
        package var error: Double?
        /// The bootstrap's, at 95 %.
        package var interval: ClosedRange<Double>?
        /// McNemar's, or the sign test's for scores other than right and wrong; nil for perplexities.
        package var p: Double?
        /// At α = 0.05 with power 0.8.
        package var smallestDetectable: Double?
        package var higherIsBetter: Bool

        package var difference: Double { b - a }

        package enum Verdict: String, Sendable {
            case a = "A is better", b = "B is better", none = "no difference seen"
        }

        /// By the test at 5 %; by the interval where there is no test.
        package var verdict: Verdict {
            let isSeen = p.map { $0 < 0.05 } ?? interval.map { !$0.contains(0) } ?? false
            guard isSeen, difference != 0 else { return .none }
            return (difference > 0) == higherIsBetter ? .b : .a
        }
    }

    package var rows: [Row] = []
    /// Tasks that only one of the runs has samples of, and documents that only one has.
    package var notes: [String] = []
    package let a: String
    package let b: String

    /// - Parameter allowsDifferentPrompts: compares documents also where they were asked differently.
    package init(
        _ a: ResultsFolder, _ b: ResultsFolder, allowsDifferentPrompts: Bool = false, bootstrap: Bootstrap = Bootstrap()
    ) throws(ResultsError) {
        (self.a, self.b) = (a.results.modelName, b.results.modelName)
        let (ofA, ofB) = (a.sampledTasks, b.sampledTasks)
        let shared = ofA.filter(ofB.contains)
        guard !shared.isEmpty else { throw .nothingShared(a.file.path, b.file.path) }
        for (name, only) in [("A", ofA.filter { !shared.contains($0) }), ("B", ofB.filter { !shared.contains($0) })]
        where !only.isEmpty {
            notes.append("only \(name) has \(only.joined(separator: ", "))")
        }
        var pairs: [String: PairedSamples] = [:]
        for task in shared {
            let paired = PairedSamples(a: try a.samples(of: task), b: try b.samples(of: task))
            guard !paired.pairs.isEmpty else { throw .nothingToPair(task: task, a.file.path, b.file.path) }
            if !allowsDifferentPrompts, let different = paired.firstAskedDifferently {
                throw .differentPrompts(
                    task: task, count: paired.askedDifferently, pairs: paired.pairs.count, docID: different)
            }
            if paired.unpaired > 0 {
                notes.append("\(task): \(HumanText.counted(paired.unpaired, "sample")) that only one run has")
            }
            pairs[task] = paired
        }
        for task in a.results.tasks {
            let members = a.results.leaves(of: task.name).compactMap { pairs[$0] }
            guard !members.isEmpty, task.members == nil || members.count > 1 else { continue }
            let depth = a.results.depth(of: task.name)
            rows += task.scores.compactMap { score in
                Self.row(task, score, depth: depth, members.flatMap(\.pairs), bootstrap)
            }
        }
    }

    /// Nil where the samples do not have the metric as numbers.
    private static func row(
        _ task: TaskResult, _ score: TaskResult.Score, depth: Int, _ samples: [(a: Sample, b: Sample)],
        _ bootstrap: Bootstrap
    ) -> Row? {
        let values = samples.filter { $0.a.filter == score.filter }.compactMap { pair in
            pair.a.metric(score.metric).flatMap { a in pair.b.metric(score.metric).map { (a: a, b: $0) } }
        }
        var row = Row(
            task: task.alias, depth: depth, metric: score.metric, filter: score.filter, pairs: values.count, a: .nan,
            b: .nan, higherIsBetter: score.higherIsBetter ?? true)
        if let weighted = WeightedMetric(rawValue: score.metric) {
            let documents = values.compactMap { pair in
                WeightedMetric.Document(pair.a).flatMap { a in WeightedMetric.Document(pair.b).map { (a: a, b: $0) } }
            }
            guard !documents.isEmpty else { return nil }
            (row.a, row.b) = (weighted.value(documents.map(\.a)), weighted.value(documents.map(\.b)))
            row.interval = bootstrap.interval(documents: documents.count) { indices in
                weighted.value(indices.map { documents[$0].b }) - weighted.value(indices.map { documents[$0].a })
            }
            return row
        }
        let numbers = values.compactMap { pair in pair.a.double.flatMap { a in pair.b.double.map { (a: a, b: $0) } } }
        guard !numbers.isEmpty else { return nil }
        let paired = PairedComparison(numbers)
        (row.a, row.b) = (MeanEstimate(numbers.map(\.a)).mean, MeanEstimate(numbers.map(\.b)).mean)
        (row.error, row.p) = (paired.difference.standardError, paired.mcNemarP)
        row.interval = paired.bootstrapInterval(bootstrap)
        row.smallestDetectable = paired.smallestDetectableDifference()
        return row
    }

    // MARK: - Text

    private static let header = [
        "task", "metric", "n", "A", "B", "B − A", "±", "95 % interval", "p", "smallest", "verdict",
    ]

    package var text: String {
        let cells = rows.map { row in
            [
                String(repeating: "  ", count: row.depth) + row.task,
                row.filter == "none" ? row.metric : "\(row.metric),\(row.filter)", HumanText.grouped(row.pairs),
                ScoreTable.number(row.a), ScoreTable.number(row.b), Self.signed(row.difference),
                row.error.map(ScoreTable.number) ?? "", row.interval.map(Self.signed) ?? "",
                row.p.map(Self.probability) ?? "", row.smallestDetectable.map(ScoreTable.number) ?? "",
                row.verdict.rawValue,
            ]
        }
        let table = TextTable.text([Self.header] + cells, right: [2, 3, 4, 5, 6, 7, 8, 9])
        let explanation = [
            "n: documents that both answered. ±: standard error of the paired difference. 95 % interval: bootstrap.",
            "p: McNemar's exact test, the probability that equally good models split at least this unevenly.",
            "smallest: the smallest true difference that n documents reveal four times out of five (at p < 0.05).",
        ]
        let chance = rows.count { $0.p != nil }
        let several =
            chance > 1
            ? ["Of \(chance) tests, about \(String(format: "%.1f", Double(chance) * 0.05)) fall below 0.05 by chance."]
            : []
        return (["A: \(a)", "B: \(b)", "", table, ""] + explanation + several + notes).joined(separator: "\n")
    }

    private static func signed(_ value: Double) -> String {
        (value > 0 ? "+" : value < 0 ? "−" : "") + ScoreTable.number(abs(value))
    }

    private static func signed(_ range: ClosedRange<Double>) -> String {
        "\(signed(range.lowerBound)) … \(signed(range.upperBound))"
    }

    private static func probability(_ p: Double) -> String {
        p < 0.0001 ? String(format: "%.0e", p) : String(format: "%.4f", p)
    }
}
