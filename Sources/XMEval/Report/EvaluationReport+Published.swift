// Tables 2 and 3 of the Xmodel-2 report with the evaluated model among their models: a chart by benchmark, and the
// whole table.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import XMReport

extension EvaluationReport {
    var published: [HTMLReport.Block] {
        let tables = PublishedScores.tables.flatMap(blocks)
        guard !tables.isEmpty else { return [] }
        return [.heading("Beside the Xmodel-2 report")] + tables + [
            .paragraph(
                "The other models' scores are those of the Xmodel-2 report (arXiv 2412.19638), from complete test "
                    + "sets; they compare with this model's only where shots and documents are the same.")
        ]
    }

    private func blocks(_ table: PublishedScores) -> [HTMLReport.Block] {
        let own = table.benchmarks.map(score)
        guard own.contains(where: { $0 != nil }) else { return [] }
        let bars = zip(table.benchmarks.indices, own).map { column, found in
            BarChart.Bar(
                name: table.benchmarks[column].name, value: found?.score.value, interval: found?.score.interval,
                color: .source(0),
                marks: table.models.map { model in
                    .init(
                        name: model.name, value: model.scores[column] / 100,
                        style: model.name == PublishedScores.subject ? .highlight : .dot)
                })
        }
        let others = table.models.filter { $0.name != PublishedScores.subject }.count
        let chart = BarChart(
            bars: bars,
            legend: [
                (.bar(.source(0)), results.modelName), (.mark(.highlight), PublishedScores.subject),
                (.mark(.dot), "\(others) other models of the report"),
            ])
        return [.subheading(table.title), .bars(chart)] + notes(table, own) + [.table(rows(table, own))]
    }

    /// The score of a benchmark and whose it is.
    private func score(_ benchmark: PublishedScores.Benchmark) -> (task: TaskResult, score: TaskResult.Score)? {
        for name in benchmark.tasks {
            guard let task = results.task(name) else { continue }
            for key in benchmark.keys {
                if let score = task.scores.first(where: { $0.key == key }), score.value.isFinite {
                    return (task, score)
                }
            }
        }
        return nil
    }

    /// Where this model was asked in another way than the report says.
    private func notes(
        _ table: PublishedScores, _ own: [(task: TaskResult, score: TaskResult.Score)?]
    ) -> [HTMLReport.Block] {
        let notes = zip(table.benchmarks, own).compactMap { benchmark, found -> String? in
            guard let found else { return nil }
            // A group has no number of shots where its tasks differ.
            let shots =
                found.task.shots ?? results.leaves(of: found.task.name).compactMap { results.task($0)?.shots }.first
            var differences: [String] = []
            if let shots, shots != benchmark.shots { differences.append("\(shots) shots, not \(benchmark.shots)") }
            if found.task.name != benchmark.tasks[0] { differences.append("as \(found.task.name)") }
            if found.score.key != benchmark.keys[0] { differences.append("as \(found.score.key)") }
            return differences.isEmpty ? nil : "\(benchmark.name): \(differences.joined(separator: ", "))"
        }
        return notes.isEmpty ? [] : [.paragraph("Asked differently here: " + notes.joined(separator: "; ") + ".")]
    }

    /// Models by ascending average, as in the report, this one in its place where it has all benchmarks, else last.
    private func rows(
        _ table: PublishedScores, _ own: [(task: TaskResult, score: TaskResult.Score)?]
    ) -> [[String]] {
        func number(_ value: Double) -> String { String(format: "%.2f", value) }
        let values = own.compactMap { $0.map { 100 * $0.score.value } }
        let average = values.count == own.count ? values.reduce(0, +) / Double(values.count) : nil
        let models = table.models.sorted { $0.average < $1.average }
        let place = average.map { mean in models.firstIndex { $0.average > mean } ?? models.count } ?? models.count
        var rows = models.map { [$0.name] + $0.scores.map(number) + [number($0.average)] }
        rows.insert(
            ["▸ \(results.modelName)"] + own.map { $0.map { number(100 * $0.score.value) } ?? "" }
                + [average.map(number) ?? ""], at: place)
        return [["%"] + table.benchmarks.map(\.column) + ["Avg"]] + rows
    }
}
