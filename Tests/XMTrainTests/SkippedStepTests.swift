// Steps that are not trained: rows without targets change nothing, broken weights push out no good checkpoint, and
// metrics.jsonl has a line for each.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Logging
import Testing
import XMData
import XMModel
import XMSupport
import XMTensor
import XMTestSupport
import XMTrain

@Suite("SkippedStepTests", .serialized)
struct SkippedStepTests {
    private let runs: TinyRun

    init() throws { runs = try TinyRun() }

    private func metrics(_ run: String) throws -> [StepMetrics] {
        try MetricsLog.read(runs.url(run).appending(path: "metrics.jsonl"))
    }

    /// Ten records whose prompt fills rows of 32 tokens, and two short ones.
    private func writeLong() throws {
        let prompt = String(repeating: "the little boat went down the river and the wind was cold. ", count: 8)
        let long = (0..<10).map { "{\"question\": \"\(prompt)\($0)\", \"answer\": \"yes \($0)\"}" }
        let short = (0..<2).map { "{\"question\": \"a\($0)\", \"answer\": \"b\"}" }
        try Data((long + short).joined(separator: "\n").utf8).write(to: runs.folder.appending(path: "long.jsonl"))
    }

    private func longConfig(_ stable: [String: Double]) -> TrainConfig {
        var config = TinyRun.config(steps: 30)
        config.data.sources[1] = SourceConfig(
            name: "long", files: ["long.jsonl"], format: .qa, maskPrompt: true, render: .plain)
        config.mixtures = StageMixtures(stable: stable)
        (config.train.batchSize, config.schedule.decaySteps) = (1, 0)
        var judge = GuardConfig()
        (judge.window, judge.spikeFactor) = (2, 1e9)  // any loss is above a median of 0
        config.guard = judge
        return config
    }

    @Test("a step without targets changes neither weights nor moments nor medians, and has no loss")
    func noTargets() throws {
        try writeLong()
        let trainer = try runs.trainer(longConfig(["plain": 1, "long": 3]), "long")
        var before = (trainer.weights, trainer.optimizerState, trainer.state.guardState)
        trainer.onStep = { step in
            let now = (trainer.weights, trainer.optimizerState, trainer.state.guardState)
            if step.skipped == StepMetrics.noTargets {
                #expect(now.0 == before.0 && now.1 == before.1 && now.2 == before.2)
                #expect(step.loss.isNaN && step.gradNorm.isNaN && step.tokensPerSecond == 0 && step.sourceLosses == nil)
            } else {
                #expect(now.0 != before.0 && step.loss > 0, "\(step)")
            }
            before = now
        }
        _ = try trainer.run(interrupt: InterruptFlag())
        let steps = try metrics("long")
        let empty = steps.count { $0.skipped == StepMetrics.noTargets }
        #expect(steps.count == 30 && empty > 0 && empty < 30)
        // No true step is taken for a spike beside a median of 0.
        #expect(steps.allSatisfy { $0.skipped == nil || $0.skipped == StepMetrics.noTargets })
        #expect(trainer.state.updates == 30 - empty && trainer.state.guardState.skippedInTotal == 0)
    }

    @Test("records whose masked prompt fills a row are counted before a run")
    func counted() throws {
        try writeLong()
        let config = longConfig(["plain": 1, "long": 3])
        _ = try runs.trainer(config, "counted")
        let shards = try PreparedFolder(runs.url("counted").appending(path: "shards"))
        #expect(try shards.targets(of: "long", length: 32) == TargetCount(documents: 12, withoutTarget: 10))
        #expect(try shards.targets(of: "long", length: 100_000).withoutTarget == 0)
        #expect(try shards.targets(of: "plain", length: 1).withoutTarget == 0)
        #expect(throws: ShardError.self) { try shards.targets(of: "none", length: 8) }
        let lines = try config.missingTargets(in: shards)
        #expect(lines.count == 1 && lines[0].hasPrefix("10 of 12 records of 'long' have a masked prompt longer than a"))
    }

    @Test("weights that only give skipped steps push out no checkpoint, and the one that is named can be resumed")
    func brokenWeights() throws {
        var config = TinyRun.config(steps: 320, saveEvery: 2)
        (config.model.hiddenSize, config.model.intermediateSize) = (64, 128)
        (config.model.numAttentionHeads, config.model.numKeyValueHeads) = (4, 2)
        (config.train.batchSize, config.train.keepLast) = (2, 3)
        (config.schedule.learningRate, config.schedule.warmupSteps, config.schedule.decaySteps) = (30, 100, 0)
        let trainer = try runs.trainer(config, "broken")
        let error = #expect(throws: GuardError.self) { try trainer.run(interrupt: InterruptFlag()) }
        let steps = try metrics("broken")
        let sound = try #require(steps.lastIndex { $0.skipped == nil }) + 1
        #expect(steps.count == sound + 10 && steps.suffix(10).allSatisfy { $0.skipped != nil })
        let left = try FileManager.default.contentsOfDirectory(
            atPath: runs.url("broken").appending(path: "checkpoints").path
        ).filter { $0.hasPrefix("step-") }.sorted()
        // Written before the update that broke the weights.
        #expect(left.count == 3 && left.allSatisfy { (Int($0.dropFirst(5)) ?? sound) < sound })
        #expect(
            "\(try #require(error))".contains("the last checkpoint from before is ") && "\(error!)".contains(left[2]))
        config.schedule.learningRate = 0.001
        config.train.steps = sound + 2
        (config.schedule.warmupSteps, config.train.saveEvery) = (1, 0)
        let again = try runs.train(config, "broken", accepting: ["schedule", "train.steps"])
        #expect(again.state.step == sound + 2 && again.state.lastUpdate > 0)
        #expect(try metrics("broken").last?.skipped == nil)
    }

    @Test("an unproven checkpoint leaves the last proven one, and is set aside when its weights prove bad")
    func unproven() throws {
        let log = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        let store = try CheckpointStore(folder: runs.folder.appending(path: "store"), keepLast: 1, log: log)
        func save(_ step: Int, lastUpdate: Int, isProven: Bool) throws {
            var state = TrainState()
            (state.step, state.lastUpdate, state.isProven) = (step, lastUpdate, isProven)
            try store.save(state, isBest: false) {
                try Data("\(step)".utf8).write(to: $0.appending(path: "x"))
            }
        }
        try save(2, lastUpdate: 2, isProven: true)
        try save(4, lastUpdate: 4, isProven: true)
        #expect(store.steps == [4])
        // Interrupted after the update of step 5, and again while steps are skipped.
        try save(5, lastUpdate: 5, isProven: false)
        try save(7, lastUpdate: 5, isProven: false)
        #expect(store.steps == [4, 7])
        try store.setAside(since: 5)
        #expect(store.steps == [4])
        let names = try FileManager.default.contentsOfDirectory(atPath: store.folder.path).sorted()
        #expect(names == ["step-00000004", "unproven-step-00000007"])
    }
}
