// Training runs of a few steps on the curriculum's data, for the tests of the loop and of what it goes on from.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Logging
import XMData
import XMDistributed
import XMModel
import XMSupport
import XMTensor
import XMTestSupport
import XMTrain

struct TinyRun {
    /// The folder of the data (`TinyCorpus`) and of the runs.
    let folder: URL

    init(_ folder: URL) { self.folder = folder }

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

    func trainer(
        _ config: TrainConfig, _ run: String, branchFrom: URL? = nil, accepting: [String] = [],
        on device: TestDevice = .cpu
    ) throws -> Trainer {
        try FileManager.default.createDirectory(at: url(run), withIntermediateDirectories: true)
        let backend = try device.backend(compute: try config.compute, threads: 1)
        return try Trainer(
            config, paths: TrainerPaths(output: url(run), dataRoot: folder, branchFrom: branchFrom),
            accepting: accepting, backend: backend, communicator: SingleProcess(),
            log: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        ) { preparation in
            _ = try preparation.run(pool: ThreadPool(threadCount: 1))
            return try PreparedFolder(preparation.folder)
        }
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

    /// What is said instead of a run, or "no error".
    func refusal(_ config: TrainConfig, _ run: String, branchFrom: URL? = nil, accepting: [String] = []) -> String {
        do {
            _ = try trainer(config, run, branchFrom: branchFrom, accepting: accepting)
            return "no error"
        } catch { return "\(error)" }
    }
}
