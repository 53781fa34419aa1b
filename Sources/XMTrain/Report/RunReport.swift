// report.html of a run and its branches: what came out, how it went, what it was made of, and how to make it again.
// Next: RunReport+Charts.swift, RunHistory.swift.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
package import XMData
package import XMReport
import XMSupport

package struct RunReport: Sendable {
    package var title: String
    /// The run that the branches start from; a run without branches alone.
    package var trunk: RunHistory
    package var branches: [RunHistory] = []
    package var accuracies: [(name: String, accuracy: Accuracy)] = []
    package var samples: [HTMLReport.Sample] = []

    package var runs: [RunHistory] { [trunk] + branches }

    /// The report of a run folder, with the run that it branched from where that can be read.
    package init(folder: URL) throws {
        let run = try RunHistory(folder)
        title = run.config.name
        if let parent = run.parent { (trunk, branches) = (parent, [run]) } else { trunk = run }
    }

    package init(title: String, trunk: RunHistory, branches: [RunHistory]) {
        (self.title, self.trunk, self.branches) = (title, trunk, branches)
    }

    package func write(to file: URL) throws {
        try AtomicFile.write(Data(html.utf8), to: file)
    }

    package var html: String {
        HTMLReport(title: title, subtitle: subtitle, blocks: blocks).html()
    }

    private var subtitle: String {
        let all = parts.map(\.part)
        let tokens = all.reduce(0) { $0 + $1.tokens }
        return
            "\(HumanText.counted(all.reduce(0) { $0 + $1.steps }, "step")), \(HumanText.count(Double(tokens))) tokens, "
            + "\(HumanText.duration(all.reduce(0) { $0 + $1.seconds })) of training"
            + (branches.isEmpty ? "" : " in \(HumanText.counted(runs.count, "run"))") + ", seed \(trunk.config.seed)"
    }

    private var blocks: [HTMLReport.Block] {
        var blocks: [HTMLReport.Block] = []
        if !accuracies.isEmpty {
            blocks.append(.heading("Held-out questions answered correctly"))
            blocks.append(
                .bars(
                    BarChart(
                        bars: accuracies.enumerated().map { index, bar in
                            BarChart.Bar(
                                name: bar.name, value: bar.accuracy.share, interval: bar.accuracy.interval,
                                color: .run(index + 1))
                        })))
            blocks.append(
                .paragraph(
                    "Whiskers are Wilson's 95 % intervals. No question occurs in the training data."))
        }
        blocks += [.heading("Stages"), .table(stageTable)]
        blocks.append(.paragraph("Final loss: mean of the last \(RunHistory.Part.finalSteps) steps, nats per token."))
        blocks += charts
        blocks += [.heading("Mixtures"), .pies(mixtures)]
        if passes.count > 1 {
            blocks.append(.table(passes))
            blocks.append(.paragraph("Passes: how often the run had read each source at its last step."))
        }
        if !samples.isEmpty { blocks += [.heading("Samples")] + samples.map { .sample($0) } }
        return blocks + [.heading("How it was made")] + provenance
    }

    // MARK: Stages

    /// Every stage of every run, the trunk's first.
    private var parts: [(run: RunHistory, part: RunHistory.Part)] {
        let fork = trunk.metrics.last?.tokens ?? 0
        return trunk.parts(tokensBefore: 0).map { (trunk, $0) }
            + branches.flatMap { branch in branch.parts(tokensBefore: fork).map { (branch, $0) } }
    }

    private var stageTable: [[String]] {
        let parts = parts
        /// Columns of the evaluations: "wiki loss", "wiki bits per byte".
        let fields = EvaluationColumn.all(in: parts.map(\.part.evaluations))
        func row(_ name: String, _ part: RunHistory.Part) -> [String] {
            [
                name, part.stage.rawValue, HumanText.grouped(part.steps), HumanText.count(Double(part.tokens)),
                HumanText.duration(part.seconds), part.finalLoss.map { String(format: "%.4f", $0) } ?? "",
                "\(part.skipped)",
            ] + fields.map { $0.value(in: part.evaluations).map { String(format: "%.4f", $0) } ?? "" }
        }
        let all = parts.map(\.part)
        let total = [
            "total", "", HumanText.grouped(all.reduce(0) { $0 + $1.steps }),
            HumanText.count(Double(all.reduce(0) { $0 + $1.tokens })),
            HumanText.duration(all.reduce(0) { $0 + $1.seconds }), "", "\(all.reduce(0) { $0 + $1.skipped })",
        ]
        return [["run", "stage", "steps", "tokens", "time", "final loss", "skipped"] + fields.map(\.title)]
            + parts.map { row($0.run.name, $0.part) }
            + (parts.count > 1 ? [total + fields.map { _ in "" }] : [])
    }

    // MARK: Mixtures

    /// How often each source was read, run by run.
    private var passes: [[String]] {
        let counts = runs.map { run in run.metrics.last { $0.passes != nil }?.passes ?? [:] }
        return [["passes over"] + runs.map(\.name)]
            + Set(counts.flatMap(\.keys)).sorted().map { source in
                [source] + counts.map { $0[source].map { String(format: "%.2f", $0) } ?? "" }
            }
    }

    private var mixtures: [PieChart] {
        func pie(_ title: String, _ mixture: [String: Double]) -> PieChart {
            PieChart(
                title: title,
                slices: mixture.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map {
                    PieChart.Slice(name: $0.key, share: $0.value, color: color(ofSource: $0.key))
                })
        }
        var pies: [PieChart] = []
        for run in runs {
            let stages = Set(run.metrics.map(\.stage))
            if stages.contains(.warmup) || stages.contains(.stable) {
                pies.append(
                    pie(runs.count == 1 ? "stable stage" : "\(run.name): stable stage", run.config.mixtures.stable))
            }
            if stages.contains(.decay) {
                pies.append(
                    pie(
                        runs.count == 1 ? "decay" : "\(run.name): decay",
                        run.config.mixtures.decay ?? run.config.mixtures.stable))
            }
        }
        return pies
    }

    /// One colour for a source wherever it appears; categories of a source follow the sources.
    package func color(ofSource name: String) -> ChartColor {
        let sources = runs.flatMap { $0.config.data.sources.map(\.name) }
        let categories = runs.flatMap { run in
            [run.config.mixtures.stable, run.config.mixtures.decay ?? [:]].flatMap { $0.keys.sorted() }
        }
        var names: [String] = []
        for name in sources + categories where !names.contains(name) { names.append(name) }
        return .source(names.firstIndex(of: name) ?? names.count)
    }

    // MARK: Provenance

    private var provenance: [HTMLReport.Block] {
        runs.flatMap { run -> [HTMLReport.Block] in
            guard let info = run.info, let first = info.starts.first, let last = info.starts.last else {
                return [.paragraph("\(run.name): no run.json")]
            }
            var facts = [
                (name: "run", value: run.name),
                (name: "command", value: first.command.joined(separator: " ")),
                (name: "started", value: first.date.formatted(.iso8601)),
                (name: "program", value: "xmodel \(last.version)" + (last.commit.map { ", commit \($0)" } ?? "")),
                (
                    name: "machine",
                    value: "\(last.hardware.processor), \(last.hardware.instructionSet), "
                        + "\(HumanText.counted(last.hardware.threads, "thread")), "
                        + HumanText.bytes(last.hardware.memoryBytes)
                ),
                (name: "speed", value: "\(HumanText.grouped(Int(run.medianTokensPerSecond))) tokens/s (median)"),
            ]
            if let parent = info.parent { facts.append((name: "parent", value: parent)) }
            for start in info.starts.dropFirst() {
                facts.append(
                    (
                        name: "resumed",
                        value: "after step \(HumanText.grouped(start.afterStep)), \(start.date.formatted(.iso8601))"
                    ))
            }
            let changes = info.changes.map {
                [HumanText.grouped($0.afterStep), $0.key, $0.from, $0.to]
            }
            let changed: [HTMLReport.Block] =
                changes.isEmpty
                ? [] : [.table([["changed after step", "key", "from", "to"]] + changes)]
            return [.facts(facts)] + changed + [.details(title: "recipe of \(run.name)", text: recipe(run))]
        }
    }

    private func recipe(_ run: RunHistory) -> String { (try? Recipe.yaml(run.config)) ?? "" }
}
