// A run folder as a report sees it: its recipe, its steps, and how it came about.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import XMReport
import XMSupport
import XMTrain

struct RunHistory {
    var name: String
    var config: TrainConfig
    var metrics: [StepMetrics]
    /// nil where run.json cannot be read.
    var info: RunInfo?

    /// Reads config.yaml, metrics.jsonl and run.json of a run folder.
    ///
    /// - Parameter name: what the report calls the run; nil takes the recipe's name.
    init(_ folder: URL, name: String? = nil) throws {
        config = try Recipe.load(TrainConfig.self, from: folder.appending(path: "config.yaml"))
        metrics = try MetricsLog.read(folder.appending(path: "metrics.jsonl"))
        info = try? RunInfo.read(folder.appending(path: "run.json"))
        self.name = name ?? config.name
    }

    /// The run that this one branched from, up to the branch; nil where there is none or its folder has gone.
    var parent: RunHistory? {
        guard let checkpoint = info?.parent.map({ URL(filePath: $0) }),
            let step = (try? CheckpointStore.state(of: checkpoint))?.step,
            var parent = try? RunHistory(
                checkpoint.deletingLastPathComponent().deletingLastPathComponent())
        else { return nil }
        parent.metrics.removeAll { $0.step > step }
        return parent.metrics.isEmpty ? nil : parent
    }

    /// Where a step lies, also one without a line of its own (the step that a run resumed after).
    func position(ofStep step: Int) -> LineChart.Position? {
        guard let line = metrics.last(where: { $0.step <= step }) ?? metrics.first else { return nil }
        return LineChart.Position(step: step, tokens: line.tokens)
    }

    /// Steps, tokens, time and final loss of one stage of the schedule.
    struct Part {
        var stage: Stage
        var steps: Int
        var tokens: Int
        var seconds: Double
        /// Mean over the last `finalSteps` steps that were not skipped; nil where there was none.
        var finalLoss: Double?
        var skipped: Int
        /// The last measurements.
        var validation: [String: Double]

        static let finalSteps = 10

        init(stage: Stage, metrics: [StepMetrics], tokensBefore: Int) {
            self.stage = stage
            steps = metrics.count
            tokens = (metrics.last?.tokens ?? tokensBefore) - tokensBefore
            seconds = metrics.reduce(0) { $0 + $1.seconds }
            let losses = metrics.filter { $0.skipped == nil }.suffix(Self.finalSteps).map(\.loss)
            finalLoss = losses.isEmpty ? nil : losses.reduce(0, +) / Double(losses.count)
            skipped = metrics.count { $0.skipped != nil }
            validation = metrics.last { $0.validation != nil }?.validation ?? [:]
        }
    }

    /// The stages that were trained, in order.
    func parts(tokensBefore: Int) -> [Part] {
        var parts: [Part] = []
        var before = tokensBefore
        for stage in [Stage.warmup, .stable, .decay] {
            let lines = metrics.filter { $0.stage == stage }
            guard let last = lines.last else { continue }
            parts.append(Part(stage: stage, metrics: lines, tokensBefore: before))
            before = last.tokens
        }
        return parts
    }

    var medianTokensPerSecond: Double {
        let rates = metrics.filter { $0.skipped == nil }.map(\.tokensPerSecond).sorted()
        return rates.isEmpty ? 0 : rates[rates.count / 2]
    }
}
