// The curves of a report: loss with validation, learning rate, gradient norm, speed, loss by source.
// SPDX-License-Identifier: Apache-2.0

import XMReport
import XMSupport

extension RunReport {
    var charts: [HTMLReport.Block] {
        var blocks: [HTMLReport.Block] = [
            .heading("Training"),
            .line(
                LineChart(
                    title: "Loss", unit: "nats per token", series: losses, bands: bands, marks: marks,
                    isLogarithmic: true)),
            chart("Learning rate", "base rate") { $0.learningRate },
            chart("Gradient norm", "L2, before clipping", isSmoothed: true, isLogarithmic: true) { $0.gradNorm },
        ]
        let bySource = sourceLosses
        if bySource.count > 1 {
            blocks.append(
                .line(
                    LineChart(
                        title: "Loss by source", unit: "nats per token", series: bySource, bands: bands,
                        isLogarithmic: true)))
        }
        return blocks + evaluationCharts + [chart("Speed", "tokens per second") { $0.tokensPerSecond }]
    }

    /// A chart for each field other than the loss, which lies beside the training loss.
    private var evaluationCharts: [HTMLReport.Block] {
        let fields = Set(evaluationColumns.map(\.field)).subtracting([EvaluationField.loss]).sorted()
        return fields.map { field in
            .line(
                LineChart(
                    title: "Evaluation", unit: EvaluationField.label(field),
                    series: evaluations { $0.field == field }, bands: bands))
        }
    }

    private func chart(
        _ title: String, _ unit: String, isSmoothed: Bool = false, isLogarithmic: Bool = false,
        _ value: (StepMetrics) -> Double
    ) -> HTMLReport.Block {
        .line(
            LineChart(
                title: title, unit: unit, series: curves(isSmoothed: isSmoothed, value), bands: bands,
                isLogarithmic: isLogarithmic))
    }

    private func curves(isSmoothed: Bool, _ value: (StepMetrics) -> Double) -> [LineChart.Series] {
        runs.enumerated().map { index, run in
            LineChart.Series(
                name: run.name, color: .run(index),
                points: run.metrics.map { LineChart.Point(position($0), value($0)) },
                isSmoothed: isSmoothed)
        }
    }

    private var losses: [LineChart.Series] {
        // A skipped step's loss may be anything; its mark says where it was.
        runs.enumerated().map { index, run in
            LineChart.Series(
                name: run.name, color: .run(index),
                points: run.metrics.filter { $0.skipped == nil }.map { LineChart.Point(position($0), $0.loss) },
                isSmoothed: true)
        } + evaluations { $0.field == EvaluationField.loss }
    }

    private var evaluationColumns: [EvaluationColumn] {
        EvaluationColumn.all(in: runs.flatMap(\.metrics).compactMap(\.evaluations))
    }

    /// One series for each column that is included and each run.
    private func evaluations(_ isIncluded: (EvaluationColumn) -> Bool) -> [LineChart.Series] {
        var series: [LineChart.Series] = []
        for column in evaluationColumns.filter(isIncluded) {
            for run in runs {
                let points = run.metrics.compactMap { line in
                    column.value(in: line.evaluations).map { LineChart.Point(position(line), $0) }
                }
                guard !points.isEmpty else { continue }
                series.append(
                    LineChart.Series(
                        name: column.title + (branches.isEmpty ? "" : ", \(run.name)"),
                        color: .run(runs.count + series.count), points: points,
                        style: points.count < 60 ? .points : .line))
            }
        }
        return series
    }

    /// Mean loss of each source, over the trunk and the first branch that draws from it.
    private var sourceLosses: [LineChart.Series] {
        let names = Set(runs.flatMap { $0.metrics.flatMap { $0.sourceLosses.map { Array($0.keys) } ?? [] } }).sorted()
        return names.flatMap { name in
            runs.compactMap { run in
                let points = run.metrics.compactMap { line in
                    line.skipped == nil ? line.sourceLosses?[name].map { LineChart.Point(position(line), $0) } : nil
                }
                return points.isEmpty
                    ? nil
                    : LineChart.Series(
                        name: branches.isEmpty ? name : "\(name), \(run.name)", color: color(ofSource: name),
                        points: points, isSmoothed: true)
            }
        }
    }

    private var bands: [LineChart.Band] {
        let lines = runs.flatMap(\.metrics)
        return [Stage.warmup, .stable, .decay].compactMap { stage in
            let positions = lines.filter { $0.stage == stage }.map { position($0) }
            guard let first = positions.min(by: { $0.step < $1.step }),
                let last = positions.max(by: { $0.step < $1.step })
            else { return nil }
            return LineChart.Band(name: stage.rawValue, from: first, to: last)
        }
    }

    private var marks: [LineChart.Mark] {
        runs.flatMap { run -> [LineChart.Mark] in
            let resumes = (run.info?.starts.dropFirst() ?? []).compactMap { start in
                run.position(ofStep: start.afterStep).map {
                    LineChart.Mark(
                        .resumed, at: $0, "\(run.name) resumed after step \(HumanText.grouped(start.afterStep))")
                }
            }
            let skips = run.metrics.compactMap { line in
                line.skipped.map {
                    LineChart.Mark(
                        .skipped, at: position(line), "\(run.name), step \(HumanText.grouped(line.step)) skipped: \($0)"
                    )
                }
            }
            return resumes + skips
        }
    }

    private func position(_ line: StepMetrics) -> LineChart.Position {
        LineChart.Position(step: line.step, tokens: line.tokens)
    }
}
