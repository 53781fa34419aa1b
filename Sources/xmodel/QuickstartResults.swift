// quickstart.json: what the quickstart's report shows, as numbers for programs.
// SPDX-License-Identifier: Apache-2.0

import XMData
import XMSupport
import XMTrain

struct QuickstartResults: Encodable {
    /// A stable stage or a decay.
    struct Run: Encodable {
        let steps: Int
        let tokens: Int
        /// Seconds of training steps.
        let seconds: Double
        let tokensPerSecond: Double
        /// Mean of the last ten steps, nats per token.
        let finalLoss: Double?
        /// Shares of the sources in this run's last stage.
        let mixture: [String: Double]
        /// One value for each step, in order.
        let step: [Int]
        let loss: [Double?]
        let learningRate: [Double]
    }

    /// Answers to the held-out questions.
    struct Score: Encodable {
        let correct: Int
        let asked: Int
        let accuracy: Double
        /// Wilson's interval at 95 %.
        let interval: [Double]
    }

    let seed: UInt64
    let branches: [String: Score]
    let runs: [String: Run]
    /// Wall-clock seconds by phase.
    let seconds: [String: Double]

    init(_ report: RunReport, accuracies: [String: Accuracy], seconds: [String: Double]) {
        seed = report.trunk.config.seed
        branches = accuracies.mapValues {
            Score(
                correct: $0.correct, asked: $0.asked, accuracy: $0.share,
                interval: [$0.interval.lowerBound, $0.interval.upperBound])
        }
        let fork = report.trunk.metrics.last?.tokens ?? 0
        runs = Dictionary(
            uniqueKeysWithValues: report.runs.enumerated().map { index, run in
                (index == 0 ? "stable" : run.name, Run(run, tokensBefore: index == 0 ? 0 : fork))
            })
        self.seconds = seconds
    }
}

extension QuickstartResults.Run {
    init(_ run: RunHistory, tokensBefore: Int) {
        let parts = run.parts(tokensBefore: tokensBefore)
        let mixtures = run.config.mixtures
        self.init(
            steps: run.metrics.count, tokens: parts.reduce(0) { $0 + $1.tokens },
            seconds: parts.reduce(0) { $0 + $1.seconds }, tokensPerSecond: run.medianTokensPerSecond,
            finalLoss: parts.last?.finalLoss,
            mixture: parts.last?.stage == .decay ? mixtures.decay ?? mixtures.stable : mixtures.stable,
            step: run.metrics.map(\.step), loss: run.metrics.map { $0.loss.isFinite ? $0.loss : nil },
            learningRate: run.metrics.map(\.learningRate))
    }
}
