// The loop: resuming to the last bit, damaged checkpoints, branches, signals, and what stops a run before it starts.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Logging
import Testing
import XMData
import XMDistributed
import XMModel
import XMSupport
import XMTensor
import XMTestSupport
import XMTokenizer
import XMTrain

@Suite("TrainerTests", .serialized)
struct TrainerTests {
    private let runs: TinyRun

    init() throws { runs = try TinyRun() }

    private func config(steps: Int, saveEvery: Int = 0) -> TrainConfig {
        TinyRun.config(steps: steps, saveEvery: saveEvery)
    }

    private func trainer(
        _ config: TrainConfig, _ run: String, branchFrom: URL? = nil, accepting: [String] = [], threads: Int = 1
    ) throws -> Trainer {
        try runs.trainer(
            config, run, branchFrom: branchFrom, accepting: accepting, threads: threads)
    }

    @Test("20 steps = 10 + interruption + resume + 10, to the last bit")
    func resume() throws {
        let whole = try trainer(config(steps: 20), "whole")
        #expect(try whole.run(interrupt: InterruptFlag()) == .finished)
        let interrupt = InterruptFlag()
        let first = try trainer(config(steps: 20), "parts")
        first.onStep = { if $0.step == 10 { interrupt.raise() } }
        #expect(try first.run(interrupt: interrupt) == .interrupted)
        let second = try trainer(config(steps: 20), "parts")
        #expect(second.state.step == 10)
        #expect(try second.run(interrupt: InterruptFlag()) == .finished)
        #expect(second.weights == whole.weights)
        #expect(second.optimizerState == whole.optimizerState)
        let lines = try ["whole", "parts"].map {
            try MetricsLog.read(runs.folder.appending(path: "\($0)/metrics.jsonl")).map(\.loss)
        }
        #expect(lines[0] == lines[1] && lines[0].count == 20)
        #expect(lines[0].last! < lines[0].first!)
    }

    @Test("a kill leaves the last checkpoint; a damaged one is passed over", arguments: [true, false])
    func damage(truncate: Bool) throws {
        let first = try trainer(config(steps: 8, saveEvery: 2), "damaged")
        _ = try first.run(interrupt: InterruptFlag())
        let store = runs.folder.appending(path: "damaged/checkpoints")
        let newest = store.appending(path: "step-00000008/model.safetensors")
        var data = try Data(contentsOf: newest)
        if truncate { data.removeLast(100) } else { data[data.count - 5] ^= 1 }
        try data.write(to: newest)
        try FileManager.default.createDirectory(
            at: store.appending(path: ".step-00000010.partial"), withIntermediateDirectories: true)
        let second = try trainer(config(steps: 8, saveEvery: 2), "damaged")
        #expect(second.state.step == 6)
        #expect(!FileManager.default.fileExists(atPath: store.appending(path: ".step-00000010.partial").path))
        #expect(FileManager.default.fileExists(atPath: store.appending(path: "damaged-step-00000008").path))
        #expect(try second.run(interrupt: InterruptFlag()) == .finished)
        #expect(second.weights == first.weights)
    }

    @Test("a run whose checkpoints are all damaged is not started over")
    func allDamaged() throws {
        _ = try trainer(config(steps: 8, saveEvery: 8), "all").run(interrupt: InterruptFlag())
        let file = runs.folder.appending(path: "all/checkpoints/step-00000008/model.safetensors")
        try Data("no model".utf8).write(to: file)
        #expect { _ = try trainer(config(steps: 8), "all") } throws: {
            "\($0)".contains("none of the 1 checkpoint can be resumed") && "\($0)".contains("--restart")
        }
        #expect(FileManager.default.fileExists(atPath: file.path))
    }

    @Test("keeping one checkpoint keeps the one just written, also beside a damaged newer one")
    func keepsTheNewest() throws {
        _ = try trainer(config(steps: 9, saveEvery: 3), "few").run(interrupt: InterruptFlag())
        let store = runs.folder.appending(path: "few/checkpoints")
        try Data("no model".utf8).write(to: store.appending(path: "step-00000009/model.safetensors"))
        var shorter = config(steps: 8)
        (shorter.train.keepLast, shorter.schedule.decaySteps) = (1, 2)
        _ = try trainer(shorter, "few", accepting: ["schedule", "train.steps"]).run(interrupt: InterruptFlag())
        try AtomicFolder.verify(store.appending(path: "step-00000008"))
    }

    @Test("saving a step again keeps what is whole and replaces what is not")
    func savedTwice() throws {
        let log = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        let store = try CheckpointStore(folder: runs.folder.appending(path: "store"), keepLast: 2, log: log)
        func state(_ step: Int) -> TrainState {
            var state = TrainState()
            (state.step, state.isProven) = (step, true)
            return state
        }
        func save(_ text: String) throws -> String {
            let url = try store.save(state(1), isBest: false) {
                try Data(text.utf8).write(to: $0.appending(path: "x"))
            }
            return try String(contentsOf: url.appending(path: "x"), encoding: .utf8)
        }
        #expect(try save("first") == "first" && save("second") == "first")
        try Data("fir".utf8).write(to: store.url(step: 1).appending(path: "x"))
        #expect(try save("third") == "third")
        struct Full: Error {}
        #expect(throws: Full.self) {
            try store.save(state(2), isBest: false) { _ in throw Full() }
        }
        #expect(store.steps == [1])
    }

    @Test("a branch decays from a stable checkpoint with its own mixture and remembers its parent")
    func branch() throws {
        var stable = config(steps: 6)
        stable.schedule.decaySteps = 0
        let parent = try trainer(stable, "stable")
        _ = try parent.run(interrupt: InterruptFlag())
        let checkpoint = parent.latestCheckpoint!
        var decay = config(steps: 6)
        decay.schedule.decaySteps = 4
        let branch = try trainer(decay, "branch", branchFrom: checkpoint)
        #expect(branch.state.step == 6 && branch.config.train.steps == 10 && branch.weights == parent.weights)
        _ = try branch.run(interrupt: InterruptFlag())
        let metrics = try MetricsLog.read(runs.folder.appending(path: "branch/metrics.jsonl"))
        #expect(metrics.allSatisfy { $0.stage == .decay } && metrics.map(\.step) == [7, 8, 9, 10])
        #expect(metrics.contains { $0.sourceLosses?["sft"] != nil })
        #expect(try CheckpointStore.state(of: branch.latestCheckpoint!).parent == checkpoint.path)
        // A branch begins in the stable stage, with this model, and is the decay of WSD.
        let shards = runs.folder.appending(path: "other/shards")
        func message(from checkpoint: URL, _ change: (inout TrainConfig) -> Void = { _ in }) -> String {
            var other = decay
            change(&other)
            do {
                _ = try trainer(other, "other", branchFrom: checkpoint)
                return "no error"
            } catch { return "\(error)" }
        }
        #expect(message(from: branch.latestCheckpoint!).contains("lies in the decay stage"))
        #expect(message(from: checkpoint) { $0.schedule.kind = .cosine }.contains("schedule.kind is cosine"))
        #expect(message(from: checkpoint) { $0.model.hiddenSize = 64 }.contains("model.hidden_size 32 (now 64)"))
        #expect(message(from: runs.folder).contains("not a training checkpoint"))
        #expect(!FileManager.default.fileExists(atPath: shards.path))
    }

    @Test("metrics have the passes over each source, and the decay goes on where the stable stage stopped")
    func passes() throws {
        let trainer = try trainer(config(steps: 8), "passes")
        _ = try trainer.run(interrupt: InterruptFlag())
        let passes = try MetricsLog.read(runs.folder.appending(path: "passes/metrics.jsonl")).map { $0.passes ?? [:] }
        let plain = Double(trainer.sources.first { $0.name == "plain" }!.tokenCount)
        // Three stable steps of 4 rows of 32 tokens; then five with 36 % of the rows.
        #expect(passes[2] == ["plain": 3 * 128 / plain])
        #expect(abs(passes[7]["plain"]! - (3 + 5 * 0.36) * 128 / plain) < 64 / plain)
        #expect(passes[7]["sft"]! > 0 && zip(passes, passes.dropFirst()).allSatisfy { $0["plain"]! <= $1["plain"]! })
    }

    @Test("the last checkpoints and the best are kept, in Hugging Face form")
    func rotation() throws {
        let trainer = try trainer(config(steps: 9, saveEvery: 1), "kept")
        _ = try trainer.run(interrupt: InterruptFlag())
        let names = try FileManager.default.contentsOfDirectory(
            atPath: runs.folder.appending(path: "kept/checkpoints").path
        ).filter { $0.hasPrefix("step") }.sorted()
        #expect(names == ["step-00000008", "step-00000009"])
        let files = try FileManager.default.contentsOfDirectory(atPath: trainer.latestCheckpoint!.path).sorted()
        #expect(
            files == [
                "config.json", "manifest.json", "model.safetensors", "optimizer.safetensors", "recipe.yaml",
                "state.json", "tokenizer.model",
            ])
        #expect(try Xmodel2Config(folder: trainer.latestCheckpoint!) == trainer.modelConfig)
    }

    @Test("a run is resumed with the seed that it began with")
    func otherSeed() throws {
        _ = try trainer(config(steps: 8, saveEvery: 8), "seeded").run(interrupt: InterruptFlag())
        var other = config(steps: 10)
        other.seed = 4
        #expect { _ = try trainer(other, "seeded") } throws: { "\($0)".contains("was trained with seed 3") }
    }

    @Test("micro-batches and threads change no bit of a run")
    func microBatches() throws {
        let splits: [(microBatchSize: Int, threads: Int)] = [(1, 1), (4, 1), (2, 2), (4, 3), (3, 5)]
        let runs = try splits.map { split in
            var config = config(steps: 9)
            config.train.microBatchSize = split.microBatchSize
            let trainer = try trainer(
                config, "micro\(split.microBatchSize)-\(split.threads)", threads: split.threads)
            _ = try trainer.run(interrupt: InterruptFlag())
            return (trainer.weights, trainer.optimizerState)
        }
        for (split, run) in zip(splits, runs).dropFirst() {
            #expect(run.0 == runs[0].0 && run.1 == runs[0].1, "\(split)")
        }
    }

    @Test(
        "the memory plan is what is reserved, group by group, and an impossible one is refused",
        arguments: [false, true])
    func memory(recompute: Bool) throws {
        var config = config(steps: 4)
        config.train.recompute = recompute
        let backend = try CPUBackend(compute: .f32, pool: ThreadPool(threadCount: 2))
        let model = try config.model.resolved(vocabulary: 400, length: 32)
        let estimate = try MemoryEstimate(config, model: model, backend: backend)
        let arena = Arena(on: backend)
        _ = try TrainStep(config, model: model, backend: backend, communicator: SingleProcess(), in: arena)
        #expect(estimate.planned.map(\.group) == arena.groups.map(\.group))
        #expect(estimate.planned.map(\.sizeBytes) == arena.groups.map(\.sizeBytes))
        // f32 masters, gradients (the embedding's twice) and two moments, at least.
        let table = 400 * model.hiddenSize
        #expect(estimate.planned.reduce(0) { $0 + $1.sizeBytes } > (ParameterLayout(model).count * 4 + table) * 4)
        #expect { try estimate.requireFit(available: 1000) } throws: {
            "\($0)".contains("train.micro_batch_size (now 2)")
        }
    }

    @Test("what cannot work is said before anything is trained")
    func impossible() throws {
        func message(_ change: (inout TrainConfig) -> Void) -> String {
            var config = config(steps: 20)
            change(&config)
            do {
                _ = try trainer(config, "bad-\(UUID().uuidString)")
                return "no error"
            } catch { return "\(error)" }
        }
        #expect(message { $0.model.vocabSize = 300 }.contains("set model.vocab_size to"))
        #expect(message { $0.schedule.decaySteps = 50 }.contains("schedule.decay_steps is 50"))
        #expect(message { $0.mixtures.stable = ["web": 1] }.contains("'web'"))
        #expect(message { $0.mixtures.decay = ["plain": 0] }.contains("sum to 0"))
        #expect(message { $0.data.tokenizer = "none.model" }.contains("none.model"))
        #expect(message { $0.model.preset = "huge" }.contains("'huge'"))
        #expect(message { $0.train.batchSize = 0 }.contains("train.batch_size is 0"))
        #expect(message { $0.train.batchSize = .max }.contains("it must be from 1 to"))
        #expect(message { $0.train.steps = .max }.contains("train.steps is"))
        #expect(message { $0.model.hiddenSize = 4_000_000_000 }.contains("hidden_size is 4000000000"))
        #expect(message { $0.train.evalEvery = -3 }.contains("train.eval_every is -3"))
        #expect(message { $0.mixtures.stable = ["plain": .nan] }.contains("a weight is 0 or more"))
        #expect(
            message { ($0.train.batchSize, $0.train.microBatchSize) = (1 << 24, 1 << 24) }.contains("this machine has"))
        #expect(throws: CheckpointStoreError.self) { try CheckpointStore.state(of: runs.folder) }
    }
}
