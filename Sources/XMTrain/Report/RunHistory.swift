// A run folder as a report sees it: its recipe, its steps, and how it came about.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
package import XMReport
import XMSupport

package struct RunHistory: Sendable {
    package var name: String
    package var config: TrainConfig
    package var metrics: [StepMetrics]
    /// nil without a run.json that can be read: a report does without.
    package var info: RunInfo?

    package init(name: String, config: TrainConfig, metrics: [StepMetrics], info: RunInfo? = nil) {
        (self.name, self.config, self.metrics, self.info) = (name, config, metrics, info)
    }

    /// Reads config.yaml, metrics.jsonl and run.json of a run folder.
    ///
    /// - Parameter name: what the report calls the run; nil takes the recipe's name.
    package init(_ folder: URL, name: String? = nil) throws {
        config = try Recipe.load(TrainConfig.self, from: folder.appending(path: RunFolder.configName))
        metrics = try MetricsLog.read(folder.appending(path: RunFolder.metricsName))
        info = (try? RunInfo.read(folder.appending(path: RunFolder.infoName))) ?? nil
        self.name = name ?? config.name
    }

    /// The run that this one branched from, up to the branch; nil without one, or when its folder is gone.
    package var parent: RunHistory? {
        guard let checkpoint = info?.parent.map({ URL(filePath: $0) }),
            let step = (try? CheckpointStore.state(of: checkpoint))?.step,
            var parent = try? RunHistory(
                checkpoint.deletingLastPathComponent().deletingLastPathComponent())
        else { return nil }
        parent.metrics.removeAll { $0.step > step }
        return parent.metrics.isEmpty ? nil : parent
    }

    /// Where a step lies, also one without a line of its own (the step that a run resumed after).
    package func position(ofStep step: Int) -> LineChart.Position? {
        guard let line = metrics.last(where: { $0.step <= step }) ?? metrics.first else { return nil }
        return LineChart.Position(step: step, tokens: line.tokens)
    }

    /// Steps, tokens, time and final loss of one stage of the schedule.
    package struct Part: Sendable {
        package var stage: Stage
        package var steps: Int
        package var tokens: Int
        package var seconds: Double
        /// Mean over the last `finalSteps` steps that were not skipped; nil if all were.
        package var finalLoss: Double?
        package var skipped: Int
        /// The last evaluations.
        package var evaluations: [String: Evaluation]

        static let finalSteps = 10

        init(stage: Stage, metrics: [StepMetrics], tokensBefore: Int) {
            self.stage = stage
            steps = metrics.count
            tokens = (metrics.last?.tokens ?? tokensBefore) - tokensBefore
            seconds = metrics.reduce(0) { $0 + $1.seconds }
            let losses = metrics.filter { $0.skipped == nil }.suffix(Self.finalSteps).map(\.loss)
            finalLoss = losses.isEmpty ? nil : losses.reduce(0, +) / Double(losses.count)
            skipped = metrics.count { $0.skipped != nil }
            evaluations = metrics.last { $0.evaluations != nil }?.evaluations ?? [:]
        }
    }

    /// The stages that were trained, in order.
    package func parts(tokensBefore: Int) -> [Part] {
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

    package var medianTokensPerSecond: Double {
        let rates = metrics.filter { $0.skipped == nil }.map(\.tokensPerSecond).sorted()
        return rates.isEmpty ? 0 : rates[rates.count / 2]
    }
}
