// Training runs of a few steps on the synthetic corpus, for the tests of the loop and of what a run continues.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Logging
import XMData
import XMModel
import XMSupport
import XMTensor
import XMTestSupport
import XMTrain

struct TinyRun {
    /// Holds the data (`TinyCorpus`) and the runs, as long as a copy of this value lives.
    let temporary: TemporaryFolder
    var folder: URL { temporary.url }

    init() throws {
        temporary = try TemporaryFolder()
        try TinyCorpus.write(to: temporary.url)
    }

    static func config(steps: Int, saveEvery: Int = 0) -> TrainConfig {
        var model = ModelConfig()
        (model.hiddenSize, model.intermediateSize, model.numHiddenLayers) = (32, 80, 2)
        (model.numAttentionHeads, model.numKeyValueHeads) = (2, 1)
        var schedule = ScheduleConfig()
        (schedule.warmupSteps, schedule.decaySteps, schedule.halfLifeSteps) = (3, 5, 2)
        return TrainConfig(
            name: "test", seed: 3, model: model,
            data: DataConfig(
                tokenizer: "tokenizer.model",
                sources: [
                    SourceConfig(name: "plain", files: ["plain.jsonl"], format: .text),
                    SourceConfig(name: "sft", files: ["sft.jsonl"], format: .qa),
                ], validation: [SourceConfig(name: "asked", files: ["heldout.jsonl"], format: .qa, maskPrompt: true)]),
            mixtures: StageMixtures(stable: ["plain": 1], decay: ["plain": 0.36, "sft": 0.64]),
            train: LoopConfig(
                steps: steps, batchSize: 4, sequenceLength: 32, microBatchSize: 2, compute: "f32", saveEvery: saveEvery,
                keepLast: 2),
            optimizer: AdamWConfig(), schedule: schedule, guard: nil)
    }

    func url(_ run: String) -> URL { folder.appending(path: run) }

    /// The run of a recipe in the folder `run`, on a backend of its own.
    func run(
        _ config: TrainConfig, _ run: String, branchFrom: URL? = nil, accepting: [String] = [], threads: Int = 1,
        on device: TestDevice = .cpu
    ) throws -> TrainingRun {
        try FileManager.default.createDirectory(at: url(run), withIntermediateDirectories: true)
        let start = RunInfo.Start(
            date: Date(timeIntervalSince1970: 0), version: "test", command: ["test"],
            hardware: .init(processor: "p", instructionSet: "i", threads: threads, memoryBytes: 1))
        let pool = ThreadPool(threadCount: threads)
        var result = TrainingRun(
            config, paths: TrainerPaths(output: url(run), dataRoot: folder, branchFrom: branchFrom),
            backend: try device.backend(compute: try config.compute, threads: threads), start: start,
            log: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        ) { preparation, interrupt in _ = try preparation.run(pool: pool, interrupt: interrupt) }
        result.accepted = accepting
        return result
    }

    func trainer(
        _ config: TrainConfig, _ run: String, branchFrom: URL? = nil, accepting: [String] = [], threads: Int = 1,
        on device: TestDevice = .cpu
    ) throws -> Trainer {
        try self.run(config, run, branchFrom: branchFrom, accepting: accepting, threads: threads, on: device)
            .makeTrainer()
    }

    /// The same, run to its end.
    @discardableResult
    func train(
        _ config: TrainConfig, _ run: String, branchFrom: URL? = nil, accepting: [String] = [],
        on device: TestDevice = .cpu
    ) throws -> Trainer {
        let trainer = try trainer(config, run, branchFrom: branchFrom, accepting: accepting, on: device)
        _ = try trainer.run(interrupt: InterruptFlag())
        return trainer
    }

    /// The error that a run is refused with, or "no error".
    func refusal(_ config: TrainConfig, _ run: String, branchFrom: URL? = nil, accepting: [String] = []) -> String {
        do {
            _ = try trainer(config, run, branchFrom: branchFrom, accepting: accepting)
            return "no error"
        } catch { return "\(error)" }
    }
}

extension Trainer {
    var weights: [Float] { step.model.weights.floats() }
    /// The optimizer's whole state.
    var optimizerState: [Float] { step.optimizer.state.flatMap { step.model.backend.floats($0.tensor) } }
}
