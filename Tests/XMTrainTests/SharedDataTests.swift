// Many runs in one process over data that is opened once: the same bits as runs of their own.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMData
import XMModel
import XMSupport
import XMTensor
import XMTestSupport
import XMTrain

@Suite("SharedDataTests", .serialized)
struct SharedDataTests {
    private let runs: TinyRun

    init() throws { runs = try TinyRun() }

    /// A sweep varies what is not data: rates, widths, mixtures, seeds.
    private var trials: [TrainConfig] {
        let changes: [(inout TrainConfig) -> Void] = [
            { _ in }, { $0.schedule.learningRate = 0.003 }, { $0.model.hiddenSize = 64 },
            { $0.mixtures.stable = ["plain": 1, "sft": 1] }, { $0.seed = 9 },
        ]
        return changes.map { change in
            var config = TinyRun.config(steps: 7)
            config.schedule.decaySteps = 3
            config.train.evalEvery = 3
            change(&config)
            return config
        }
    }

    private func prepared(_ config: TrainConfig) throws -> PreparedData {
        try PreparedData(
            DataInputs(config.data, root: runs.folder), folder: runs.folder.appending(path: "shared-shards")
        ) { _ = try $0.run(pool: ThreadPool(threadCount: 1)) }
    }

    private func losses(_ run: String) throws -> [Double] {
        try MetricsLog.read(runs.url(run).appending(path: "metrics.jsonl")).map(\.loss)
    }

    @Test("trials over shared data give the bits of runs of their own, each with its folder, record and report")
    func sweep() throws {
        let data = try prepared(trials[0])
        for (index, config) in trials.enumerated() {
            var trial = try runs.run(config, "trial-\(index)")
            trial.data = data
            #expect(try trial.run(interrupt: InterruptFlag()) == .finished)
            #expect(try runs.run(config, "alone-\(index)").run(interrupt: InterruptFlag()) == .finished)
            let folders = ["trial-\(index)", "alone-\(index)"].map { runs.url($0) }
            for name in ["model.safetensors", "optimizer.safetensors", "recipe.yaml"] {
                let files = try folders.map {
                    try Data(contentsOf: $0.appending(path: "checkpoints/step-00000007/\(name)"))
                }
                #expect(files[0] == files[1], "trial \(index): \(name)")
            }
            #expect(try losses("trial-\(index)") == losses("alone-\(index)"))
            #expect(try RunInfo.read(folders[0].appending(path: "run.json"))?.starts.count == 1)
            #expect(FileManager.default.fileExists(atPath: folders[0].appending(path: "report.html").path))
            #expect(!FileManager.default.fileExists(atPath: folders[0].appending(path: "shards").path))
        }
    }

    @Test("one trial's interruption is no other's, and it resumes over the shared data")
    func interrupted() throws {
        let data = try prepared(trials[0])
        let interrupt = InterruptFlag()
        var first = try runs.run(trials[0], "first")
        first.data = data
        first.onStart = { $0.onStep = { if $0.step == 3 { interrupt.raise() } } }
        #expect(try first.run(interrupt: interrupt) == .interrupted)
        var second = try runs.run(trials[1], "second")
        second.data = data
        #expect(try second.run(interrupt: InterruptFlag()) == .finished)
        first.onStart = { #expect($0.state.step == 3) }
        #expect(try first.run(interrupt: InterruptFlag()) == .finished)
        try runs.train(trials[0], "whole")
        #expect(try losses("first") == losses("whole"))
    }

    @Test("a recipe with another data section is refused, naming the key")
    func otherData() throws {
        let data = try prepared(trials[0])
        var config = trials[0]
        config.data.sources[1].maskPrompt = true
        var run = try runs.run(config, "other")
        run.data = data
        #expect { try run.run(interrupt: InterruptFlag()) } throws: {
            "\($0)".contains("data.sources.1.mask_prompt is true, but the prepared data was made with false")
        }
    }

    @Test("evaluators measure the present weights, and their fields are in the metrics under their names")
    func evaluators() throws {
        struct Norm: Evaluator {
            let name = "weights"
            func evaluate(_ step: TrainStep) throws -> Evaluation {
                ["step_l2": Double(step.model.weights.layout.count)]
            }
        }
        var run = try runs.run(trials[0], "evaluated")
        run.makeEvaluators = { _ in [Norm()] }
        var lines: [String] = []
        run.onStart = { trainer in trainer.onLine = { lines.append($0) } }
        _ = try run.run(interrupt: InterruptFlag())
        let metrics = try MetricsLog.read(runs.url("evaluated").appending(path: "metrics.jsonl"))
        #expect(metrics.filter { $0.evaluations != nil }.map(\.step) == [3, 6, 7])
        let last = try #require(metrics.last?.evaluations)
        #expect(Set(last.keys) == ["asked", "weights"] && last["weights"]?["step_l2"] ?? 0 > 1000)
        // The validation set is conversations: a loss, and no bytes of plain text.
        #expect(last["asked"].map { Array($0.keys) } == ["loss"])
        #expect(lines.contains { $0.hasPrefix("     asked  loss ") } && lines.contains { $0.contains("step l2 ") })
    }
}
