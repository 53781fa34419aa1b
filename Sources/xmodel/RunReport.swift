// report.html of a run, from its metrics: curves with stages, mixtures, measurements, samples.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import XMData
import XMReport
import XMSupport
import XMTrain

enum RunReport {
    /// What a caller adds to a run's own numbers.
    struct Extra {
        var bars: [(name: String, accuracy: Accuracy)] = []
        var exchanges: [(prompt: String, answer: String)] = []
        var branches: [(name: String, metrics: [StepMetrics])] = []
        var decayPies: [(name: String, mixture: [String: Double])] = []
    }

    /// Writes report.html into the run folder.
    static func write(
        for config: TrainConfig, sources: [String], folder: URL, extra: Extra = Extra()
    ) throws {
        let metrics = try MetricsLog.read(folder.appending(path: "metrics.jsonl"))
        guard let last = metrics.last else { return }
        let report = HTMLReport(
            title: config.name,
            subtitle:
                "\(HumanText.grouped(last.step)) steps, \(HumanText.count(Double(last.tokens))) tokens, seed \(config.seed)",
            blocks: blocks(config, metrics, sources: sources, extra: extra))
        try AtomicFile.write(Data(report.html().utf8), to: folder.appending(path: "report.html"))
    }

    private static func blocks(
        _ config: TrainConfig, _ metrics: [StepMetrics], sources: [String], extra: Extra
    ) -> [HTMLReport.Block] {
        let last = metrics[metrics.count - 1]
        let rates = metrics.map(\.tokensPerSecond).sorted()
        var blocks: [HTMLReport.Block] = []
        if !extra.bars.isEmpty {
            blocks.append(.heading("Held-out questions answered correctly"))
            blocks.append(
                .bars(
                    BarChart(
                        bars: extra.bars.map {
                            BarChart.Bar(
                                name: $0.name, value: $0.accuracy.share, low: $0.accuracy.interval.lowerBound,
                                high: $0.accuracy.interval.upperBound)
                        })))
            blocks.append(.paragraph("Bars carry Wilson's 95 % intervals. No question occurs in the training data."))
        }
        var summary = [
            ["", ""], ["final loss", String(format: "%.4f nats/token", last.loss)],
            ["tokens/s", "\(HumanText.grouped(Int(rates[rates.count / 2]))) (median)"],
            ["training time", HumanText.duration(metrics.reduce(0) { $0 + $1.seconds })],
            ["skipped steps", "\(metrics.count { $0.skipped != nil })"],
        ]
        for (name, value) in (metrics.last { $0.validation != nil }?.validation ?? [:]).sorted(by: { $0.key < $1.key })
        {
            summary.append([name, String(format: "%.4f", value)])
        }
        blocks.append(.table(summary))
        blocks += charts(metrics, sources: sources, extra: extra)
        blocks.append(.heading("Mixtures"))
        let decays =
            extra.decayPies.isEmpty
            ? [("decay stage", config.mixtures.decay ?? config.mixtures.stable)] : extra.decayPies
        blocks.append(
            .pies(
                ([("stable stage", config.mixtures.stable)] + decays).map { name, mixture in
                    PieChart(title: name, shares: mixture.sorted { $0.value > $1.value }.map { ($0.key, $0.value) })
                }))
        if !extra.exchanges.isEmpty {
            blocks.append(.heading("Samples"))
            blocks += extra.exchanges.map { .exchange(prompt: $0.prompt, answer: $0.answer) }
        }
        return blocks
    }

    private static func charts(
        _ metrics: [StepMetrics], sources: [String], extra: Extra
    ) -> [HTMLReport.Block] {
        let everything = metrics + extra.branches.flatMap(\.metrics)
        let bands = [Stage.warmup, .stable, .decay].compactMap { stage -> LineChart.Band? in
            let steps = everything.filter { $0.stage == stage }.map(\.step)
            guard let first = steps.min(), let last = steps.max() else { return nil }
            return LineChart.Band(name: stage.rawValue, range: Double(first)...Double(last))
        }
        func chart(
            _ title: String, _ unit: String, smoothing: Double, _ value: (StepMetrics) -> Double
        ) -> HTMLReport.Block {
            func series(_ name: String, _ metrics: [StepMetrics]) -> LineChart.Series {
                LineChart.Series(name: name, points: metrics.map { (Double($0.step), value($0)) }, smoothing: smoothing)
            }
            var chart = LineChart(
                title: title, xLabel: "step", yLabel: unit,
                series: [series(extra.branches.isEmpty ? title : "stable", metrics)]
                    + extra.branches.map { series($0.name, $0.metrics) })
            chart.bands = bands
            return .line(chart)
        }
        var blocks = [
            HTMLReport.Block.heading("Training"),
            chart("Loss", "nats per token", smoothing: 0.9) { $0.loss },
            chart("Learning rate", "base rate", smoothing: 0) { $0.learningRate },
            chart("Gradient norm", "L2, before clipping", smoothing: 0.9) { $0.gradNorm },
            chart("Speed", "tokens per second", smoothing: 0) { $0.tokensPerSecond },
        ]
        let perSource = sources.compactMap { name -> LineChart.Series? in
            let points = everything.compactMap { m in m.sourceLosses?[name].map { (Double(m.step), $0) } }
            return points.isEmpty ? nil : LineChart.Series(name: name, points: points, smoothing: 0.95)
        }
        if perSource.count > 1 && extra.branches.isEmpty {
            var chart = LineChart(title: "Loss by source", xLabel: "step", yLabel: "nats per token", series: perSource)
            chart.bands = bands
            blocks.append(.line(chart))
        }
        let names = Set(metrics.flatMap { $0.validation.map { Array($0.keys) } ?? [] }).sorted()
        for name in names {
            blocks.append(
                .line(
                    LineChart(
                        title: "Validation: \(name)", xLabel: "step",
                        yLabel: name.hasSuffix("bits/byte") ? "bits per byte" : "nats per token",
                        series: [
                            LineChart.Series(
                                name: name,
                                points: metrics.compactMap { m in m.validation?[name].map { (Double(m.step), $0) } })
                        ])))
        }
        return blocks
    }
}
