// report.html of an evaluation: the scores, what they mean beside published ones, how well the model knows what it
// knows, and answers to read. All of it comes from the results and samples files of one folder.
// Next: EvaluationReport+Published.swift, EvaluationReport+Samples.swift.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
import XMReport
import XMSupport

package struct EvaluationReport: Sendable {
    let results: ResultsFile
    /// By task, those that have samples, in the order of the results.
    let samples: [(task: String, samples: [Sample])]

    package init(results: ResultsFile, samples: [(task: String, samples: [Sample])] = []) {
        (self.results, self.samples) = (results, samples)
    }

    package init(_ folder: ResultsFolder) throws(ResultsError) {
        var samples: [(task: String, samples: [Sample])] = []
        for task in folder.sampledTasks { samples.append((task, try folder.samples(of: task))) }
        self.init(results: folder.results, samples: samples)
    }

    package func write(to file: URL) throws { try AtomicFile.write(Data(html.utf8), to: file) }

    package var html: String {
        HTMLReport(title: "Evaluation of \(results.modelName)", subtitle: subtitle, blocks: blocks).html()
    }

    private var subtitle: String {
        let tasks = results.tasks.filter { $0.members == nil }
        let documents = tasks.reduce(0) { $0 + ($1.documents?.effective ?? 0) }
        return "\(HumanText.counted(tasks.count, "task")), \(HumanText.counted(documents, "document")), "
            + "\(HumanText.duration(results.evaluationSeconds)), \(day)"
    }

    /// `2026-11-28`
    private var day: String { String(ResultsFile.fileDate(results.date).unicodeScalars.prefix(10)) }

    var blocks: [HTMLReport.Block] {
        scores + published + calibration + lossByToken + subjects + reading + provenance
    }

    // MARK: - Scores

    private var scores: [HTMLReport.Block] {
        var text =
            "±: standard error. The interval is Wilson's where every answer is right or wrong, a bootstrap's or "
            + "± 1.96 errors elsewhere."
        if results.tasks.contains(where: { $0.scores.contains { $0.clusteredError != nil } }) {
            text += " Questions that share a passage are not independent; the errors that allow for it: " + clustered
        }
        return [.heading("Scores"), .table(scoreTable), .paragraph(text)] + (partial.map { [.paragraph($0)] } ?? [])
    }

    /// As on the terminal, less what is the same for all rows or said below: tasks that are drawn as bars, versions.
    private var scoreTable: [[String]] {
        let drawn = Set(subjectGroups.flatMap { $0.parts.map(\.task.name) })
        let rows = results.tasks.filter { !drawn.contains($0.name) }.flatMap { task -> [[String]] in
            // Spaces at the beginning of a cell are lost in HTML.
            let name = String(repeating: "\u{2003}", count: results.enclosing(task.name).count) + task.alias
            let counts = [
                task.shots.map { "\($0)" } ?? "", task.documents.map { HumanText.grouped($0.effective) } ?? "",
            ]
            if task.scores.isEmpty { return [[name] + Self.scoreHeader.dropFirst().map { _ in "" }] }
            return task.scores.enumerated().map { index, score in
                let metric = score.filter == "none" ? score.metric : "\(score.metric), \(score.filter)"
                return [
                    index == 0 ? name : "", metric, ScoreTable.number(score.value),
                    score.standardError.map(ScoreTable.number) ?? "", score.interval.map(ScoreTable.interval) ?? "",
                ] + (index == 0 ? counts : ["", ""])
            }
        }
        return [Self.scoreHeader] + rows
    }

    private static let scoreHeader = ["task", "metric", "value", "±", "95 % interval", "shots", "documents"]

    /// Which tasks were evaluated in part; nil for none.
    private var partial: String? {
        let parts = results.tasks.filter { $0.members == nil }.compactMap { task -> String? in
            guard let documents = task.documents, documents.effective < documents.original else { return nil }
            return "\(task.alias) \(HumanText.grouped(documents.effective)) of \(HumanText.grouped(documents.original))"
        }
        let shown = 8
        return parts.isEmpty
            ? nil
            : "Only a part of the documents was evaluated: \(parts.prefix(shown).joined(separator: ", "))"
                + (parts.count > shown ? ", and \(parts.count - shown) more tasks." : ".")
    }

    private var clustered: String {
        results.tasks.flatMap { task in
            task.scores.compactMap { score in
                score.clusteredError.map { "\(task.alias) \(score.metric) ± \(ScoreTable.number($0))" }
            }
        }.joined(separator: ", ") + "."
    }

    // MARK: - Subjects

    /// A group of so many tasks is drawn task by task.
    private static let fewestSubjects = 8

    /// The outermost groups of many tasks, with the score that the group is known by.
    private var subjectGroups:
        [(group: TaskResult, score: TaskResult.Score, parts: [(task: TaskResult, score: TaskResult.Score)])]
    {
        results.tasks.compactMap { group in
            guard group.members != nil, let score = group.scores.first,
                results.enclosing(group.name).allSatisfy(\.scores.isEmpty)
            else { return nil }
            let parts = results.leaves(of: group.name).compactMap(results.task).compactMap { task in
                task.score(score.metric, score.filter).map { (task: task, score: $0) }
            }
            let isDrawn = parts.count >= Self.fewestSubjects && parts.allSatisfy { (0...1).contains($0.score.value) }
            return isDrawn ? (group, score, parts) : nil
        }
    }

    private var subjects: [HTMLReport.Block] {
        subjectGroups.flatMap { group, score, parts -> [HTMLReport.Block] in
            let whole = BarChart.Mark(name: "all of \(group.alias)", value: score.value, style: .line)
            let names = Self.withoutSharedStart(parts.map(\.task.alias))
            let bars = zip(names, parts.map(\.score)).sorted { ($1.1.value, $0.0) < ($0.1.value, $1.0) }.map {
                BarChart.Bar(name: $0, value: $1.value, interval: $1.interval, color: .source(0), marks: [whole])
            }
            let legend: [(style: BarChart.LegendStyle, name: String)] = [
                (.bar(.source(0)), "\(score.metric), with its 95 % interval"),
                (.mark(.line), "all together, \(ScoreTable.number(score.value))"),
            ]
            return [
                .heading("\(group.alias), task by task"), .bars(BarChart(bars: bars, legend: legend, isDense: true)),
            ]
        }
    }

    /// "mmlu_anatomy", "mmlu_virology" → "anatomy", "virology".
    static func withoutSharedStart(_ names: [String]) -> [String] {
        let scalars = names.map { Array($0.unicodeScalars) }
        guard let first = scalars.first, scalars.count > 1 else { return names }
        var length = 0
        while length < first.count, scalars.allSatisfy({ length < $0.count && $0[length] == first[length] }) {
            length += 1
        }
        // Back to the end of a word.
        while length > 0, first[length - 1] != "_" { length -= 1 }
        return scalars.map { name in
            var rest = String.UnicodeScalarView()
            rest.append(contentsOf: name[length...].map { $0 == "_" ? " " : $0 })
            return String(rest)
        }
    }

    // MARK: - Loss by token

    private var lossByToken: [HTMLReport.Block] {
        let losses = results.lossByToken
        guard !losses.isEmpty else { return [] }
        func series(_ curve: LossCurve) -> [(x: Double, y: Double)] {
            losses.indices.map { (Double($0 + 1), curve.loss(at: Double($0 + 1))) }
        }
        func name(_ curve: LossCurve) -> String {
            String(format: "a = %.3f, b = %.3f, c = %.3f", curve.a, curve.b, curve.c)
        }
        var drawn = [
            ScatterChart.Series(
                name: "mean loss", color: .source(0), style: .points,
                points: losses.enumerated().map { (Double($0 + 1), $1) })
        ]
        let fit = LossCurve(fitting: losses)
        if let fit {
            drawn.append(.init(name: "fit: \(name(fit))", color: .source(1), style: .line, points: series(fit)))
        }
        drawn.append(
            .init(
                name: "Xmodel-2 as published: \(name(.published))", color: .source(6), style: .dashedLine,
                points: series(.published)))
        let explanation =
            fit.map {
                "L(t) = b + (t/c)^a by least squares; it explains "
                    + String(format: "%.1f %%", 100 * $0.determination(losses))
                    + " of the variance. b is the loss, in nats, that endless context approaches."
            } ?? "No curve L(t) = b + (t/c)^a fits these losses."
        return [
            .heading("Loss by token index"),
            .scatter(
                ScatterChart(
                    title: "Loss", xLabel: "test time token index", yLabel: "nats per token",
                    series: drawn)),
            .paragraph(explanation),
        ]
    }
}
