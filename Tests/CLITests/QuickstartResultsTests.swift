// quickstart.json: losses, rates and mixtures of every run, accuracies of the branches.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMData
import XMTrain

@testable import xmodel

@Suite("QuickstartResultsTests")
struct QuickstartResultsTests {
    private func history(_ name: String, _ steps: ClosedRange<Int>, _ stage: Stage, loss: Double) -> RunHistory {
        let config = TrainConfig(
            name: name, seed: 7, model: ModelConfig(),
            data: DataConfig(tokenizer: "t.model", sources: []),
            mixtures: StageMixtures(stable: ["prose": 1], decay: ["prose": 1, "chat": 3]),
            train: LoopConfig(steps: 30, batchSize: 1, sequenceLength: 8), optimizer: AdamWConfig(),
            schedule: ScheduleConfig())
        let metrics = steps.map {
            StepMetrics(
                step: $0, tokens: 1000 * $0, stage: stage, loss: loss, learningRate: 0.01, gradNorm: 1, seconds: 2,
                tokensPerSecond: 500, gflops: 1, memoryBytes: 1)
        }
        return RunHistory(name: name, config: config, metrics: metrics)
    }

    @Test("quickstart.json holds losses, rates and mixtures of every run")
    func results() throws {
        let report = RunReport(
            title: "q", trunk: history("stable", 1...20, .stable, loss: 4),
            branches: [history("decay", 21...30, .decay, loss: 2)])
        let results = QuickstartResults(report, accuracies: ["decay": Accuracy(correct: 1, asked: 4)], seconds: [:])
        let run = try #require(results.runs["decay"])
        #expect(run.steps == 10 && run.tokens == 10_000 && run.finalLoss == 2)
        #expect(run.mixture == ["prose": 1, "chat": 3] && results.runs["stable"]?.mixture == ["prose": 1])
        #expect(run.loss == Array(repeating: 2, count: 10) && run.learningRate.count == 10)
        #expect(results.branches["decay"]?.accuracy == 0.25)
    }
}
