// What a run goes on from, and with which recipe: a key that changes numbers is refused with both values unless it is
// named, the rest is free, and the folder tells the truth.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMData
import XMSupport
import XMTestSupport
import XMTrain

@Suite("RunOriginTests", .serialized)
struct RunOriginTests {
    private let runs: TinyRun

    init() throws { runs = try TinyRun() }

    private func config(steps: Int, decaySteps: Int = 0, saveEvery: Int = 0) -> TrainConfig {
        var config = TinyRun.config(steps: steps, saveEvery: saveEvery)
        (config.schedule.warmupSteps, config.schedule.decaySteps) = (1, decaySteps)
        return config
    }

    struct Change: Sendable, CustomTestStringConvertible {
        let key: String
        let values: String
        let change: @Sendable (inout TrainConfig) -> Void
        var testDescription: String { key }

        init(_ key: String, _ values: String, _ change: @escaping @Sendable (inout TrainConfig) -> Void) {
            (self.key, self.values, self.change) = (key, values, change)
        }
    }

    /// One value of each kind: a number, a default, a derived shape, a list, a switch, one turned off.
    static let ofTheRun = [
        Change("model.dim_model_base", "256 (now 64)") { $0.model.dimModelBase = 64 },
        Change("model.use_mup", "true (now false)") { $0.model.useMup = false },
        Change("model.rope_theta", "10000 (now 500.5)") { $0.model.ropeTheta = 500.5 },
        Change("model.scale_emb", "12 (now 1)") { $0.model.scaleEmb = 1 },
        Change("model.scale_depth", "1.4 (now 1.3)") { $0.model.scaleDepth = 1.3 },
        Change("model.num_key_value_heads", "1 (now 2)") { $0.model.numKeyValueHeads = 2 },
        Change("model.initializer_range", "0.1 (now 0.2)") { $0.model.initializerRange = 0.2 },
        Change("model.hidden_size", "32 (now 64)") { $0.model.hiddenSize = 64 },
        Change("train.batch_size", "4 (now 8)") { $0.train.batchSize = 8 },
        Change("train.batch_growth.0", "absent (now {from_step: 2, batch_size: 8})") {
            $0.train.batchGrowth = [BatchPhase(fromStep: 2, batchSize: 8)]
        },
        Change("train.sequence_length", "32 (now 16)") { $0.train.sequenceLength = 16 },
        Change("train.compute", "f32 (now bf16)") { $0.train.compute = "bf16" },
        Change("train.document_mask", "false (now true)") { $0.train.documentMask = true },
        Change("train.grad_clip", "1 (now 0)") { $0.train.gradClip = 0 },
        Change("optimizer.weight_decay", "0.1 (now 0)") { $0.optimizer.weightDecay = 0 },
        Change("optimizer.beta2", "0.95 (now 0.9500000000000001)") { $0.optimizer.beta2 = 0.9500000000000001 },
        Change("guard.spike_factor", "10 (now null)") {
            $0.guard = GuardConfig()
            $0.guard?.spikeFactor = nil
        },
    ]
    /// What a branch may have of its own.
    static let ofTheStage = [
        Change("seed", "3 (now 4)") { $0.seed = 4 },
        Change("schedule.learning_rate", "0.01 (now 0.005)") { $0.schedule.learningRate = 0.005 },
        Change("schedule.decay", "half_life (now linear)") { $0.schedule.decay = .linear },
        Change("mixtures.stable.sft", "absent (now 1)") { $0.mixtures.stable["sft"] = 1 },
        Change("data.sources.1.mask_prompt", "false (now true)") { $0.data.sources[1].maskPrompt = true },
        Change("data.sources.2", "absent (now {name: more, ") {
            $0.data.sources.append(SourceConfig(name: "more", files: ["plain.jsonl"], format: .text))
        },
        Change("data.validation.0.mask_prompt", "true (now false)") { $0.data.validation?[0].maskPrompt = false },
    ]

    @Test("a resume with another recipe is refused with both values of every key, and config.yaml stays")
    func refused() throws {
        try runs.train(config(steps: 2), "run")
        let file = runs.url("run").appending(path: "config.yaml")
        let before = try Data(contentsOf: file)
        for change in Self.ofTheRun + Self.ofTheStage {
            var other = config(steps: 4)
            change.change(&other)
            let said = runs.refusal(other, "run")
            #expect(said.contains("step-00000002 was trained with ") && said.contains("\(change.key) \(change.values)"))
            #expect(said.contains("--change KEY"))
        }
        var all = config(steps: 4)
        for change in Self.ofTheRun.prefix(3) { change.change(&all) }
        let said = runs.refusal(all, "run", accepting: ["model.use_mup"])
        #expect(
            said.contains("model.rope_theta 10000 (now 500.5), model.dim_model_base 256 (now 64); go back to those"))
        #expect(!said.contains("use_mup"))
        #expect(try Data(contentsOf: file) == before)
    }

    @Test("what changes no number is free, and so are defaults that are written out")
    func free() throws {
        try runs.train(config(steps: 2), "run")
        var other = config(steps: 3)
        other.name = "other"
        (other.train.microBatchSize, other.train.recompute, other.train.keepLast) = (1, true, 5)
        (other.train.logEvery, other.train.evalEvery, other.train.saveEvery) = (2, 1, 1)
        other.model.preset = "micro"
        (other.model.ropeTheta, other.model.useMup, other.guard) = (10_000, true, GuardConfig())
        other.data.sources[0].field = "text"
        for name in ["plain.jsonl", "tokenizer.model"] {
            try FileManager.default.copyItem(
                at: runs.folder.appending(path: name), to: runs.folder.appending(path: "copy-\(name)"))
        }
        other.data.tokenizer = "copy-tokenizer.model"
        let trainer = try runs.train(other, "run")
        #expect(trainer.state.step == 3)
        #expect(trainer.changes == [RunInfo.Change(afterStep: 2, key: "train.steps", from: "2", to: "3")])
    }

    @Test("more steps are free only where they leave the trained steps as they were")
    func steps() throws {
        let refusal = "was trained with train.steps 6 (now 8); the learning rates of steps that are done depend on"
        try runs.train(config(steps: 6, decaySteps: 2), "decayed")
        #expect(runs.refusal(config(steps: 8, decaySteps: 2), "decayed").contains(refusal))
        try runs.train(config(steps: 6), "stable")
        #expect(runs.refusal(config(steps: 5), "stable").contains("train.steps is 5, but"))
        #expect(runs.refusal(config(steps: 5), "stable", accepting: ["train"]).contains("6 steps behind it"))
        #expect(runs.refusal(config(steps: 8, decaySteps: 2), "stable").contains("schedule.decay_steps 0 (now 2)"))
        #expect(runs.refusal(config(steps: 8), "stable") == "no error")

        var cosine = config(steps: 6)
        cosine.schedule.kind = .cosine
        try runs.train(cosine, "cosine")
        cosine.train.steps = 8
        #expect(runs.refusal(cosine, "cosine").contains(refusal))
        // A default decay of a tenth: the run grows while it has not begun.
        let interrupt = InterruptFlag()
        var growing = config(steps: 20)
        growing.schedule.decaySteps = nil
        let trainer = try runs.trainer(growing, "growing")
        trainer.onStep = { if $0.step == 5 { interrupt.raise() } }
        _ = try trainer.run(interrupt: interrupt)
        growing.train.steps = 40
        #expect(runs.refusal(growing, "growing") == "no error")
    }

    @Test("what is accepted is trained, told, and then the recipe of the next resume")
    func accepted() throws {
        try runs.train(config(steps: 2), "run")
        var other = config(steps: 3)
        (other.schedule.learningRate, other.optimizer.weightDecay) = (0.005, 0)
        #expect(runs.refusal(other, "run", accepting: ["schedule"]).contains("optimizer.weight_decay 0.1 (now 0)"))
        let trainer = try runs.train(other, "run", accepting: ["schedule", "optimizer.weight_decay"])
        #expect(
            trainer.changes == [
                RunInfo.Change(afterStep: 2, key: "train.steps", from: "2", to: "3"),
                RunInfo.Change(afterStep: 2, key: "optimizer.weight_decay", from: "0.1", to: "0"),
                RunInfo.Change(afterStep: 2, key: "schedule.learning_rate", from: "0.01", to: "0.005"),
            ])
        #expect(runs.refusal(other, "run") == "no error")
        #expect(runs.refusal(config(steps: 3), "run").contains("schedule.learning_rate 0.005 (now 0.01)"))
    }

    @Test("run.json forgets changes after a step that is trained again")
    func undone() throws {
        func start(_ step: Int) -> RunInfo.Start {
            RunInfo.Start(
                date: Date(timeIntervalSince1970: 0), version: "1", command: [],
                hardware: .init(processor: "p", instructionSet: "i", threads: 1, memoryBytes: 1), afterStep: step)
        }
        func change(_ step: Int, _ to: String) -> RunInfo.Change {
            RunInfo.Change(afterStep: step, key: "seed", from: "1", to: to)
        }
        var info = RunInfo(seeds: ["run": 1])
        info.add(start(0), changes: [])
        info.add(start(4), changes: [change(4, "2")])
        info.add(start(8), changes: [change(8, "3")])
        info.add(start(6), changes: [])
        #expect(info.changes == [change(4, "2")] && info.starts.count == 4)
        let file = runs.folder.appending(path: "run.json")
        try info.write(to: file)
        #expect(try RunInfo.read(file) == info)
        let text = try String(contentsOf: file, encoding: .utf8)
        #expect(text.contains("\"after_step\" : 4"))
        // A file from before there were changes.
        try Data(#"{"seeds": {"run": 1}, "starts": []}"#.utf8).write(to: file)
        #expect(try RunInfo.read(file) == RunInfo(seeds: ["run": 1]))
    }

    @Test("a branch has its own stage, and the model and optimizer of its parent, which needs no run folder")
    func branch() throws {
        try runs.train(config(steps: 4), "stable")
        let parent = runs.folder.appending(path: "alone")
        try FileManager.default.moveItem(
            at: runs.url("stable").appending(path: "checkpoints/step-00000004"), to: parent)
        try FileManager.default.removeItem(at: runs.url("stable"))
        var decay = config(steps: 4, decaySteps: 2)
        for change in Self.ofTheRun {
            var other = decay
            change.change(&other)
            let said = runs.refusal(other, "branch-\(change.key)", branchFrom: parent)
            #expect(said.contains("alone was trained with ") && said.contains("\(change.key) \(change.values)"))
        }
        for change in Self.ofTheStage { change.change(&decay) }
        decay.mixtures.stable["more"] = 1
        let trainer = try runs.train(decay, "branch", branchFrom: parent)
        #expect(
            trainer.state.step == 6 && trainer.changes.contains { $0.key == "schedule.decay_steps" && $0.to == "2" })
        // The same command resumes; another parent, or none where there is no checkpoint, is no resume.
        #expect(runs.refusal(decay, "branch", branchFrom: parent) == "no error")
        try runs.train(config(steps: 4), "second")
        let second = runs.url("second").appending(path: "checkpoints/step-00000004")
        try FileManager.default.removeItem(at: second.appending(path: "manifest.json"))
        try Data(#"{"files": {}}"#.utf8).write(to: second.appending(path: "manifest.json"))
        #expect(runs.refusal(decay, "branch", branchFrom: second).contains("branches from \(parent.path)"))
        try RunInfo(seeds: [:], parent: parent.path).write(to: runs.url("second").appending(path: "run.json"))
        try FileManager.default.removeItem(at: runs.url("second").appending(path: "checkpoints"))
        #expect(runs.refusal(decay, "second").contains("name the parent again with --branch-from"))
    }

    @Test("other text or another tokenizer under the same path is another recipe")
    func contents() throws {
        try runs.train(config(steps: 2), "run")
        let text = runs.folder.appending(path: "plain.jsonl")
        let half = try Data(contentsOf: text).split(separator: UInt8(ascii: "\n")).prefix(20).joined(separator: [10])
        try Data(half).write(to: text)
        var other = config(steps: 3)
        other.data.shards = runs.url("other-shards").path
        let said = runs.refusal(other, "run")
        #expect(said.contains("was trained with data.sources.0.files sha256:") && !said.contains("sources.1"))
        #expect(runs.refusal(other, "run", accepting: ["data.sources"]) == "no error")
        let tokenizer = runs.folder.appending(path: "tokenizer.model")
        // An empty list of self-tests changes the file, not the pieces.
        try (Data(contentsOf: tokenizer) + [0x22, 0x00]).write(to: tokenizer)
        other.data.shards = runs.url("third-shards").path
        #expect(runs.refusal(other, "run", accepting: ["data.sources"]).contains("data.tokenizer sha256:"))
    }
}
